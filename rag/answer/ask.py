"""The road of one question: retrieve, read, compose, verify.

Nothing here knows a library: a question is put to ``Parts``, the store and the models that answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath

from rag.answer.abstain import abstain
from rag.answer.compose import compose
from rag.answer.restated import restates, without
from rag.answer.same import words
from rag.answer.verify import verify
from rag.errors import LibraryError, UsageError
from rag.progress import Progress, Report, silent
from rag.protocols import Embedder, PassageText, Reader, Reading, Segmenter, Store
from rag.retrieve import retrieve
from rag.segment import context, readable
from rag.segment import sentences as sentences_of
from rag.settings import Settings
from rag.types import (
    CANDIDATES,
    Answer,
    Hit,
    Place,
    Provenance,
    Quote,
    Result,
    Searched,
    Sentence,
    Skipped,
    Source,
    Understanding,
)

MAX_QUESTION = 2_000  # characters; beyond it a text is a document, and no model reads it whole
EVERY = 50  # quotes at most where every passage that answers was asked for
# Share of the reader's own threshold: below it nothing came near, and no candidate is shown.
NEAR = 0.2
SAME_WORDS_DEPTH = 16  # passages looked at first for the words of a quote
SAME_WORDS_QUERY = 400  # characters of a quote that are searched for elsewhere


@dataclass(frozen=True, slots=True)
class Parts:
    """What answers a question. version: of the program, for the answer's provenance."""

    store: Store
    embedder: Embedder
    reader: Reader
    segmenter: Segmenter
    settings: Settings
    version: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is to be read, with what was asked for: see ``Library.ask``.

    history: the earlier questions, oldest first, for the record; what is taken over from them is in
    ``understanding``. within: ids of the sources to search, None for all.
    """

    understanding: Understanding
    history: tuple[str, ...] = ()
    within: frozenset[str] | None = None
    limit: int | None = None
    threshold: float | None = None
    every: bool = False


def checked(question: str) -> str:
    """Return the question without outer white space. UsageError when it cannot be asked."""
    text = question.strip()
    if not any(c.isalnum() for c in text):
        raise UsageError("the question is empty; ask in words")
    if len(text) > MAX_QUESTION:
        raise UsageError(
            f"the question has {len(text):,} characters; ask in at most {MAX_QUESTION:,}"
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageError(f"the question holds a lone surrogate at {error.start}") from None
    return text


def ask(parts: Parts, asked: Question, *, report: Report = silent) -> Result:
    """Answer a question from one state of the store. Raises as ``Library.ask`` says."""
    understood = replace(asked.understanding, question=checked(asked.understanding.question))
    settings = _settings(parts.settings, asked)
    with parts.store.reading():
        report(Progress("searching", 0, None))
        hits = find(parts.store, parts.embedder, understood, within=asked.within, settings=settings)
        report(Progress("reading", 0, len(hits)))
        rows = _read(parts, understood, hits)
        report(Progress("checking", 0, None))
        result = _result(parts, asked, understood, rows, settings)
        verify(result, parts.store.source)
    return result


def find(
    store: Store,
    embedder: Embedder,
    understood: Understanding,
    *,
    within: frozenset[str] | None,
    settings: Settings,
) -> tuple[Hit, ...]:
    """The passages nearest to a question, best first, at most ``settings.read_passages``."""
    return retrieve(
        store,
        embedder,
        understood.question,
        settings=settings,
        within=within,
        also=understood.queries,
        likely=understood.likely,
    )


def searched(store: Store, within: frozenset[str] | None) -> Searched:
    """What a question would be put to now: all sources, or those with the ids ``within``."""
    sources, passages = store.counts(within)
    return Searched(
        sources=sources,
        passages=passages,
        unreadable=store.unreadable(),
        skipped=_by_suffix(store.skipped()),
        unfinished=store.unfinished(),
        filters=tuple(sorted(within)) if within is not None else (),
    )


def _by_suffix(skipped: Sequence[str]) -> tuple[Skipped, ...]:
    """How many files of each kind are not read, the commonest kind first."""
    counts = Counter(PurePosixPath(id).suffix.lower() for id in skipped)
    return tuple(Skipped(suffix, count) for suffix, count in counts.most_common())


def _settings(settings: Settings, asked: Question) -> Settings:
    """The library's settings with what this question asks for in their place."""
    if asked.every:
        settings = replace(settings, limit=EVERY, close=0.0)
    limit = settings.limit if asked.limit is None else asked.limit
    if asked.threshold is not None:
        settings = replace(settings, threshold=asked.threshold, threshold_reader=None)
    return replace(settings, limit=limit)


def passage_text(hit: Hit, sentences: Sequence[Sentence]) -> PassageText:
    """Return what a reader sees of a hit: context apart, offsets from the passage's start."""
    source, span = hit.passage.source, hit.passage.span
    inner = [s.inner for s in sentences if s.inner is not None and not s.heading]
    # The headings over the first sentence: a passage may open with some of them.
    headings = source.heading_path(inner[0].start if inner else span.start)
    return PassageText(
        text=readable(hit.passage, sentences),
        sentences=tuple(s.shift(-span.start) for s in inner),
        heading=" > ".join((*headings, *context(source, span))),
        prior=hit.score,
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A hit with its sentences and what the reader says of it."""

    hit: Hit
    sentences: tuple[Sentence, ...]
    reading: Reading


def _read(parts: Parts, understood: Understanding, hits: Sequence[Hit]) -> tuple[_Row, ...]:
    """Read the hits; the likeliest to answer comes first, equals in the order they were found."""
    if not hits:
        return ()
    sentences = [sentences_of(hit.passage, parts.segmenter) for hit in hits]
    passages = [passage_text(h, s) for h, s in zip(hits, sentences, strict=True)]
    readings = parts.reader.read(understood.understood, passages)
    if understood.shown:
        readings = tuple(map(partial(_not_restated, understood.shown), passages, readings))
    rows = map(_Row, hits, sentences, readings)
    return tuple(sorted(rows, key=lambda row: -row.reading.score))


def _not_restated(shown: Sequence[str], passage: PassageText, reading: Reading) -> Reading:
    """The reading less the sentences that only say again what was shown."""
    texts = (passage.text[span.start : span.end] for span in passage.sentences)
    return without(reading, [restates(text, shown) for text in texts])


def _quotes(
    parts: Parts,
    understood: Understanding,
    rows: Sequence[_Row],
    settings: Settings,
    within: frozenset[str] | None,
) -> tuple[Quote, ...]:
    """Compose what was read; () when no quote reaches the threshold."""
    return compose(
        understood.question,
        [row.hit for row in rows],
        [row.reading for row in rows],
        [row.sentences for row in rows],
        limit=settings.limit,
        threshold=threshold_of(parts.reader, settings),
        calibrated=parts.reader.calibrated,
        close=settings.close,
        candidates=lambda place: _same_words_in(parts.store, place, within),
        paragraph=lambda source, offset: _paragraph_at(parts.store, source, offset),
    )


def _candidates(
    parts: Parts,
    understood: Understanding,
    rows: Sequence[_Row],
    settings: Settings,
    within: frozenset[str] | None,
) -> tuple[Quote, ...]:
    """The closest quotes where none is sure enough; () when nothing came near."""
    least = NEAR * parts.reader.threshold
    if max((row.reading.probability for row in rows), default=0.0) < least:
        return ()
    limit = min(CANDIDATES, settings.limit)
    loose = replace(settings, limit=limit, close=0.0, threshold=0.0, threshold_reader=None)
    return _quotes(parts, understood, rows, loose, within)


def _paragraph_at(store: Store, source: Source, offset: int) -> int:
    """The number of the paragraph that a code point of a source lies in."""
    passages = store.passages(source.id)
    return max((p for p in passages if p.span.start <= offset), key=lambda p: p.index).paragraph


def threshold_of(reader: Reader, settings: Settings) -> float:
    """The least probability of an answer: the one asked for, the library's, or the reader's.

    Raises LibraryError when the library's was chosen with another reader, whose probabilities mean
    something else.
    """
    if settings.threshold is None:
        return reader.threshold
    chosen_with = settings.threshold_reader
    if chosen_with not in (None, reader.name):
        raise LibraryError(
            f"the library's threshold was chosen with {chosen_with}, but this reader is "
            f"{reader.name}: choose it again (rag calibrate GOLD), drop it "
            "(rag calibrate --forget) or give one with the question"
        )
    return settings.threshold


def _same_words_in(store: Store, place: Place, within: frozenset[str] | None) -> Iterator[Source]:
    """Sources whose passages hold the words of a place, found through the word index.

    Looks deeper as long as the deepest passage found still has them, so that text repeated in
    every source is found in every source.
    """
    wanted = words(place.text)
    seen: set[str] = set()
    depth, looked = SAME_WORDS_DEPTH, 0
    while True:
        found = store.search_words(place.text[:SAME_WORDS_QUERY], depth, within=within)
        passages = store.passages_by_key([scored.key for scored in found[looked:]])
        having = [p for p in passages if _contains(words(p.text), wanted)]
        for passage in having:
            if passage.source.id not in seen:
                seen.add(passage.source.id)
                yield passage.source
        if len(found) < depth or not having or having[-1] is not passages[-1]:
            return
        depth, looked = depth * 4, len(found)


def _contains(all_words: Sequence[str], wanted: Sequence[str]) -> bool:
    return f" {' '.join(wanted)} " in f" {' '.join(all_words)} "


def _result(
    parts: Parts,
    asked: Question,
    understood: Understanding,
    rows: Sequence[_Row],
    settings: Settings,
) -> Result:
    hits = tuple(row.hit for row in rows)
    quotes = _quotes(parts, understood, rows, settings, asked.within)
    scope = searched(parts.store, asked.within)
    provenance = Provenance(
        embedder=parts.store.embedder,
        reader=parts.reader.name,
        segmenter=parts.segmenter.name,
        library=parts.version,
        generation=parts.store.generation,
        settings=replace(settings, threshold=threshold_of(parts.reader, settings)).pairs(),
    )
    if not quotes:
        return abstain(
            understood.question,
            scope,
            hits,
            candidates=_candidates(parts, understood, rows, settings, asked.within),
            unknown_words=parts.store.unknown_words(understood.question),
            provenance=provenance,
            history=asked.history,
            carried=understood.carried,
        )
    return Answer(
        question=understood.question,
        quotes=quotes,
        hits=hits,
        searched=scope,
        provenance=provenance,
        history=asked.history,
        carried=understood.carried,
    )
