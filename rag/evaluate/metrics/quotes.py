"""How well quoted spans cover the gold spans: always on the union, so nothing counts twice.

Spans are (source id, Span) pairs. Where both sides are empty every score is 1.0 (the sources do
not say, and nothing was quoted); where one side is, 0.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.types import Span

Located = tuple[str, Span]
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class PRF:
    """Precision, recall and their harmonic mean, each in [0, 1]."""

    precision: float
    recall: float
    f1: float


def union(spans: Iterable[Located]) -> dict[str, list[Span]]:
    """Per source, the fewest disjoint ascending spans that cover the same characters."""
    merged: dict[str, list[Span]] = {}
    for source, span in sorted(spans):
        held = merged.setdefault(source, [])
        if held and span.start <= held[-1].end:
            held[-1] = Span(held[-1].start, max(held[-1].end, span.end))
        else:
            held.append(span)
    return merged


def size(spans: dict[str, list[Span]]) -> int:
    """Characters of a union."""
    return sum(len(span) for held in spans.values() for span in held)


def shared(left: dict[str, list[Span]], right: dict[str, list[Span]]) -> int:
    """Characters that two unions have in common."""
    return sum(
        max(0, min(a.end, b.end) - max(a.start, b.start))
        for source, held in left.items()
        for a in held
        for b in right.get(source, ())
    )


def characters(quoted: Sequence[Located], gold: Sequence[Located]) -> PRF:
    """Precision, recall and F1 over characters."""
    one, two = union(quoted), union(gold)
    return prf(shared(one, two), size(one), size(two))


def words(quoted: Sequence[tuple[Located, str]], gold: Sequence[tuple[Located, str]]) -> PRF:
    """The same over words: runs of letters, digits and underscore, known by where they stand."""
    one, two = _words(quoted), _words(gold)
    return prf(len(one & two), len(one), len(two))


def _words(spans: Sequence[tuple[Located, str]]) -> set[tuple[str, int, int]]:
    return {
        (source, span.start + match.start(), span.start + match.end())
        for (source, span), text in spans
        for match in _WORD.finditer(text)
    }


def prf(both: int, predicted: int, gold: int) -> PRF:
    """From counts: what is shared, what was predicted, what should have been."""
    if not predicted and not gold:
        return PRF(1.0, 1.0, 1.0)
    if not predicted or not gold:
        return PRF(0.0, 0.0, 0.0)
    return PRF(both / predicted, both / gold, 2 * both / (predicted + gold))


def iou_f1(quoted: Sequence[Located], gold: Sequence[Located], least: float = 0.5) -> float:
    """F1 over whole spans: a match shares at least ``least`` of the union of the two (ERASER,
    DeYoung et al. 2020). Precision counts quotes, recall gold places; gold spans that overlap are
    readings of one place, found when one of them is matched.
    """
    ours, theirs = set(quoted), set(gold)
    if not ours or not theirs:
        return float(not ours and not theirs)
    places = union(theirs)
    hit_quotes = sum(any(_iou(q, g) >= least for g in theirs) for q in ours)
    matched = {g for g in theirs if any(_iou(q, g) >= least for q in ours)}
    count = sum(len(held) for held in places.values())
    found = sum(
        any(source == s and place.contains(span) for s, span in matched)
        for source, held in places.items()
        for place in held
    )
    precision, recall = hit_quotes / len(ours), found / count
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _iou(one: Located, two: Located) -> float:
    if one[0] != two[0]:
        return 0.0
    both = max(0, min(one[1].end, two[1].end) - max(one[1].start, two[1].start))
    return both / (len(one[1]) + len(two[1]) - both)


def hits(quote: Located, gold: Sequence[Located]) -> bool:
    """Whether the quote overlaps a gold span in the gold place."""
    return any(quote[0] == source and quote[1].overlaps(span) for source, span in gold)


def over_quoting(quoted: Sequence[Located], gold: Sequence[Located]) -> float | None:
    """Characters quoted for each gold character (1 is as long as the gold); None without gold."""
    needed = size(union(gold))
    return size(union(quoted)) / needed if needed else None
