"""Passages: paragraph-sized tiles of a source. Joined in order they give its text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.errors import UsageError
from rag.extract.formats import is_structured
from rag.segment.blocks import block_spans, inner, line_starts
from rag.segment.fold import fold
from rag.segment.segmenter import is_item, segmenter
from rag.segment.sentences import (
    STRUCTURE,
    cut_at_space,
    heading_regions,
    sentences,
)
from rag.segment.tokens import count_tokens
from rag.sources import WITHDRAWN
from rag.types import Passage, Place, Sentence, Source, Span

Count = Callable[[str], int]

# A paragraph this much over the target stays whole: better than breaking off a short tail.
_SLACK = 1.2
# Lines of a plain text that are longer than this on average are paragraphs, not wrapped lines.
_LONG_LINE = 120
# No text of this many characters per token of the target can be within the target.
_CHARACTERS_PER_TOKEN = 20


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph before sizing. kind: "heading", "item" (list item, table row) or "text"."""

    span: Span
    kind: str
    ends_page: bool


@dataclass(slots=True)
class _Unit:
    """What becomes one passage, or several when it is too long. tokens: -1 when not yet counted."""

    start: int
    end: int
    paragraph: int
    joins: bool
    tokens: int = -1


def tile(source: Source, *, count: Count, limit: int, target: int) -> tuple[Passage, ...]:
    """Cut a source into passages that tile its text.

    count, limit: the embedder's own token count and its window; the folded form of every passage
    is within it. target: tokens of cl100k_base that a passage should not much exceed. Paragraphs
    are kept whole where they fit, else split at sentence ends; headings ride with the paragraph
    they head; neighbouring short list items and table rows are joined; no passage crosses a form
    feed. Raises UsageError when the limit is too small to hold even one character with its
    headings.
    """
    builder = _Tiler(source, count, limit, target)
    passages: list[Passage] = []
    for unit in builder.units():
        for span in builder.sized(unit):
            flag = covered(source, span)
            passages.append(Passage(Place(source, span), len(passages), unit.paragraph, flag))
    return tuple(passages)


def covered(source: Source, span: Span) -> bool:
    """Whether most of a span, outer white space aside, is boilerplate or withdrawn text."""
    lasts = _searched_last(source)
    core = inner(source.text, span) if lasts else None
    if core is None:
        return False
    first = max(0, bisect_right(lasts, core.start, key=lambda b: b.start) - 1)
    total = 0
    for other in lasts[first:]:
        if other.start >= core.end:
            break
        total += max(0, min(other.end, core.end) - max(other.start, core.start))
    return 2 * total > len(core)


@lru_cache(maxsize=4)
def _searched_last(source: Source) -> tuple[Span, ...]:
    """Boilerplate and withdrawn text as ascending, disjoint spans."""
    spans = [*source.boilerplate, *(m.span for m in source.marks if m.kind in WITHDRAWN)]
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def _blocks(source: Source) -> Iterator[_Block]:
    """The paragraphs of a source: blank-line-separated blocks, cut again at headings."""
    text = source.text
    start = _front_matter_end(source)
    if start:
        yield _Block(Span(0, start), "text", False)
    for block in block_spans(text, start):
        edge = block.start
        for region in heading_regions(source, block):
            if region.start > edge:
                yield _block(source, Span(edge, region.start), "")
            if region.end > edge:
                yield _block(source, Span(max(edge, region.start), region.end), "heading")
                edge = region.end
        if edge < block.end:
            rest = Span(edge, block.end)
            pieces = _long_lines(text, rest) if source.media_type == "text/plain" else [rest]
            yield from (_block(source, piece, "") for piece in pieces)


def _block(source: Source, span: Span, kind: str) -> _Block:
    text = source.text
    core = inner(text, span)
    tail = text[core.end if core else span.start : span.end]
    if not kind and core is not None:
        rows = is_structured(source.media_type) and STRUCTURE.search(text, core.start, core.end)
        kind = "item" if rows or is_item(text[core.start : core.start + 2000]) else "text"
    return _Block(span, kind or "text", "\f" in tail)


def _front_matter_end(source: Source) -> int:
    """Where a Markdown source's front matter ends; its reader marks it as leading boilerplate."""
    if source.media_type != "text/markdown" or not source.boilerplate:
        return 0
    first = source.boilerplate[0]
    return first.end if first.start == 0 else 0


def _long_lines(text: str, span: Span) -> list[Span]:
    """Each line by itself where the lines are too long to be wrapped, else the block as it is."""
    starts = line_starts(text, span)
    if len(starts) < 2 or len(span) / len(starts) <= _LONG_LINE:
        return [span]
    pieces: list[Span] = []
    for start, end in zip(starts, [*starts[1:], span.end], strict=True):
        if pieces and not text[start:end].strip():
            pieces[-1] = Span(pieces[-1].start, end)
        else:
            pieces.append(Span(start, end))
    return pieces


class _Tiler:
    def __init__(self, source: Source, count: Count, limit: int, target: int) -> None:
        self.source, self.count, self.limit, self.target = source, count, limit, target
        self.longest = target * _CHARACTERS_PER_TOKEN

    def units(self) -> list[_Unit]:
        """Paragraphs with the headings over them, list items joined."""
        units: list[_Unit] = []
        matter = _front_matter_end(self.source)
        number = 0
        lead: int | None = None  # where the headings start that wait for their paragraph
        for block in _blocks(self.source):
            span = block.span
            if lead is not None and self._parts(lead, span):
                units.append(_Unit(lead, span.start, number + 1, False))
                lead = None
            start = span.start if lead is None else lead
            if not block.ends_page and inner(self.source.text, span) is None:
                lead = start  # blank lines before anything else ride with what follows
                continue
            if block.kind == "heading":
                lead = start
                if block.ends_page:
                    units.append(_Unit(start, span.end, number + 1, False))
                    lead = None
                continue
            if span.end > matter:
                number += 1
            self._add(units, _Unit(start, span.end, max(number, 1), False), block)
            lead = None
        if lead is not None:
            units.append(_Unit(lead, len(self.source.text), number + 1, False))
        return units

    def _add(self, units: list[_Unit], unit: _Unit, block: _Block) -> None:
        """Append a unit, or join it to the last one when it is a short list item."""
        bare = unit.start == block.span.start
        if bare and block.kind == "item" and units and self._join(units[-1], unit):
            units[-1].joins = not block.ends_page
            return
        unit.joins = not block.ends_page and self._may_join(block)
        units.append(unit)

    def _parts(self, start: int, span: Span) -> bool:
        """Whether a heading stays alone: of it and what follows, one is boilerplate."""
        above = Span(start, span.start)
        if inner(self.source.text, above) is None:
            return False
        return covered(self.source, above) != covered(self.source, span)

    def _may_join(self, block: _Block) -> bool:
        if block.kind == "item":
            return True
        return self.source.text[block.span.start : block.span.end].rstrip().endswith(":")

    def _join(self, unit: _Unit, item: _Unit) -> bool:
        """Join a short list item to what comes before it, when both fit the target."""
        if not unit.joins or covered(self.source, Span(unit.start, unit.end)) != covered(
            self.source, Span(item.start, item.end)
        ):
            return False
        if unit.tokens < 0:
            unit.tokens = self._tokens(unit.start, unit.end)
        tokens = self._tokens(item.start, item.end)
        if tokens > self.target // 2 or unit.tokens + tokens > self.target:
            return False
        unit.end, unit.tokens = item.end, unit.tokens + tokens
        return True

    def _tokens(self, start: int, end: int) -> int:
        if end - start > self.longest:
            return end - start
        return count_tokens(self.source.text[start:end])

    def sized(self, unit: _Unit) -> Iterator[Span]:
        """The unit as one span where it fits, else its pieces."""
        whole = Span(unit.start, unit.end)
        tokens = unit.tokens if unit.tokens >= 0 else self._tokens(unit.start, unit.end)
        if tokens <= self.target * _SLACK and self._fits(whole):
            yield whole
            return
        found = sentences(Passage(Place(self.source, whole), 0, 1), segmenter())
        sizes = [self._tokens(s.tile.start, s.tile.end) for s in found]
        parts = max(2, -(-sum(sizes) // self.target))
        for piece in _grouped(found, sizes, sum(sizes) / parts, self.target):
            yield from self._limited(piece)

    def _fits(self, span: Span) -> bool:
        return self.count(fold(self.source, span)) <= self.limit

    def _limited(self, tiles: Sequence[Span]) -> Iterator[Span]:
        """Sentence tiles as few spans, each within the limit; a too long sentence is cut."""
        rest = list(tiles)
        while rest:
            keep = len(rest)
            while keep > 1 and not self._fits(Span(rest[0].start, rest[keep - 1].end)):
                keep -= 1
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
    found: Sequence[Sentence], sizes: Sequence[int], aim: float, target: int
) -> Iterator[list[Span]]:
    """Sentence tiles in groups of about ``aim`` tokens, none above ``target`` if it can be.

    A heading never ends a group.
    """
    group: list[Span] = []
    filled, solid = 0, False
    for sentence, size in zip(found, sizes, strict=True):
        if solid and (filled + size > target or filled + size / 2 > aim):
            yield group
            group, filled, solid = [], 0, False
        group.append(sentence.tile)
        filled += size
        solid = solid or not sentence.heading
    if group:
        yield group
