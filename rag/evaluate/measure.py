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

from rag.evaluate.metrics import METRICS, Sample
from rag.evaluate.metrics.metric import Floats
from rag.evaluate.metrics.quotes import best_hits
from rag.evaluate.metrics.sampling import RESAMPLES, Estimate, mean
from rag.evaluate.records import QuestionRecord

STATISTIC_RESAMPLES = 200  # a statistic costs a sort per resample, and these settle two digits


def per_question(row: QuestionRecord) -> dict[str, float]:
    """Every metric of one question that can be averaged; a metric not about it is left out."""
    values = {name: metric.of(row) for name, metric in METRICS.items() if metric.of is not None}
    return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Measured:
    """values: metric -> (n,) per question, NaN where it is not about one; sample: the rest."""

    values: Mapping[str, Floats]
    sample: Sample


def table(rows: Sequence[Mapping[str, float]]) -> dict[str, Floats]:
    """Rows of values as columns, NaN where a row lacks a name; names in order of first use."""
    names = dict.fromkeys(name for values in rows for name in values)
    return {name: np.array([values.get(name, nan) for values in rows]) for name in names}


def measure(rows: Sequence[QuestionRecord]) -> Measured:
    """All values of the rows."""
    return Measured(table([per_question(row) for row in rows]), sample_of(rows))


def sample_of(rows: Sequence[QuestionRecord]) -> Sample:
    """What statistics over the rows are computed from."""
    return Sample(
        abstained=np.array([row.kind == "abstention" for row in rows], dtype=bool),
        answerable=np.array([bool(row.gold) for row in rows], dtype=bool),
        score=np.array([-np.inf if row.score is None else row.score for row in rows], dtype=float),
        right=np.array([best_hits(row) for row in rows], dtype=bool),
        confidence=np.array([_confidence(row) for row in rows], dtype=float),
        ms=np.array([nan if row.ms is None else row.ms for row in rows], dtype=float),
    )


def _confidence(row: QuestionRecord) -> float:
    quote = row.best
    return nan if quote is None or quote.confidence is None else quote.confidence


def statistics(sample: Sample) -> dict[str, float]:
    """Metrics that are no mean over questions, where they are defined."""
    values = {name: m.over(sample) for name, m in METRICS.items() if m.over is not None}
    return {name: value for name, value in values.items() if value is not None}


def resampled(size: int, seed: int, resamples: int = STATISTIC_RESAMPLES) -> NDArray[np.intp]:
    """(resamples, size) indices of questions drawn with replacement; no rows of an empty set."""
    shape = (resamples if size else 0, size)
    return np.random.default_rng(seed).integers(0, max(size, 1), size=shape)


def summarise(
    rows: Sequence[QuestionRecord], *, seed: int, resamples: int = RESAMPLES
) -> dict[str, Estimate]:
    """Every metric with its 95 % interval, in order of printing."""
    return estimates(measure(rows), seed=seed, resamples=resamples)


def estimates(measured: Measured, *, seed: int, resamples: int = RESAMPLES) -> dict[str, Estimate]:
    """The same from values already measured."""
    sample = measured.sample
    means = {
        name: mean(values, seed=seed, resamples=resamples)
        for name, values in measured.values.items()
    }
    result = {name: estimate for name, estimate in means.items() if estimate is not None}
    indices = resampled(sample.score.size, seed, min(resamples, STATISTIC_RESAMPLES))
    drawn = [statistics(sample.at(index)) for index in indices]
    for name, value in statistics(sample).items():
        seen = [values[name] for values in drawn if name in values] or [value]
        low, high = np.percentile(seen, [2.5, 97.5])
        result[name] = Estimate(value, float(low), float(high), sample.score.size)
    return {name: result[name] for name in METRICS if name in result}


def by_tag(rows: Sequence[QuestionRecord]) -> dict[str, list[QuestionRecord]]:
    """Rows of each tag, most frequent first; a row stands under each of its tags."""
    groups: dict[str, list[QuestionRecord]] = {}
    for row in rows:
        for tag in row.tags:
            groups.setdefault(tag, []).append(row)
    return dict(sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])))
