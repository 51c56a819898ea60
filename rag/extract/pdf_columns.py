"""Columns of text that a PDF draws across, line by line: read one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rag.extract.pdf_lines import Line, cells
from rag.extract.pdf_looks import ends, goes_on
from rag.extract.pdf_words import Word

_GUTTER = 1.2  # between columns, in sizes of type
_NARROWEST = 0.7  # what must be free all the way down
_FEWEST = 4  # lines that stand in both columns
_LETTERS, _WORDS = 16, 3.0  # of a line of text in a column, on average
_GOING = 0.2  # share of the lines in which a sentence goes on


def one_column(lines: Sequence[Line], *, depth: int = 2) -> list[Line]:
    """The lines, those that run across columns of text cut, and the left column first.

    depth: how often a column may be cut again; three columns are two, of which one is two.
    """
    found: list[Line] = []
    at = 0
    while at < len(lines):
        left, right, both, end = _sides(lines, at)
        if both >= _FEWEST and depth:
            left, right = (one_column(side, depth=depth - 1) for side in (left, right))
            if _is_text(left) and _is_text(right):
                found.extend([*left, *right])
                at = end
                continue
        found.extend(lines[at:end])
        at = end
    return found


def _sides(lines: Sequence[Line], start: int) -> tuple[list[Line], list[Line], int, int]:
    """What stands left and right of the widest gap of a line, in the lines from there on that have
    nothing in it; how many stand on both sides; and the number of the line behind them.
    """
    left: list[Line] = []
    right: list[Line] = []
    low, high = _gap(lines[start])
    if high - low < _GUTTER * lines[start].size:
        return left, right, 0, start + 1
    both, at = 0, start
    while at < len(lines) and (at == start or lines[at].y < lines[at - 1].y):
        line = lines[at]
        parts = _cut(line, low, high)
        if parts is None:
            break
        before, after = parts
        edge = max((word.x1 for word in before), default=low)
        other = min((word.x0 for word in after), default=high)
        if min(high, other) - max(low, edge) < _NARROWEST * line.size:
            break
        low, high = max(low, edge), min(high, other)
        both += bool(before) and bool(after)
        for words, side in ((before, left), (after, right)):
            if words:
                side.append(_line(words, line))
        at += 1
    return left, right, both, max(at, start + 1)


def _gap(line: Line) -> tuple[float, float]:
    """The widest gap of a line."""
    gaps = [(b.x0 - a.x1, a.x1, b.x0) for a, b in pairwise(line.words)]
    widest = max(gaps, default=(0.0, 0.0, 0.0))
    return widest[1], widest[2]


def _cut(line: Line, low: float, high: float) -> tuple[list[Word], list[Word]] | None:
    """The words left and right of a gutter; None when one lies over it."""
    middle = (low + high) / 2
    left = [word for word in line.words if word.x1 <= middle]
    right = [word for word in line.words if word.x0 >= middle]
    return (left, right) if len(left) + len(right) == len(line.words) else None


def _line(words: list[Word], line: Line) -> Line:
    part = Line(words, line.y, line.size, words[-1].hyphen)
    part.settle()
    return part


def _is_text(side: Sequence[Line]) -> bool:
    """Whether lines are text that runs on, not the cells of a table."""
    if sum(line.letters for line in side) < _LETTERS * len(side):
        return False
    if sum(len(line.text.split()) for line in side) < _WORDS * len(side):
        return False
    whole = sum(len(list(cells(line, _GUTTER * line.size))) == 1 for line in side)
    going = sum(goes_on(b) and not ends(a) for a, b in pairwise(side))
    return going >= _GOING * (len(side) - 1) and whole > 0.5 * len(side)
