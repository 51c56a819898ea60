"""The lines of a source that are no prose: headings, table rows and their heads, mark-up."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from rag.types import Source, Span

LONGEST_ROW = 600  # code points; the cells of a longer row are read as paragraphs
LONGEST_MARKUP = 300  # code points of mark-up that may stay inside a sentence
_LOOK_AHEAD = 4000  # head rows stand before the first row, which tells where a table is
_UNDERLINE = re.compile(r"\n {0,3}(=+|-+)[ \t]*(?=\n|$)")
_ADORNMENT = re.compile(r"\n[ \t]*([=\-~^\"'`#*+:._<>])\1{2,}[ \t]*(?=[\n\f]|$)")
_LINE_END = re.compile(r"[\n\r\v\f\x85\u2028\u2029]")
_SPACES = re.compile(r"\s+")


def regions(source: Source, span: Span) -> Iterator[tuple[Span, str]]:
    """The lines in ``span`` that are no prose, ascending and disjoint: "heading", the heads of a
    table ("head"), its rows ("row"), mark-up that is no words ("markup"); line breaks included.
    """
    found = [(region, "heading") for region in heading_regions(source, span)]
    if source.tables:
        found += [(_lines(source.text, s, span), "head") for s in _head_rows(source, span)]
        found += [(_lines(source.text, s, span), "row") for s in _rows(source, span)]
    if source.marks:
        found += [(region, "markup") for region in _markup(source, span)]
    edge = span.start
    for region, kind in sorted(found):
        if region.start >= edge:
            yield region, kind
            edge = region.end


def _head_rows(source: Source, span: Span) -> Iterator[Span]:
    for table in source.tables_in(Span(span.start, span.end + _LOOK_AHEAD)):
        yield from (s for s in table.head_rows if s.overlaps(span))


def _rows(source: Source, span: Span) -> Iterator[Span]:
    """Rows short enough to be quoted as one that hold no table of their own."""
    rows = [row.span for table in source.tables_in(span) for row in table.rows_in(span)]
    rows.sort(key=lambda s: (s.start, -s.end))
    for index, row in enumerate(rows):
        nests = index + 1 < len(rows) and rows[index + 1].start < row.end
        if not nests and len(row) <= LONGEST_ROW and span.contains(row):
            yield row


def _markup(source: Source, span: Span) -> Iterator[Span]:
    """What is no words and stands in lines of its own, or is too long to stay in a sentence."""
    text = source.text
    for mark in source.marks_in(span):
        if mark.kind != "markup" or not span.contains(mark.span):
            continue
        lines = whole_lines(text, mark.span, span)
        if lines is not None:
            yield lines
        elif len(mark.span) > LONGEST_MARKUP:
            yield mark.span


def whole_lines(text: str, part: Span, within: Span) -> Span | None:
    """A part that fills its lines, with the white space after it and its first line's beginning;
    None when other words share its lines.
    """
    start, end = max(part.start, within.start), min(part.end, within.end)
    line, stop = _line_start(text, start, within.start), _line_end(text, end, within.end)
    if text[line:start].strip() or text[end:stop].strip():
        return None
    return _lines(text, Span(start, end), within)


def _lines(text: str, part: Span, within: Span) -> Span:
    """A part with the beginning of its line and the white space after it."""
    start = _line_start(text, part.start, within.start)
    start = start if not text[start : part.start].strip() else part.start
    space = _SPACES.match(text, part.end, within.end)
    return Span(start, space.end() if space else part.end)


def heading_regions(source: Source, span: Span) -> Iterator[Span]:
    """The lines that hold the headings that start in ``span``, mark-up and line break included."""
    text = source.text
    first = bisect_left(source.headings, span.start, key=lambda h: h.span.start)
    for index in range(first, len(source.headings)):
        heading = source.headings[index].span
        if heading.start >= span.end:
            return
        start = _line_start(text, heading.start, span.start)
        end = _line_end(text, heading.end, span.end)
        marked = source.media_type == "text/markdown"
        if not (marked and text[start:end].lstrip().startswith("#")):
            under = (_UNDERLINE if marked else _ADORNMENT).match(text, end, span.end)
            end = under.end() if under else end
            start = start if marked or not under else _overline(text, start, span.start, under[1])
        space = _SPACES.match(text, end, span.end)
        yield Span(start, space.end() if space else end)


def _overline(text: str, start: int, floor: int, sign: str) -> int:
    """Where a heading's own lines start: at a line of ``sign`` right above it, if there is one."""
    above = _line_start(text, max(start - 1, floor), floor)
    line = text[above:start].strip()
    return above if len(line) > 2 and not line.strip(sign) else start


def _line_start(text: str, position: int, floor: int) -> int:
    while position > floor and not _LINE_END.match(text, position - 1):
        position -= 1
    return position


def _line_end(text: str, position: int, ceiling: int) -> int:
    match = _LINE_END.search(text, position, ceiling)
    return match.start() if match else ceiling
