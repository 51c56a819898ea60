"""Grids of cells (sheets of a workbook, CSV files) as paragraphs and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.extract.builder import Builder, GridCell

Line = Sequence[GridCell]

_NUMBER = re.compile(
    r"[-+(]?\W{0,3}\d[\d.,' \u00a0\u202f]*(?:E[-+]?\d+)?\s?%?\)?\W{0,2}", re.IGNORECASE
)
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T]\d{1,2}:\d{2}.*)?|\d{1,2}:\d{2}.*")
_YEAR = re.compile(r"(?:19|20)\d\d(?:[-/–]\d{2,4})?")
_FIGURE = re.compile(r"\W{0,3}\d|[-–—]$")
_MOST_HEADS = 3
_MEASURED = 0.7  # of the cells of a column of figures begin with one


def write_grid(builder: Builder, lines: Sequence[Line]) -> None:
    """Write a grid: blocks parted by empty rows; a row with one cell alone is a paragraph when it
    stands over or under a table (its title, its notes), else a row.
    """
    for block in _blocks(lines):
        before, table, after = _parted(block)
        for line in before:
            builder.paragraph(line[0].words)
        if table:
            builder.table(table, heads=heads_of(table))
        for line in after:
            builder.paragraph(line[0].words)


def heads_of(table: Sequence[Line]) -> int:
    """How many of the first rows of a table are its column heads: 0 when the first is data."""
    if len(table) < 2 or not _names_columns(table[0]):
        return 0
    count = 1
    # A head that spans columns has the heads of those columns under it.
    while (
        count < min(_MOST_HEADS, len(table) - 1)
        and any(cell.columns > 1 for cell in table[count - 1])
        and _names_columns(table[count])
    ):
        count += 1
    return count


def heads_over_figures(table: Sequence[Line]) -> int:
    """``heads_of`` where the columns under them hold figures; 0 elsewhere, as in forms, whose
    first row is a row like the others.
    """
    count = heads_of(table)
    named = {cell.column for line in table[:count] for cell in line}
    columns: dict[int, list[bool]] = {}
    for line in table[count:]:
        for cell in line:
            columns.setdefault(cell.column, []).append(bool(_FIGURE.match(text_of(cell))))
    measured = {c for c, figures in columns.items() if sum(figures) >= _MEASURED * len(figures)}
    return count if measured & named and set(columns) <= named | {0} else 0


def _names_columns(line: Line) -> bool:
    texts = [text_of(cell) for cell in line]
    numbers = [text for text in texts if looks_like_value(text)]
    years = sum(1 for text in numbers if _YEAR.fullmatch(text))
    return bool(texts) and len(numbers) == years and years < len(texts)


def looks_like_value(text: str) -> bool:
    """Whether a cell's text is a number, an amount, a date or a time."""
    return bool(_NUMBER.fullmatch(text) or _DATE.fullmatch(text))


def text_of(cell: GridCell) -> str:
    """A cell's words as one string."""
    if isinstance(cell.words, str):
        return cell.words.strip()
    return "".join(run.text for run in cell.words).strip()


def _blocks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    block: list[Line] = []
    covered = 0  # rows that a tall cell still reaches into
    for line in lines:
        filled = [cell for cell in line if text_of(cell)]
        if filled:
            block.append(filled)
        elif block and not covered:
            yield block
            block = []
        covered = max([covered - 1, 0, *(cell.rows - 1 for cell in filled)])
    if block:
        yield block


def _parted(block: list[Line]) -> tuple[list[Line], list[Line], list[Line]]:
    """The lines of one cell before and after the rows of a table; no table: all are before."""
    wide = [number for number, line in enumerate(block) if len(line) > 1]
    if not wide:
        return block, [], []
    first, last = wide[0], wide[-1]
    while last + 1 < len(block) and _is_row_head(block[last + 1], block[first]):
        last += 1
    return block[:first], block[first : last + 1], block[last + 1 :]


def _is_row_head(line: Line, heads: Line) -> bool:
    """Whether a row with one cell alone belongs to the table: a short one, in a column of its."""
    return len(text_of(line[0])) < 40 and any(cell.column == line[0].column for cell in heads)
