"""Putting one gold question to a library and keeping everything the metrics need."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.answer.ask import find, threshold_of
from rag.conversation import after
from rag.evaluate.baselines import baseline_values
from rag.evaluate.catalogue import Catalogue
from rag.evaluate.gold import GoldRow, Unit
from rag.evaluate.reading_cache import OneQuery, RecordingReader
from rag.evaluate.records import QuestionRecord, QuoteRecord
from rag.types import Answer, Hit, Quote, Result, shown_quotes

if TYPE_CHECKING:
    from rag.library import Library

KEPT_HITS = 20
WARM_UP = "What is this collection about?"


class Asker:
    """A library whose reader is watched, with its passages numbered.

    cache: file of readings, None reads everything anew. threshold: None takes the library's.
    """

    def __init__(
        self,
        library: Library,
        unit: Unit,
        *,
        cache: Path | None = None,
        threshold: float | None = None,
        seed: int,
    ) -> None:
        from rag.library import Library

        self.reader = RecordingReader(library.reader, cache)
        self.library = Library(
            library.store,
            library.path,
            embedder=OneQuery(library.embedder),
            reader=self.reader,
            settings=library.settings,
        )
        self.catalogue = Catalogue(library, unit)
        self.threshold = (
            threshold_of(library.reader, library.settings) if threshold is None else threshold
        )
        self.seed = seed

    def warm_up(self) -> None:
        """Load the models, so that the first question is not timed with them."""
        with suppress(Exception):  # what is wrong here is told for each question that is asked
            self.library.ask(WARM_UP, threshold=self.threshold)

    def ask(self, row: GoldRow) -> QuestionRecord:
        """Ask; an error makes a failure, which scores 0, and never looks like an abstention."""
        gold = tuple(self.catalogue.canonical(a) for a in row.answers)
        base = QuestionRecord(
            id=row.id,
            question=row.question,
            kind="failure",
            gold=gold,
            tags=row.tags,
            relevant=self.catalogue.relevant(gold),
        )
        try:
            return self._asked(row, base)
        except Exception as error:  # noqa: BLE001 - one question must not end a run of thousands
            return replace(base, reason=f"{type(error).__name__}: {error}")

    def _asked(self, row: GoldRow, base: QuestionRecord) -> QuestionRecord:
        self.reader.forget()
        began = time.perf_counter()
        result = self.library.ask(row.question, history=row.history, threshold=self.threshold)
        ms = (time.perf_counter() - began) * 1000
        fresh = self.reader.fresh
        forced = result
        if not shown_quotes(result):
            forced = self.library.ask(row.question, history=row.history, threshold=0.0)
        hits = self._hits(row)
        first = next(iter(shown_quotes(forced)), None)
        best = None if first is None else self._quote(first)
        score = self.reader.score if best is None or best.confidence is None else best.confidence
        record = replace(
            base,
            kind="answer" if isinstance(result, Answer) else "abstention",
            quotes=self._quotes(result.quotes) if isinstance(result, Answer) else (),
            candidates=() if isinstance(result, Answer) else self._quotes(result.candidates),
            best=best,
            score=None if score is None else round(score, 6),
            hits=self.catalogue.numbers((hit, hit.score) for hit in hits)[:KEPT_HITS],
            ms=round(ms, 2) if fresh else None,
            verbatim=self._verbatim(result),
            reason="" if isinstance(result, Answer) else result.reason,
        )
        values = baseline_values(self.library, self.catalogue, record, hits, seed=self.seed)
        return replace(record, baselines=values)

    def _hits(self, row: GoldRow) -> tuple[Hit, ...]:
        """The ranking that the reader's passages are the head of, to the depth of the metrics."""
        understood = after(row.question, row.history)
        # Several passages of one source count once where sources are ranked: look deeper there.
        depth = KEPT_HITS if self.catalogue.unit == "passage" else 5 * KEPT_HITS
        settings = replace(self.library.settings, read_passages=depth)
        return find(
            self.library.store, self.library.embedder, understood, within=None, settings=settings
        )

    def _quotes(self, quotes: Sequence[Quote]) -> tuple[QuoteRecord, ...]:
        return tuple(map(self._quote, quotes))

    def _quote(self, quote: Quote) -> QuoteRecord:
        return QuoteRecord(
            source=quote.source.id,
            span=quote.span,
            text=quote.text,
            confidence=quote.confidence,
            highlight=quote.highlight,
            sentences=self._sentences(quote),
        )

    def _sentences(self, quote: Quote) -> int:
        inner = (
            s.inner
            for p in self.library.passages(quote.source.id)
            if p.span.overlaps(quote.span)
            for s in self.library.sentences(p)
        )
        return max(1, sum(1 for span in inner if span is not None and span.overlaps(quote.span)))

    def _verbatim(self, result: Result) -> bool | None:
        """Whether what leaves as JSON equals the slices of the stored sources; None: no quote."""
        from rag.render import to_json

        if not shown_quotes(result):
            return None
        sent: Mapping[str, Any] = json.loads(json.dumps(to_json(result)))
        written = sent["quotes" if isinstance(result, Answer) else "candidates"]
        if len(written) != len(shown_quotes(result)):
            return False
        return all(
            q["text"] == self.library.store.source(q["source"]["id"]).text[q["start"] : q["end"]]
            for q in written
        )
