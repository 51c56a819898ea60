"""Headings of a PDF without bookmarks: short paragraphs in clearly larger type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rag.extract.pdf_text import Page
from rag.types import Heading, Span

_LARGER = 1.12
_LONGEST = 150
_NOT_AT_END = frozenset(".;,")


def large_headings(pages: Sequence[Page], starts: Sequence[int]) -> list[Heading]:
    """Paragraphs set larger than most of the text; the larger the type, the higher the level.

    starts: the offset of each page. At most 150 characters, not ending like a sentence.
    """
    found = [
        (span.shift(start), round(height, 1), text)
        for page, start in zip(pages, starts, strict=True)
        for span, height, text in _paragraphs(page)
    ]
    sizes: Counter[float] = Counter()
    for span, height, _ in found:
        sizes[height] += len(span)
    if not sizes:
        return []
    body = max(sorted(sizes), key=sizes.__getitem__)
    picked = [
        (span, height)
        for span, height, text in found
        if height >= body * _LARGER and _is_title(text)
    ]
    levels = {
        height: min(rank, 6) for rank, height in enumerate(sorted({h for _, h in picked})[::-1], 1)
    }
    return [Heading(levels[height], span) for span, height in picked]


def _is_title(text: str) -> bool:
    return len(text) <= _LONGEST and text[-1] not in _NOT_AT_END and any(c.isalpha() for c in text)


def _paragraphs(page: Page) -> Iterator[tuple[Span, float, str]]:
    """The paragraphs of running text: span, size of type, text."""
    aside = set(page.aside)
    for span, size in page.paragraphs:
        if span not in aside:
            yield span, size, page.text[span.start : span.end]
