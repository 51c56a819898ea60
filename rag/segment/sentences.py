"""Sentence tiles of a passage, in source offsets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.extract.formats import is_structured
from rag.extract.line_ends import moved
from rag.segment.blocks import BREAK, inner
from rag.segment.crumbs import says_nothing
from rag.segment.regions import regions
from rag.segment.segmenter import loose_cuts
from rag.segment.unify import unified
from rag.types import Passage, Sentence, Source, Span

if TYPE_CHECKING:
    from rag.protocols import Segmenter  # brings NumPy, which reading needs not

WINDOW = 1200
"""Characters of a sentence that a reader takes in whole; a longer one is cut into fragments."""
_LONGEST_SIGNS = 400  # a sentence that long is prose of some kind

# In structured formats (see ``Format.structured``): what parts list items and table rows.
STRUCTURE = re.compile(r"(?<=\S)\n(?=\S)")

_SPACES = re.compile(r"\s+")
_TERMINALS = frozenset(".!?:;…。！？．｡؟۔।॥։᙮։۔")
_CLOSERS = "\"'”’»)]}*_›」』"


def sentences(
    passage: Passage, segmenter: Segmenter, *, window: int = WINDOW
) -> tuple[Sentence, ...]:
    """Tile a passage with its sentences: their tiles joined in order give ``passage.text``.

    Headings, and tiles in which nothing could be quoted by itself, are set apart
    (``heading=True``); a table row is one sentence. Line ends never change the tiles. A sentence of
    more than ``window`` characters is cut at sentence ends within its quotation, else at white
    space (``fragment=True``); so is one that the passage's own ends cut.
    """
    source, ends = unified(passage.source)
    if ends is None:
        return tuple(_tiles(source, passage.span, segmenter, window))
    found = tuple(_tiles(source, moved(passage.span, ends.forward), segmenter, window))
    return moved(found, ends.back)


def _tiles(source: Source, span: Span, segmenter: Segmenter, window: int) -> list[Sentence]:
    text = source.text
    found: list[Sentence] = []
    for piece, kind in _pieces(source, span):
        if kind == "row":
            found.append(Sentence(piece, inner(text, piece)))
        elif kind:
            found.append(Sentence(piece, inner(text, piece), heading=True))
        else:
            for run in _runs(source, piece):
                for tile in segmenter.split(text[run.start : run.end]):
                    parts = _bounded(text, tile.shift(run.start), window)
                    found.extend(_judged(text, part) for part in parts)
    return _mark_ends(text, span, found)


def _judged(text: str, sentence: Sentence) -> Sentence:
    """The sentence, set apart where nothing in it could be quoted by itself."""
    core = sentence.inner
    if core is None or sentence.heading or len(core) > _LONGEST_SIGNS:
        return sentence
    empty = says_nothing(text[core.start : core.end])
    return replace(sentence, heading=True) if empty else sentence


def is_cut(text: str, position: int) -> bool:
    """Whether a tile that ends at ``position`` ends inside a sentence."""
    if not 0 < position < len(text):
        return False
    start = position
    while start > 0 and text[start - 1].isspace():
        start -= 1
    if "\f" in text[start:position]:  # a page ends here; does a sentence go on over it?
        return text[position].islower() and not _ends_whole(text[max(0, start - 20) : start])
    if BREAK.search(text, start, position):
        return False
    return not _ends_whole(text[max(0, start - 20) : start])


def cut_at_space(text: str, start: int, end: int, longest: int) -> int:
    """Where to cut ``text[start:end]``, longer than ``longest``: at white space, else anywhere.

    Never right after a mark that ends sentences and never at a line break when there is another
    place, so that ``is_cut`` tells such a cut from a sentence's end.
    """
    position = min(start + longest, end)
    fallback = 0
    for match in reversed(list(_SPACES.finditer(text, start + longest // 2, position))):
        cut = _SPACES.match(text, match.start(), end)
        if match.start() == start or cut is None or cut.end() >= end:
            continue
        left = text[max(start, match.start() - 20) : match.start()]
        if not _ends_whole(left) and not BREAK.search(cut.group()):
            return cut.end()
        fallback = fallback or cut.end()
    if fallback:
        return fallback
    while position > start + 1 and (text[position - 1] in _TERMINALS or _joins(text, position)):
        position -= 1
    return position if position > start + 1 else min(start + longest, end)


def _ends_whole(left: str) -> bool:
    left = left.rstrip(_CLOSERS)
    return bool(left) and left[-1] in _TERMINALS


def _joins(text: str, position: int) -> bool:
    """Whether a cut here would part a base from its mark, or the halves of an emoji or CRLF."""
    if position >= len(text):
        return False
    after, before = text[position], text[position - 1]
    return (
        unicodedata.combining(after) != 0
        or after in "\u200d\ufe0e\ufe0f"
        or before == "\u200d"
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or (before == "\r" and after == "\n")
    )


def _pieces(source: Source, span: Span) -> Iterator[tuple[Span, str]]:
    """The span as its regions, and what stands between them as "" (prose)."""
    edge = span.start
    for region, kind in regions(source, span):
        if region.start > edge:
            yield Span(edge, region.start), ""
        if region.end > edge:
            yield Span(max(edge, region.start), region.end), kind
            edge = region.end
    if edge < span.end:
        yield Span(edge, span.end), ""


def _runs(source: Source, piece: Span) -> Iterator[Span]:
    """Where a line feed parts list items and rows (a space before it: only a line break), by it."""
    start = piece.start
    if is_structured(source.media_type):
        for match in STRUCTURE.finditer(source.text, piece.start, piece.end):
            yield Span(start, match.end())
            start = match.end()
    if start < piece.end:
        yield Span(start, piece.end)


def _bounded(text: str, tile: Span, window: int) -> Iterator[Sentence]:
    """One sentence, or the parts of one that is longer than ``window``."""
    body = inner(text, tile)
    if body is None or len(body) <= window:
        yield Sentence(tile, body)
        return
    cuts = [tile.start + cut for cut in loose_cuts(text[tile.start : tile.end])]
    start = tile.start
    for end in [*(cut for cut in cuts if cut < body.end), tile.end]:
        part = Span(start, end)
        start = end
        core = inner(text, part)
        if core is None or len(core) <= window:
            yield Sentence(part, core)
        else:
            yield from _fragments(text, part, window)


def _fragments(text: str, part: Span, window: int) -> Iterator[Sentence]:
    core = inner(text, part)
    start, ink = part.start, core
    while ink is not None and len(ink) > window:
        cut = cut_at_space(text, ink.start, part.end, window)
        tile = Span(start, cut)
        yield Sentence(tile, inner(text, tile), fragment=True)
        start = cut
        lead = _SPACES.match(text, start)  # the rest is not copied: it may be megabytes
        first = lead.end() if lead else start
        ink = Span(first, ink.end) if first < ink.end else None
    if start < part.end:
        yield Sentence(Span(start, part.end), ink, fragment=True)


def _mark_ends(text: str, span: Span, found: list[Sentence]) -> list[Sentence]:
    """Flag the first and the last sentence where the passage's own ends cut them."""
    if not found:
        return found
    if is_cut(text, span.start):
        found[0] = _as_fragment(found[0])
    if is_cut(text, span.end):
        found[-1] = _as_fragment(found[-1])
    return found


def _as_fragment(sentence: Sentence) -> Sentence:
    return replace(sentence, fragment=True)
