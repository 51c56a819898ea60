"""Headings of a PDF without bookmarks: short paragraphs that are set apart by their type.

Larger type, bold type where the text is not bold, or capitals; or a number ("3.2") before a few
words with a paragraph of text under them. Never what ends like a sentence, names a figure or a
table, or has cells.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.extract.pdf_page import Page
from rag.types import Heading, Span

_LARGER = 1.12
_LONGEST, _LONGEST_PLAIN = 150, 80
_NOT_AT_END = frozenset(".;,")
_CAPTION = re.compile(r"(?:fig(?:ure)?|tab(?:le|elle)?|abb(?:ildung)?|box)\b\W*\d", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[A-Z]\.?|[IVX]{1,5}\.)\s+[^\W\d_]")
_PROSE = 8  # words of a paragraph of text
_CAPITALS = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True, slots=True)
class _Candidate:
    span: Span
    size: float
    bold: bool
    text: str
    plain: bool  # may be a heading without larger type

    @property
    def capitals(self) -> bool:
        return self.text.isupper() and bool(_CAPITALS.search(self.text))


def set_apart(pages: Sequence[Page], starts: Sequence[int]) -> list[Heading]:
    """The headings by their type; the larger and the heavier, the higher the level.

    starts: the offset of each page.
    """
    found = [c for page, start in zip(pages, starts, strict=True) for c in _candidates(page, start)]
    sizes: Counter[float] = Counter()
    bold = 0
    for one in found:
        sizes[one.size] += len(one.span)
        bold += len(one.span) * one.bold
    if not sizes:
        return []
    body = max(sorted(sizes), key=sizes.__getitem__)
    mostly_bold = 2 * bold > sizes.total()
    picked: list[tuple[Span, tuple[float, bool, bool]]] = []
    for at, one in enumerate(found):
        under = found[at + 1] if at + 1 < len(found) else None
        if _is_title(one) and _stands_out(one, under, body, mostly_bold):
            size = max(body, one.size) if one.size < body * _LARGER else one.size
            picked.append((one.span, (size, one.bold and not mostly_bold, one.capitals)))
    ranks = {kind: rank for rank, kind in enumerate(sorted({k for _, k in picked})[::-1], 1)}
    return [Heading(min(ranks[kind], 6), span) for span, kind in picked]


def _is_title(one: _Candidate) -> bool:
    text = one.text
    if len(text) > _LONGEST or text[-1] in _NOT_AT_END or _CAPTION.match(text):
        return False
    return any(c.isalpha() for c in text)


def _stands_out(one: _Candidate, under: _Candidate | None, body: float, mostly_bold: bool) -> bool:
    if one.size >= body * _LARGER:
        return True
    if not one.plain or one.size < 0.95 * body or under is None:
        return False
    if (one.bold and not mostly_bold) or one.capitals:
        return True
    prose = len(under.text.split()) >= _PROSE and not _NUMBERED.match(under.text)
    return bool(_NUMBERED.match(one.text)) and prose


def _candidates(page: Page, start: int) -> Iterator[_Candidate]:
    """The paragraphs of running text."""
    aside = set(page.aside)
    for paragraph in page.paragraphs:
        span = paragraph.span
        if span not in aside:
            text = page.text[span.start : span.end]
            plain = not paragraph.cells and len(text) <= _LONGEST_PLAIN and text.count("\n") < 2
            yield _Candidate(
                span.shift(start), round(paragraph.size, 1), paragraph.bold, text, plain
            )
