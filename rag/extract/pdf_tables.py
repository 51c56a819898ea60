"""Tables of a PDF page, where rows and columns are plain from the places of the words.

At least three lines under each other, most of them with the same number of cells that stand apart,
whose columns are free of each other all the way down. Their cells are parted by tabs, and each line
is a row. The heads are the first one or two rows: they are bold and the others are not, or they
name columns of numbers. Without heads the rows stay rows, and no table is declared. Lists, tables
of contents and columns of text are none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rag.extract.pdf_lines import Line, cells
from rag.extract.pdf_words import Word

_GAP = 1.2  # between cells, in sizes of type
_FEWEST_ROWS = 3
_MOST_APART = 4.0  # lines of one table, in sizes of type
_USUAL = 0.6  # share of the rows that have a cell in every column
_GUTTER = 0.4
_LONG, _WORDS = 22, 3.5  # characters and words of a cell, on average, of a column of text
_MOST_HEADS = 2
_ITEM = re.compile(r"(?:[•▪▫➢✓–—*-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)])$")
_SECTION = re.compile(r"(?:[A-Z]|\d{1,2})(?:\.\d{1,2})*\.?\s+\w")
_YEAR = re.compile(r"(?:19|20)\d\d(?:[/–-]\d{2,4})?")


@dataclass(slots=True)
class GridCell:
    """A cell. column: its first, from 0; columns: how many it covers."""

    words: list[Word]
    column: int
    columns: int = 1

    @property
    def text(self) -> str:
        """Its words with spaces."""
        return " ".join(word.text for word in self.words)


@dataclass(slots=True)
class Grid:
    """A table: for each line its cells. heads: how many of the first rows are heads."""

    lines: list[Line]
    rows: list[list[GridCell]] = field(default_factory=list)
    columns: int = 0
    heads: int = 0


def grids(lines: Sequence[Line]) -> list[Grid]:
    """The tables among the lines of a page, in their order."""
    found: list[Grid] = []
    run: list[Line] = []
    for line in lines:
        if run and not _goes_on(run[-1], line):
            found.extend(_grid(run))
            run = []
        if _is_row(line):
            run.append(line)
    found.extend(_grid(run))
    return found


def _is_row(line: Line) -> bool:
    return len(list(cells(line, _GAP * line.size))) > 1


def _goes_on(before: Line, line: Line) -> bool:
    drop = before.y - line.y
    return _is_row(line) and 0.5 * line.size < drop < _MOST_APART * line.size


def _grid(run: Sequence[Line]) -> list[Grid]:
    """The table that lines are, if they are one."""
    if len(run) < _FEWEST_ROWS:
        return []
    split = [list(cells(line, _GAP * line.size)) for line in run]
    usual, times = Counter(map(len, split)).most_common(1)[0]
    if times < max(_FEWEST_ROWS - 1, _USUAL * len(run)):
        return []
    columns = _columns([row for row in split if len(row) == usual], run[0].size)
    if len(columns) != usual:
        return []
    rows = [_placed(row, columns) for row in split]
    if any(row is None for row in rows):
        return []
    grid = Grid(list(run), [row for row in rows if row], usual)
    if _is_list(grid) or _is_text(grid):
        return []
    grid.heads = _heads(grid)
    return [grid]


def _columns(rows: Sequence[Sequence[Sequence[Word]]], size: float) -> list[tuple[float, float]]:
    """The columns' edges: cells that overlap across the rows stand in one column."""
    edges = sorted((cell[0].x0, max(w.x1 for w in cell)) for row in rows for cell in row)
    found: list[tuple[float, float]] = []
    for x0, x1 in edges:
        if found and x0 < found[-1][1] + _GUTTER * size:
            found[-1] = (found[-1][0], max(found[-1][1], x1))
        else:
            found.append((x0, x1))
    return found


def _placed(
    row: Sequence[list[Word]], columns: Sequence[tuple[float, float]]
) -> list[GridCell] | None:
    """The cells of a row in the columns they overlap; None when one is in none, or two in one."""
    placed: list[GridCell] = []
    for words in row:
        x0, x1 = words[0].x0, max(word.x1 for word in words)
        over = [n for n, (low, high) in enumerate(columns) if x0 < high and x1 > low]
        if not over or (placed and over[0] < placed[-1].column + placed[-1].columns):
            return None
        placed.append(GridCell(words, over[0], over[-1] - over[0] + 1))
    return placed


def is_contents(grid: Grid) -> bool:
    """Whether the rows are a table of contents without dots: numbered titles and their pages."""
    pages = [row[-1].text for row in grid.rows]
    titles = [row[0].text for row in grid.rows]
    if grid.columns != 2 or not all(page.isdecimal() and len(page) < 5 for page in pages):
        return False
    rising = all(int(a) <= int(b) for a, b in pairwise(pages))
    return rising and sum(bool(_SECTION.match(t)) for t in titles) > 0.6 * len(titles)


def _is_list(grid: Grid) -> bool:
    """Whether the rows are items: signs or numbers, and one column of text."""
    if grid.columns != 2:
        return False
    first = [row[0].text for row in grid.rows if row[0].column == 0]
    if all(_ITEM.match(text) for text in first):
        return True
    numbers = sum(_is_number(row[-1].text) for row in grid.rows)
    return all(text.isdecimal() and len(text) < 4 for text in first) and numbers == 0


def _is_text(grid: Grid) -> bool:
    """Whether two columns and more are lines of text."""
    long = 0
    for column in range(grid.columns):
        texts = [cell.text for row in grid.rows for cell in row if cell.column == column]
        words = sum(len(text.split()) for text in texts)
        long += sum(map(len, texts)) > _LONG * len(texts) and words > _WORDS * len(texts)
    return long > 1


def _heads(grid: Grid) -> int:
    """How many of the first rows are heads, 0 when that cannot be told."""
    bold = [line.bold for line in grid.lines]
    leading = next((n for n, b in enumerate(bold) if not b), len(bold))
    if 0 < leading <= _MOST_HEADS and sum(bold) <= leading + 0.3 * len(bold):
        return leading
    last = grid.rows[_MOST_HEADS:]
    numbers = Counter(cell.column for row in last for cell in row if _is_number(cell.text))
    of_numbers = {column for column, count in numbers.items() if count >= 0.6 * len(last)}
    for heads in range(min(_MOST_HEADS, len(grid.rows) - 2), 0, -1):
        if of_numbers and all(_names(row, of_numbers) for row in grid.rows[:heads]):
            return heads
    return 0


def _names(row: Sequence[GridCell], of_numbers: set[int]) -> bool:
    """Whether a row's cells over columns of numbers are words, or years."""
    over = [cell.text for cell in row if cell.column in of_numbers]
    return bool(over) and all(not _is_number(text) or _YEAR.fullmatch(text) for text in over)


def _is_number(text: str) -> bool:
    digits = sum(c.isdigit() for c in text)
    letters = sum(c.isalpha() for c in text)
    return digits > 0 and digits >= letters
