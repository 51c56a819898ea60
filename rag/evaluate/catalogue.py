"""The passages of a library under fixed numbers, so that runs stay small and comparable."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.evaluate.gold import GoldAnswer, Unit
from rag.types import Hit, Span, digest

if TYPE_CHECKING:
    from rag.library import Library


class Catalogue:
    """Numbers for sources and passages: sources by id, passages in order within each."""

    def __init__(self, library: Library, unit: Unit) -> None:
        records = sorted(library.sources(), key=lambda record: record.id)
        self.unit: Unit = unit
        self.sources = tuple(record.id for record in records)
        self.corpus_digest = digest("\n".join(f"{r.id}\t{r.sha256}" for r in records))
        self._canonical = {a: r.id for r in records for a in r.aliases}
        self._position = {id: n for n, id in enumerate(self.sources)}
        self.passages: tuple[tuple[int, int, int], ...] = tuple(
            (n, p.span.start, p.span.end)
            for n, id in enumerate(self.sources)
            for p in library.passages(id)
        )

    def canonical(self, answer: GoldAnswer) -> GoldAnswer:
        """The answer in the source that stands for all files with the same bytes."""
        return replace(answer, source=self._canonical.get(answer.source, answer.source))

    def number(self, hit: Hit) -> int:
        """The number of a hit: of its passage, or of its source where that is the unit."""
        source = self._position[hit.passage.source.id]
        if self.unit == "source":
            return source
        return bisect_left(self.passages, (source, hit.passage.span.start, 0))

    def numbers(self, hits: Iterable[tuple[Hit, float]]) -> tuple[tuple[int, float], ...]:
        """(number, score) in order; of a source found several times the first counts."""
        found: dict[int, float] = {}
        for hit, score in hits:
            found.setdefault(self.number(hit), score)
        return tuple((id, round(score, 6)) for id, score in found.items())

    def relevant(self, gold: Iterable[GoldAnswer]) -> dict[int, int]:
        """Number -> grade of what holds a gold span; a lost place has a negative number."""
        found: dict[int, int] = {}
        for place, answer in enumerate(gold, start=1):
            for id in self._holding(answer) or (-place,):
                found[id] = max(answer.grade, found.get(id, 0))
        return found

    def _holding(self, answer: GoldAnswer) -> tuple[int, ...]:
        source = self._position.get(answer.source)
        if source is None:
            return ()
        return (source,) if self.unit == "source" else self.overlapping(answer.source, answer.span)

    def overlapping(self, source: str, span: Span) -> tuple[int, ...]:
        """Numbers of the passages of ``source`` that share a character with ``span``."""
        position = self._position[source]
        first = max(0, bisect_right(self.passages, (position, span.start, 1 << 62)) - 1)
        last = bisect_left(self.passages, (position, span.end, 0))
        return tuple(
            n
            for n in range(first, last)
            if self.passages[n][0] == position and self.passages[n][2] > span.start
        )

    def place(self, number: int) -> tuple[str, Span]:
        """Source id and span of a passage."""
        source, start, end = self.passages[number]
        return self.sources[source], Span(start, end)
