"""What a line of a PDF page looks like: an end, a beginning, a piece of a formula, an entry."""

from __future__ import annotations

import re

from rag.extract.pdf_lines import Line

STOPS = frozenset(".!?:…")
_ENDS = frozenset(".!?:;…”\"'’»)]")
_JOINERS = frozenset(("a", "an", "and", "by", "for", "in", "of", "or", "the", "to", "with"))
_LONGEST_PIECE = 60
_LETTERS = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]{3,}")
_FUNCTIONS = re.compile(
    r"\b(?:sup|inf|max|min|lim|log|exp|sin|cos|tan|det|dim|ker|mod|gcd|arg|Var|def)\b"
)
_EQUATION_NUMBER = re.compile(r"\(?\d+(?:\.\d+)*[a-z]?\)?$")
_DOTS = re.compile(r"(?:[.…·_]\s?){4,}\s*[\divxlcIVXLC–—-]{1,9}\s*$")
_LAST = 300  # characters of a line that can hold the dots of an entry
_NUMBER = re.compile(r"\W*[\divxlcIVXLC]{1,6}\W*")


def ends(line: Line) -> bool:
    """Whether the line's last ink ends a sentence."""
    return line.text[-1:] in _ENDS


def goes_on(line: Line) -> bool:
    """Whether the line's first ink is a lower-case letter."""
    return line.text[:1].islower()


def runs_on(line: Line) -> bool:
    """Whether the line's last ink says that its sentence goes on."""
    return line.text[-1:] in ",;–—-(" or line.text.rpartition(" ")[2] in _JOINERS


def stops(line: Line) -> bool:
    """Whether a sentence is over at a line's end, an equation's number aside."""
    if not is_piece(line):
        return ends(line)
    return _EQUATION_NUMBER.sub("", line.text).rstrip()[-1:] in STOPS


def is_piece(line: Line) -> bool:
    """Whether a line is a piece of a formula: short, with no word but a function's name."""
    if line.letters > _LONGEST_PIECE or is_number(line):
        return False
    return not _WORD.search(_FUNCTIONS.sub("", line.text))


def is_number(line: Line) -> bool:
    """Whether a line is a number and nothing else."""
    return len(line.text) < 20 and bool(_NUMBER.fullmatch(line.text))


def is_entry(line: Line) -> bool:
    """Whether a line is one of a table of contents: dots that lead to a page."""
    return bool(_DOTS.search(line.text[-_LAST:]))


def word_count(line: Line) -> int:
    """Words of two letters and more."""
    return sum(len(word) > 1 for word in _LETTERS.findall(line.text))
