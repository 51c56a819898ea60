"""Markdown, kept as written: its structure is looked for and nothing is removed.

Blocks are found by markdown-it-py (CommonMark with tables), so that a ``#`` in a code block is no
heading. The same text has the same structure whatever its line ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from rag.extract.decode import Decoded
from rag.extract.draft import Draft, one_line
from rag.extract.formats import Format, of_text
from rag.extract.front_matter import front_matter
from rag.extract.line_ends import LineEnds, moved
from rag.extract.markdown_tables import pipe_table
from rag.extract.speakers import signed_quote, turns
from rag.types import Heading, Mark, Span, Table, ink

_ATX = re.compile(r"(?P<marks>#{1,6})(?:[ \t]+|$)(?P<words>.*?)(?:[ \t]+#+)?[ \t]*$")
_EMPHASIS = re.compile(r"(?<!\w)[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}(?!\w)")
# Without any of these there is no block of interest, and parsing costs seconds a megabyte.
_BLOCKS = re.compile(r"[#|>~`]|^ {0,3}(?:=+|-+)[ \t]*$", re.MULTILINE)
_LONGEST_HEADING = 300  # characters; a longer paragraph over an underline is no heading
# A picture written into the text, with the signs around it; the address of a named link.
_PICTURE = re.compile(r"(?:!\[[^\]\n]{0,300}\]\(\s*)?data:[\w.+/;=-]{0,200},[^\s\"'<>)]{40,}\)?")
_ADDRESS = re.compile(
    r"^ {0,3}\[[^\]\n^][^\]\n]{0,200}\]:[ \t]*<?\S+>?(?:[ \t]+[\"'(][^\n]*)?$", re.MULTILINE
)


@dataclass(slots=True)
class _Parts:
    """What stands in a text, by offsets with line feeds only."""

    headings: list[Heading] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    quotes: list[Mark] = field(default_factory=list)
    code: list[Span] = field(default_factory=list)


def read_markdown(decoded: Decoded) -> Draft:
    """A Markdown file as written, with its headings, tables, speakers and front matter."""
    ends = LineEnds(decoded.text)
    text = ends.text
    matter = front_matter(text)
    parts = _parts(text, matter.end)
    first = next((h for h in parts.headings if h.level == 1), None)
    heading = text[first.span.start : first.span.end] if first else ""
    before = (Span(0, matter.end),) if matter.end else ()
    marks = [*(Mark("markup", span) for span in before), *_markup(text, matter.end, parts.code)]
    marks += [*parts.quotes, *turns(text, parts.headings)]
    fields = dict(matter.fields)
    return Draft(
        decoded.text,
        title=fields.pop("title", "") or one_line(_EMPHASIS.sub("", heading)),
        headings=moved(tuple(parts.headings), ends.back),
        boilerplate=moved(before, ends.back),
        marks=moved(tuple(sorted(marks, key=lambda m: m.span)), ends.back),
        tables=moved(tuple(parts.tables), ends.back),
        metadata=fields | decoded.metadata,
        notes=(*decoded.notes, *matter.notes),
    )


def _parts(text: str, start: int) -> _Parts:
    from markdown_it import MarkdownIt

    body = text[start:]
    if not _BLOCKS.search(body):
        return _Parts()
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    starts = [start, *(start + m.end() for m in re.finditer("\n", body)), len(text)]
    parts = _Parts()
    for token in parser.parse(body):
        if token.map:
            _add(parts, token, text, starts)
    return parts


def _add(parts: _Parts, token: Any, text: str, starts: Sequence[int]) -> None:
    first, last = token.map[0], min(token.map[1], len(starts) - 1)
    begin, end = starts[first], starts[last]
    if token.type == "heading_open":
        words = _words(text, begin, end, token.markup)
        if words and len(words) <= _LONGEST_HEADING:
            parts.headings.append(Heading(int(token.tag[1]), words))
    elif token.type == "table_open":
        lines = [Span(starts[n], starts[n + 1]) for n in range(first, last)]
        table = pipe_table(text, lines)
        if table:
            parts.tables.append(table)
    elif token.type == "blockquote_open" and token.level == 0:
        parts.quotes += signed_quote(text, Span(begin, end))
    elif token.type in ("fence", "code_block") and begin < end:
        parts.code.append(Span(begin, end))


def _words(text: str, begin: int, end: int, markup: str) -> Span | None:
    """The span of a heading's words: less its ``#`` marks, or its underline."""
    piece = text[begin:end].rstrip("\n")
    if not markup.startswith("#"):
        return ink(text, begin, begin + max(piece.rfind("\n"), 0))
    match = _ATX.search(piece)
    return ink(text, begin + match.start("words"), begin + match.end("words")) if match else None


def _markup(text: str, start: int, code: Sequence[Span]) -> Iterator[Mark]:
    """Comments, pictures written out and the addresses of named links, outside code."""
    spans = [*_comments(text, start), *(Span(*m.span()) for m in _PICTURE.finditer(text, start))]
    spans += [Span(*m.span()) for m in _ADDRESS.finditer(text, start)]
    edge = start
    inside = iter(code)
    block = next(inside, None)
    for span in sorted(spans):
        while block and block.end <= span.start:
            block = next(inside, None)
        if span.start >= edge and not (block and block.overlaps(span)):
            yield Mark("markup", span)
            edge = span.end


def _comments(text: str, start: int) -> Iterator[Span]:
    while (start := text.find("<!--", start)) >= 0:
        end = text.find("-->", start + 4)
        if end < 0:
            return
        yield Span(start, end + 3)
        start = end + 3


FORMATS = (
    Format(
        name="Markdown",
        label="a Markdown file",
        suffixes=(".md", ".markdown", ".mdown", ".mkd"),
        media_type="text/markdown",
        key="markdown",
        version=2,
        read=of_text(read_markdown),
        keeps="every character, mark-up included; headings, tables with their heads, who speaks in "
        "dialogues and signed block quotes, front matter (YAML, TOML) as metadata",
        loses="nothing but a byte order mark, NUL characters and lone surrogates",
        noted="front matter that is not valid; the encoding where it was detected",
    ),
)
