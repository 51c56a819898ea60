"""From a run's records to numbers: values per question, then means and statistics with intervals.

The gold set fixes the denominator: a failure scores 0 in everything and is neither an answer nor
an abstention.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from rag.evaluate.metrics import abstention, answers, quotes, retrieval
from rag.evaluate.metrics.sampling import RESAMPLES, Estimate, mean
from rag.evaluate.records import QuestionRecord

DEPTHS = (1, 5, 10, 20)
Floats = NDArray[np.float64]


def per_question(row: QuestionRecord) -> dict[str, float]:
    """Every metric of one question that can be averaged; a metric not about it is left out."""
    out = _retrieval(row) | _answer(row) | _quotes(row)
    if row.verbatim is not None:
        out["verbatim"] = float(row.verbatim)
    out["failures"] = float(row.kind == "failure")
    return out


def _retrieval(row: QuestionRecord) -> dict[str, float]:
    if not row.relevant:
        return {}
    ranking = [id for id, _ in row.hits]
    out = {f"R@{k}": retrieval.recall(ranking, row.relevant, k) for k in DEPTHS}
    out |= {f"Success@{k}": retrieval.success(ranking, row.relevant, k) for k in DEPTHS}
    out["RR@10"] = retrieval.reciprocal_rank(ranking, row.relevant, 10)
    out["nDCG@10"] = retrieval.ndcg(ranking, row.relevant, 10)
    return out


def _answer(row: QuestionRecord) -> dict[str, float]:
    if _judges_documents(row):
        return {}
    golds = [a.text for a in row.gold]
    predicted = row.quotes[0].prediction if row.quotes else ""
    failed = row.kind == "failure"
    exact = 0.0 if failed else answers.exact(predicted, golds)
    overlap = 0.0 if failed else answers.f1(predicted, golds)
    group = "HasAns" if row.gold else "NoAns"
    return {
        "exact": exact,
        "f1": overlap,
        f"{group}_exact": exact,
        f"{group}_f1": overlap,
    }


def _quotes(row: QuestionRecord) -> dict[str, float]:
    quoted = [(q.source, q.span) for q in row.quotes]
    gold = [(a.source, a.span) for a in row.gold]
    first = bool(quoted) and quotes.hits(quoted[0], gold)
    out: dict[str, float] = {}
    if row.gold:
        out["first_quote_hit"] = float(first)
        out["first_quote_hit_lenient"] = float(
            first or (bool(quoted) and _lenient(row.quotes[0].text, row))
        )
        out["best_quote_hit"] = float(best_is_right(row))
        out["any_quote_hit"] = float(any(quotes.hits(q, gold) for q in quoted))
    if quoted:
        out["answer_precision"] = float(first)
        out["quote_chars"] = sum(len(q.text) for q in row.quotes) / len(quoted)
        out["quote_words"] = sum(len(q.text.split()) for q in row.quotes) / len(quoted)
        out["quote_sentences"] = sum(q.sentences for q in row.quotes) / len(quoted)
    if not _judges_documents(row):
        out |= _coverage(row, quoted, gold)
    return out


def _judges_documents(row: QuestionRecord) -> bool:
    """Whether the gold names whole documents, so that neither words nor lengths compare."""
    return bool(row.gold) and not any(a.text for a in row.gold)


def _coverage(
    row: QuestionRecord, quoted: list[quotes.Located], gold: list[quotes.Located]
) -> dict[str, float]:
    failed = row.kind == "failure"
    chars = words = quotes.PRF(0.0, 0.0, 0.0)
    if not failed:
        chars = quotes.characters(quoted, gold)
        words = quotes.words(
            [((q.source, q.span), q.text) for q in row.quotes],
            [((a.source, a.span), a.text) for a in row.gold],
        )
    out = {"iou_f1@.5": 0.0 if failed else quotes.iou_f1(quoted, gold)}
    for unit, value in (("chars", chars), ("words", words)):
        out[f"quote_precision_{unit}"] = value.precision
        out[f"quote_recall_{unit}"] = value.recall
        out[f"quote_f1_{unit}"] = value.f1
    ratio = quotes.over_quoting(quoted, gold) if quoted else None
    return out if ratio is None else out | {"over_quoting": ratio}


def _lenient(text: str, row: QuestionRecord) -> bool:
    return any(answers.occurs(a.text, text) for a in row.gold)


def best_is_right(row: QuestionRecord) -> bool:
    """Whether the first quote, had there been no threshold, hits the gold."""
    if row.best is None or row.kind == "failure":
        return False
    return quotes.hits((row.best.source, row.best.span), [(a.source, a.span) for a in row.gold])


@dataclass(frozen=True, slots=True)
class Measured:
    """Values per question, (n,) each with NaN where a metric is not about a question, and what is
    needed for the statistics of abstention. score: -inf where nothing was read.
    """

    values: Mapping[str, Floats]
    abstained: NDArray[np.bool_]
    answerable: NDArray[np.bool_]
    score: Floats
    right: NDArray[np.bool_]
    confidence: Floats
    ms: Floats


def table(found: Sequence[Mapping[str, float]]) -> dict[str, Floats]:
    """Rows of values as columns, NaN where a row lacks a name; names in order of first use."""
    names = dict.fromkeys(name for values in found for name in values)
    return {name: np.array([values.get(name, nan) for values in found]) for name in names}


def measure(rows: Sequence[QuestionRecord]) -> Measured:
    """All values of the rows."""
    return Measured(
        values=table([per_question(row) for row in rows]),
        abstained=np.array([row.kind == "abstention" for row in rows], dtype=bool),
        answerable=np.array([bool(row.gold) for row in rows], dtype=bool),
        score=np.array([-np.inf if row.score is None else row.score for row in rows], dtype=float),
        right=np.array([best_is_right(row) for row in rows], dtype=bool),
        confidence=np.array([_confidence(row) for row in rows], dtype=float),
        ms=np.array([nan if row.ms is None else row.ms for row in rows], dtype=float),
    )


def _confidence(row: QuestionRecord) -> float:
    quote = row.best
    return nan if quote is None or quote.confidence is None else quote.confidence


def statistics(held: Measured, at: NDArray[np.intp] | None = None) -> dict[str, float]:
    """Metrics that are no mean over questions, over the questions ``at`` (all when None)."""
    index = np.arange(held.score.size) if at is None else at
    gone, has = held.abstained[index], held.answerable[index]
    score, right = held.score[index], held.right[index]
    sure = held.confidence[index]
    given = ~np.isnan(sure)
    found = {
        "abstention_precision": abstention.precision(gone.tolist(), has.tolist()),
        "abstention_recall": abstention.recall(gone.tolist(), has.tolist()),
        "auroc": abstention.auroc(score, has),
        "coverage@90": abstention.coverage_at(score, right, 0.90) if score.size else None,
        "coverage@95": abstention.coverage_at(score, right, 0.95) if score.size else None,
        "ece": abstention.expected_calibration_error(sure[given], right[given]),
    }
    timed = held.ms[index][~np.isnan(held.ms[index])]
    if timed.size:
        for point in (50, 95, 99):
            found[f"ms_p{point}"] = float(np.percentile(timed, point))
    return {name: value for name, value in found.items() if value is not None}


def summarise(
    rows: Sequence[QuestionRecord], *, seed: int, resamples: int = RESAMPLES
) -> dict[str, Estimate]:
    """Every metric with its interval, in order of printing."""
    held = measure(rows)
    return estimates(held, seed=seed, resamples=resamples)


def estimates(held: Measured, *, seed: int, resamples: int = RESAMPLES) -> dict[str, Estimate]:
    """The same from values already measured."""
    out: dict[str, Estimate] = {}
    for name, values in held.values.items():
        found = mean(values, seed=seed, resamples=resamples)
        if found is not None:
            out[name] = found
    # Cheaper intervals: a statistic costs a sort per resample, and 200 settle two digits.
    drawn = [statistics(held, at) for at in _indices(held.score.size, min(resamples, 200), seed)]
    for name, value in statistics(held).items():
        seen = [d[name] for d in drawn if name in d] or [value]
        low, high = np.percentile(seen, [2.5, 97.5])
        out[name] = Estimate(value, float(low), float(high), held.score.size)
    return out


def _indices(n: int, resamples: int, seed: int) -> NDArray[np.intp]:
    return np.random.default_rng(seed).integers(0, max(n, 1), size=(resamples if n else 0, n))


def by_tag(rows: Sequence[QuestionRecord]) -> dict[str, list[QuestionRecord]]:
    """Rows of each tag, most frequent first; a row stands under each of its tags."""
    found: dict[str, list[QuestionRecord]] = {}
    for row in rows:
        for tag in row.tags:
            found.setdefault(tag, []).append(row)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))
