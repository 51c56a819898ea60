"""Pipe tables of Markdown (GFM): rows, cells and heads as spans. Line feeds only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from rag.types import Cell, Row, Span, Table, ink

_PIPE = re.compile(r"(?<!\\)(?:\\\\)*\|")


def pipe_table(text: str, lines: Sequence[Span]) -> Table | None:
    """The table whose head, delimiter row and rows stand in ``lines``; None without rows.

    A row keeps the columns of its empty cells; a first cell left empty is named by the last one
    above it. Pipes after a backslash part nothing.
    """
    head = _cells(text, lines[0])
    rows: list[Row] = []
    label: Span | None = None
    for line in lines[2:]:
        row = ink(text, line.start, line.end)
        cells = [c for c in _cells(text, line) if c.column < max(len(head), 1)]
        if row is None or not cells:
            continue
        first = cells[0].column == 0
        rows.append(Row(row, tuple(c for c in cells), () if first or not label else (label,)))
        label = cells[0].span if first else label
    columns = [
        _heads(head, column) for column in range(1 + max((c.column for c in head), default=0))
    ]
    above = [s for line in lines[:2] if (s := ink(text, line.start, line.end))]
    return Table(tuple(columns), tuple(rows), tuple(above)) if rows else None


def _heads(head: Sequence[Cell], column: int) -> tuple[Span, ...]:
    return tuple(c.span for c in head if c.column == column)


def _cells(text: str, line: Span) -> list[Cell]:
    """The cells with words of one row."""
    row = ink(text, line.start, line.end)
    if row is None:
        return []
    bars = [m.end() - 1 for m in _PIPE.finditer(text, row.start, row.end)]
    edges = [row.start - 1, *bars, row.end]
    if bars and bars[0] == row.start:
        edges = edges[1:]
    if bars and bars[-1] == row.end - 1:
        edges = edges[:-1]
    found = []
    for column, (left, right) in enumerate(pairwise(edges)):
        span = ink(text, left + 1, right)
        if span is not None:
            found.append(Cell(span, column))
    return found
