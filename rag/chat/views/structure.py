"""Tables drawn as tables and Markdown's signs set back, by marks alone: the text stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from rag.chat.views.text import Mark
from rag.types import Source, Span, Table

_SIGNS = re.compile(
    r"^[ \t]*(?:#{1,6}|[-*+]|>|\d+[.)])(?=[ \t])|\*\*|__|(?<!`)`(?!`)|^```.*$", re.MULTILINE
)


def tables(source: Source, window: Span) -> list[Mark]:
    """Marks of the tables in a part of a source: table, row, cell, and what stands between them.

    A table inside a cell of another is not drawn by itself.
    """
    marks: list[Mark] = []
    end = 0
    for table in source.tables:
        if table.span.start >= end and table.span.overlaps(window):
            end = table.span.end
            marks.extend(_table(table))
    return marks


def _table(table: Table) -> Iterator[Mark]:
    yield table.span, 'span class="cv-table"'
    heads = {span for column in table.heads for span in column}
    rows = [(row.span, sorted(cell.span for cell in row.cells)) for row in table.rows]
    rows += [(span, sorted(h for h in heads if span.contains(h))) for span in table.head_rows]
    at = table.span.start
    for span, cells in sorted(rows):
        if span.start < at or not all(span.contains(cell) for cell in cells):
            continue
        if span.start > at:
            yield Span(at, span.start), 'span class="cv-between"'
        yield span, 'span class="cv-row"'
        yield from _cells(span, cells)
        at = span.end


def _cells(row: Span, cells: list[Span]) -> Iterator[Mark]:
    at = row.start
    for cell in cells:
        if cell.start < at:
            continue
        if cell.start > at:
            yield Span(at, cell.start), 'span class="cv-between"'
        yield cell, 'span class="cv-cell"'
        at = cell.end
    if cells and at < row.end:
        yield Span(at, row.end), 'span class="cv-between"'


def signs(source: Source, window: Span, taken: Iterable[Span]) -> list[Mark]:
    """Marks of the signs of Markdown in a part of a source, where nothing else is marked."""
    if source.media_type != "text/markdown":
        return []
    taken = list(taken)
    found = (
        Span(window.start + m.start(), window.start + m.end())
        for m in _SIGNS.finditer(source.text[window.start : window.end])
    )
    return [
        (span, 'span class="cv-sign"')
        for span in found
        if not any(span.overlaps(other) for other in taken)
    ]


def nested(outer: Iterable[Mark], inner: Iterable[Mark]) -> list[Mark]:
    """Marks that nest: each inner one is cut where an outer one begins or ends.

    Of the pieces of a mark with an id only the first keeps it.
    """
    outer = list(outer)
    cuts = sorted({edge for span, _ in outer for edge in (span.start, span.end)})
    ranked = [(span, 0, tag) for span, tag in outer]
    for rank, (span, tag) in enumerate(inner, 1):
        edges = [span.start, *(cut for cut in cuts if span.start < cut < span.end), span.end]
        for start, end in pairwise(edges):
            ranked.append((Span(start, end), rank, tag))
            tag = re.sub(r' id="[^"]*"', "", tag)
    ranked.sort(key=lambda mark: (mark[0].start, -mark[0].end, mark[1]))
    return [(span, tag) for span, _, tag in ranked]
