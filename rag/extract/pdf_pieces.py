"""Pieces of a PDF page that belong to a line which the file draws before or after them.

A large first letter belongs to the highest line at its side. Short pieces that stand in the gap of
a line (notes, emphasised words drawn after all others) are put there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from rag.extract.pdf_lines import (
    LONGEST_SCRIPT,
    TOUCH,
    Line,
    could_be_script,
    is_initial,
    is_level,
)
from rag.extract.pdf_words import Word

_FRAGMENT = 40  # characters of a piece that may be put into another line's gap
_MOST_NEAR = 60  # lines that are looked at above and below a piece
_OVERLAP = 0.4  # this and all below in units of the line's size of type


def with_pieces(lines: Sequence[Line]) -> list[Line]:
    """The lines with large first letters and pieces where they belong."""
    return _with_fragments(_with_initials(lines))


def _with_initials(lines: Sequence[Line]) -> list[Line]:
    """Put each large first letter in front of the highest line at its side."""
    kept: list[Line] = []
    for at, line in enumerate(lines):
        letter = line.words[0]
        side = [
            other
            for other in lines[at + 1 : at + 4]
            if len(line.words) == 1
            and is_initial(letter, other.words[0])
            and _beside(letter, other)
        ]
        if side:
            top = max(side, key=lambda other: other.y)
            letter.script = 0
            top.words[0].space = top.words[0].broken = False
            top.words.insert(0, letter)
            top.settle()
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
        middle = bisect_left(heights, piece.y)
        near = order[max(0, middle - _MOST_NEAR) : middle + _MOST_NEAR]
        for host in near:
            if host != at and host not in gone and _put_in(lines[host], piece):
                gone.add(at)
                break
    return [line for at, line in enumerate(lines) if at not in gone]


def _put_in(host: Line, piece: Line) -> bool:
    """Put a piece into the gap of a line where it stands, if it stands in one."""
    size, rise = host.size, piece.y - host.y
    level = is_level(host, piece.size, rise)
    raised = could_be_script(host, piece.size, rise) and piece.letters <= LONGEST_SCRIPT
    if not (level or raised) or host.letters < piece.letters:
        return False
    at = next((i for i, w in enumerate(host.words) if w.x0 > piece.x0), len(host.words))
    if at == 0 or (level and at == len(host.words)):
        return False
    before = host.words[at - 1]
    after = host.words[at] if at < len(host.words) else None
    left = piece.x0 - before.x1
    right = after.x0 - piece.x1 if after else 0.0
    if not -0.2 * size < left < (TOUCH if raised else 1.0) * size or right < -0.2 * size:
        return False
    if level and right > size:
        return False
    for word in piece.words:
        word.broken = True
        word.script = (1 if rise > 0 else -1) if raised else 0
    if after:
        after.broken = True
    host.words[at:at] = piece.words
    host.settle()
    return True
