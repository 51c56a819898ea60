"""Lines of a PDF page, put together from its words by where they stand.

The rules: a word joins the line before it when it stands on its baseline. A clearly smaller word
that stands higher or lower (by up to the line's own height) and touches its neighbour is a raised
or lowered part of that line: it opens no line of its own.
"""

from __future__ import annotations

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
TOUCH = 0.6  # a raised word is this near to its neighbour
_OVERLAP = 0.4
LONGEST_SCRIPT = 14  # characters
_SAME_SIZE_LONGEST = 4
_SAME_SIZE_RISE, _SAME_SIZE_HIGHEST = 0.28, 0.75
_GAP = 0.18  # a space, where PDFium says nothing
_DROP_CAP = 1.8


@dataclass
class Line:
    """Words from left to right. y: baseline; size: of most of its type.

    What is worked out of the words is worked out once: ask for it only when they are final.
    """

    words: list[Word] = field(default_factory=list)
    y: float = 0.0
    size: float = 0.0
    hyphen: bool = False

    @cached_property
    def x0(self) -> float:
        """Its left end, in points."""
        return min(word.x0 for word in self.words)

    @cached_property
    def x1(self) -> float:
        """Its right end, in points."""
        return max(word.x1 for word in self.words)

    @cached_property
    def letters(self) -> int:
        """The number of its characters."""
        return sum(len(word.codes) for word in self.words)

    @cached_property
    def bold(self) -> bool:
        """Whether all of it is bold, list numbers and raised signs aside."""
        words = [word for word in self.words if not word.script and len(word.codes) > 1]
        return bool(words) and all(word.bold for word in words)

    @cached_property
    def fixed(self) -> bool:
        """Whether all its letters are equally wide, as in listings of programs."""
        return all(word.fixed for word in self.words)

    @cached_property
    def text(self) -> str:
        """Its words with spaces, raised ones as they are: to look at, not to quote."""
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
        for known in ("x0", "x1", "letters", "bold", "fixed", "text"):
            self.__dict__.pop(known, None)


def page_lines(words: Sequence[Word]) -> list[Line]:
    """The lines of a page in the order in which the file draws them; sets ``Word.script``."""
    lines: list[Line] = []
    growing: _Growing | None = None
    for word in words:
        if growing is not None and growing.takes(word):
            growing.add(word)
            continue
        if growing is not None:
            lines.append(growing.done())
        growing = _Growing(word)
    if growing is not None:
        lines.append(growing.done())
    return lines


def parted(line: Line, at: int) -> bool:
    """Whether a space stands before the word number ``at`` of a line."""
    word, before = line.words[at], line.words[at - 1]
    if word.space:
        return True
    return word.broken and word.x0 - before.x1 > _GAP * line.size


class _Growing:
    """A line to which the page's next words are added. right: how far it reaches."""

    def __init__(self, word: Word) -> None:
        self.words = [word]
        self.y, self.size, self.right, self.letters = word.y, word.size, word.x1, len(word.codes)

    def add(self, word: Word) -> None:
        self.words.append(word)
        self.right = max(self.right, word.x1)
        self.letters += len(word.codes)

    def done(self) -> Line:
        line = Line(self.words, self.y, self.size, self.words[-1].hyphen)
        line.settle()
        return line

    def takes(self, word: Word) -> bool:
        """Whether a word goes on the line; marks raised and lowered ones."""
        rise, size = word.y - self.y, self.size
        if len(self.words) == 1 and is_initial(self.words[0], word):
            return abs(rise) <= _SMALL_LEVEL * size and not word.broken
        small = word.size < _SMALLER * size
        if abs(rise) <= (_SMALL_LEVEL if small else _LEVEL) * max(size, word.size):
            return not word.broken or word.x0 > self.words[-1].x1 - _OVERLAP * size
        if small:
            raised = self._is_script(word, rise)
        elif word.size * _SMALLER > size:
            return self._opens_with_script(word, -rise)
        else:
            raised = self._rises_in_same_size(word, rise)
        if raised:
            word.script = 1 if rise > 0 else -1
        return raised

    def _is_script(self, word: Word, rise: float) -> bool:
        size = self.size
        if not (_LOWEST * size < rise < _HIGHEST * size and word.size > _SMALLEST * size):
            return False
        length, level = len(word.codes), self.words[-1]
        for other in reversed(self.words):
            level = other
            if not other.script or length > LONGEST_SCRIPT:
                break
            length += len(other.codes)
        touches = level.x1 - _OVERLAP * size < word.x0 < self.right + TOUCH * size
        return touches and length <= LONGEST_SCRIPT

    def _opens_with_script(self, word: Word, rise: float) -> bool:
        """Whether the line so far is a raised (or lowered) sign before its first word."""
        size = word.size
        if self.letters > LONGEST_SCRIPT // 2 or self.size < _SMALLEST * size:
            return False
        near = -_OVERLAP * size < word.x0 - self.right < size
        if not near or not _LOWEST * size < rise < _HIGHEST * size:
            return False
        for other in self.words:
            other.script = 1 if rise > 0 else -1
        self.y, self.size = word.y, word.size
        return True

    def _rises_in_same_size(self, word: Word, rise: float) -> bool:
        size, before = self.size, self.words[-1]
        return (
            _SAME_SIZE_RISE * size < abs(rise) < _SAME_SIZE_HIGHEST * size
            and len(word.codes) <= _SAME_SIZE_LONGEST
            and word.size < 1.1 * size
            and -0.1 * size < word.x0 - before.x1 < _GAP * size
        )


def could_be_script(line: Line, size: float, rise: float) -> bool:
    """Whether type of a size and a rise can be a raised or lowered part of a line."""
    return (
        _SMALLEST * line.size < size < _SMALLER * line.size
        and _LOWEST * line.size < rise < _HIGHEST * line.size
        and not is_level(line, size, rise)
    )


def is_level(line: Line, size: float, rise: float) -> bool:
    """Whether type of a size and a rise stands on a line as its own does."""
    return abs(rise) <= _SMALL_LEVEL * line.size and 0.8 * line.size < size < 1.25 * line.size


def is_initial(letter: Word, word: Word) -> bool:
    """Whether a word is one large letter beside the text that another belongs to."""
    return (
        len(letter.codes) <= 2
        and chr(letter.codes[-1]).isupper()
        and letter.size >= _DROP_CAP * word.size
    )


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
