"""Paragraphs of a source: what a person would call one, before any is cut to size."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.extract.formats import is_structured
from rag.segment.blocks import block_spans, inner, line_starts
from rag.segment.crumbs import LEAST_WORDS, has_leaders, is_contents, words_up_to
from rag.segment.lists import is_lead_in
from rag.segment.regions import LONGEST_MARKUP, regions, whole_lines
from rag.segment.segmenter import is_item
from rag.segment.sentences import STRUCTURE
from rag.segment.tokens import count_tokens
from rag.sources import WITHDRAWN
from rag.types import Source, Span

# Lines of a plain text that are longer than this on average are paragraphs, not wrapped lines.
_LONG_LINE = 120
# No text of this many characters per token of the target can be within the target.
_CHARACTERS_PER_TOKEN = 20


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph before sizing. kind: "heading", "item" (of a list or a table), "markup" that is
    no words, or "text".
    """

    span: Span
    kind: str
    ends_page: bool


@dataclass(slots=True)
class Unit:
    """What becomes one passage, or several when it is too long.

    words: of its paragraphs, counted up to ``LEAST_WORDS`` each. level: of the heading it opens
    with, 0 for none. joins: whether it is a list that may go on. announces: whether it ends in a
    colon. tokens: -1 when not yet counted.
    """

    start: int
    end: int
    paragraph: int
    words: int
    level: int
    ends_page: bool
    joins: bool = False
    announces: bool = False
    tokens: int = -1


def covered(source: Source, span: Span) -> bool:
    """Whether most of a span, outer white space aside, is boilerplate or withdrawn text."""
    lasts, dotted = _searched_last(source), _has_leaders(source)
    core = inner(source.text, span) if lasts or dotted else None
    if core is None:
        return False
    if dotted and is_contents(source.text[core.start : core.end]):
        return True
    first = max(0, bisect_right(lasts, core.start, key=lambda b: b.start) - 1)
    total = 0
    for other in lasts[first:]:
        if other.start >= core.end:
            break
        total += max(0, min(other.end, core.end) - max(other.start, core.start))
    return 2 * total > len(core)


@lru_cache(maxsize=4)
def _has_leaders(source: Source) -> bool:
    return has_leaders(source.text)


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
    """The paragraphs of a source: blank-line-separated blocks, cut again at headings, at mark-up
    that is no words and at lines that are searched last.
    """
    text = source.text
    start = _front_matter_end(source)
    if start:
        yield _Block(Span(0, start), "text", False)
    for block in block_spans(text, start):
        edge = block.start
        for region, kind in _cuts(source, block):
            if region.start > edge:
                yield from _prose(source, Span(edge, region.start))
            if region.end > edge:
                yield _block(source, Span(max(edge, region.start), region.end), kind)
                edge = region.end
        if edge < block.end:
            yield from _prose(source, Span(edge, block.end))


def _cuts(source: Source, block: Span) -> Iterator[tuple[Span, str]]:
    found = [r for r in regions(source, block) if r[1] in ("heading", "markup")]
    lasts = _searched_last(source)
    first = bisect_right(lasts, block.start, key=lambda s: s.end)
    for index in range(first, len(lasts)):
        if lasts[index].start >= block.end:
            break
        lines = whole_lines(source.text, lasts[index], block)
        if lines is not None and lines != block:
            found.append((lines, ""))
    return iter(sorted(found))


def _prose(source: Source, span: Span) -> Iterator[_Block]:
    pieces = _long_lines(source.text, span) if source.media_type == "text/plain" else [span]
    yield from (_block(source, piece, "") for piece in pieces)


def _block(source: Source, span: Span, kind: str) -> _Block:
    text = source.text
    core = inner(text, span)
    tail = text[core.end if core else span.start : span.end]
    if not kind and core is not None:
        rows = is_structured(source.media_type) and STRUCTURE.search(text, core.start, core.end)
        listed = rows or is_item(text[core.start : core.start + 2000])
        kind = "item" if listed or source.row_at(core.start) else "text"
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


class Paragraphs:
    """Those of a source with line feeds only. target: tokens that joined ones may reach."""

    def __init__(self, source: Source, target: int) -> None:
        self.source, self.target = source, target
        self.longest = target * _CHARACTERS_PER_TOKEN

    def units(self) -> list[Unit]:
        """Paragraphs with the headings over them, list items and crumbs joined."""
        units: list[Unit] = []
        matter = _front_matter_end(self.source)
        number = 0
        lead: int | None = None  # where what waits for its paragraph starts: headings, blank lines
        over: Span | None = None  # the last heading of it
        for block in _blocks(self.source):
            span = block.span
            start = span.start if lead is None else lead
            if self._rides_on(block):
                lead = start
                continue
            if over is not None and covered(self.source, over) != covered(self.source, span):
                units.append(self._unit(start, span.start, number + 1))  # they part
                start, over = span.start, None
            if block.kind == "heading":
                lead, over = start, span
            if block.ends_page or block.kind != "heading":
                if block.kind != "heading" and span.end > matter:
                    number += 1
                unit = self._unit(start, span.end, max(number, 1), block)
                self._add(units, unit, block)
                lead = over = None
        if lead is not None:
            units.append(self._unit(lead, len(self.source.text), number + 1))
        return self._without_crumbs(units)

    def _rides_on(self, block: _Block) -> bool:
        """Whether a block has no words of its own and goes with what follows."""
        if block.ends_page:
            return False
        small = block.kind == "markup" and len(block.span) <= LONGEST_MARKUP
        return small or inner(self.source.text, block.span) is None

    def _unit(self, start: int, end: int, paragraph: int, block: _Block | None = None) -> Unit:
        words = 0
        if block is not None and block.kind in ("text", "item"):
            words = words_up_to(self.source.text[block.span.start : block.span.end], LEAST_WORDS)
        headed = block is None or start < block.span.start
        levels = self.source.headings
        first = bisect_left(levels, start, key=lambda h: h.span.start) if headed else len(levels)
        level = levels[first].level if first < len(levels) and levels[first].span.start < end else 0
        return Unit(start, end, paragraph, words, level, block is not None and block.ends_page)

    def _add(self, units: list[Unit], unit: Unit, block: _Block) -> None:
        """Append a unit, or join it to the last one when it is a short list item, or when the last
        one ends in a colon.
        """
        bare = unit.start == block.span.start
        if bare and block.kind in ("item", "text") and units and self._join(units[-1], unit, block):
            return
        unit.joins = not unit.ends_page and block.kind == "item"
        unit.announces = not unit.ends_page and is_lead_in(
            self.source.text[max(unit.start, unit.end - 200) : unit.end]
        )
        units.append(unit)

    def _join(self, unit: Unit, item: Unit, block: _Block) -> bool:
        """Join what a colon announces, or a short item to a list, when both fit the target."""
        if not (unit.announces or (unit.joins and block.kind == "item")):
            return False
        tokens = self._tokens_of(item), self._tokens_of(unit)
        if tokens[1] > self.target if unit.announces else self._too_long(*tokens):
            return False
        if not self._alike(unit, item):
            return False
        announced = unit.announces and block.kind != "item"
        self._absorb(unit, item)
        unit.joins = not item.ends_page and not announced
        unit.announces = not item.ends_page and is_lead_in(
            self.source.text[max(item.start, item.end - 200) : item.end]
        )
        return True

    def _too_long(self, item: int, unit: int) -> bool:
        return item > self.target // 2 or item + unit > self.target

    def _alike(self, one: Unit, other: Unit) -> bool:
        """Whether both are searched last, or neither."""
        return covered(self.source, Span(one.start, one.end)) == covered(
            self.source, Span(other.start, other.end)
        )

    def _absorb(self, unit: Unit, other: Unit) -> None:
        if unit.tokens >= 0:
            unit.tokens += self._tokens_of(other)
        unit.end, unit.ends_page = other.end, other.ends_page
        unit.words += other.words

    def _without_crumbs(self, units: list[Unit]) -> list[Unit]:
        """Units of a few words joined to a neighbour on their page: the one before in the same
        section, else the one after.
        """
        kept: list[Unit] = []
        for index, unit in enumerate(units):
            if kept and self._crumb_joins(kept[-1], unit, index == len(units) - 1):
                self._absorb(kept[-1], unit)
            else:
                kept.append(unit)
        return kept

    def _crumb_joins(self, one: Unit, other: Unit, last: bool) -> bool:
        small = one.words < LEAST_WORDS, other.words < LEAST_WORDS
        if not any(small) or one.ends_page:
            return False
        opens = other.level > 0 and not (last and small[1])
        if opens and not (small[0] and other.level >= one.level):
            return False  # a section takes in no more than the crumb before it
        if self._tokens_of(one) + self._tokens_of(other) > self.target:
            return False
        return self._alike(one, other)

    def _tokens_of(self, unit: Unit) -> int:
        if unit.tokens < 0:
            unit.tokens = self.tokens(unit.start, unit.end)
        return unit.tokens

    def tokens(self, start: int, end: int) -> int:
        """Tokens of a stretch; of one that is too long by far, its characters."""
        if end - start > self.longest:
            return end - start
        return count_tokens(self.source.text[start:end])
