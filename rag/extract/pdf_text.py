"""The text of one PDF page, character by character, with the index of each in the page.

The rules of extractor ``pdf 1``: a hyphen at a line end is ``-`` and a line feed (PDFium gives a
stand-in and drops the line break); PDFium's line breaks are line feeds; a gap clearly larger than
the page's line pitch, another size of type, or an indented line after a sentence's end opens a
paragraph, parted by a blank line; surrogate pairs are joined; control characters and characters
without a Unicode value are U+FFFD. The text of a page depends on that page alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from ctypes import c_double
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

_HYPHENS = (0xFFFE, 0x02)
_REPLACEMENT = 0xFFFD
_ENDS = frozenset(".!?:;…”\"'’»)]")
# Line pitch in units of the type's height where a page has too few lines to tell its own.
_PITCH = 1.35
_CLEARLY_MORE = 1.3
_SIZE_CHANGE = 1.2


@dataclass(frozen=True, slots=True)
class PageText:
    """index[i]: the page's character that ``text[i]`` stands for, -1 where we made it.

    replaced: characters that became U+FFFD. heights: for each paragraph (parted by blank lines),
    the height of its smallest line of type in points.
    """

    text: str
    index: tuple[int, ...]
    replaced: int
    heights: tuple[float, ...] = ()


@dataclass(slots=True)
class _Line:
    """A line under construction. x, y: origin of its first ink; dx, dy: its direction."""

    codes: list[int] = field(default_factory=list)
    index: list[int] = field(default_factory=list)
    hyphen: bool = False
    x: float = 0.0
    y: float = 0.0
    dx: float = 1.0
    dy: float = 0.0
    height: float = 0.0

    def add(self, code: int, index: int) -> None:
        self.codes.append(code)
        self.index.append(index)

    def goes_on(self) -> bool:
        """Whether the line's first ink is a lower-case letter."""
        return next((chr(c).islower() for c in self.codes if not chr(c).isspace()), False)

    def ends(self) -> bool:
        """Whether the line's last ink ends a sentence."""
        ink = next((chr(c) for c in reversed(self.codes) if not chr(c).isspace()), "")
        return ink in _ENDS


def page_text(page: Any) -> PageText:
    """Read a pypdfium2 text page; the caller holds the lock."""
    lines = list(_lines(page))
    for line in lines:
        _measure(page, line)
    breaks = _paragraph_starts(lines)
    text: list[str] = []
    index: list[int] = []
    for number, line in enumerate(lines):
        if number:
            mark = "\n\n" if number in breaks else "\n"
            text.append(mark)
            index.extend([-1] * len(mark))
        text.append("".join(map(chr, line.codes)))
        index.extend(line.index)
    replaced = sum(line.codes.count(_REPLACEMENT) for line in lines)
    openings = [0, *sorted(breaks), len(lines)]
    heights = tuple(min(line.height for line in lines[a:b]) for a, b in pairwise(openings) if a < b)
    return PageText("".join(text), tuple(index), replaced, heights)


def _lines(page: Any) -> Iterator[_Line]:
    """The page's characters as lines without their breaks; lines without ink are left out."""
    import pypdfium2.raw as pdfium

    line = _Line()
    codes = [pdfium.FPDFText_GetUnicode(page, i) for i in range(pdfium.FPDFText_CountChars(page))]
    position = 0
    while position < len(codes):
        code, at = codes[position], position
        position += 1
        if code in (0x0A, 0x0D):
            if line.codes:
                yield line
                line = _Line()
        elif code in _HYPHENS:
            line.add(0x2D, at)
            if position < len(codes) and _drops(page, at, position):
                line.hyphen = True
                yield line
                line = _Line()
        elif (
            0xD800 <= code < 0xDC00
            and 0xDC00 <= next(iter(codes[position : position + 1]), 0) < 0xE000
        ):
            line.add(0x10000 + ((code - 0xD800) << 10) + (codes[position] - 0xDC00), at)
            position += 1
        elif (
            0xD800 <= code < 0xE000
            or code > 0x10FFFF
            or (code < 0x20 and code != 0x09)
            or code == 0x7F
        ):
            line.add(_REPLACEMENT, at)
        elif line.codes or not chr(code).isspace():
            line.add(code, at)
    if line.codes:
        yield line


def _drops(page: Any, first: int, second: int) -> bool:
    """Whether two neighbouring characters stand on different lines."""
    (ax, ay), (bx, by) = _origin(page, first), _origin(page, second)
    height = _height(page, first, 1.0, 0.0) or 1.0
    return math.hypot(bx - ax, by - ay) > 1.5 * height or abs(by - ay) > 0.5 * height


def _origin(page: Any, index: int) -> tuple[float, float]:
    import pypdfium2.raw as pdfium

    x, y = c_double(), c_double()
    pdfium.FPDFText_GetCharOrigin(page, index, x, y)
    return x.value, y.value


def _height(page: Any, index: int, dx: float, dy: float) -> float:
    """The height of a character's line box, across the direction of its line."""
    import pypdfium2.raw as pdfium

    box = pdfium.FS_RECTF()
    if not pdfium.FPDFText_GetLooseCharBox(page, index, box):
        return 0.0
    size = box.top - box.bottom if abs(dx) >= abs(dy) else box.right - box.left
    return abs(float(size))


def _measure(page: Any, line: _Line) -> None:
    """Where a line stands, which way it runs, how high its type is."""
    ink = [i for c, i in zip(line.codes, line.index, strict=True) if not chr(c).isspace()]
    if not ink:
        return
    line.x, line.y = _origin(page, ink[0])
    x, y = _origin(page, ink[-1])
    length = math.hypot(x - line.x, y - line.y)
    if length > 0.1:
        line.dx, line.dy = (x - line.x) / length, (y - line.y) / length
    picks = {ink[0], ink[len(ink) // 2], ink[-1]}
    line.height = max(_height(page, i, line.dx, line.dy) for i in picks)


def _drop(upper: _Line, lower: _Line) -> float:
    """How far ``lower`` stands below ``upper``, across the upper line's direction."""
    return (lower.x - upper.x) * upper.dy - (lower.y - upper.y) * upper.dx


def _along(line: _Line, by: _Line) -> float:
    return line.x * by.dx + line.y * by.dy


def _paragraph_starts(lines: list[_Line]) -> set[int]:
    """Numbers of the lines that open a paragraph."""
    ratios = sorted(
        _drop(a, b) / a.height
        for a, b in pairwise(lines)
        if a.height > 0 and 0.5 < _drop(a, b) / a.height < 6
    )
    pitch = min(max(ratios[len(ratios) // 5], 0.7), 2.2) if len(ratios) >= 4 else _PITCH
    return {
        number
        for number in range(1, len(lines))
        if _opens(lines, number, pitch * _CLEARLY_MORE) and not lines[number - 1].hyphen
    }


def _opens(lines: list[_Line], number: int, gap: float) -> bool:
    before, line = lines[number - 1], lines[number]
    height = min(before.height, line.height)
    if height <= 0:
        return False
    if before.dx * line.dx + before.dy * line.dy < 0.9:
        return len(line.codes) > 1 and len(before.codes) > 1
    drop = _drop(before, line)
    if drop < -height:  # up: the next column, in which a sentence may go on
        return before.ends()
    if abs(drop) < 0.3 * height:
        return False
    if max(before.height, line.height) > _SIZE_CHANGE * height:
        return True
    if drop > gap * before.height:  # uneven leading must not cut a sentence in two
        return before.ends() or not line.goes_on()
    indent = _along(line, before) - _along(before, before)
    follows = lines[number + 1] if number + 1 < len(lines) else None
    returns = follows is None or _along(follows, line) < _along(line, line) - 0.5 * height
    return 0.6 * height < indent < 8 * height and returns and before.ends()
