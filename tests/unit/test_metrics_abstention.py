"""Abstention metrics against scikit-learn and brute force."""

from __future__ import annotations

import random

import numpy as np
import pytest

from rag.evaluate.metrics.abstention import (
    auroc,
    coverage_at,
    expected_calibration_error,
    precision,
    recall,
    reliability,
    risk_coverage,
)


def random_scores(seed: int) -> tuple[list[float], list[bool]]:
    draw = random.Random(seed)
    n = draw.randint(2, 40)
    # One decimal, so that ties are common.
    return [round(draw.random(), 1) for _ in range(n)], [draw.random() < 0.4 for _ in range(n)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_auroc_equals_the_reference_on_1000_random_runs() -> None:
    from sklearn.metrics import roc_auc_score

    compared = 0
    for seed in range(1000):
        scores, positive = random_scores(seed)
        ours = auroc(scores, positive)
        if len(set(positive)) == 1:
            assert ours is None
            continue
        assert ours == pytest.approx(roc_auc_score(positive, scores), abs=1e-12)
        compared += 1
    assert compared > 900


def test_coverage_equals_a_search_over_all_thresholds() -> None:
    for seed in range(300):
        scores, right = random_scores(seed)
        for wanted in (0.5, 0.9):
            best = 0.0
            for threshold in set(scores):
                shown = [r for s, r in zip(scores, right, strict=True) if s >= threshold]
                if sum(shown) / len(shown) >= wanted:
                    best = max(best, len(shown) / len(scores))
            assert coverage_at(scores, right, wanted) == pytest.approx(best)


def test_equal_scores_move_together() -> None:
    curve = risk_coverage([0.9, 0.5, 0.5, 0.1], [True, True, False, False])
    assert curve.thresholds.tolist() == [0.9, 0.5, 0.1]
    assert curve.coverage.tolist() == [0.25, 0.75, 1.0]
    assert curve.precision.tolist() == pytest.approx([1.0, 2 / 3, 0.5])
    assert coverage_at([], [], 0.9) == 0.0


def test_decisions() -> None:
    abstained, answerable = [True, True, False, False], [False, True, False, True]
    assert precision(abstained, answerable) == 0.5
    assert recall(abstained, answerable) == 0.5
    assert precision([False], [True]) is None
    assert recall([False], [True]) is None


def test_calibration_error_by_hand() -> None:
    confidence = [0.95, 0.91, 0.15, 1.0]
    right = [True, False, False, True]
    bins = reliability(confidence, right)
    assert [b.count for b in bins] == [1, 3]
    want = (1 * abs(0.15 - 0) + 3 * abs(np.mean([0.95, 0.91, 1.0]) - 2 / 3)) / 4
    assert expected_calibration_error(confidence, right) == pytest.approx(want)
    assert expected_calibration_error([], []) is None
    with pytest.raises(ValueError, match="probability"):
        reliability([1.2], [True])


def test_a_perfectly_calibrated_reader_has_no_error() -> None:
    confidence = [0.25] * 4 + [0.75] * 4
    right = [True, False, False, False, True, True, True, False]
    assert expected_calibration_error(confidence, right) == 0.0
