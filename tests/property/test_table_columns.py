"""Whatever is merged: each cell of a table stands in the column in which a grid has it."""

from __future__ import annotations

import io
from dataclasses import dataclass

import docx
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.extract.docx import read_docx
from rag.extract.draft import Draft


@dataclass(frozen=True)
class Merged:
    """A rectangle of a grid that is one cell."""

    row: int
    column: int
    rows: int
    columns: int
    words: str


@st.composite
def grids(draw: st.DrawFn) -> tuple[int, int, list[Merged]]:
    """Rows, columns, and the cells that tile them; some are empty."""
    height, width = draw(st.integers(1, 5)), draw(st.integers(2, 5))
    taken: set[tuple[int, int]] = set()
    cells = []
    for row in range(height):
        for column in range(width):
            if (row, column) in taken:
                continue
            free = 1
            while column + free < width and (row, column + free) not in taken:
                free += 1
            columns = draw(st.integers(1, free)) if draw(st.booleans()) else 1
            rows = draw(st.integers(1, height - row)) if draw(st.booleans()) else 1
            taken |= {(row + r, column + c) for r in range(rows) for c in range(columns)}
            words = f"c{row}x{column}" if draw(st.integers(0, 3)) else ""
            cells.append(Merged(row, column, rows, columns, words))
    return height, width, cells


def check(draft: Draft, cells: list[Merged]) -> None:
    """Every cell with words is in its column, in the text and in the table; heads reach down."""
    inked = {cell.words: cell for cell in cells if cell.words}
    for line in draft.text.split("\n"):
        for column, words in enumerate(line.split("\t")):
            assert not words or inked[words].column == column, draft.text
    assert sorted(w for w in draft.text.split() if w in inked) == sorted(inked)
    for table in draft.tables:
        for row in table.rows:
            for cell in row.cells:
                known = inked[draft.text[cell.span.start : cell.span.end]]
                assert (cell.column, cell.columns) == (known.column, known.columns)
            at = inked[draft.text[row.cells[0].span.start : row.cells[0].span.end]].row
            labels = {draft.text[s.start : s.end] for s in row.labels}
            body = {c.words for c in inked.values() if c.row < at < c.row + c.rows}
            assert labels == body - heads(draft)


def heads(draft: Draft) -> set[str]:
    spans = {s for table in draft.tables for column in table.heads for s in column}
    return {draft.text[s.start : s.end] for s in spans}


@settings(max_examples=60, deadline=None)
@given(grids())
def test_tables_of_python_docx(grid: tuple[int, int, list[Merged]]) -> None:
    height, width, cells = grid
    document = docx.Document()
    table = document.add_table(height, width)
    for cell in cells:
        first = table.cell(cell.row, cell.column)
        last = table.cell(cell.row + cell.rows - 1, cell.column + cell.columns - 1)
        merged = first.merge(last) if first is not last else first
        merged.text = cell.words
    document.add_paragraph("after")
    data = io.BytesIO()
    document.save(data)
    check(read_docx(data.getvalue()), [*cells, Merged(height, 0, 1, 1, "after")])
