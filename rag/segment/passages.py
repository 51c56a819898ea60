"""Passages: paragraph-sized tiles of a source. Joined in order they give its text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rag.errors import UsageError
from rag.extract.line_ends import moved
from rag.segment.fold import fold
from rag.segment.lists import is_lead_in
from rag.segment.paragraphs import Paragraphs, Unit, covered
from rag.segment.segmenter import segmenter
from rag.segment.sentences import cut_at_space, sentences
from rag.segment.unify import unified
from rag.types import Passage, Place, Sentence, Source, Span

Count = Callable[[str], int]

# A paragraph this much over the target stays whole: better than breaking off a short tail.
_SLACK = 1.2


def tile(source: Source, *, count: Count, limit: int, target: int) -> tuple[Passage, ...]:
    """Cut a source into passages that tile its text.

    count, limit: the embedder's own token count and its window; the folded form of every passage
    is within it. target: tokens of cl100k_base that a passage should not much exceed. Paragraphs
    are kept whole where they fit, else split at sentence ends; headings ride with the paragraph
    they head; neighbouring short list items and table rows are joined; no passage crosses a form
    feed. Raises UsageError when the limit is too small to hold even one character with its
    headings.
    """
    plain, ends = unified(source)
    builder = _Tiler(plain, count, limit, target)
    passages: list[Passage] = []
    for unit in builder.paragraphs.units():
        for span in builder.sized(unit):
            flag = covered(plain, span)
            own = span if ends is None else moved(span, ends.back)
            passages.append(Passage(Place(source, own), len(passages), unit.paragraph, flag))
    return tuple(passages)


class _Tiler:
    def __init__(self, source: Source, count: Count, limit: int, target: int) -> None:
        self.source, self.count, self.limit, self.target = source, count, limit, target
        self.paragraphs = Paragraphs(source, target)
        self.tokens = self.paragraphs.tokens

    def sized(self, unit: Unit) -> Iterator[Span]:
        """The unit as one span where it fits, else its pieces."""
        whole = Span(unit.start, unit.end)
        tokens = unit.tokens if unit.tokens >= 0 else self.tokens(unit.start, unit.end)
        if tokens <= self.target * _SLACK and self._fits(whole):
            yield whole
            return
        found = sentences(Passage(Place(self.source, whole), 0, 1), segmenter())
        sizes = [self.tokens(s.tile.start, s.tile.end) for s in found]
        parts = max(2, -(-sum(sizes) // self.target))
        for piece in _grouped(self.source.text, found, sizes, sum(sizes) / parts, self.target):
            yield from self._limited(piece)

    def _fits(self, span: Span) -> bool:
        return self.count(fold(self.source, span)) <= self.limit

    def _limited(self, tiles: Sequence[Span]) -> Iterator[Span]:
        """Sentence tiles as few spans, each within the limit; a too long sentence is cut."""
        rest = list(tiles)
        while rest:
            keep, most = 1, len(rest)  # the most that fit: all, or found by halves
            keep = most if most > 1 and self._fits(Span(rest[0].start, rest[-1].end)) else keep
            while keep < most:
                half = (keep + most + 1) // 2
                fits = self._fits(Span(rest[0].start, rest[half - 1].end))
                keep, most = (half, most) if fits else (keep, half - 1)
            span = Span(rest[0].start, rest[keep - 1].end)
            if keep > 1 or self._fits(span):
                yield span
            else:
                yield from self._cut(span)
            rest = rest[keep:]

    def _cut(self, span: Span) -> Iterator[Span]:
        text, start = self.source.text, span.start
        while start < span.end:
            rest = Span(start, span.end)
            if self._fits(rest):
                yield rest
                return
            longest = len(rest) - 1
            while True:
                if longest < 1:
                    raise UsageError(
                        f"{self.source.id}: a limit of {self.limit} tokens cannot hold one "
                        "character with its headings; use an embedder with a larger window"
                    )
                cut = cut_at_space(text, start, span.end, longest)
                if self._fits(Span(start, cut)):
                    break
                longest = min(longest, cut - start) * 3 // 4
            yield Span(start, cut)
            start = cut


def _grouped(
    text: str, found: Sequence[Sentence], sizes: Sequence[int], aim: float, target: int
) -> Iterator[list[Span]]:
    """Sentence tiles in groups of about ``aim`` tokens, none above ``target`` if it can be.

    A heading or a lead-in never ends a group.
    """
    group: list[Span] = []
    filled, solid = 0, False
    for sentence, size in zip(found, sizes, strict=True):
        if solid and (filled + size > target or filled + size / 2 > aim):
            yield group
            group, filled = [], 0
        group.append(sentence.tile)
        filled += size
        tail = text[max(sentence.tile.start, sentence.tile.end - 40) : sentence.tile.end]
        solid = filled > target or not (sentence.heading or is_lead_in(tail))
    if group:
        yield group
