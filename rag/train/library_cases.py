"""Calibration cases from a gold set with texts of its own, searched as a library is.

Questions of another kind than SQuAD's, which repeat the words of their paragraph, keep the fit from
trusting the search too much. Follow-ups are read with the terms they carry, as in use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from rag.answer.ask import find, passage_text
from rag.conversation import after
from rag.train.calibrate_reader import Case
from rag.train.followup import develop
from rag.types import Span

if TYPE_CHECKING:
    from rag.evaluate.gold import GoldAnswer, GoldRow
    from rag.library import Library
    from rag.progress import Report
    from rag.types import Passage


def gold_cases(path: Path, count: int, k: int, report: Report) -> list[Case]:
    """Cases of the first ``count`` answerable questions, by SHA-256 of their id, on the sources
    whose name has an even SHA-256; the other half is left for reports.
    """
    from rag.evaluate.formats import read_gold
    from rag.evaluate.throwaway import throwaway_library

    gold = read_gold(path)
    rows = tuple(row for row in gold.rows if row.answers and all(map(_even, row.answers)))
    library, _ = throwaway_library(gold, progress=report)
    with library:
        return library_cases(library, replace(gold, rows=rows).first(count), k)


def library_cases(library: Library, rows: Sequence[GoldRow], k: int) -> list[Case]:
    """One case per question over the best ``k`` passages of a library; for every second question
    the sources that answer it are left out of the search.
    """
    everything = frozenset(source.id for source in library.sources())
    cases = []
    for number, row in enumerate(rows):
        home = {answer.source for answer in row.answers}
        understood = after(row.question, row.history)
        within = everything - home if number % 2 else None
        hits = find(
            library.store, library.embedder, understood, within=within, settings=library.settings
        )[:k]
        passages = tuple(passage_text(hit, library.sentences(hit.passage)) for hit in hits)
        if not any(passage.sentences for passage in passages):
            continue  # headings alone: there is nothing to choose from
        gold = tuple(_inside(row.answers, hit.passage) for hit in hits)
        cases.append(Case(understood.understood, passages, gold))
    return cases


def _even(answer: GoldAnswer) -> bool:
    return develop(unquote(answer.source.removesuffix(".txt")))


def _inside(answers: Sequence[GoldAnswer], passage: Passage) -> tuple[Span, ...]:
    """The parts of the answers that lie in a passage, in its offsets."""
    start, end = passage.span.start, passage.span.end
    return tuple(
        Span(max(a.span.start, start) - start, min(a.span.end, end) - start)
        for a in answers
        if a.source == passage.source.id and a.span.overlaps(passage.span)
    )
