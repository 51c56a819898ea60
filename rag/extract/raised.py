"""What a raised or lowered run of characters becomes in a source's text: one rule for all formats.

A run is written with Unicode's superscript or subscript characters where every letter and digit in
it has one: 10⁶, 1911¹², H₂O, xᵢ. Other signs in it (commas, brackets, daggers) stay as they are,
since they part numbers by themselves. The raised ending of an ordinal stays whole as plain letters
(1st, 2nd, XIXe), and a raised o or a after a digit is º or ª. Any other run, one with a word of
more than three letters included, stays plain and is parted by a narrow space (U+202F) from a letter
or digit that touches it. So no number ever runs into its neighbour, and nothing is added but that
space. Characters that are raised or lowered in the file already are kept.
"""

from __future__ import annotations

import re

RAISED_VERSION = 1
"""Raised whenever a run comes out otherwise; it belongs to each format's own version."""
NARROW = "\u202f"

_SUPERSCRIPT = str.maketrans(
    "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ",
)
_SUBSCRIPT = str.maketrans("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_ORDINAL = re.compile(r"st|nd|rd|th|er|re|e|de|n?d|i?[èe]me|os|as", re.IGNORECASE)
_ORDINAL_SIGNS = {"o": "º", "a": "ª"}
_TRADE_SIGNS = {"TM": "™", "SM": "℠"}
_COUNTED = re.compile(r"(?:\d|\b[IVXLCDM]+)$")  # what an ordinal's ending stands after
_WORD = re.compile(r"[^\W\d_]{4,}")


def superscript(text: str, before: str = "", after: str = "") -> str:
    """A raised run as text. before, after: what touches it on its line, "" for nothing or space."""
    run = text.strip()
    if _COUNTED.search(before[-20:]):
        if _ORDINAL.fullmatch(run):
            return text
        if run in _ORDINAL_SIGNS and before[-1].isdigit():
            return text.replace(run, _ORDINAL_SIGNS[run])
    if run in _TRADE_SIGNS:
        return text.replace(run, _TRADE_SIGNS[run])
    return _written(text, _SUPERSCRIPT, before, after)


def subscript(text: str, before: str = "", after: str = "") -> str:
    """A lowered run as text; before, after: as in ``superscript``."""
    return _written(text, _SUBSCRIPT, before, after)


def _written(text: str, table: dict[int, int], before: str, after: str) -> str:
    known = all(ord(c) in table for c in text if _fuses(c))
    if known and not _WORD.search(text):
        return text.translate(table)
    left = NARROW if _fuses(before[-1:]) and _fuses(text[:1]) else ""
    right = NARROW if _fuses(after[:1]) and _fuses(text[-1:]) else ""
    return f"{left}{text}{right}"


def _fuses(char: str) -> bool:
    """Whether a character would run into a letter or digit beside it."""
    return char.isalnum() and char not in "⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉"
