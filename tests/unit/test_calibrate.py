"""Choosing a threshold: as much as the precision allows, and honest about what was held out."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import GoldError, UsageError
from rag.evaluate.calibrate import calibrate, choose

pairs = st.lists(st.tuples(st.integers(0, 20).map(lambda n: n / 20), st.booleans()), min_size=1)


@settings(max_examples=80)
@given(pairs, st.sampled_from([0.5, 0.8, 0.9, 1.0]))
def test_the_choice_reaches_the_precision_and_answers_most(
    held: list[tuple[float, bool]], wanted: float
) -> None:
    scores, right = [s for s, _ in held], [r for _, r in held]
    best = 0
    for threshold in set(scores):
        shown = [r for s, r in held if s >= threshold]
        if sum(shown) / len(shown) >= wanted:
            best = max(best, len(shown))
    found = choose(scores, right, wanted)
    if found is None:
        assert best == 0
        return
    shown = [r for s, r in held if s >= found]
    assert len(shown) == best
    assert sum(shown) / len(shown) >= wanted


def sample(count: int, seed: int) -> tuple[list[str], list[float], list[bool]]:
    """Questions whose score is the true chance of being right."""
    draw = random.Random(seed)
    scores = [draw.random() for _ in range(count)]
    return [f"q{n}" for n in range(count)], scores, [draw.random() < s for s in scores]


def test_held_out_precision_is_near_what_was_wanted() -> None:
    ids, scores, right = sample(3000, 1)
    found = calibrate(ids, scores, right, wanted=0.8)
    # Scores are true chances: answering above t has precision (1 + t) / 2.
    assert found.threshold == pytest.approx(0.6, abs=0.07)
    assert found.precision == pytest.approx(0.8, abs=0.03)
    assert found.fitted_precision >= 0.8
    assert found.coverage == pytest.approx(0.4, abs=0.07)
    assert len(found.folds) == 5


def test_the_order_of_the_file_has_no_say() -> None:
    ids, scores, right = sample(200, 2)
    one = calibrate(ids, scores, right, wanted=0.7)
    turned = calibrate(ids[::-1], scores[::-1], right[::-1], wanted=0.7)
    assert (one.threshold, one.precision) == (turned.threshold, turned.precision)


def test_held_out_figures_differ_from_the_flattering_ones() -> None:
    draw = random.Random(5)
    ids = [f"q{n}" for n in range(60)]
    scores, right = [draw.random() for _ in ids], [draw.random() < 0.5 for _ in ids]
    found = calibrate(ids, scores, right, wanted=0.6)
    assert found.fitted_precision >= 0.6
    assert found.precision is not None
    assert found.precision < found.fitted_precision


def test_questions_nothing_was_read_for_are_never_answered() -> None:
    ids, scores, right = sample(100, 3)
    unread = [None if n % 10 == 0 else s for n, s in enumerate(scores)]
    found = calibrate(ids, unread, [r and n % 10 != 0 for n, r in enumerate(right)], wanted=0.5)
    assert 0 <= found.threshold <= 1
    assert all(0 <= threshold <= 1 for threshold, _, _ in found.steps())


def test_wishes_that_cannot_be_met() -> None:
    ids, scores, _ = sample(50, 4)
    with pytest.raises(
        GoldError, match=r"no threshold reaches a precision of 90%.* the best is 0\.0%"
    ):
        calibrate(ids, scores, [False] * 50, wanted=0.9)
    with pytest.raises(GoldError, match="19 questions are too few"):
        calibrate(ids[:19], scores[:19], [True] * 19, wanted=0.9)
    with pytest.raises(UsageError, match=r"\(0, 1\]"):
        calibrate(ids, scores, [True] * 50, wanted=1.5)
