"""The grid of a page's table: each cell in the column that a browser gives it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from rag.extract.builder import Builder, GridCell, Run
from rag.extract.grids import heads_over_figures, text_of

_MOST_COLUMNS, _MOST_ROWS = 1000, 65_534  # as browsers bound them
_LONG = 300  # characters of a block in a cell of a table that only lays out text
_ENOUGH = 100  # blocks of a cell that are measured
_GROUPS = {"thead": 0, "tfoot": 2}
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_PARAGRAPHS = frozenset(("p", "li", "div", "blockquote", "pre", "dd"))
_COUNT = re.compile(r"\s*(\d{1,9})")


@dataclass(slots=True)
class _Row:
    group: int
    cells: list[GridCell] = field(default_factory=list)
    heads: int = 0  # how many of its cells with words are head cells


class Grid:
    """The cells of an open table. words: of the cell that is open, None between cells."""

    def __init__(self) -> None:
        self.words: list[Run] | None = None
        self._rows: list[_Row] = []
        self._group = 1
        self._group_start = 0
        self._taken: dict[int, int] = {}  # column -> rows that a cell above still covers
        self._next = 0
        self._cell: tuple[int, int, int, bool] = (0, 1, 1, False)

    def open(self, element: Any) -> None:
        """A group, row or cell begins."""
        tag = element.tag
        if tag in ("thead", "tbody", "tfoot"):
            self._end_group(_GROUPS.get(tag, 1))
        elif tag == "tr":
            self._row()
        elif tag in ("td", "th"):
            self._open_cell(element)

    def close(self, element: Any) -> None:
        """A group or cell ends."""
        if element.tag in ("td", "th") and self.words is not None:
            column, columns, rows, head = self._cell
            row = self._rows[-1]
            row.cells.append(GridCell(self.words, column, columns, rows))
            row.heads += head and bool(text_of(row.cells[-1]))
            self.words = None
        elif element.tag in ("thead", "tbody", "tfoot"):
            self._end_group(1)

    def write(self, builder: Builder) -> None:
        """Write the table: its head group first and its foot group last, as they are shown."""
        self._end_group(1)
        rows = sorted(self._rows, key=lambda row: row.group)
        builder.table([row.cells for row in rows], heads=_heads(rows))

    def _end_group(self, following: int) -> None:
        """No cell reaches out of its group of rows."""
        end = len(self._rows)
        for index in range(self._group_start, end):
            row = self._rows[index]
            row.cells = [replace(c, rows=min(c.rows, end - index)) for c in row.cells]
        self._group, self._group_start, self._taken = following, end, {}

    def _row(self) -> None:
        self._taken = {column: rows - 1 for column, rows in self._taken.items() if rows > 1}
        self._rows.append(_Row(self._group))
        self._next = 0

    def _open_cell(self, element: Any) -> None:
        if not self._rows:
            self._row()
        columns = min(max(_count(element.get("colspan")), 1), _MOST_COLUMNS)
        rows = min(_count(element.get("rowspan"), 1), _MOST_ROWS) or _MOST_ROWS
        while self._next in self._taken:
            self._next += 1
        self._cell = (self._next, columns, rows, element.tag == "th")
        # What the cell covers below is taken from the next row on; the row itself counts as one.
        self._taken |= {c: rows for c in range(self._next, self._next + columns) if rows > 1}
        self._next += columns
        self.words = []


def layouts(root: Any) -> set[Any]:
    """The tables of a page that only lay out text: those that say so, with one column, with a
    table or heading in a cell, or with long cells of several paragraphs.
    """
    found: set[Any] = set()
    for table in root.iter("table"):
        if table.get("role") in ("presentation", "none"):
            found.add(table)
        outer = next(table.iterancestors("table"), None)
        if outer is not None:
            found.add(outer)
    found |= {t for t in root.iter("table") if t not in found and _lays_out(t)}
    return found


def _lays_out(table: Any) -> bool:
    widest = 0
    for row in table.iter("tr"):
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        widest = max(widest, sum(_count(cell.get("colspan"), 1) for cell in cells))
        for cell in cells:
            if next(cell.iter(*_HEADINGS), None) is not None:
                return True
            sizes = list(islice(_block_sizes(cell), _ENOUGH))
            if len(sizes) > 1 and max(sizes) > _LONG:
                return True
    return widest < 2


def _block_sizes(cell: Any) -> Iterator[int]:
    for element in cell.iter(*_PARAGRAPHS):
        if next(element.iterchildren(*_PARAGRAPHS), None) is None:
            size = len(" ".join("".join(element.itertext()).split()))
            if size:
                yield size


def _heads(rows: list[_Row]) -> int:
    """The rows of the head group, or those of head cells alone, at the top; else what reads so."""
    count = 0
    for row in rows:
        inked = sum(1 for cell in row.cells if text_of(cell))
        if row.group and (not inked or row.heads < inked):
            break
        count += 1
    if count:
        return count if count < len(rows) else 0
    filled = [[cell for cell in row.cells if text_of(cell)] for row in rows]
    return heads_over_figures(filled) if filled and all(filled) else 0


def _count(text: str | None, usual: int = 1) -> int:
    match = _COUNT.match(text or "")
    return int(match[1]) if match else usual
