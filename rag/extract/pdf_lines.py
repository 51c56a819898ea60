"""Lines of a PDF page, put together from its words by where they stand.

The rules: a word joins the line before it when it stands on its baseline. A clearly smaller word
that stands higher or lower (by up to the line's own height) and touches its neighbour is a raised
or lowered part of that line: it opens no line of its own. Small pieces that the file draws out of
order (notes, emphasised words) are put into the gap of the line in which they stand. A large first
letter belongs to the line at its side.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rag.extract.pdf_words import Word

# All in units of the size of type of the line.
_SMALLER = 0.87  # raised figures are at most this much of their line's type
_SMALLEST = 0.42
_LEVEL = 0.25  # words of one size stand on one baseline within this
_SMALL_LEVEL = 0.06  # small words do
_HIGHEST, _LOWEST = 1.05, -0.65  # of a raised or lowered word's baseline
_TOUCH = 0.6  # a raised word is this near to its neighbour
_OVERLAP = 0.4
_LONGEST_SCRIPT = 14  # characters
_SAME_SIZE_LONGEST = 4
_SAME_SIZE_RISE, _SAME_SIZE_HIGHEST = 0.28, 0.75
_GAP = 0.18  # a space, where PDFium says nothing
_DROP_CAP = 1.8
_FRAGMENT = 40  # characters of a piece that may be put into another line's gap


@dataclass
class Line:
    """Words from left to right. y: baseline; size: of most of its type.

    ``text`` is worked out once: ask for it only when the line's words are final.
    """

    words: list[Word] = field(default_factory=list)
    y: float = 0.0
    size: float = 0.0
    hyphen: bool = False

    @property
    def x0(self) -> float:
        """Its left end, in points."""
        return min(word.x0 for word in self.words)

    @property
    def x1(self) -> float:
        """Its right end, in points."""
        return max(word.x1 for word in self.words)

    @property
    def font(self) -> int:
        """The font of most of the line's characters."""
        fonts: Counter[int] = Counter()
        for word in self.words:
            fonts[word.font] += len(word.codes)
        return max(sorted(fonts), key=fonts.__getitem__)

    @property
    def bold(self) -> bool:
        """Whether all of it is bold, list numbers and raised signs aside."""
        words = [word for word in self.words if not word.script and len(word.codes) > 1]
        return bool(words) and all(word.bold for word in words)

    @property
    def letters(self) -> int:
        """How many characters it has."""
        return sum(len(word.codes) for word in self.words)

    @cached_property
    def text(self) -> str:
        """The line's words with spaces, raised ones as they are: to look at, not to quote."""
        return "".join(
            (" " if at and parted(self, at) else "") + word.text
            for at, word in enumerate(self.words)
        )

    def settle(self) -> None:
        """Take size and baseline from most of the words that are neither raised nor lowered."""
        sizes: Counter[float] = Counter()
        for word in self.words:
            if not word.script:
                sizes[round(word.size, 1)] += len(word.codes)
        if sizes:
            self.size = max(sorted(sizes), key=sizes.__getitem__)
            self.y = next(w.y for w in self.words if not w.script and round(w.size, 1) == self.size)


def page_lines(words: Sequence[Word]) -> list[Line]:
    """The lines of a page in the order in which the file draws them; sets ``Word.script``."""
    lines: list[Line] = []
    for word in words:
        if lines and _joins(lines[-1], word):
            lines[-1].words.append(word)
        else:
            if lines:
                lines[-1].hyphen = lines[-1].words[-1].hyphen
            lines.append(Line([word], word.y, word.size))
    for line in lines:
        line.settle()
    lines = _with_initials(lines)
    return _with_fragments(lines)


def parted(line: Line, at: int) -> bool:
    """Whether a space stands before the word number ``at`` of a line."""
    word, before = line.words[at], line.words[at - 1]
    if word.space:
        return True
    return word.broken and word.x0 - before.x1 > _GAP * line.size


def _joins(line: Line, word: Word) -> bool:
    """Whether a word goes on a line; marks raised and lowered ones."""
    rise = word.y - line.y
    if _initial(line, word):
        return abs(rise) <= _SMALL_LEVEL * line.size and not word.broken
    size, small = line.size, word.size < _SMALLER * line.size
    if abs(rise) <= (_SMALL_LEVEL if small else _LEVEL) * max(size, word.size):
        return not word.broken or word.x0 > line.words[-1].x1 - _OVERLAP * size
    if small and _is_script(line, word, rise):
        word.script = 1 if rise > 0 else -1
        return True
    if not small and word.size * _SMALLER > size and _opens_with_script(line, word, -rise):
        return True
    if not small and _rises_in_same_size(line, word, rise):
        word.script = 1 if rise > 0 else -1
        return True
    return False


def _is_script(line: Line, word: Word, rise: float) -> bool:
    size = line.size
    if not (_LOWEST * size < rise < _HIGHEST * size and word.size > _SMALLEST * size):
        return False
    level = next((w for w in reversed(line.words) if not w.script), line.words[-1])
    if not level.x1 - _OVERLAP * size < word.x0 < line.x1 + _TOUCH * size:
        return False
    length = len(word.codes)
    for other in reversed(line.words):
        if not other.script:
            break
        length += len(other.codes)
    return length <= _LONGEST_SCRIPT


def _opens_with_script(line: Line, word: Word, rise: float) -> bool:
    """Whether a line so far is a raised (or lowered) sign before the first word of its line."""
    size = word.size
    if line.letters > _LONGEST_SCRIPT // 2 or line.size < _SMALLEST * size:
        return False
    near = -_OVERLAP * size < word.x0 - line.x1 < size
    if not near or not _LOWEST * size < rise < _HIGHEST * size:
        return False
    for other in line.words:
        other.script = 1 if rise > 0 else -1
    line.y, line.size = word.y, word.size
    return True


def _rises_in_same_size(line: Line, word: Word, rise: float) -> bool:
    size, before = line.size, line.words[-1]
    return (
        _SAME_SIZE_RISE * size < abs(rise) < _SAME_SIZE_HIGHEST * size
        and len(word.codes) <= _SAME_SIZE_LONGEST
        and word.size < 1.1 * size
        and -0.1 * size < word.x0 - before.x1 < _GAP * size
    )


def _initial(line: Line, word: Word) -> bool:
    """Whether a line is so far one large letter beside the text of a word."""
    first = line.words[0]
    return (
        len(line.words) == 1
        and len(first.codes) <= 2
        and chr(first.codes[-1]).isupper()
        and first.size >= _DROP_CAP * word.size
    )


def _with_initials(lines: list[Line]) -> list[Line]:
    """Put each large first letter in front of the highest line at its side."""
    kept: list[Line] = []
    skipped: set[int] = set()
    for at, line in enumerate(lines):
        if at in skipped:
            continue
        letter = line.words[0]
        side = [
            other
            for other in lines[at + 1 : at + 4]
            if len(line.words) == 1 and _initial(line, other.words[0]) and _beside(letter, other)
        ]
        if side:
            top = max(side, key=lambda other: other.y)
            letter.script = 0
            top.words[0].space = top.words[0].broken = False
            top.words.insert(0, letter)
            continue
        kept.append(line)
    return kept


def _beside(letter: Word, line: Line) -> bool:
    near = -_OVERLAP * line.size < line.x0 - letter.x1 < 1.5 * line.size
    return near and letter.y - 0.3 * line.size < line.y < letter.y + letter.size


def _with_fragments(lines: list[Line]) -> list[Line]:
    """Put small pieces drawn out of order into the lines in whose gaps they stand."""
    order = sorted(range(len(lines)), key=lambda at: lines[at].y)
    heights = [lines[at].y for at in order]
    gone: set[int] = set()
    for at, piece in enumerate(lines):
        if piece.letters > _FRAGMENT:
            continue
        reach = 2.5 * piece.size
        first = bisect_left(heights, piece.y - reach)
        for other in range(first, len(order)):
            if heights[other] > piece.y + reach:
                break
            host = order[other]
            if host != at and host not in gone and _put_in(lines[host], piece):
                gone.add(at)
                break
    return [line for at, line in enumerate(lines) if at not in gone]


def _put_in(host: Line, piece: Line) -> bool:
    """Put a piece into the gap of a line where it stands, if it stands in one."""
    size, rise = host.size, piece.y - host.y
    level = abs(rise) <= _SMALL_LEVEL * size and 0.8 * size < piece.size < 1.25 * size
    raised = (
        _SMALLEST * size < piece.size < _SMALLER * size
        and _LOWEST * size < rise < _HIGHEST * size
        and piece.letters <= _LONGEST_SCRIPT
        and not level
    )
    if not (level or raised) or host.letters < piece.letters:
        return False
    at = next((i for i, w in enumerate(host.words) if w.x0 > piece.x0), len(host.words))
    if at == 0 or (level and at == len(host.words)):
        return False
    before = host.words[at - 1]
    after = host.words[at] if at < len(host.words) else None
    left = piece.x0 - before.x1
    right = after.x0 - piece.x1 if after else 0.0
    if not -0.2 * size < left < (_TOUCH if raised else 1.0) * size or right < -0.2 * size:
        return False
    if level and right > size:
        return False
    for word in piece.words:
        word.broken = True
        word.script = (1 if rise > 0 else -1) if raised else 0
    if after:
        after.broken = True
    host.words[at:at] = piece.words
    return True


def cells(line: Line, gap: float) -> Iterator[list[Word]]:
    """The words of a line in groups that stand more than ``gap`` (in points) apart."""
    group: list[Word] = []
    for word in line.words:
        if group and word.x0 - group[-1].x1 > gap:
            yield group
            group = []
        group.append(word)
    if group:
        yield group
