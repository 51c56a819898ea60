"""Lines and blank-line-separated blocks of a text, as spans that tile it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.types import Span, ink

# A line break is any of those that Unicode names; a blank line or a form feed ends a block, and so
# does U+2029, the paragraph separator.
BREAK = re.compile(r"\r\n|[\n\r\v\x85\u2028\u2029]")
_BLOCK_END = re.compile(
    r"(?>\r\n|[\n\r\v\x85\u2028])[^\S\n\r\v\f\x85\u2028\u2029]*(?>\r\n|[\n\r\v\f\x85\u2028\u2029])\s*"
    r"|[\f\u2029]\s*"
)
_INK = re.compile(r"\S")


def block_spans(text: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """Tile ``text[start:end]`` with its blocks; white space belongs to the block before it."""
    end = len(text) if end is None else end
    first = _INK.search(text, start, end)
    scan = first.start() if first else end
    for match in _BLOCK_END.finditer(text, scan, end):
        if match.end() < end:
            yield Span(start, match.end())
            start = match.end()
    if start < end:
        yield Span(start, end)


def line_starts(text: str, span: Span) -> list[int]:
    """Offsets at which the lines of ``text[span]`` start, the span's own start first."""
    starts = [span.start]
    starts.extend(m.end() for m in BREAK.finditer(text, span.start, span.end) if m.end() < span.end)
    return starts


def inner(text: str, span: Span) -> Span | None:
    """The span without outer white space, or None when nothing else is in it."""
    return ink(text, span.start, span.end)
