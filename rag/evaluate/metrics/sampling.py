"""Intervals and tests by resampling questions, seeded (Efron 1979; Smucker et al. 2007)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rag.errors import require
from rag.evaluate.metrics.metric import Floats

RESAMPLES = 1000
FLIPS = 10_000  # random sign flips of a test
_BLOCK = 4_000_000  # values drawn at a time


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval over resampled questions; count: how many it is about."""

    value: float
    low: float
    high: float
    count: int


def mean(values: Floats, *, seed: int, resamples: int = RESAMPLES) -> Estimate | None:
    """Mean of (n,) values, one per question; NaN marks questions the metric is not about."""
    defined = values[~np.isnan(values)]
    if not defined.size:
        return None
    low, high = _interval(defined, seed, resamples)
    return Estimate(float(defined.mean()), low, high, int(defined.size))


def _interval(values: Floats, seed: int, resamples: int) -> tuple[float, float]:
    """The 95 % percentile bootstrap of a mean."""
    if values.size == 1:
        return float(values[0]), float(values[0])
    require("scipy", "evaluation", "evaluate")
    from scipy.stats import bootstrap

    drawn = bootstrap(
        (values,),
        np.mean,
        n_resamples=resamples,
        batch=max(1, _BLOCK // values.size),
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return float(drawn.confidence_interval.low), float(drawn.confidence_interval.high)


@dataclass(frozen=True, slots=True)
class Difference:
    """B minus A over the same questions. p: two-sided, paired randomisation."""

    value: float
    low: float
    high: float
    p: float
    wins: int
    ties: int
    losses: int


def paired(a: Floats, b: Floats, *, seed: int, resamples: int = FLIPS) -> Difference | None:
    """Difference of two (n,) arrays over the questions where both are defined.

    The interval is a paired bootstrap; the test flips the sign of each difference at random and
    counts means at least as far from 0, the observed one included (all flips where they are fewer).
    """
    gap = (b - a)[~np.isnan(a) & ~np.isnan(b)]
    if not gap.size:
        return None
    low, high = _interval(gap, seed, RESAMPLES)
    wins, losses = int((gap > 0).sum()), int((gap < 0).sum())
    ties = int(gap.size) - wins - losses
    return Difference(
        float(gap.mean()),
        low,
        high,
        _chance(gap[gap != 0], seed + 1, resamples),
        wins,
        ties,
        losses,
    )


def _chance(moved: Floats, seed: int, resamples: int) -> float:
    """Two-sided p of no difference, for the differences that are not 0."""
    if moved.size < 2:
        return 1.0  # one difference is as far from 0 with either sign
    from scipy.stats import permutation_test

    tested = permutation_test(
        (moved, np.zeros_like(moved)),
        lambda x, y, axis: np.abs(np.mean(x - y, axis=axis)),
        permutation_type="samples",
        vectorized=True,
        n_resamples=resamples,
        batch=max(1, _BLOCK // moved.size),
        alternative="greater",
        rng=np.random.default_rng(seed),
    )
    return float(tested.pvalue)
