"""Paragraphs of a PDF page: lines put together by their distances, sizes and indents.

A gap clearly larger than the page's pitch, another size of type, a change between bold and plain,
or an indented line after a sentence's end opens a paragraph; a jump up is the next column, into
which a sentence may run. The highest and the lowest line of a page stand alone where they are
clearly apart. Pieces of a formula stay with the text they stand in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.extract.pdf_lines import Line
from rag.extract.pdf_looks import ends, goes_on, is_entry, is_number, is_piece, runs_on, stops
from rag.extract.pdf_tables import Grid

LARGER = 1.12
# Line pitch in units of the size of type where a page has too few lines to tell its own.
_PITCH = 1.5
_CLEARLY_MORE = 1.3
_EDGE = 1.6  # in pitches
_SIZE_CHANGE = 1.2
_LAST = 8  # lines of a block by which it is told where it stands


@dataclass(slots=True)
class Block:
    """Lines that are one paragraph.

    kind: "text" or "table", "formula" while the page is put together, or what is no running text:
    "labels", "number", "contents", "stamp" or "line numbers".
    """

    lines: list[Line]
    kind: str = "text"
    grid: Grid | None = None

    @property
    def size(self) -> float:
        """Size of its smallest line, in points."""
        return min(line.size for line in self.lines)


def body_size(lines: Iterable[Line]) -> float:
    """The size of type of most letters of a page; 0 for no lines."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += line.letters
    return max(sorted(sizes), key=sizes.__getitem__, default=0.0)


def paragraphs(lines: Sequence[Line], tables: Sequence[Grid]) -> list[Block]:
    """The blocks of a page in the order of its lines; a table is one."""
    opening = _Opening(lines, tables)
    blocks: list[Block] = []
    for at, line in enumerate(lines):
        if blocks and not opening.opens(blocks[-1], at):
            blocks[-1].lines.append(line)
        else:
            grid = opening.grid_of.get(id(line))
            blocks.append(Block([line], "table" if grid else "text", grid))
    return blocks


class _Opening:
    """Whether a line opens a block, on one page."""

    def __init__(self, lines: Sequence[Line], tables: Sequence[Grid]) -> None:
        self.lines = lines
        self.grid_of = {id(line): grid for grid in tables for line in grid.lines}
        self.pitch = _pitch(lines)
        self.alone = _edges(lines, self.pitch)

    def opens(self, block: Block, at: int) -> bool:
        line, before = self.lines[at], block.lines[-1]
        grid = self.grid_of.get(id(line))
        if grid or block.grid:
            return grid is not block.grid
        if before.hyphen:
            return False
        apart = id(before) in self.alone, id(line) in self.alone
        if any(apart):
            return not all(apart)
        if is_entry(before) or is_entry(line):
            return not (is_entry(before) and is_entry(line) and before.y > line.y)
        near = self._near(block, line)
        if near and (is_piece(line) or (is_number(line) and _in_fraction(before, line))):
            return False
        last = block.lines[-_LAST:]
        anchor = next((a for a in reversed(last) if not (is_piece(a) or is_number(a))), before)
        if anchor is not before and near and not stops(before):
            return not (goes_on(line) or line.y > anchor.y - 0.5 * anchor.size)
        lowest = min(last, key=lambda other: other.y)
        return self._opens_under(anchor, lowest, at)

    def _opens_under(self, anchor: Line, lowest: Line, at: int) -> bool:
        line = self.lines[at]
        size = min(anchor.size, line.size)
        if size <= 0:
            return False
        drop = min(anchor.y, lowest.y if lowest.y > line.y else anchor.y) - line.y
        if drop < -size:  # up: the next column, in which a sentence may go on
            return ends(anchor) or max(anchor.size, line.size) > LARGER * size
        if abs(drop) < 0.3 * size:
            return False
        if max(anchor.size, line.size) > _SIZE_CHANGE * size:
            return True
        if anchor.bold != line.bold and not goes_on(line) and not runs_on(anchor):
            return True
        if drop > self.pitch * _CLEARLY_MORE * anchor.size:
            # Uneven leading must not cut a sentence.
            return ends(anchor) or not goes_on(line) or line.x0 > anchor.x1
        indent = line.x0 - anchor.x0
        follows = self.lines[at + 1] if at + 1 < len(self.lines) else None
        returns = follows is None or follows.x0 < line.x0 - 0.5 * size
        return 0.6 * size < indent < 8 * size and returns and ends(anchor)

    def _near(self, block: Block, line: Line) -> bool:
        """Whether a line stands by the last lines of a block, over, under or in them."""
        last = block.lines[-_LAST:]
        reach = 1.7 * max(self.pitch, 1.2) * max(line.size, last[-1].size)
        low, high = min(a.y for a in last), max(a.y for a in last)
        left, right = min(a.x0 for a in last), max(a.x1 for a in last)
        margin = 4 * line.size
        beside = left - margin < line.x0 < right + margin
        return beside and low - reach < line.y < high + 0.8 * reach


def _in_fraction(before: Line, line: Line) -> bool:
    """Whether a number stands closer over or under another line than lines of text do."""
    size = max(before.size, line.size)
    return 0 < abs(before.y - line.y) < 0.95 * size and line.x0 > before.x0 - size


def _pitch(lines: Sequence[Line]) -> float:
    """The distance of the page's lines, in units of their size."""
    ratios = sorted(
        (a.y - b.y) / a.size
        for a, b in pairwise(lines)
        if a.size > 0 and 0.6 < (a.y - b.y) / a.size < 6
    )
    return min(max(ratios[len(ratios) // 5], 0.8), 2.6) if len(ratios) >= 4 else _PITCH


def _edges(lines: Sequence[Line], pitch: float) -> set[int]:
    """Identities of the page's highest and lowest lines, where they stand clearly apart."""
    order = sorted(lines, key=lambda line: line.y)
    alone: set[int] = set()
    for ranks in (order, order[::-1]):
        if not ranks:
            break
        edge = ranks[0]
        level = [line for line in ranks if abs(line.y - edge.y) < 0.5 * edge.size]
        rest = ranks[len(level)] if len(level) < len(ranks) else None
        if rest and abs(rest.y - edge.y) > _EDGE * pitch * max(edge.size, rest.size):
            alone.update(map(id, level))
    return alone
