"""The road of one question: retrieve, read, compose, verify.

Nothing here knows a library: a question is put to ``Parts``, the store and the models that answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from rag.answer.abstain import abstain
from rag.answer.compose import compose
from rag.answer.parts import joined
from rag.answer.reading import READ_ON, Row, fitting, read_rows
from rag.answer.same import words
from rag.answer.spelling import respelled
from rag.answer.verify import verify
from rag.errors import LibraryError, UsageError
from rag.progress import Progress, Report, silent
from rag.protocols import Embedder, Reader, Segmenter, Store
from rag.retrieve import retrieve
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
    Skipped,
    Source,
    Understanding,
)

MAX_QUESTION = 2_000  # characters; beyond it a text is a document, and no model reads it whole
EVERY = 50  # quotes at most where every passage that answers was asked for
# Share of the threshold of a reader whose confidence was not fitted: below it nothing came near.
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
    question = checked(asked.understanding.question)
    settings = _settings(parts.settings, asked)
    several = asked.understanding.parts
    with parts.store.reading():
        if several:
            each = [_of_part(parts, asked, part, settings, report) for part in several]
            result = joined(question, each, settings.limit)
        else:
            result = _of_part(parts, asked, asked.understanding, settings, report)
        verify(result, parts.store.source)
    return result


def _of_part(
    parts: Parts, asked: Question, part: Understanding, settings: Settings, report: Report
) -> Result:
    """The result of a question that asks one thing."""
    question = checked(part.question)
    respelt, notes = respelled(parts.store, parts.embedder, question)
    understood = fitting(parts.reader, replace(part, question=respelt))
    report(Progress("searching", 0, None))
    first = settings.read_passages
    more = replace(settings, read_passages=READ_ON * first)
    hits = find(parts.store, parts.embedder, understood, within=asked.within, settings=more)
    report(Progress("reading", 0, len(hits)))
    sure = own_threshold(parts.reader)
    rows = read_rows(parts.reader, parts.segmenter, understood, hits, first=first, sure=sure)
    report(Progress("checking", 0, None))
    result = _result(parts, asked, understood, rows, settings)
    return replace(result, question=question, notes=notes)


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
        meant=understood.understood,
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


def _quotes(
    parts: Parts,
    understood: Understanding,
    rows: Sequence[Row],
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
    rows: Sequence[Row],
    settings: Settings,
    within: frozenset[str] | None,
) -> tuple[Quote, ...]:
    """The closest quotes where none is sure enough; () when nothing came near."""
    fitted = parts.reader.confidence
    least = NEAR * own_threshold(parts.reader) if fitted is None else fitted.near
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
    """The least probability of an answer: the one asked for, the library's, or the reader's own.

    Raises LibraryError when the library's was chosen with another reader, whose probabilities mean
    something else.
    """
    if settings.threshold is None:
        return own_threshold(reader)
    chosen_with = settings.threshold_reader
    if chosen_with not in (None, reader.name):
        raise LibraryError(
            f"the library's threshold was chosen with {chosen_with}, but this reader is "
            f"{reader.name}: choose it again (rag calibrate GOLD), drop it "
            "(rag calibrate --forget) or give one with the question"
        )
    return settings.threshold


def own_threshold(reader: Reader) -> float:
    """The least probability of an answer that a reader was fitted with."""
    return reader.threshold if reader.confidence is None else reader.confidence.threshold


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
    rows: Sequence[Row],
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
