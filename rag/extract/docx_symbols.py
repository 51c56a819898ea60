"""Characters of the symbol fonts of old word processors, as the Unicode characters people see."""

from __future__ import annotations

import re

# Adobe's Symbol encoding, from 0x20 and from 0xA0 on.
_SYMBOL = (
    " !∀#∃%&∋()∗+,−./0123456789:;<=>?"
    "≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼",
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵"
    "ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪\ufffd〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭",
)
_ARROWS = dict(zip(range(0xDF, 0xE7), "←→↑↓↖↗↙↘", strict=True))
_BOLD_ARROWS = dict(zip(range(0xE7, 0xEF), "⬅➡⬆⬇⬉⬈⬋⬊", strict=True))
_OPEN_ARROWS = dict(zip(range(0xEF, 0xF9), "⇦⇨⇧⇩⬄⇳⬁⬀⬃⬂", strict=True))
_CIRCLED = {0x80 + n: c for n, c in enumerate("⓪①②③④⑤⑥⑦⑧⑨⑩")}
_BLACK_CIRCLED = {0x8B + n: c for n, c in enumerate("⓿❶❷❸❹❺❻❼❽❾❿")}
_ZODIAC = {0x5E + n: chr(0x2648 + n) for n in range(12)}
_CLOCKS = {0xB7 + n: chr(0x1F550 + n) for n in range(12)}
_OFFICE = "✂✁👓🔔📖🕯☎✆✉"
_HANDS = "✍🖎✌👌👍👎☜☞☝☟🖐☺😐☹💣☠🏳🏱✈☼💧❄"
_SHAPES = "●❍■□🞐❑❒⬧⧫◆❖⬥⌧⮹⌘"
_WINGDINGS = {
    0x20: " ",
    **{0x22 + n: c for n, c in enumerate(_OFFICE)},
    **{0x3F + n: c for n, c in enumerate(_HANDS)},
    **{0x6C + n: c for n, c in enumerate(_SHAPES)},
    **_ZODIAC, **_CIRCLED, **_BLACK_CIRCLED, **_CLOCKS, **_ARROWS, **_BOLD_ARROWS, **_OPEN_ARROWS,
    0x36: "⌛", 0x9E: "·", 0x9F: "•", 0xA1: "○", 0xA4: "◉", 0xA5: "◎", 0xA7: "▪", 0xA8: "◻",
    0xAA: "✦", 0xAB: "★", 0xAC: "✶", 0xD8: "➢", 0xFB: "✗", 0xFC: "✔", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
_FONTS = {
    "symbol": {
        first + n: char
        for first, chars in zip((0x20, 0xA0), _SYMBOL, strict=True)
        for n, char in enumerate(chars)
    },
    "wingdings": _WINGDINGS,
    "wingdings 2": {
        0x20: " ", 0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x96: "•",
        0x97: "●", 0x98: "○", 0xA2: "■", 0xA3: "☐",
    },
    "wingdings 3": {0x20: " ", 0x66: "←", 0x67: "→", 0x68: "↑", 0x69: "↓"},
    "webdings": {0x20: " ", 0x61: "✔", 0x72: "✕", 0x63: "□", 0x67: "■", 0x6E: "●"},
}  # fmt: skip
_CODE = re.compile(r"[0-9A-Fa-f]{1,6}")


def symbol(font: str, code: str) -> str:
    """The character of a ``w:sym`` by its font and hexadecimal code; U+FFFD when none is known."""
    if not _CODE.fullmatch(code):
        return "\ufffd"
    at = int(code, 16)
    if font.strip().lower() in _FONTS:
        return _shown(font, at)
    return chr(at) if 0x20 <= at < 0xD800 or 0xF900 <= at <= 0x10FFFF else "\ufffd"


def in_font(font: str, text: str) -> str:
    """A text that is set in a symbol font, as the characters it shows."""
    return "".join(_shown(font, ord(c)) if c.strip() else c for c in text)


def _shown(font: str, code: int) -> str:
    table = _FONTS.get(font.strip().lower(), {})
    low = code - 0xF000 if 0xF000 <= code <= 0xF0FF else code
    if low > 0xFF:
        return chr(code) if not 0xE000 <= code <= 0xF8FF else "\ufffd"
    return table.get(low, "\ufffd")
