"""Citation formats: RIS, BibTeX and CSL-JSON.

They carry the places of an answer's quotes and of an unsure abstention's candidates, which are
marked as such, with the quote in the note where it is a line of printable characters. These are
line formats with no exact form for more, so other quotes stay out of the note rather than be
altered; CSL-JSON has every quote exactly under ``custom``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from rag.render.citation import Citation, citation
from rag.types import Answer, Quote, Result, shown_quotes

CANDIDATE = "No quote was sure enough; one of the closest. "
_WEB, _OTHER = ("ELEC", "webpage"), ("GEN", "document")  # RIS and CSL types
_BIBTEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{char: f"\\{char}" for char in "&%$#_{}"},
}


def cited(results: Iterable[Result]) -> list[tuple[Quote, Citation, str]]:
    """Every quote that is shown with its citation and what goes before its note, in order."""
    return [
        (q, citation(q.place, q.paragraph), "" if isinstance(result, Answer) else CANDIDATE)
        for result in results
        for q in shown_quotes(result)
    ]


def to_ris(results: Iterable[Result]) -> str:
    """One RIS record per quote. Lines end in CR LF, as the format has it."""
    records = []
    for quote, parts, mark in cited(results):
        kind = _types(quote)[0]
        fields = [("TY", kind), ("TI", parts.title)]
        fields += [("AU", parts.author)] if parts.author else []
        when = _date(parts.date)
        if when:
            padded = [f"{when[0]:04d}", *(f"{n:02d}" for n in when[1:]), "", ""][:3]
            fields += [("PY", padded[0]), ("DA", "/".join(padded) + "/")]
        fields += [("UR", parts.address)] if parts.address else []
        fields += [("SP", str(parts.page))] if parts.page is not None else []
        said = f"{_said(quote)}{mark}{parts.locator}; {parts.id}"
        note = f"{said}; sha256 {quote.source.sha256}"
        fields += [("N1", note), ("ER", "")]
        records.append("".join(f"{tag}  - {value}\r\n" for tag, value in fields))
    return "\r\n".join(records)


def to_bibtex(results: Iterable[Result]) -> str:
    """One BibTeX entry per quote, with keys made of the file's name and the quote's offset."""
    entries = []
    for quote, parts, mark in cited(results):
        fields = {"title": f"{{{_tex(parts.title)}}}", "author": f"{{{_tex(parts.author)}}}"}
        when = _date(parts.date)
        fields |= {"year": f"{when[0]:04d}"} if when else {}
        fields |= {"howpublished": rf"\url{{{parts.address}}}"} if parts.address else {}
        fields |= {"pages": str(parts.page)} if parts.page is not None else {}
        fields["note"] = _tex(f"{_said(quote)}{mark}{parts.locator}; {parts.id}")
        if not parts.author:
            del fields["author"]
        name = re.sub(r"[^A-Za-z0-9]+", "-", quote.source.id).strip("-") or "source"
        lines = "".join(f"  {key} = {{{value}}},\n" for key, value in fields.items())
        entries.append(f"@misc{{{name}-{parts.start},\n{lines}}}\n")
    return "\n".join(entries)


def to_csl(results: Iterable[Result]) -> str:
    """A CSL-JSON list, one item per quote; the quote itself is exact, under ``custom``."""
    items = [_csl(*each) for each in cited(results)]
    return json.dumps(items, ensure_ascii=False, indent=2) + "\n"


def _csl(quote: Quote, parts: Citation, mark: str) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": f"{quote.source.id}#{parts.start}-{parts.end}",
        "type": _types(quote)[1],
        "title": parts.title,
        "note": f"{_said(quote)}{mark}{parts.locator}; {parts.id}",
        "custom": {
            "quote": quote.text,
            "start": parts.start,
            "end": parts.end,
            "sha256": quote.source.sha256,
        },
    }
    when = _date(parts.date)
    item |= {"author": [{"literal": parts.author}]} if parts.author else {}
    if parts.date:
        item["issued"] = {"date-parts": [list(when)]} if when else {"raw": parts.date}
    item |= {"URL": parts.address} if parts.address else {}
    item |= {"page": str(parts.page)} if parts.page is not None else {}
    return item


def _said(quote: Quote) -> str:
    """The quote for a note, where its characters all have an exact form in one line; else ""."""
    return f"“{quote.text}” " if quote.text.isprintable() else ""


def _types(quote: Quote) -> tuple[str, str]:
    return _WEB if quote.source.media_type == "text/html" else _OTHER


def _date(text: str) -> tuple[int, ...]:
    """(year, month, day), (year, month) or (year,) from an ISO date or a PDF date; else ()."""
    match = re.match(r"(?:D:)?(\d{4})(?:-?(\d{2})(?:-?(\d{2}))?)?", text)
    if not match:
        return ()
    numbers = tuple(int(part) for part in match.groups() if part)
    try:
        date(*[*numbers, 1, 1][:3])
    except ValueError:
        return numbers[:1] if numbers[0] >= 1 else ()
    return numbers


def _tex(text: str) -> str:
    return "".join(_BIBTEX.get(char, char) for char in text)
