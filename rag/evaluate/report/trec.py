"""TREC files: a run and its judgements, for trec_eval, ir_measures and the like.

Ids must hold no white space: a passage is ``source:start-end`` with the source percent-encoded.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from rag.evaluate.records import QuestionRecord, Run


def run_lines(run: Run, tag: str = "rag") -> Iterator[str]:
    """``query Q0 document rank score tag``, best first; scores fall so that ties keep our order."""
    for row in run.rows:
        for rank, (number, _) in enumerate(row.hits, start=1):
            # trec_eval ranks by score and breaks ties by id: the rank itself is the safe score.
            score = len(row.hits) - rank + 1
            yield f"{_safe(row.id)} Q0 {name(run, row, number)} {rank} {score} {tag}"


def qrels_lines(run: Run) -> Iterator[str]:
    """``query 0 document grade``; what the library lost stays in, it can never be found."""
    for row in run.rows:
        for number, grade in row.relevant.items():
            yield f"{_safe(row.id)} 0 {name(run, row, number)} {grade}"


def name(run: Run, row: QuestionRecord, number: int) -> str:
    """The id of a passage (or source) of the run."""
    if number < 0:
        place = row.gold[-number - 1]
        return f"lost:{_safe(place.source)}:{place.span.start}-{place.span.end}"
    if run.header.unit == "source":
        return _safe(run.sources[number])
    source, start, end = run.passages[number]
    return f"{_safe(run.sources[source])}:{start}-{end}"


def _safe(text: str) -> str:
    return quote(text, safe="/:@-_.~")
