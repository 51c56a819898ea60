"""One kind of line end to think in: a text with line feeds only, and the way back to its own.

What is found in a text must not depend on the system it was written on. So structure is looked for
in the form with line feeds, and every offset is taken back to the text as it is.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from rag.types import Span

_PAIR = re.compile(r"\r\n")
T = TypeVar("T")


class LineEnds:
    """text: the same text with CRLF and lone CR written as line feeds."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
        pairs = (m.start() for m in _PAIR.finditer(text)) if len(self.text) < len(text) else ()
        self._pairs = array("q", pairs)  # where the CR of each pair stands in the original
        self._feeds = array("q", (at - n for n, at in enumerate(self._pairs)))

    def back(self, offset: int) -> int:
        """The original offset of one in ``text``; a pair is never parted."""
        return offset + bisect_left(self._feeds, offset)

    def forward(self, offset: int) -> int:
        """The offset in ``text`` of an original one; inside a pair, the one before its feed."""
        return offset - bisect_left(self._pairs, offset)


def moved(value: T, move: Callable[[int], int]) -> T:
    """``value`` (a span, a dataclass of the project or a tuple of such) with all spans moved."""
    moved: T = _moved(value, move)
    return moved


def _moved(value: Any, move: Callable[[int], int]) -> Any:
    if isinstance(value, Span):
        return Span(move(value.start), move(value.end))
    if isinstance(value, tuple):
        return tuple(_moved(item, move) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{f.name: _moved(getattr(value, f.name), move) for f in fields(value)})
    return value
