"""Calibration cases: questions put to a library as in use, with what was read for them.

For every second question that has an answer the sources that answer it are left out of the search,
so that half of what a reader is fitted on cannot be answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.answer.ask import find
from rag.answer.reading import passage_text
from rag.conversation import after
from rag.train.held_out import of_its_document
from rag.types import Span

if TYPE_CHECKING:
    from rag.evaluate.gold import GoldAnswer, GoldRow
    from rag.library import Library
    from rag.protocols import PassageText
    from rag.types import Hit, Passage


@dataclass(frozen=True, slots=True)
class Case:
    """A question as understood and the passages read for it. gold: per passage, the spans that
    answer, in its offsets. there: whether the library that was searched holds the answer.
    """

    question: str
    hits: tuple[Hit, ...]
    passages: tuple[PassageText, ...]
    gold: tuple[tuple[Span, ...], ...]
    there: bool


def library_cases(library: Library, rows: Sequence[GoldRow], *, one: bool) -> Iterator[Case]:
    """One case per question over what is read for it. one: it is asked of its own source alone,
    and nothing is left out.
    """
    everything = frozenset(source.id for source in library.sources())
    for number, row in enumerate(rows):
        home = {answer.source for answer in row.answers}
        removed = bool(home) and not one and number % 2 == 1
        within = of_its_document(row) if one else everything - home if removed else None
        understood = after(row.question, row.history)
        hits = find(
            library.store, library.embedder, understood, within=within, settings=library.settings
        )
        passages = tuple(passage_text(hit, library.sentences(hit.passage)) for hit in hits)
        if not any(passage.sentences for passage in passages):
            continue  # headings alone: there is nothing to choose from
        gold = tuple(_inside(row.answers, hit.passage) for hit in hits)
        yield Case(understood.understood, hits, passages, gold, bool(home) and not removed)


def _inside(answers: Sequence[GoldAnswer], passage: Passage) -> tuple[Span, ...]:
    """The parts of the answers that lie in a passage, in its offsets."""
    start, end = passage.span.start, passage.span.end
    return tuple(
        Span(max(a.span.start, start) - start, min(a.span.end, end) - start)
        for a in answers
        if a.source == passage.source.id and a.span.overlaps(passage.span)
    )
