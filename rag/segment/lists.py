"""Lists with what announces them: a sentence that ends in a colon, and the items after it.

One rule over the source's text serves every format: items stand in lines of their own after the
sentence, marked by a sign or number, or unmarked where line feeds part items
(``Format.structured``). Where no list follows, the next paragraph is what is announced.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rag.extract.formats import is_structured
from rag.extract.line_ends import moved
from rag.segment.blocks import block_spans, inner
from rag.segment.segmenter import item_mark, line_units, segmenter
from rag.segment.unify import unified
from rag.types import Source, Span, ink

LONGEST = 700
"""Code points of a list with its lead-in quoted as one; of a longer one, what fits."""

_LOOK = 12_000  # code points after a lead-in in which items are looked for
_BACK = 4_000  # code points before an item in which its lead-in is looked for
_ENDS_LEAD = re.compile(r":[\"'”’»)\]*_]*[ \t]*(?=\n)")
_BARE = re.compile(r"(?<=\S)\n(?=\S)")  # what parts unmarked items
_CLOSERS = "\"'”’»)]*_ \t\n"


@dataclass(frozen=True, slots=True)
class Listing:
    """lead: the sentence that ends in a colon. items: what it announces, ascending."""

    lead: Span
    items: tuple[Span, ...]

    @property
    def quote(self) -> Span:
        """The lead-in with as many items as fit into ``LONGEST``, at least one."""
        fits = [i.end for i in self.items if i.end - self.lead.start <= LONGEST]
        return Span(self.lead.start, fits[-1] if fits else self.items[0].end)

    @property
    def whole(self) -> bool:
        """Whether ``quote`` holds all items."""
        return self.quote.end >= self.items[-1].end


def is_lead_in(text: str) -> bool:
    """Whether a sentence ends in a colon, closing marks aside."""
    return text.rstrip(_CLOSERS).endswith(":")


def with_list(source: Source, span: Span) -> Span:
    """A quote with the list it belongs to: what its last sentence announces, as far as ``LONGEST``
    allows, or the whole of the list it is an item of where that fits; else as it is.
    """
    text = source.text
    if may_be_item(source, span):
        listing = listing_of(source, span.start)
        if listing is not None and listing.whole:
            around = listing.quote
            span = Span(min(span.start, around.start), max(span.end, around.end))
    if is_lead_in(text[span.start : span.end]):
        announced = listing_after(source, span)
        if announced is not None:
            return Span(span.start, max(span.end, announced.quote.end))
    return span


def list_parts(source: Source, span: Span) -> tuple[bool, bool]:
    """Whether a quote is an item whose lead-in stands outside, and whether it breaks off a list
    that it announces.
    """
    text = source.text[span.start : span.end]
    listing = listing_of(source, span.start) if may_be_item(source, span) else None
    item = listing is not None and not span.contains(listing.lead)
    leads = list(_ENDS_LEAD.finditer(text.replace("\r", "\n") + "\n"))
    if not leads or leads[-1].end() < 1:
        return item, False
    announced = listing_after(source, Span(span.start, span.start + leads[-1].end()))
    return item, announced is not None and announced.items[-1].end > span.end


def may_be_item(source: Source, span: Span) -> bool:
    """Whether a span opens as an item of a list does, as far as its own first line tells."""
    before = re.split(r"[\n\r]", source.text[max(0, span.start - 300) : span.start])[-1]
    line = before + source.text[span.start : span.start + 80]
    return item_mark(line) or is_structured(source.media_type)


def listing_after(source: Source, lead: Span) -> Listing | None:
    """What the sentence ``lead``, which ends in a colon, announces; None where nothing follows."""
    plain, ends = unified(source)
    if ends is None:
        return _after(plain, lead)
    found = _after(plain, moved(lead, ends.forward))
    return moved(found, ends.back) if found else None


def listing_of(source: Source, offset: int) -> Listing | None:
    """The list whose item begins at or holds ``offset``, by the lead-in before it, or None."""
    plain, ends = unified(source)
    if ends is None:
        return _around(plain, offset)
    found = _around(plain, ends.forward(offset))
    return moved(found, ends.back) if found else None


def _after(source: Source, lead: Span) -> Listing | None:
    text = source.text
    stop = _stop(source, lead.end)
    lead_line = text[text.rfind("\n", 0, lead.start) + 1 : lead.end]
    depth = _depth(lead_line)
    items: list[Span] = []
    for block in block_spans(text, lead.end, stop):
        core = inner(text, block)
        if core is None:
            continue
        found = list(_items(source, block, depth))
        if found:
            items += found
            if found[-1].end < core.end:
                break  # an item of the list that the lead-in itself stands in
        elif not items:
            return Listing(lead, tuple(_sentences(text, core)))
        else:
            break
    if items and len(items[0]) > LONGEST:
        items[:1] = _sentences(text, items[0])
    return Listing(lead, tuple(items)) if items else None


def _sentences(text: str, span: Span) -> Iterator[Span]:
    tiles = (tile.shift(span.start) for tile in segmenter().split(text[span.start : span.end]))
    return (core for tile in tiles if (core := inner(text, tile)))


def _stop(source: Source, start: int) -> int:
    """Where looking for items ends: the next heading, the page's end, or far enough."""
    following = bisect_left(source.headings, start, key=lambda h: h.span.start)
    stop = min(len(source.text), start + _LOOK)
    if following < len(source.headings):
        heading = source.headings[following].span.start
        stop = min(stop, max(start, source.text.rfind("\n", 0, heading) + 1))
    page = source.text.find("\f", start, stop)
    return page if page >= 0 else stop


def _items(source: Source, block: Span, depth: int) -> Iterator[Span]:
    """The items of a block that opens as a list, deeper than ``depth``; none of another block."""
    text = source.text
    bare = is_structured(source.media_type) and bool(_BARE.search(text, block.start, block.end))
    cuts = line_units(text, block)
    if len(cuts) < 3 and not item_mark(text[block.start : block.end].lstrip("\n")) and not bare:
        return
    first = True
    for start, end in pairwise(cuts):
        line = text[start:end].lstrip("\n")
        marked = item_mark(line)
        if (first and not marked and not bare and "|" not in line and "\t" not in line) or (
            marked and _depth(line) <= depth
        ):
            return
        first = False
        span = ink(text, start, end)
        if span is None:
            continue
        yield from _lines(text, span) if bare else (span,)


def _lines(text: str, span: Span) -> Iterator[Span]:
    start = span.start
    for match in _BARE.finditer(text[span.start : span.end]):
        yield Span(start, span.start + match.start())
        start = span.start + match.end()
    yield Span(start, span.end)


def _depth(line: str) -> int:
    """How far an item's sign stands from the margin; -1 for a line without one."""
    return len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip()) if item_mark(line) else -1


def _around(source: Source, offset: int) -> Listing | None:
    text = source.text
    low = max(0, offset - _BACK)
    for match in reversed(list(_ENDS_LEAD.finditer(text, low, offset))):
        blank = text.rfind("\n\n", low, match.start())
        block = low if blank < 0 else blank + 2
        tiles = segmenter().split(text[block : match.end()])
        lead = inner(text, tiles[-1].shift(block)) if tiles else None
        found = _after(source, lead) if lead else None
        if found and found.items[0].start <= offset < found.items[-1].end:
            return found
        if text[match.end() : offset].count("\n\n") > 40:
            return None
    return None
