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
_FEWEST_LETTERS, _FEWEST_WORDS = 12, 10  # different ones
_LETTERS = 60  # as many as counts of letters need
_WORD_LENGTH = 3.5  # characters a word at least, on average, in text that can be judged
_NUMERAL = re.compile(
    r"[(\[]?[A-Z]{0,3}[-+±$€£]?(?:\d[\dA-Z.,:/%°-]*)[)\]%,;.]*|[A-Z]{1,3}\d[\w.-]*"
)
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
    if total < _FEWEST or 2 * sum(len(w.codes) for w in words if len(w.codes) > 2) < total:
        return True  # signs of formulas, list marks: there are no words to judge by
    if sum(word.codes.count(REPLACEMENT) for word in words) > _MOST_UNKNOWN * total:
        return False
    text = " ".join(word.text for word in words)
    letters = "".join(_plain(text))
    if sum(word.unsure for word in words) > 0.5 * len(words) and not _reads(text, letters, total):
        return False
    if len(letters) < _LETTERS or len(set(text.split())) < _FEWEST_WORDS:
        return True
    if len(set(letters)) < _FEWEST_LETTERS or total < _WORD_LENGTH * len(words):
        return True
    if len(letters) > 0.6 * total and (_is_turned(letters) or _is_mixed(text, letters)):
        return False
    return not _is_shifted(text)


def _reads(text: str, letters: str, total: int) -> bool:
    """Whether the text of a font without a table of its letters reads as one all the same."""
    tokens = re.split(r"[\s\ufffd]+", text)
    odd = sum(len(t) for t in tokens if not (_is_wordlike(t) or _NUMERAL.fullmatch(t)))
    if len(letters) >= _LETTERS and len(set(letters)) >= _FEWEST_LETTERS:
        return odd < 0.5 * total and _bits(letters) < _STRANGE
    return odd < 0.6 * total or (total < 5 * _FEWEST and len(letters) < 0.4 * odd)


def _is_turned(letters: str) -> bool:
    """Whether the letters stand for others of the alphabet, so many places on."""
    own = _bits(letters)
    if own < _STRANGE:
        return False
    turned = ([chr((ord(c) - 97 + by) % 26 + 97) for c in letters] for by in range(1, 26))
    return min(map(_bits, turned)) < min(_READABLE, own - 0.5)


def _is_mixed(text: str, letters: str) -> bool:
    return _bits(letters) > _STRANGE + 0.15 and _wordlike(text) < _UNLIKE


def _is_shifted(text: str) -> bool:
    """Whether other codes, so many places on, give words, and the text as it is does not."""
    if _wordlike(text) > _UNLIKE:
        return False
    for by in (*range(-31, 0), *range(1, 32)):
        moved = "".join(c if c.isspace() else chr(max(1, ord(c) + by)) for c in text)
        plain = list(_plain(moved))
        enough = len(plain) > 0.7 * len(text.replace(" ", ""))
        if enough and _bits(plain) < _READABLE and _wordlike(moved) > _WORDLIKE:
            return True
    return False


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
