"""Intervals cover, tests find what is there and not what is not, seeds decide everything."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest

from rag.evaluate.metrics.sampling import mean, paired


def test_a_mean_leaves_out_questions_it_is_not_about() -> None:
    found = mean(np.array([1.0, nan, 0.0, 1.0, nan]), seed=1)
    assert found is not None
    assert found.value == pytest.approx(2 / 3)
    assert found.count == 3
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0
    assert mean(np.array([nan, nan]), seed=1) is None


def test_the_interval_has_the_width_that_theory_gives() -> None:
    values = (np.arange(400) % 2).astype(float)
    found = mean(values, seed=5)
    assert found is not None
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.5 / 20, rel=0.1)
    assert found == mean(values, seed=5)
    assert found != mean(values, seed=6)


def test_the_interval_covers_the_truth_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for trial in range(200):
        found = mean((rng.random(120) < 0.3).astype(float), seed=trial, resamples=400)
        assert found is not None
        covered += found.low <= 0.3 <= found.high
    assert 180 <= covered <= 199


def test_paired_difference_by_hand() -> None:
    a = np.array([0.0, 1.0, 0.0, 1.0, nan, 0.5])
    b = np.array([1.0, 1.0, 1.0, 0.0, 1.0, 0.5])
    found = paired(a, b, seed=2)
    assert found is not None
    assert found.value == pytest.approx(0.2)
    assert (found.wins, found.ties, found.losses) == (2, 2, 1)
    # Signs of 3 differences: |sum| >= 1 in all 8 flips.
    assert found.p == 1.0


def test_randomisation_equals_counting_all_flips() -> None:
    a, b = np.zeros(10), np.array([1.0] * 9 + [-1.0])
    exact = sum(abs(10 - 2 * (n).bit_count()) >= 8 for n in range(1024)) / 1024
    found = paired(a, b, seed=4)
    assert found is not None
    assert found.p == pytest.approx(exact, abs=0.006)


def test_no_difference_and_a_clear_one() -> None:
    rng = np.random.default_rng(9)
    base = (rng.random(300) < 0.5).astype(float)
    other = rng.permutation(base)
    none, clear = paired(base, other, seed=1), paired(base, np.ones(300), seed=1)
    assert none is not None
    assert none.p > 0.05
    assert none.low < 0 < none.high
    assert clear is not None
    assert clear.p < 0.001
    assert clear.low > 0
    same = paired(base, base, seed=1)
    assert same is not None
    assert same.p == 1.0
    assert same.value == 0.0
