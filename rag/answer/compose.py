"""Readings to quotes: whole sentences, as few and as short as will do, or none.

The rule, in order:

1. Every sentence that a reader points at is a candidate. The sentences its answer words lie in have
   the reading's probability (the most relevant sentence has it instead when there are no answer
   words, or when they lie where the reader sees less than ``units.TRUST`` of the greatest
   relevance); another has that probability times its relevance over the greatest in the passage.
   A question in a source goes with the sentence after it, unless the answer words lie in it.
2. Nothing is quoted when the probability of the reading with the highest score lies below
   ``threshold``.
3. The answer of the reading with the highest score is the first quote. A further one is added, up
   to ``limit``, when its probability is at least ``threshold`` and at least ``close`` times the
   first one's, and it says something the quotes before it do not: words of its own, or the same
   from another source.
4. Neighbours that are both chosen become one quote (of ``MAX_WIDENED`` code points at most). A
   sentence that cannot be understood alone takes in the neighbour that mends it
   (``cautions.widened``); what remains is flagged.
   A list goes with the sentence that announces it (``segment.with_list``), up to a length.
5. The same words at other places become ``also`` of the quote and never a quote of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from rag.answer.cautions import MAX_WIDENED, cautions, widened
from rag.answer.same import ParagraphAt, same_kind, same_words, words
from rag.answer.units import Unit, candidate_units, crosses_page
from rag.protocols import Reading
from rag.segment import with_list
from rag.types import Also, Hit, Place, Quote, Sentence, Source, Span

NEW_WORDS = 0.34  # share of its words that a further quote from a source quoted already must add

_PARAGRAPH_END = re.compile(r"\n[ \t\r]*\n\s*(?=\S)")

Candidates = Callable[[Place], Iterable[Source]]
"""Gives the sources in which the words of a place may stand as well."""


def compose(
    question: str,
    hits: Sequence[Hit],
    readings: Sequence[Reading],
    sentences: Sequence[Sequence[Sentence]],
    *,
    limit: int,
    threshold: float,
    calibrated: bool,
    close: float = 0.8,
    candidates: Candidates | None = None,
    paragraph: ParagraphAt | None = None,
    widen: bool = True,
) -> tuple[Quote, ...]:
    """The quotes of an answer, best first; () means that none reaches the threshold.

    hits, readings and sentences go together, one each; a reading's ``sentences`` are those with an
    inner span that are no headings, in order. calibrated: whether a reading's probability is shown
    as a confidence. candidates: where the same words are looked for besides the sources of the
    hits. paragraph: the paragraph number of an offset outside the hits; without it paragraphs are
    counted by their empty lines. widen: the second half of step 4.
    Raises ValueError when the three sequences or a reading do not fit together.
    """
    if not len(hits) == len(readings) == len(sentences):
        raise ValueError(f"{len(hits)} hits, {len(readings)} readings, {len(sentences)} sentences")
    units = candidate_units(hits, readings, sentences)
    if not units or units[0].probability < threshold:
        return ()
    least = max(threshold, close * units[0].probability)
    chosen = _choose(
        question, hits, sentences, [u for u in units if u.probability >= least], limit, widen
    )
    at = _paragraphs(hits, paragraph)
    quotes = [_quote(unit, hits, sentences, calibrated, at) for unit in chosen]
    return _with_also(quotes, candidates or (lambda _: ()), hits, at)


def _choose(
    question: str,
    hits: Sequence[Hit],
    sentences: Sequence[Sequence[Sentence]],
    units: Sequence[Unit],
    limit: int,
    widen: bool,
) -> list[Unit]:
    """Steps 3 and 4: which candidates become quotes, joined and widened."""
    asked = _folded(question)
    chosen: list[Unit] = []
    for unit in units:
        source = hits[unit.hit].passage.source
        neighbour = next((c for c in chosen if _adjacent(source, c, unit, sentences)), None)
        if neighbour is not None and not _says_nothing_new(unit, chosen, hits, asked):
            joined = _joined(neighbour, unit)
            whole = replace(joined, span=with_list(source, joined.span))
            others = [c for c in chosen if c is not neighbour]
            clear = not any(_overlap(hits, whole, other) for other in others)
            chosen[chosen.index(neighbour)] = whole if clear else joined
            continue
        if len(chosen) == limit:
            continue
        unit = replace(unit, span=with_list(source, unit.span))
        if widen:
            unit = replace(unit, span=widened(source, unit.span, sentences[unit.hit]))
            unit = replace(unit, span=with_list(source, unit.span))
        if any(_overlap(hits, unit, other) for other in chosen):
            continue
        if not _says_nothing_new(unit, chosen, hits, asked):
            chosen.append(unit)
    return chosen


def _adjacent(
    source: Source, one: Unit, other: Unit, sentences: Sequence[Sequence[Sentence]]
) -> bool:
    """Whether two candidates of one passage have nothing but white space between them."""
    if one.hit != other.hit or one.span.overlaps(other.span):
        return False
    first, last = sorted((one.span, other.span))
    if source.text[first.end : last.start].strip() or last.end - first.start > MAX_WIDENED:
        return False
    return not crosses_page(source, Span(first.start, last.end))


def _joined(one: Unit, other: Unit) -> Unit:
    span = Span(min(one.span.start, other.span.start), max(one.span.end, other.span.end))
    return replace(one, span=span)


def _overlap(hits: Sequence[Hit], one: Unit, other: Unit) -> bool:
    same = hits[one.hit].passage.source.id == hits[other.hit].passage.source.id
    return same and one.span.overlaps(other.span)


def _says_nothing_new(
    unit: Unit, chosen: Sequence[Unit], hits: Sequence[Hit], asked: frozenset[str]
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


def _text(hits: Sequence[Hit], unit: Unit) -> str:
    return _slice(hits, unit, unit.span)


def _slice(hits: Sequence[Hit], unit: Unit, span: Span) -> str:
    return hits[unit.hit].passage.source.text[span.start : span.end]


def _folded(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in words(text))


def _quote(
    unit: Unit,
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
