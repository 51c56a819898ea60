"""What stands around the running text of a PDF page and is set aside from it.

A word drawn twice at one place is read once. Text that runs in another direction than the page's
(a watermark, a stamp at the side, an axis' name), large words that lie over lines of text, and the
numbers that count the lines down a margin stand behind the text of their page, as blocks of their
own: they neither cut nor join a sentence.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby, pairwise

from rag.extract.pdf_lines import Line
from rag.extract.pdf_looks import ends, goes_on
from rag.extract.pdf_paragraphs import body_size
from rag.extract.pdf_words import Word

_TURNED = 4.0  # degrees
_SAME_PLACE = 0.25  # of the size: a word drawn again within it is the same word
_SAME_LETTER = 0.12  # likewise for a single character
_LARGE = 2.0  # words this much larger than the text may be a watermark
_MOST_LARGE = 50  # lines that are looked at
_FEWEST_NUMBERS = 3
_GUTTER = 0.6  # between a line's number and its text, in units of its size
_MOST_DIGITS = 5


def without_echoes(words: Sequence[Word]) -> list[Word]:
    """The words less those that stand again, within a quarter of their size, at one place."""
    seen: dict[tuple[str, int, int], list[Word]] = {}
    kept: list[Word] = []
    for word in words:
        text = word.text
        reach = (_SAME_PLACE if len(text) > 1 else _SAME_LETTER) * word.size
        step = max(word.size, 0.1)
        column, row = int(word.x0 // step), int(word.y // step)
        near = (
            other
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            for other in seen.get((text, column + dx, row + dy), ())
        )
        if any(_at(word, other, reach) for other in near):
            continue
        seen.setdefault((text, column, row), []).append(word)
        kept.append(word)
    return kept


def _at(word: Word, other: Word, reach: float) -> bool:
    return (
        abs(word.x0 - other.x0) < reach
        and abs(word.y - other.y) < reach
        and abs(word.x1 - other.x1) < 2 * reach
        and abs(word.angle - other.angle) < _TURNED
    )


def turned(words: Sequence[Word]) -> tuple[list[Word], list[list[Word]]]:
    """The words that run with the page, and those that do not, in groups of one direction."""
    with_page = [word for word in words if abs(word.angle) <= _TURNED]
    others = [word for word in words if abs(word.angle) > _TURNED]
    groups = [list(group) for _, group in groupby(others, key=lambda word: round(word.angle / 5))]
    return with_page, groups


def overlays(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """The lines, less large ones that lie over smaller ones; and those."""
    body = body_size(lines)
    heights = sorted((line.y, at) for at, line in enumerate(lines))
    large = [at for at, line in enumerate(lines) if line.size >= _LARGE * body]
    if len(large) > _MOST_LARGE:
        return list(lines), []
    over = {at for at in large if _covers(lines[at], lines, heights)}
    return (
        [line for at, line in enumerate(lines) if at not in over],
        [lines[at] for at in sorted(over)],
    )


def _covers(line: Line, lines: Sequence[Line], heights: Sequence[tuple[float, int]]) -> bool:
    low, high = line.y - 0.15 * line.size, line.y + 0.6 * line.size
    for y, at in heights[bisect_left(heights, (low, -1)) :]:
        if y > high:
            return False
        other = lines[at]
        shared = min(line.x1, other.x1) - max(line.x0, other.x0)
        if other.size < line.size / _LARGE and shared > 0.4 * min(
            other.x1 - other.x0, line.x1 - line.x0
        ):
            return True
    return False


def line_numbers(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """The lines without the numbers that count them down a margin; and those numbers as lines.

    At least three numbers on one edge beside the text, rising downward by one step, of which some
    stand where a sentence goes on, or that count in fives or tens.
    """
    for right in (False, True):
        found = _margin(lines, right)
        if _count(found, lines, right):
            return _without(lines, found, right)
    return list(lines), []


def _margin(lines: Sequence[Line], right: bool) -> list[tuple[Line, Word]]:
    """Numbers that stand alone, or first (last) in a line with a gap behind (before) them."""
    found: list[tuple[Line, Word]] = []
    for line in lines:
        word = line.words[-1 if right else 0]
        if not _is_number(word):
            continue
        if len(line.words) > 1:
            beside = line.words[-2 if right else 1]
            gap = word.x0 - beside.x1 if right else beside.x0 - word.x1
            if gap < _GUTTER * word.size:
                continue
        found.append((line, word))
    return found


def _is_number(word: Word) -> bool:
    return len(word.codes) <= _MOST_DIGITS and all(48 <= code < 58 for code in word.codes)


def _count(found: list[tuple[Line, Word]], lines: Sequence[Line], right: bool) -> bool:
    if len(found) < _FEWEST_NUMBERS:
        return False
    found.sort(key=lambda pair: -pair[1].y)
    numbers = [int(word.text) for _, word in found]
    steps = {b - a for a, b in pairwise(numbers)}
    size = found[0][1].size
    edges = [(word.x0, word.x1) for _, word in found]
    aligned = any(max(e) - min(e) < 0.5 * size for e in zip(*edges, strict=True))
    if len(steps) != 1 or min(steps) < 1 or not aligned:
        return False
    own = {id(word) for _, word in found}
    texts = [w for line in lines for w in line.words if id(w) not in own]
    beyond = sum(w.x1 > min(e[0] for e in edges) if right else w.x0 < max(e[1] for e in edges)
                 for w in texts)  # fmt: skip
    if not texts or beyond > 0.1 * len(texts):
        return False
    return steps != {1} or _goes_through(found, lines)


def _goes_through(found: list[tuple[Line, Word]], lines: Sequence[Line]) -> bool:
    """Whether the numbers count lines, not items: some stand where a sentence goes on."""
    own = {id(word) for _, word in found}
    heights = sorted(word.y for _, word in found)
    size = found[0][1].size
    beside: list[Line] = []
    for line in lines:
        words = [w for w in line.words if id(w) not in own]
        nearest = heights[max(0, bisect_left(heights, line.y) - 1) :][:2]
        if words and any(abs(line.y - y) < 0.4 * size for y in nearest):
            beside.append(Line(words, line.y, line.size))
    beside.sort(key=lambda line: -line.y)
    going = sum(goes_on(b) and not ends(a) for a, b in pairwise(beside))
    return len(beside) >= 0.5 * len(found) and going >= max(1, 0.15 * len(beside))


def _without(
    lines: Sequence[Line], found: list[tuple[Line, Word]], right: bool
) -> tuple[list[Line], list[Line]]:
    own = {id(word) for _, word in found}
    kept: list[Line] = []
    for line in lines:
        words = [w for w in line.words if id(w) not in own]
        if words:
            line.words = words
            line.settle()
            kept.append(line)
    return kept, [Line([word], word.y, word.size) for _, word in found]
