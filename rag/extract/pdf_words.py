"""The words of one PDF page with their places: what the layout rules work on.

A word is the ink between two white spaces inside one text object, so that a change of size, font
or baseline always starts another word. Places are measured in a frame that is turned with most of
the page's text: ``x`` runs along the lines, ``y`` stands across them and grows upward.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from ctypes import addressof, byref, c_double, create_string_buffer
from dataclasses import dataclass, field
from typing import Any

HYPHENS = (0xFFFE, 0x02)
REPLACEMENT = 0xFFFD
# Private-use codes that are known: list marks of symbol fonts, and the pieces of tall brackets.
_KNOWN = {0xF0B7: 0x2022, 0xF0A7: 0x25AA, 0xF0A8: 0x25AB, 0xF0D8: 0x27A2, 0xF0FC: 0x2713}
_KNOWN |= dict(zip(range(0xF8EB, 0xF8FF), map(ord, "⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪⎮⎞⎟⎠⎤⎥⎦⎫⎬⎭"), strict=True))
# The same letter again within this share of its size is one letter drawn bold, not two.
_SAME_PLACE = 0.12
# A type size is believed when a letter's mean advance is between these shares of it.
_LEAST_ADVANCE, _MOST_ADVANCE = 0.12, 1.6
_USUAL_ADVANCE = 0.5
# Flags of a font descriptor; what it says of its weight is seldom true.
_FIXED_PITCH, _FORCE_BOLD = 1, 1 << 18
_BOLD_NAME = re.compile(r"bold|black|heavy|demi|cmbx|nimbus\w*-medi")
_FIXED_NAME = re.compile(r"courier|mono|cmtt|typewriter|consol|menlo|fixed")


@dataclass(slots=True)
class Word:
    """A word: ``codes[i]`` is the code point of the page's character ``index[i]``.

    x0, x1: where it starts and ends along the line; y: its baseline; size: of its type; all in
    points. font: tells fonts of the page apart. angle: its direction in degrees, counter-clockwise,
    against the page's lines. space: white space stands before it; broken: a line break of
    PDFium's. hyphen: its last character is a hyphen for which PDFium may have dropped a line break.
    unsure: PDFium knows no Unicode value for its characters. bold, fixed: its type is heavy, or all
    its letters are equally wide. script: 1 where it is raised over its
    line, -1 where it is lowered.
    """

    codes: list[int] = field(default_factory=list)
    index: list[int] = field(default_factory=list)
    x0: float = 0.0
    x1: float = 0.0
    y: float = 0.0
    size: float = 0.0
    font: int = 0
    angle: float = 0.0
    space: bool = False
    broken: bool = False
    hyphen: bool = False
    unsure: bool = False
    bold: bool = False
    fixed: bool = False
    script: int = 0

    @property
    def text(self) -> str:
        """Its characters."""
        return "".join(map(chr, self.codes))

    @property
    def width(self) -> float:
        """Its width, in points."""
        return self.x1 - self.x0


@dataclass(frozen=True, slots=True)
class _Face:
    """What all words of a text object share: size of type, direction in radians, font."""

    size: float
    angle: float
    font: int
    bold: bool
    fixed: bool


def page_words(page: Any) -> list[Word]:
    """The words of a pypdfium2 text page in PDFium's order; the caller holds the lock."""
    words: list[Word] = []
    faces: dict[int, _Face] = {}
    styles: dict[int, tuple[bool, bool]] = {}
    places: list[tuple[float, float, float, float]] = []
    for word, address in _inked(page):
        face = faces.get(address)
        if face is None:
            face = faces[address] = _face(page, word.index[0], styles)
        first, last = _origin(page, word.index[0]), _origin(page, word.index[-1])
        end = _far_corner(page, word.index[-1], last, face.angle)
        word.size, word.font, word.angle = face.size, face.font, face.angle
        word.bold, word.fixed = face.bold, face.fixed
        words.append(word)
        places.append((*first, *end))
    turn = _main_angle(words)
    along, across = math.cos(turn), math.sin(turn)
    for word, (x, y, end_x, end_y) in zip(words, places, strict=True):
        word.x0, word.y = x * along + y * across, y * along - x * across
        word.x1 = max(word.x0, end_x * along + end_y * across)
        word.angle = math.degrees((word.angle - turn + math.pi) % (2 * math.pi) - math.pi)
        _settle_size(word)
        if len(word.codes) > 1:
            _drop_echoes(page, word)
    return words


def _inked(page: Any) -> Iterator[tuple[Word, int]]:
    """Words without places, each with the address of its text object."""
    import pypdfium2.raw as pdfium

    unicode_of, object_of = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetTextObject
    word, owner, high = Word(), 0, 0
    space = broken = False
    for at in range(pdfium.FPDFText_CountChars(page)):
        code = unicode_of(page, at)
        if high:
            code, high = _joined(high, code), 0
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if (code == 0x20 or code < 0x10) and _parts(page, at, code):
            space, broken = space or code in (0x20, 0x09), broken or code in (0x0A, 0x0D)
            continue
        drawn = object_of(page, at)
        address = addressof(drawn.contents) if drawn else 0
        if word.codes and (space or broken or address != owner):
            yield word, owner
            word = Word(space=space, broken=broken)
        space = broken = False
        if not word.codes:
            owner = address
            word.unsure = pdfium.FPDFText_HasUnicodeMapError(page, at) == 1
        word.hyphen = code in HYPHENS and not word.unsure
        word.codes.append(_shown(code, word.hyphen))
        word.index.append(at)
    if word.codes:
        yield word, owner


def _joined(high: int, low: int) -> int:
    """The code point of a surrogate pair; U+FFFD when the second half is missing."""
    if 0xDC00 <= low < 0xE000:
        return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
    return REPLACEMENT


def _parts(page: Any, at: int, code: int) -> bool:
    """Whether a character is white space, not a letter that a font gives a control code."""
    import pypdfium2.raw as pdfium

    if code == 0x20:
        return True
    if code not in (0x09, 0x0A, 0x0D):
        return False
    return bool(pdfium.FPDFText_HasUnicodeMapError(page, at) != 1)


def _shown(code: int, hyphen: bool) -> int:
    """The code point that stands in the text for one of PDFium's."""
    if hyphen:
        return 0x2D
    if code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        return REPLACEMENT
    if 0xE000 <= code < 0xF900 or code >= 0xF0000 or code == 0xFFFE:
        return _KNOWN.get(code, REPLACEMENT)
    return code


def _origin(page: Any, index: int) -> tuple[float, float]:
    import pypdfium2.raw as pdfium

    x, y = c_double(), c_double()
    pdfium.FPDFText_GetCharOrigin(page, index, byref(x), byref(y))
    return x.value, y.value


def _far_corner(
    page: Any, index: int, origin: tuple[float, float], angle: float
) -> tuple[float, float]:
    """Where a character's advance ends, on its baseline."""
    import pypdfium2.raw as pdfium

    box = pdfium.FS_RECTF()
    if not pdfium.FPDFText_GetLooseCharBox(page, index, byref(box)):
        return origin
    along, across = math.cos(angle), math.sin(angle)
    if abs(along) >= abs(across):
        advance = (box.right - origin[0] if along > 0 else origin[0] - box.left) / abs(along)
    else:
        advance = (box.top - origin[1] if across > 0 else origin[1] - box.bottom) / abs(across)
    return origin[0] + advance * along, origin[1] + advance * across


def _face(page: Any, index: int, styles: dict[int, tuple[bool, bool]]) -> _Face:
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX()
    size = pdfium.FPDFText_GetFontSize(page, index)
    angle = 0.0
    if pdfium.FPDFText_GetMatrix(page, index, byref(matrix)):
        size *= math.hypot(matrix.c, matrix.d)
        angle = math.atan2(matrix.b, matrix.a)
    drawn = pdfium.FPDFText_GetTextObject(page, index)
    font = pdfium.FPDFTextObj_GetFont(drawn) if drawn else None
    if not font:
        return _Face(abs(size), angle, 0, False, False)
    address = addressof(font.contents)
    if address not in styles:
        styles[address] = _style(font)
    return _Face(abs(size), angle, address, *styles[address])


def _style(font: Any) -> tuple[bool, bool]:
    """Whether a font is bold, and whether all its letters are equally wide."""
    import pypdfium2.raw as pdfium

    buffer = create_string_buffer(200)
    pdfium.FPDFFont_GetBaseFontName(font, buffer, len(buffer))
    name = buffer.value.decode("latin-1").lower()
    flags = pdfium.FPDFFont_GetFlags(font)
    bold = bool(flags & _FORCE_BOLD) or bool(_BOLD_NAME.search(name))
    return bold, bool(flags & _FIXED_PITCH) or bool(_FIXED_NAME.search(name))


def _main_angle(words: list[Word]) -> float:
    """The direction in radians of most of the page's characters, to the degree."""
    turns: Counter[int] = Counter()
    for word in words:
        turns[round(math.degrees(word.angle))] += len(word.codes)
    return math.radians(max(sorted(turns, key=abs), key=turns.__getitem__, default=0))


def _settle_size(word: Word) -> None:
    """Take the size from the letters' advances where the font's own unit says nothing."""
    advance = word.width / len(word.codes)
    if advance > 0 and not _LEAST_ADVANCE * word.size < advance < _MOST_ADVANCE * word.size:
        word.size = advance / _USUAL_ADVANCE


def _drop_echoes(page: Any, word: Word) -> None:
    """Read a letter once that is drawn twice at its place to make it bold."""
    for at in range(len(word.codes) - 1, 0, -1):
        if word.codes[at] != word.codes[at - 1]:
            continue
        (ax, ay), (bx, by) = _origin(page, word.index[at]), _origin(page, word.index[at - 1])
        if math.hypot(ax - bx, ay - by) < _SAME_PLACE * word.size:
            del word.codes[at], word.index[at]
