"""The numbers of a page's ordered lists, as a browser shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from rag.extract.counting import formatted

_TYPES = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman",
          "I": "upperRoman"}  # fmt: skip
_STYLES = {
    "decimal": "decimal",
    "decimal-leading-zero": "decimalZero",
    "lower-alpha": "lowerLetter",
    "lower-latin": "lowerLetter",
    "upper-alpha": "upperLetter",
    "upper-latin": "upperLetter",
    "lower-roman": "lowerRoman",
    "upper-roman": "upperRoman",
    "none": "none",
    "disc": "none",
    "circle": "none",
    "square": "none",
}
_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([\w-]+)", re.IGNORECASE)
_WHOLE = re.compile(r"\s*([-+]?\d{1,9})")


@dataclass(slots=True)
class OrderedList:
    """An open ordered list. above: the full number of the item that it stands in, or ""."""

    count: int
    step: int
    format: str
    above: str = ""
    shown: str = ""

    def next(self, item: Any) -> str:
        """The number of the next item, "" where none is shown."""
        self.count = _number(item.get("value"), self.count + self.step)
        style = _format(item, self.format)
        self.shown = formatted(self.count, style)
        return self.shown

    @property
    def full(self) -> str:
        """The last item's number with those of the lists around it: "2.a"."""
        return ".".join(filter(None, (self.above, self.shown)))


def ordered(element: Any, above: str) -> OrderedList:
    """An ``ol`` element that opens."""
    back = element.get("reversed") is not None
    usual = sum(1 for item in element if item.tag == "li") if back else 1
    start = _number(element.get("start"), usual)
    step = -1 if back else 1
    return OrderedList(start - step, step, _format(element, "decimal"), above)


def _format(element: Any, usual: str) -> str:
    style = _STYLE.search(element.get("style") or "")
    if style and style[1].lower() in _STYLES:
        return _STYLES[style[1].lower()]
    return _TYPES.get((element.get("type") or "").strip(), usual)


def _number(text: str | None, usual: int) -> int:
    match = _WHOLE.match(text or "")
    return int(match[1]) if match else usual
