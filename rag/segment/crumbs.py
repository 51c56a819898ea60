"""Pieces of text that say nothing by themselves: labels, ticks, rules, lines of a contents list."""

from __future__ import annotations

import re

LEAST_WORDS = 5
"""A passage of fewer words is a crumb: it is joined to its neighbour where that can be."""

_WORD = re.compile(r"[^\W\d_]{2,}|\b[aAI]\b")
# Scripts without spaces between words: about two characters make one.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]{2}")
# Addresses of links and tags of mark-up, which hold no words.
_SIGNS = re.compile(r"(?<=\])\([^()\s]*\)?|<[^<>]*>|\{[^{}]*\}")
_LEADERS = re.compile(
    r"^(?=[^\n]{6,200}$)[^\n]*?(?:\.{4}|(?: \.){4}|\u2026{2})[ .\u2026]*[\divxlc-]{1,8}[ \t]*$",
    re.MULTILINE,
)


def word_count(text: str) -> int:
    """Words of letters; figures, signs and single letters (but "a" and "I") are none."""
    unspaced = len(_UNSPACED.findall(text))
    return len(_WORD.findall(text)) + unspaced if text else 0


def words_up_to(text: str, most: int) -> int:
    """``word_count``, looked at no further than ``most`` words of a long text can reach."""
    return min(word_count(_SIGNS.sub(" ", text[: 100 * most])), most)


def says_nothing(text: str) -> bool:
    """Whether a text cannot be quoted by itself: fewer than two letters (a figure, a rule)."""
    letters = 0
    for char in text:
        letters += char.isalpha()
        if letters > 1:
            return False
    return True


def has_leaders(text: str) -> bool:
    """Whether there are rows of dots, as a table of contents has them."""
    return any(dots in text for dots in ("....", ". . .", "\u2026\u2026"))


def is_contents(text: str) -> bool:
    """Whether most lines are those of a table of contents: a title, dots, a page number."""
    if not has_leaders(text):
        return False
    lines = sum(1 for line in text.split("\n") if line.strip())
    return 2 * len(_LEADERS.findall(text)) >= lines
