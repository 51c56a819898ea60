"""The grid of a table in a Word file: merged, left-out and deleted cells keep their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rag.extract.builder import Builder, GridCell, Run
from rag.extract.docx_package import child, descend, number, short, switch, value
from rag.extract.docx_styles import Styles
from rag.extract.grids import heads_over_figures

CONTAINERS = frozenset(
    ("w:sdt", "w:sdtContent", "w:customXml", "w:ins", "w:moveTo", "w:smartTag", "w:body")
)
"""Elements that hold blocks, rows, cells or runs, and are none."""
_LONG = 300  # characters of a paragraph in a cell of a table that only lays out text
_MOST_COLUMNS = 1000


@dataclass(slots=True)
class _Row:
    cells: list[GridCell] = field(default_factory=list)
    goes_on: set[int] = field(default_factory=set)  # columns whose cell belongs to the one above
    begins: set[int] = field(default_factory=set)  # columns whose cell may go on below
    head: bool = False
    bold: bool = False


@dataclass(slots=True)
class ReadTable:
    """A table as it was read. heads: how many of its first rows are column heads."""

    rows: Sequence[Sequence[GridCell]]
    heads: int

    def write(self, builder: Builder) -> None:
        """Write it as rows."""
        builder.table(self.rows, heads=self.heads)


def is_layout(table: Any) -> bool:
    """Whether a table only lays out text: it has one column, a table in a cell, or long cells of
    several paragraphs.
    """
    widest = 0
    for row in _inside(table, "w:tr"):
        cells = list(_inside(row, "w:tc"))
        widest = max(widest, len(cells))
        if any(_is_text(cell) for cell in cells):
            return True
    return widest < 2


def _is_text(cell: Any) -> bool:
    sizes = [0]
    for element in cell.iter():
        name = short(element.tag)
        if name == "w:tbl":
            return True
        if name == "w:p":
            sizes.append(0)
        elif name == "w:t":
            sizes[-1] += len(element.text or "")
    return max(sizes) > _LONG and sum(1 for size in sizes if size) > 1


def read_table(table: Any, words: Callable[[Any], list[Run]], styles: Styles) -> ReadTable:
    """Read a table; ``words`` gives the runs of a cell."""
    rows = [_row(row, words) for row in _inside(table, "w:tr") if not _deleted(row)]
    for index, row in enumerate(rows):
        row.cells = [
            replace(cell, rows=_reach(rows, index, cell.column))
            if cell.column in row.begins
            else cell
            for cell in row.cells
        ]
    return ReadTable([row.cells for row in rows], _heads(table, rows, styles))


def _reach(rows: Sequence[_Row], index: int, column: int) -> int:
    end = index + 1
    while end < len(rows) and column in rows[end].goes_on:
        end += 1
    return end - index


def _row(row: Any, words: Callable[[Any], list[Run]]) -> _Row:
    properties = child(row, "w:trPr")
    made = _Row(head=bool(switch(properties, "w:tblHeader")))
    column = _count(child(properties, "w:gridBefore"), 0)
    for cell in _inside(row, "w:tc"):
        own = child(cell, "w:tcPr")
        columns = _count(child(own, "w:gridSpan"), 1)
        runs = words(cell)
        merge, beside = child(own, "w:vMerge"), child(own, "w:hMerge")
        if beside is not None and value(beside) != "restart" and made.cells:
            last = made.cells[-1]
            joined = [*last.words, Run(" "), *runs] if _inked(runs) else last.words
            made.cells[-1] = GridCell(joined, last.column, last.columns + columns)
        else:
            made.cells.append(GridCell(runs, column, columns))
            if merge is not None:
                (made.begins if value(merge) == "restart" else made.goes_on).add(column)
        column += columns
    made.bold = _bold(row)
    return made


def _count(element: Any, least: int) -> int:
    return min(max(number(element) or least, least), _MOST_COLUMNS)


def _inked(runs: Sequence[Run]) -> bool:
    return any(run.text.strip() for run in runs)


def _heads(table: Any, rows: Sequence[_Row], styles: Styles) -> int:
    """The rows that repeat on each page as heads, else what looks or reads like heads."""
    marked = 0
    while marked < len(rows) and rows[marked].head:
        marked += 1
    if marked:
        return marked
    lines = [[cell for cell in row.cells if _inked(_runs(cell))] for row in rows]
    read = heads_over_figures([line for line in lines if line]) if lines and lines[0] else 0
    if read or len(rows) < 2:
        return read
    properties = child(table, "w:tblPr")
    style = styles.of(value(child(properties, "w:tblStyle")))
    bold = rows[0].bold and not all(row.bold for row in rows)
    return 1 if bold or (style.heads and _first_row(child(properties, "w:tblLook"))) else 0


def _runs(cell: GridCell) -> Sequence[Run]:
    return [Run(cell.words)] if isinstance(cell.words, str) else cell.words


def _first_row(look: Any) -> bool:
    """Whether a table uses what its style says of the first row."""
    said = value(look, "w:firstRow")
    if said is not None:
        return said in ("1", "true", "on")
    try:
        return bool(int(value(look) or "0", 16) & 0x20)
    except ValueError:
        return False


def _bold(row: Any) -> bool:
    """Whether all words of a row are set in bold by their runs."""
    runs = [r for r in row.iter() if short(r.tag) == "w:r" and child(r, "w:t") is not None]
    return bool(runs) and all(switch(child(r, "w:rPr"), "w:b") for r in runs)


def _deleted(row: Any) -> bool:
    return descend(row, "w:trPr", "w:del") is not None


def _inside(element: Any, name: str) -> Iterator[Any]:
    """The rows of a table or the cells of a row, those in content controls too."""
    for part in element:
        own = short(part.tag)
        if own == name:
            yield part
        elif own in CONTAINERS:
            yield from _inside(part, name)
        elif own == "mc:AlternateContent":
            choices = [c for c in part if short(c.tag) in ("mc:Choice", "mc:Fallback")]
            yield from _inside(choices[0], name) if choices else ()
