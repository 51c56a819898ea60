"""reStructuredText, kept as written: only its headings and its fields are looked for.

Titles are underlined, or over- and underlined, with one sign; the order in which the styles come
gives the levels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.extract.decode import Decoded
from rag.extract.draft import Draft, one_line
from rag.extract.formats import Format, of_text
from rag.extract.markup import FIELD, Words, headed
from rag.extract.properties import day

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_RULE = re.compile(r"([!-/:-@\[-`{-~])\1{2,}[ \t]*$")
_HEAD = 3_000


def read_rst(decoded: Decoded) -> Draft:
    """A reStructuredText file."""
    fields = {m[1].lower().strip(): m[2] for m in FIELD.finditer(decoded.text[:_HEAD])}
    known = {
        "author": one_line(fields.get("author", fields.get("authors", ""))),
        "date": day(fields.get("date", fields.get("created", ""))),
        "version": one_line(fields.get("version", "")),
    }
    return headed(decoded, _underlined(decoded.text), known)


def _underlined(text: str) -> Iterator[Words]:
    lines = [match for match in _LINE.finditer(text) if match.end() > match.start()]
    styles: list[tuple[str, bool]] = []
    number = 0
    while number + 1 < len(lines):
        title, rule = lines[number], _RULE.match(lines[number + 1].group().rstrip("\r\n"))
        words = title.group().strip()
        over = _RULE.match(lines[number - 1].group().rstrip("\r\n")) if number else None
        alone = number == 0 or over is not None or not lines[number - 1].group().strip()
        fits = rule is not None and len(rule.group().strip()) >= len(words) > 0
        if not (fits and alone and rule) or _RULE.fullmatch(words):
            number += 1
            continue
        above = over is not None and over[1] == rule[1]
        style = (rule[1], above)
        if above or not title.group()[:1].isspace():
            if style not in styles:
                styles.append(style)
            start = title.start() + title.group().index(words)
            yield styles.index(style) + 1, start, start + len(words)
        number += 2


FORMATS = (
    Format(
        name="reStructuredText",
        label="a reStructuredText file",
        suffixes=(".rst", ".rest"),
        media_type="text/x-rst",
        key="rst",
        version=1,
        read=of_text(read_rst),
        keeps="every character, mark-up included; headings; author, date and version fields",
        loses="nothing but a byte order mark, NUL characters and lone surrogates; included files "
        "are files of their own",
        noted="the encoding where it was detected; how many characters were replaced",
    ),
)
