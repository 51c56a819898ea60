"""What each of the three outcomes is worth: answers, unsure candidates, silence."""

from __future__ import annotations

from collections.abc import Callable

from rag.evaluate.metrics.metric import Metric
from rag.evaluate.metrics.quotes import hits
from rag.evaluate.records import QuestionRecord, QuoteRecord

_SHOWN = "quotes of an answer or candidates; overlap with a gold span in the gold source"


def _right(row: QuestionRecord, quote: QuoteRecord) -> bool:
    return hits((quote.source, quote.span), [(a.source, a.span) for a in row.gold])


def _about(
    outcome: str | None, value: Callable[[QuestionRecord], bool], *, gold: bool | None = None
) -> Callable[[QuestionRecord], float | None]:
    """``value`` where a question has this outcome (None: any but a failure) and a gold or none."""

    def of(row: QuestionRecord) -> float | None:
        fits = row.outcome == outcome if outcome else True
        return float(value(row)) if fits and gold in (None, bool(row.gold)) else None

    return of


def _any_right(row: QuestionRecord) -> bool:
    return any(_right(row, quote) for quote in (*row.quotes, *row.candidates))


def _first_right(row: QuestionRecord) -> bool:
    return any(_right(row, quote) for quote in (*row.quotes, *row.candidates)[:1])


METRICS = (
    Metric(
        "first_shown_hit",
        "Outcomes",
        "the first quote or candidate overlaps the gold",
        _SHOWN,
        of=_about(None, _first_right, gold=True),
    ),
    Metric(
        "any_shown_hit",
        "Outcomes",
        "some quote or candidate overlaps the gold",
        _SHOWN,
        of=_about(None, _any_right, gold=True),
    ),
    Metric(
        "unsure_hit",
        "Outcomes",
        "unsure answers to answerable questions whose candidates hold the gold",
        _SHOWN,
        of=_about("unsure", _any_right, gold=True),
    ),
    Metric(
        "silent_precision",
        "Outcomes",
        "silent answers to questions that have none",
        "over all silent answers",
        of=_about("silent", lambda row: not row.gold),
    ),
    Metric(
        "silent_recall",
        "Outcomes",
        "questions without an answer met with silence",
        "over all questions without an answer",
        of=_about(None, lambda row: row.outcome == "silent", gold=False),
    ),
)
