"""AsciiDoc and Org, kept as written: only headings and what they say of themselves is looked for.

AsciiDoc: ``=`` to ``======`` before the words. Org: ``*`` before the
words, ``#+TITLE:`` and the like as metadata.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from rag.extract.decode import Decoded
from rag.extract.draft import Draft, one_line
from rag.extract.formats import Format, of_text
from rag.extract.properties import day
from rag.types import Heading, Span

# Lines end in any of the three ways, so ^, $ and the dot will not do.
BEGIN, REST, END = r"(?:\A|(?<=[\r\n]))", r"[^\r\n]", r"[ \t]*(?=[\r\n]|\Z)"
_EOL = r"(?:\r\n|\r|\n)"
FIELD = re.compile(rf"{BEGIN}[ \t]*:([\w -]{{2,20}}):[ \t]+(\S{REST}*?){END}")
_KEYWORD = re.compile(rf"{BEGIN}[ \t]*#\+(\w+):[ \t]*(\S{REST}*?){END}")
_ASCIIDOC = re.compile(rf"{BEGIN}(={{1,6}})[ \t]+(\S{REST}*?)(?:[ \t]+=+)?{END}")
_ORG = re.compile(
    rf"{BEGIN}(\*{{1,6}})[ \t]+(?:(?:TODO|DONE)[ \t]+)?(?:\[#[A-Z]\][ \t]+)?(\S{REST}*?)"
    rf"(?:[ \t]+:[\w@:]+:)?{END}"
)
_ORG_BLOCK = re.compile(
    rf"{BEGIN}[ \t]*#\+begin_(\w+).*?{BEGIN}[ \t]*#\+end_\1", re.DOTALL | re.IGNORECASE
)
_ASCIIDOC_BLOCK = re.compile(
    rf"{BEGIN}(-{{4,}}|\.{{4,}}|/{{4,}}|\+{{4,}}){END}.*?{BEGIN}\1{END}", re.DOTALL
)
_AUTHOR_LINE = re.compile(
    rf"\A=[ \t]{REST}+{_EOL}([^\r\n:=<]*[^\r\n:=<\s])[ \t]*(?:<[^>\r\n]+>)?{END}"
)
_REVISION = re.compile(
    rf"\A(?:{REST}+{_EOL}){{1,3}}?v?[\d.]*,?[ \t]*(\d{{4}}-\d\d-\d\d)", re.IGNORECASE
)
_HEAD = 3_000
Words = tuple[int, int, int]  # level, start and end of a heading's words


def headed(decoded: Decoded, found: Iterator[Words], fields: dict[str, str]) -> Draft:
    """A text as written, with its headings and the fields that are not empty."""
    headings = tuple(
        Heading(min(level, 6), Span(start, end)) for level, start, end in found if start < end
    )
    first = decoded.text[headings[0].span.start : headings[0].span.end] if headings else ""
    title = fields.pop("title", "") or (one_line(first) if headings[:1] else "")
    return Draft(
        decoded.text,
        title=title,
        headings=headings,
        metadata={key: value for key, value in fields.items() if value} | decoded.metadata,
        notes=decoded.notes,
    )


def read_asciidoc(decoded: Decoded) -> Draft:
    """An AsciiDoc file."""
    text = decoded.text
    author, revised = _AUTHOR_LINE.match(text), _REVISION.match(text[:_HEAD])
    attributes = {m[1].lower(): m[2] for m in FIELD.finditer(text[:_HEAD])}
    fields = {
        "author": attributes.get("author", one_line(author[1]) if author else ""),
        "date": day(attributes.get("revdate")) or (revised[1] if revised else ""),
        "version": attributes.get("revnumber", ""),
    }
    return headed(decoded, _starred(text, _ASCIIDOC, _ASCIIDOC_BLOCK), fields)


def read_org(decoded: Decoded) -> Draft:
    """An Org file."""
    said = {m[1].lower(): m[2] for m in _KEYWORD.finditer(decoded.text[:_HEAD])}
    dated = re.search(r"\d{4}-\d\d-\d\d", said.get("date", ""))
    fields = {
        "title": one_line(said.get("title", "")),
        "author": one_line(said.get("author", "")),
        "date": dated[0] if dated else "",
    }
    return headed(decoded, _starred(decoded.text, _ORG, _ORG_BLOCK), fields)


def _starred(text: str, heading: re.Pattern[str], block: re.Pattern[str]) -> Iterator[Words]:
    """Headings whose level is the number of signs before them, none inside literal blocks."""
    literal = [match.span() for match in block.finditer(text)]
    for match in heading.finditer(text):
        while literal and literal[0][1] <= match.start():
            literal.pop(0)
        if not (literal and literal[0][0] <= match.start()):
            yield len(match[1]), match.start(2), match.end(2)


def _format(
    name: str,
    label: str,
    suffixes: tuple[str, ...],
    media_type: str,
    read: Callable[[Decoded], Draft],
) -> Format:
    return Format(
        name=name,
        label=label,
        suffixes=suffixes,
        media_type=media_type,
        key=suffixes[0][1:],
        version=1,
        read=of_text(read),
        keeps="every character, mark-up included; headings; title, author, date",
        loses="nothing but a byte order mark, NUL characters and lone surrogates; included files "
        "are files of their own",
        noted="the encoding where it was detected; how many characters were replaced",
    )


FORMATS = (
    _format("AsciiDoc", "an AsciiDoc file", (".adoc", ".asciidoc"), "text/asciidoc", read_asciidoc),
    _format("Org", "an Org file", (".org",), "text/org", read_org),
)
