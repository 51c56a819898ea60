"""Intervals and tests by resampling questions, seeded (Efron 1979; Smucker et al. 2007)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RESAMPLES = 1000
_BLOCK = 4_000_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval over resampled questions; count: how many it is about."""

    value: float
    low: float
    high: float
    count: int


def draws(n: int, resamples: int, seed: int) -> Iterator[NDArray[np.intp]]:
    """Index arrays (m, n) of questions drawn with replacement, ``resamples`` rows in all."""
    rng = np.random.default_rng(seed)
    step = max(1, _BLOCK // max(n, 1))
    for start in range(0, resamples, step):
        yield rng.integers(0, n, size=(min(step, resamples - start), n))


def mean(values: Floats, *, seed: int, resamples: int = RESAMPLES) -> Estimate | None:
    """Mean of (n,) values, one per question; NaN marks questions the metric is not about."""
    held = values[~np.isnan(values)]
    if not held.size:
        return None
    means = np.concatenate([held[at].mean(axis=1) for at in draws(held.size, resamples, seed)])
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(float(held.mean()), float(low), float(high), int(held.size))


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


def paired(a: Floats, b: Floats, *, seed: int, resamples: int = 10_000) -> Difference | None:
    """Difference of two (n,) arrays over the questions where both are defined.

    The interval is a paired bootstrap; the test flips the sign of each difference at random and
    counts means at least as far from 0, the observed one included.
    """
    gap = (b - a)[~np.isnan(a) & ~np.isnan(b)]
    if not gap.size:
        return None
    means = np.concatenate([gap[at].mean(axis=1) for at in draws(gap.size, 1000, seed)])
    low, high = np.percentile(means, [2.5, 97.5])
    rng = np.random.default_rng(seed + 1)
    moving = gap[gap != 0]
    observed, extreme, done = abs(gap.sum()) - 1e-12, 1, 0
    while done < resamples and moving.size:
        step = min(resamples - done, max(1, _BLOCK // moving.size))
        signs = rng.integers(0, 2, size=(step, moving.size), dtype=np.int8) * 2 - 1
        extreme += int((np.abs(signs @ moving) >= observed).sum())
        done += step
    p = extreme / (done + 1) if moving.size else 1.0
    wins, losses = int((gap > 0).sum()), int((gap < 0).sum())
    return Difference(
        float(gap.mean()), float(low), float(high), p, wins, int(gap.size) - wins - losses, losses
    )
