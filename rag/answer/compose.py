"""Readings to quotes: whole sentences, as few and as short as will do, or none (an abstention).

The rule, in order:

1. Every sentence that a reader points at is a candidate. The sentences its answer words lie in have
   the reading's probability (the most relevant sentence has it instead when there are no answer
   words, or when they lie where the reader sees less than ``TRUST`` of the greatest relevance);
   another sentence has that probability times its relevance over the greatest in the passage.
2. Nothing is quoted when the probability of the reading with the highest score lies below
   ``threshold``.
3. The answer of the reading with the highest score is the first quote. A further one is added, up
   to ``limit``, when its probability is at least ``threshold`` and at least ``CLOSE`` times the
   first one's, and it says something the quotes before it do not: words of its own, or the same
   from another source.
4. Neighbours that are both chosen become one quote (of ``MAX_WIDENED`` code points at most). A
   sentence that cannot be understood alone takes in the neighbour that mends it
   (``cautions.widened``); what remains is flagged.
5. The same words at other places become ``also`` of the quote and never a quote of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from rag.answer.cautions import MAX_WIDENED, cautions, widen_highlight, widened
from rag.answer.same import ParagraphAt, same_kind, same_words, words
from rag.protocols import Reading
from rag.types import Also, Hit, Passage, Place, Quote, Sentence, Source, Span

CLOSE = 0.8  # share of the best probability that a further quote must reach
TRUST = 0.5  # share of the greatest relevance that the sentences of the answer words must have
NEW_WORDS = 0.34  # share of its words that a further quote from a source quoted already must add

_PARAGRAPH_END = re.compile(r"\n[ \t\r]*\n\s*(?=\S)")

Candidates = Callable[[Place], Iterable[Source]]
"""Gives the sources in which the words of a place may stand as well."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A candidate quote. best: the reading's own answer, whose probability is the reading's."""

    hit: int
    span: Span
    highlight: Span | None
    probability: float
    best: bool


def compose(
    question: str,
    hits: Sequence[Hit],
    readings: Sequence[Reading],
    sentences: Sequence[Sequence[Sentence]],
    *,
    limit: int,
    threshold: float,
    calibrated: bool,
    candidates: Candidates | None = None,
    paragraph: ParagraphAt | None = None,
    widen: bool = True,
) -> tuple[Quote, ...]:
    """The quotes of an answer, best first; () means that the sources do not say.

    hits, readings and sentences go together, one each; a reading's ``sentences`` are those with an
    inner span that are no headings, in order. calibrated: whether a reading's probability is shown
    as a confidence. candidates: where the same words are looked for besides the sources of the
    hits. paragraph: the paragraph number of an offset outside the hits; without it paragraphs are
    counted by their empty lines. widen: the second half of step 4.
    Raises ValueError when the three sequences or a reading do not fit together.
    """
    if not len(hits) == len(readings) == len(sentences):
        raise ValueError(f"{len(hits)} hits, {len(readings)} readings, {len(sentences)} sentences")
    units = _units(hits, readings, sentences)
    if not units or units[0].probability < threshold:
        return ()
    least = max(threshold, CLOSE * units[0].probability)
    chosen = _choose(
        question, hits, sentences, [u for u in units if u.probability >= least], limit, widen
    )
    at = _paragraphs(hits, paragraph)
    quotes = [_quote(unit, hits, sentences, calibrated, at) for unit in chosen]
    return _with_also(quotes, candidates or (lambda _: ()), hits, at)


def _quotable(sentences: Sequence[Sentence]) -> list[Span]:
    return [s.inner for s in sentences if s.inner is not None and not s.heading]


def _units(
    hits: Sequence[Hit], readings: Sequence[Reading], sentences: Sequence[Sequence[Sentence]]
) -> list[_Unit]:
    """Every candidate: the best reading's answer, then the rest, most probable first; ties go by
    the rank of the hit, then by position.
    """
    leader = max(range(len(readings)), key=lambda i: (readings[i].score, -i), default=None)
    units: list[_Unit] = []
    for index, (hit, reading) in enumerate(zip(hits, readings, strict=True)):
        spans = _quotable(sentences[index])
        if len(spans) != len(reading.sentences):
            raise ValueError(
                f"passage {index}: {len(reading.sentences)} relevances for {len(spans)} sentences"
            )
        units += _units_of(index, hit.passage, reading, spans)

    def rank(unit: _Unit) -> tuple[bool, float, int, bool, Span]:
        leads = unit.hit == leader and unit.best
        return not leads, -unit.probability, unit.hit, not unit.best, unit.span

    return sorted(units, key=rank)


def _units_of(index: int, passage: Passage, reading: Reading, spans: list[Span]) -> list[_Unit]:
    if not spans:
        return []
    top = max(range(len(spans)), key=lambda j: (reading.sentences[j], -j))
    best, highlight = spans[top], None
    if reading.answer is not None:
        found = _around(passage.source, reading.answer.shift(passage.span.start), spans)
        own = [
            r
            for s, r in zip(spans, reading.sentences, strict=True)
            if found and s.overlaps(found[0])
        ]
        if found is not None and max(own) >= TRUST * reading.sentences[top]:
            best, highlight = found
            highlight = widen_highlight(passage.source, best, highlight)
    units = [_Unit(index, best, highlight, reading.probability, True)]
    most = reading.sentences[top]
    for span, relevance in zip(spans, reading.sentences, strict=True):
        if not best.overlaps(span) and most > 0:
            share = min(1.0, relevance / most)
            units.append(_Unit(index, span, None, reading.probability * share, False))
    return units


def _around(source: Source, answer: Span, spans: list[Span]) -> tuple[Span, Span] | None:
    """The sentences that ``answer`` lies in as one span, and the part of it inside them.

    An answer that runs over a page break keeps the page with the greater part.
    """
    over = [span for span in spans if span.overlaps(answer)]
    if not over:
        return None
    quote = Span(over[0].start, over[-1].end)
    if _crosses_page(source, quote):
        quote = max(over, key=lambda s: min(s.end, answer.end) - max(s.start, answer.start))
    light = Span(max(quote.start, answer.start), min(quote.end, answer.end))
    text = source.text[light.start : light.end]
    blank = len(text) - len(text.lstrip())
    if blank == len(text):
        return None
    return quote, Span(light.start + blank, light.end - (len(text) - len(text.rstrip())))


def _crosses_page(source: Source, span: Span) -> bool:
    return source.page_at(span.start) != source.page_at(span.end - 1)


def _choose(
    question: str,
    hits: Sequence[Hit],
    sentences: Sequence[Sequence[Sentence]],
    units: Sequence[_Unit],
    limit: int,
    widen: bool,
) -> list[_Unit]:
    """Steps 3 and 4: which candidates become quotes, joined and widened."""
    asked = _folded(question)
    chosen: list[_Unit] = []
    for unit in units:
        source = hits[unit.hit].passage.source
        neighbour = next((c for c in chosen if _adjacent(source, c, unit, sentences)), None)
        if neighbour is not None and not _says_nothing_new(unit, chosen, hits, asked):
            chosen[chosen.index(neighbour)] = _joined(neighbour, unit)
            continue
        if len(chosen) == limit:
            continue
        if widen:
            unit = replace(unit, span=widened(source, unit.span, sentences[unit.hit]))
        if any(_overlap(hits, unit, other) for other in chosen):
            continue
        if not _says_nothing_new(unit, chosen, hits, asked):
            chosen.append(unit)
    return chosen


def _adjacent(
    source: Source, one: _Unit, other: _Unit, sentences: Sequence[Sequence[Sentence]]
) -> bool:
    """Whether two candidates of one passage have nothing but white space between them."""
    if one.hit != other.hit or one.span.overlaps(other.span):
        return False
    first, last = sorted((one.span, other.span))
    if source.text[first.end : last.start].strip() or last.end - first.start > MAX_WIDENED:
        return False
    return not _crosses_page(source, Span(first.start, last.end))


def _joined(one: _Unit, other: _Unit) -> _Unit:
    span = Span(min(one.span.start, other.span.start), max(one.span.end, other.span.end))
    return replace(one, span=span)


def _overlap(hits: Sequence[Hit], one: _Unit, other: _Unit) -> bool:
    same = hits[one.hit].passage.source.id == hits[other.hit].passage.source.id
    return same and one.span.overlaps(other.span)


def _says_nothing_new(
    unit: _Unit, chosen: Sequence[_Unit], hits: Sequence[Hit], asked: frozenset[str]
) -> bool:
    """Whether ``unit`` repeats a quote: the same words anywhere, or little else in its source."""
    own = _text(hits, unit)
    for other in chosen:
        if same_kind(_text(hits, other), own):
            return True
    source = hits[unit.hit].passage.source.id
    before = [c for c in chosen if hits[c.hit].passage.source.id == source]
    if not before:
        return False
    if unit.highlight is not None:
        answer = _folded(_slice(hits, unit, unit.highlight))
        known = [_folded(_slice(hits, c, c.highlight)) for c in before if c.highlight is not None]
        if any(answer <= said for said in known):
            return True
    said = asked.union(*(_folded(_text(hits, c)) for c in before))
    mine = _folded(own)
    return len(mine - said) < NEW_WORDS * max(1, len(mine))


def _text(hits: Sequence[Hit], unit: _Unit) -> str:
    return _slice(hits, unit, unit.span)


def _slice(hits: Sequence[Hit], unit: _Unit, span: Span) -> str:
    return hits[unit.hit].passage.source.text[span.start : span.end]


def _folded(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in words(text))


def _quote(
    unit: _Unit,
    hits: Sequence[Hit],
    sentences: Sequence[Sequence[Sentence]],
    calibrated: bool,
    paragraph: ParagraphAt,
) -> Quote:
    source = hits[unit.hit].passage.source
    own = sentences[unit.hit]
    return Quote(
        Place(source, unit.span),
        paragraph(source, unit.span.start),
        highlight=unit.highlight,
        confidence=min(1.0, max(0.0, unit.probability)) if calibrated and unit.best else None,
        caution=cautions(source, unit.span, own),
        fragment=any(s.fragment and s.inner and s.inner.overlaps(unit.span) for s in own),
    )


def _paragraphs(hits: Sequence[Hit], elsewhere: ParagraphAt | None) -> ParagraphAt:
    """Paragraph numbers from the hits where these hold the offset, else from ``elsewhere``."""

    def at(source: Source, offset: int) -> int:
        passages = [h.passage for h in hits if h.passage.source.id == source.id]
        for passage in passages:
            if passage.span.start <= offset < passage.span.end:
                return passage.paragraph
        if elsewhere is not None:
            return elsewhere(source, offset)
        # Paragraphs end in a line break of their own followed by an empty line.
        return 1 + len(_PARAGRAPH_END.findall(source.text, 0, offset))

    return at


def _with_also(
    quotes: Sequence[Quote], candidates: Candidates, hits: Sequence[Hit], paragraph: ParagraphAt
) -> tuple[Quote, ...]:
    """Step 5. A place that overlaps another quote is that quote's, not a further place."""
    found = []
    for quote in quotes:
        sources = [quote.source, *(hit.passage.source for hit in hits), *candidates(quote.place)]
        also = [
            a
            for a in same_words(quote.place, sources, paragraph)
            if not any(_meets(a, other) for other in quotes)
        ]
        found.append(replace(quote, also=tuple(also)))
    return tuple(found)


def _meets(also: Also, quote: Quote) -> bool:
    same = also.place.source.id == quote.source.id
    return same and also.place.span.overlaps(quote.span)
