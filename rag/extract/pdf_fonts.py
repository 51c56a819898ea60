"""Whether the fonts of a PDF page say which letters they draw.

A font without (or with a wrong) table of its letters gives other signs than a person sees: control
and private-use codes, or letters that are shifted along the alphabet. What such a font draws is no
text: it is left out, and the page is named in the notes. The judgement is per font and page and
rests on counts of letters, so that short pieces in odd fonts (symbols of a formula, list marks)
stay; a single character without a Unicode value is U+FFFD.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence

from rag.extract.pdf_words import REPLACEMENT, Word

_FEWEST = 12  # characters of a font that can be judged
_MOST_UNKNOWN = 0.3
_LETTERS_FOR_SHIFT, _LETTERS_FOR_ORDER = 40, 150
# Bits a letter that the usual frequencies give: languages in Latin letters stay below 4.7, texts
# whose letters are shifted or mixed stand at 4.9 and more.
_READABLE, _STRANGE = 4.7, 4.85
_WORDLIKE, _UNLIKE = 0.7, 0.5
_VOWELS = "aeiouyæøœıαειουаеиоуыэюя"
_CLUSTER = re.compile(rf"[^{_VOWELS}'’-]{{6}}")
# Per cent of each letter in running text of European languages, blended.
_SHARES = {
    "e": 13.5, "a": 9.0, "i": 8.0, "n": 7.7, "t": 7.2, "r": 6.6, "s": 6.6, "o": 6.5, "l": 4.8,
    "d": 4.1, "u": 4.2, "h": 3.0, "m": 3.0, "c": 3.0, "k": 2.0, "g": 2.0, "p": 2.3, "v": 1.6,
    "b": 1.4, "f": 1.4, "y": 1.5, "w": 1.4, "z": 1.3, "j": 1.0, "x": 0.3, "q": 0.3,
}  # fmt: skip
_BITS = {letter: -math.log2(share / sum(_SHARES.values())) for letter, share in _SHARES.items()}


def legible(words: Sequence[Word]) -> tuple[list[Word], int]:
    """The words whose fonts say what they draw; and how many characters were left out."""
    fonts: dict[int, list[Word]] = defaultdict(list)
    for word in words:
        fonts[word.font].append(word)
    bad = {font for font, drawn in fonts.items() if not _says(drawn)}
    if not bad:
        return list(words), 0
    kept = [word for word in words if word.font not in bad]
    return kept, sum(len(word.codes) for word in words if word.font in bad)


def _says(words: Sequence[Word]) -> bool:
    """Whether a font's words can be what it draws."""
    total = sum(len(word.codes) for word in words)
    if total < _FEWEST:
        return True
    unknown = sum(code == REPLACEMENT or _private(code) for word in words for code in word.codes)
    if unknown > _MOST_UNKNOWN * total:
        return False
    text = " ".join(word.text for word in words)
    letters = "".join(_plain(text))
    if sum(word.unsure for word in words) > 0.5 * len(words):
        return _reads(text, letters, total)
    if len(letters) >= _LETTERS_FOR_SHIFT and _is_shifted(text, letters):
        return False
    mixed = len(letters) >= _LETTERS_FOR_ORDER and _bits(letters) > _STRANGE + 0.15
    return not (mixed and _wordlike(text) < _UNLIKE)


def _reads(text: str, letters: str, total: int) -> bool:
    """Whether the text of a font without a table of its letters reads like words all the same."""
    if sum(c.isalpha() for c in text) < 0.5 * total:
        return False
    return not letters or (_bits(letters) < _STRANGE and _wordlike(text) >= _UNLIKE)


def _is_shifted(text: str, letters: str) -> bool:
    """Whether another shift of its characters gives words, and the text as it is does not."""
    own = _bits(letters)
    if own > _STRANGE:
        for by in range(1, 26):
            turned = [chr((ord(c) - 97 + by) % 26 + 97) for c in letters]
            if _bits(turned) < min(_READABLE, own - 0.5):
                return True
    if _wordlike(text) > _UNLIKE:
        return False
    for by in range(-31, 32):
        moved = "".join(c if c.isspace() else chr(max(1, ord(c) + by)) for c in text)
        plain = list(_plain(moved))
        if len(plain) > 0.7 * len(text.replace(" ", "")) and _bits(plain) < _READABLE:
            return by != 0 and _wordlike(moved) > _WORDLIKE
    return False


def _private(code: int) -> bool:
    return 0xE000 <= code < 0xF900 or code >= 0xF0000


def _plain(text: str) -> Iterator[str]:
    """The Latin letters of a text, lower case, without their marks."""
    return (c for c in unicodedata.normalize("NFD", text.lower()) if c in _BITS)


def _bits(letters: Sequence[str]) -> float:
    """Mean information of a letter under the usual frequencies."""
    return sum(map(_BITS.__getitem__, letters)) / max(1, len(letters))


def _wordlike(text: str) -> float:
    """The share of words (three characters and more, with a letter) that can be spoken."""
    tokens = [t for t in re.split(r"[\s\ufffd]+", text) if len(t) > 2 and any(map(str.isalpha, t))]
    return sum(map(_is_wordlike, tokens)) / len(tokens) if tokens else 1.0


def _is_wordlike(token: str) -> bool:
    word = token.strip(".,;:!?()[]\"'“”‘’«»-–—*0123456789")
    word = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    if not word or not all(c.isalpha() or c in "'’-./&@" for c in word):
        return False
    if not any(c in _VOWELS for c in word.lower()):
        return word.isupper() or not word.isascii()
    return not _CLUSTER.search(word.lower())
