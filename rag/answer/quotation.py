"""Whether a span stands inside somebody's quotation, judged within its paragraph."""

from __future__ import annotations

import re

from rag.answer.caution_rules import SAYING
from rag.types import Span

_PAIRS = {"“": "”", "«": "»", "„": "“", "「": "」", "『": "』"}
_BREAK = re.compile(r"(?:\r\n|[\n\r\x85\u2028\u2029])[ \t]*(?:\r\n|[\n\r\x85\u2028\u2029])|\f")
_REACH = 6000  # code points looked at on either side of the span
_OUTER = "*_`>#-–—•([ \t\r\n"


def in_quotation(text: str, span: Span) -> bool:
    """Whether the words of ``span`` are a quoted speaker's, with the attribution left outside.

    True for a span in a quotation that opens before it (or at its first character) and closes after
    it (or at its last), for one in a quotation of several paragraphs, and for a Markdown block
    quote. False when the span itself names who said it.
    """
    first, last = paragraph(text, span)
    line = text[text.rfind("\n", 0, span.start) + 1 : span.end]
    if line.lstrip(" ").startswith(">"):
        return not SAYING.search(text[span.start : span.end])
    inside = [(a, b) for a, b in quotations(text[first:last], first) if a <= span.start < b]
    start = _skip(text, span)
    inside += [(a, b) for a, b in quotations(text[first:last], first) if a == start < b]
    covers = any(
        span.end <= b + 2 and not text[b + 1 : span.end].strip(".,;!? ") for _, b in inside
    )
    if covers:
        return True
    # It opens inside a quotation that ends within it: what follows may say who spoke.
    opened_before = any(a < span.start for a, _ in inside)
    return opened_before and not SAYING.search(text[span.start : span.end])


def _skip(text: str, span: Span) -> int:
    """The first character of the span that is not a list sign or emphasis mark."""
    start = span.start
    while start < span.end and text[start] in _OUTER:
        start += 1
    return start


def paragraph(text: str, span: Span) -> tuple[int, int]:
    """The bounds of the paragraph around ``span``: blank lines, form feeds or the text's ends."""
    low = max(0, span.start - _REACH)
    breaks = list(_BREAK.finditer(text, low, span.start))
    first = breaks[-1].end() if breaks else low
    following = _BREAK.search(text, span.end, span.end + _REACH)
    return first, following.start() if following else min(len(text), span.end + _REACH)


def quotations(text: str, offset: int = 0) -> list[tuple[int, int]]:
    """(opening mark, closing mark) offsets of the quotations of one paragraph, outermost only.

    A curly or angled quotation left open runs to the paragraph's end (a quotation of several
    paragraphs is closed only in its last). A straight mark pairs with the next one; after a digit
    it is an inch or a second sign, and without a partner it is nothing.
    """
    found: list[tuple[int, int]] = []
    opened: int | None = None
    close = ""
    depth = 0
    for index, char in enumerate(text):
        if opened is None:
            if char in _PAIRS:
                opened, close, depth = index, _PAIRS[char], 1
            elif char == '"' and not (index and text[index - 1].isdigit()):
                opened, close, depth = index, '"', 1
        elif char == close:
            depth -= 1
            if depth == 0:
                found.append((opened + offset, index + offset))
                opened = None
        elif close != '"' and _PAIRS.get(char) == close:
            depth += 1
    if opened is not None and close != '"':
        found.append((opened + offset, len(text) - 1 + offset))
    return found
