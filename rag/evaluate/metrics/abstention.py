"""Knowing when not to answer: decisions, rankings of questions, and calibration.

score: one number per question, higher means a surer answer. right: whether the first quote that
would be shown hits the gold (never for a question without an answer).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rag.evaluate.metrics.metric import Floats, Metric, Sample


def precision(abstained: Sequence[bool], answerable: Sequence[bool]) -> float | None:
    """Share of the abstentions on questions that have no answer; None when it never abstained."""
    given = [not has for gone, has in zip(abstained, answerable, strict=True) if gone]
    return sum(given) / len(given) if given else None


def recall(abstained: Sequence[bool], answerable: Sequence[bool]) -> float | None:
    """Share of the questions without an answer that were abstained on; None without such."""
    wanted = [gone for gone, has in zip(abstained, answerable, strict=True) if not has]
    return sum(wanted) / len(wanted) if wanted else None


def auroc(scores: ArrayLike, positive: ArrayLike) -> float | None:
    """Chance that a positive outscores a negative, ties half; None if either is missing."""
    score, yes = np.asarray(scores, dtype=float), np.asarray(positive, dtype=bool)
    count, rest = int(yes.sum()), int((~yes).sum())
    if not count or not rest:
        return None
    _, place, repeats = np.unique(score, return_inverse=True, return_counts=True)
    last = np.cumsum(repeats)
    ranks = (last - (repeats - 1) / 2)[place]
    return float((ranks[yes].sum() - count * (count + 1) / 2) / (count * rest))


@dataclass(frozen=True, slots=True)
class Curve:
    """Answering only above a threshold, from the highest score down; equal scores move together.

    thresholds (m,) descending; coverage (m,): share of all questions answered at score >=
    threshold; precision (m,): share of those that are right. Risk is 1 - precision.
    """

    thresholds: Floats
    coverage: Floats
    precision: Floats


def risk_coverage(scores: ArrayLike, right: ArrayLike) -> Curve:
    """The risk-coverage curve (El-Yaniv and Wiener 2010) over every threshold that changes it."""
    score, good = np.asarray(scores, dtype=float), np.asarray(right, dtype=float)
    if not score.size:
        empty = np.empty(0)
        return Curve(empty, empty, empty)
    order = np.argsort(-score, kind="stable")
    ordered, sums = score[order], np.cumsum(good[order])
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    return Curve(ordered[ends], (ends + 1) / score.size, sums[ends] / (ends + 1))


def coverage_at(scores: ArrayLike, right: ArrayLike, wanted: float) -> float:
    """Largest share of the questions that can be answered at precision ``wanted``; 0 if none."""
    curve = risk_coverage(scores, right)
    fit = curve.coverage[curve.precision >= wanted]
    return float(fit.max()) if fit.size else 0.0


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin of confidences: how many, their mean, and the share that is right."""

    count: int
    confidence: float
    accuracy: float


def reliability(confidence: ArrayLike, right: ArrayLike, bins: int = 10) -> tuple[Bin, ...]:
    """Equal-width bins over [0, 1], empty ones left out (Guo et al. 2017)."""
    sure, good = np.asarray(confidence, dtype=float), np.asarray(right, dtype=float)
    if sure.size and (sure.min() < 0 or sure.max() > 1):
        raise ValueError("a confidence is a probability")
    at = np.minimum((sure * bins).astype(int), bins - 1)
    return tuple(
        Bin(int(held.sum()), float(sure[held].mean()), float(good[held].mean()))
        for held in (at == number for number in range(bins))
        if held.any()
    )


def expected_calibration_error(
    confidence: ArrayLike, right: ArrayLike, bins: int = 10
) -> float | None:
    """Mean gap of confidence and accuracy over the bins, weighted by count; None without any."""
    held = reliability(confidence, right, bins)
    total = sum(b.count for b in held)
    if not total:
        return None
    return sum(b.count * abs(b.confidence - b.accuracy) for b in held) / total


def _coverage_over(wanted: float) -> Callable[[Sample], float | None]:
    return lambda sample: (
        coverage_at(sample.score, sample.right, wanted) if sample.score.size else None
    )


def _calibration(sample: Sample) -> float | None:
    stated = ~np.isnan(sample.confidence)
    return expected_calibration_error(sample.confidence[stated], sample.right[stated])


METRICS = (
    Metric(
        "abstention_precision",
        "Abstention",
        "abstentions that were right",
        "over all abstentions",
        over=lambda sample: precision(sample.abstained.tolist(), sample.answerable.tolist()),
    ),
    Metric(
        "abstention_recall",
        "Abstention",
        "unanswerable questions abstained on",
        "over all questions without an answer",
        over=lambda sample: recall(sample.abstained.tolist(), sample.answerable.tolist()),
    ),
    Metric(
        "auroc",
        "Abstention",
        "score separates answerable from not",
        "Mann-Whitney U, ties half",
        over=lambda sample: auroc(sample.score, sample.answerable),
    ),
    *(
        Metric(
            f"coverage@{percent}",
            "Abstention",
            f"share answered at {percent} % precision",
            "El-Yaniv and Wiener 2010",
            over=_coverage_over(percent / 100),
        )
        for percent in (90, 95)
    ),
    Metric(
        "ece",
        "Abstention",
        "gap of confidence and accuracy",
        "ten bins of equal width, Guo et al. 2017",
        over=_calibration,
        better="less",
    ),
)
