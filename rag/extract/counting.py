"""Numbers of lists and clauses as they are written: 3, c, iii, 3rd, Third."""

from __future__ import annotations

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_CARDINALS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    "twenty",
)  # fmt: skip
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth", "twenty": "twentieth",
}  # fmt: skip
_MOST = 10_000  # greater numbers are written in digits


def formatted(count: int, format: str) -> str:
    """A number as Word writes it; formats of other scripts come out in digits."""
    if format == "none":
        return ""
    if not 0 < count < _MOST:
        return str(count)
    if format in ("lowerLetter", "upperLetter"):
        letters = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letters if format == "lowerLetter" else letters.upper()
    if format in ("lowerRoman", "upperRoman"):
        return roman(count) if format == "lowerRoman" else roman(count).upper()
    if format == "decimalZero":
        return f"{count:02}"
    if format == "ordinal":
        return f"{count}{_ending(count)}"
    if format in ("cardinalText", "ordinalText") and count <= len(_CARDINALS):
        word = _CARDINALS[count - 1]
        return (word if format == "cardinalText" else _ORDINALS.get(word, f"{word}th")).capitalize()
    if format == "decimalEnclosedCircle" and count <= 20:
        return chr(ord("①") + count - 1)
    return str(count)


def roman(count: int) -> str:
    """A number from 1 in small Roman numerals."""
    text = ""
    for size, letters in _ROMAN:
        text += letters * (count // size)
        count %= size
    return text


def _ending(count: int) -> str:
    if count % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
