"""What a reader's readings put forward: the sentences that may become quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answer.cautions import MAX_WIDENED, widen_highlight
from rag.protocols import Reading
from rag.sources import WITHDRAWN
from rag.types import Hit, Passage, Sentence, Source, Span

WITHDRAWN_SHARE = 0.5  # of its probability, for a sentence that the document has withdrawn
_ITEM = re.compile(r"\s*(?:[-*•–+|]|\(?\d{1,3}[.)]|\(?[a-z][.)])[ \t]")
_LINK = r"(?:!?\[[^\]\n]*\]\([^)\n]*\)|<?https?://\S+>?)"
_LINKS = re.compile(rf"\s*(?:[-*•+]\s+|\d+[.)]\s+)?{_LINK}(?:[\s,;|·.]*{_LINK})*[\s.]*")
_LABEL = re.compile(r"\s*(?:[-*•+]\s+)?(\*\*|__)[^*_.!?\n]{1,60}\1[\s:]*")  # bold, no sentence
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
    """Sentence ``i`` with what it needs to say something, or None where that is not there.

    A question takes in the sentence after it: it may resemble the one asked, but what answers it
    comes after. A lead-in that ends in a colon takes in its items. Links and labels alone say
    nothing.
    """
    text = source.text[spans[i].start : spans[i].end]
    if _LINKS.fullmatch(text) or _LABEL.fullmatch(text):
        return None
    if _asks(source, spans[i]):
        if i + 1 == len(spans) or _asks(source, spans[i + 1]):
            return None
        last = i + 1
    elif text.rstrip("*_ ").endswith((":", "：")):
        last = _last_item(source, spans, i)
        if last == i:
            return None
    else:
        return spans[i]
    whole = Span(spans[i].start, spans[last].end)
    between = source.text[spans[i].end : spans[i + 1].start]
    return None if between.strip() or crosses_page(source, whole) else whole


def _last_item(source: Source, spans: list[Span], lead: int) -> int:
    """The last sentence of the list that a lead-in opens, as far as a quote may reach; where no
    list follows, the sentence after it; the lead-in itself at the passage's end.
    """
    last = lead
    for i in range(lead + 1, len(spans)):
        span = spans[i]
        if span.end - spans[lead].start > MAX_WIDENED:
            break
        line = source.text[source.text.rfind("\n", 0, span.start) + 1 : span.end]
        if i > lead + 1 and not _ITEM.match(line):
            break
        last = i
    return last


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
    quote: Span | None = found[0]
    if found[0] in spans and not _asks(source, found[0]):
        quote = _answering(source, spans, spans.index(found[0]))
    return None if quote is None else (quote, widen_highlight(source, quote, found[1]))


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
