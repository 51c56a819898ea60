"""What a reader's readings put forward: the sentences that may become quotes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answer.cautions import widen_highlight
from rag.protocols import Reading
from rag.sources import WITHDRAWN
from rag.types import Hit, Passage, Sentence, Source, Span

WITHDRAWN_SHARE = 0.5  # of its probability, for a sentence that the document has withdrawn
TRUST = 0.5  # share of the greatest relevance that the sentences of the answer words must have


@dataclass(frozen=True, slots=True)
class Unit:
    """A candidate quote. best: the reading's own answer, whose probability is the reading's."""

    hit: int
    span: Span
    highlight: Span | None
    probability: float
    best: bool


def _quotable(sentences: Sequence[Sentence]) -> list[Span]:
    return [s.inner for s in sentences if s.inner is not None and not s.heading]


def candidate_units(
    hits: Sequence[Hit], readings: Sequence[Reading], sentences: Sequence[Sequence[Sentence]]
) -> list[Unit]:
    """Every candidate: the best reading's answer, then the rest, most probable first; ties go by
    the rank of the hit, then by position.
    """
    leader = max(range(len(readings)), key=lambda i: (readings[i].score, -i), default=None)
    units: list[Unit] = []
    for index, (hit, reading) in enumerate(zip(hits, readings, strict=True)):
        spans = _quotable(sentences[index])
        if len(spans) != len(reading.sentences):
            raise ValueError(
                f"passage {index}: {len(reading.sentences)} relevances for {len(spans)} sentences"
            )
        units += _of_reading(index, hit.passage, reading, spans)

    def rank(unit: Unit) -> tuple[bool, float, int, bool, Span]:
        leads = unit.hit == leader and unit.best
        return not leads, -unit.probability, unit.hit, not unit.best, unit.span

    return sorted(units, key=rank)


def _of_reading(index: int, passage: Passage, reading: Reading, spans: list[Span]) -> list[Unit]:
    """The candidates of one reading: its best one, then the other sentences."""
    source, most = passage.source, max(reading.sentences, default=0.0)
    quotable = {
        quote: relevance
        for i, relevance in enumerate(reading.sentences)
        if (quote := _answering(source, spans, i)) is not None
    }
    found = _answer(source, passage, reading, spans)
    if found is None and not quotable:
        return []
    best, highlight = found or (max(quotable, key=lambda q: (quotable[q], -q.start)), None)
    sure = found is not None or most <= 0 or quotable[best] == most
    first = reading.probability if sure else reading.probability * quotable[best] / most
    units = [Unit(index, best, highlight, first, True)]
    for span, relevance in quotable.items():
        if not best.overlaps(span) and most > 0:
            share = min(1.0, relevance / most)
            units.append(Unit(index, span, None, reading.probability * share, False))
    return [replace(u, probability=u.probability * _standing(source, u.span)) for u in units]


def _standing(source: Source, span: Span) -> float:
    """1, or ``WITHDRAWN_SHARE`` for words that are struck out, hidden or withdrawn otherwise."""
    marks = [m for m in source.marks_in(span) if m.kind in WITHDRAWN]
    return WITHDRAWN_SHARE if any(m.span.contains(span) for m in marks) else 1.0


def _answering(source: Source, spans: list[Span], i: int) -> Span | None:
    """Sentence ``i``, a question with the sentence after it, or None for a question at the end.

    A question in a source may resemble the one asked, but what answers it comes after.
    """
    if not _asks(source, spans[i]):
        return spans[i]
    if i + 1 == len(spans) or _asks(source, spans[i + 1]):
        return None
    both = Span(spans[i].start, spans[i + 1].end)
    between = source.text[spans[i].end : spans[i + 1].start]
    return None if between.strip() or crosses_page(source, both) else both


def _asks(source: Source, span: Span) -> bool:
    return source.text[span.start : span.end].rstrip("\"'”’»)]*_").endswith(("?", "？"))


def _answer(
    source: Source, passage: Passage, reading: Reading, spans: list[Span]
) -> tuple[Span, Span] | None:
    """The sentences of the answer words and the highlight in them, where they can be trusted."""
    if reading.answer is None:
        return None
    found = _around(source, reading.answer.shift(passage.span.start), spans)
    if found is None:
        return None
    pairs = zip(spans, reading.sentences, strict=True)
    own = max(relevance for span, relevance in pairs if span.overlaps(found[0]))
    if own < TRUST * max(reading.sentences):
        return None
    return found[0], widen_highlight(source, *found)


def _around(source: Source, answer: Span, spans: list[Span]) -> tuple[Span, Span] | None:
    """The sentences that ``answer`` lies in as one span, and the part of it inside them.

    An answer that runs over a page break keeps the page with the greater part.
    """
    over = [span for span in spans if span.overlaps(answer)]
    if not over:
        return None
    quote = Span(over[0].start, over[-1].end)
    if crosses_page(source, quote):
        quote = max(over, key=lambda s: min(s.end, answer.end) - max(s.start, answer.start))
    light = Span(max(quote.start, answer.start), min(quote.end, answer.end))
    text = source.text[light.start : light.end]
    blank = len(text) - len(text.lstrip())
    if blank == len(text):
        return None
    return quote, Span(light.start + blank, light.end - (len(text) - len(text.rstrip())))


def crosses_page(source: Source, span: Span) -> bool:
    """Whether a span starts on one page and ends on another."""
    return source.page_at(span.start) != source.page_at(span.end - 1)
