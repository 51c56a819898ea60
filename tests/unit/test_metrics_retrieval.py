"""Ranking metrics equal ir_measures on a thousand random runs, and behave as rates."""

from __future__ import annotations

import random

import ir_measures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import RR, R, Success, nDCG

from rag.evaluate.metrics.retrieval import ndcg, recall, reciprocal_rank, success

OURS = {
    R @ 1: lambda run, rel: recall(run, rel, 1),
    R @ 5: lambda run, rel: recall(run, rel, 5),
    R @ 10: lambda run, rel: recall(run, rel, 10),
    Success @ 1: lambda run, rel: success(run, rel, 1),
    Success @ 10: lambda run, rel: success(run, rel, 10),
    RR @ 10: lambda run, rel: reciprocal_rank(run, rel, 10),
    nDCG @ 10: lambda run, rel: ndcg(run, rel, 10),
}


def random_runs(count: int) -> tuple[dict[str, dict[str, int]], dict[str, list[str]]]:
    draw = random.Random(20)
    qrels, runs = {}, {}
    for number in range(count):
        documents = [f"d{n}" for n in range(draw.randint(1, 40))]
        relevant = draw.sample(documents, draw.randint(1, min(12, len(documents))))
        qrels[f"q{number}"] = {d: draw.randint(1, 3) for d in relevant}
        runs[f"q{number}"] = draw.sample(documents, draw.randint(1, len(documents)))
    return qrels, runs


def test_every_metric_equals_the_reference_on_1000_random_runs() -> None:
    qrels, runs = random_runs(1000)
    scored = {q: {d: float(len(run) - n) for n, d in enumerate(run)} for q, run in runs.items()}
    checked = 0
    for theirs in ir_measures.iter_calc(list(OURS), qrels, scored):
        ours = OURS[theirs.measure](runs[theirs.query_id], qrels[theirs.query_id])
        assert ours == pytest.approx(theirs.value, abs=1e-9), theirs
        checked += 1
    assert checked == 1000 * len(OURS)


def test_the_comparison_can_fail() -> None:
    qrels, runs = random_runs(50)
    scored = {q: {d: float(len(run) - n) for n, d in enumerate(run)} for q, run in runs.items()}
    reversed_runs = {q: list(reversed(run)) for q, run in runs.items()}
    theirs = {m.query_id: m.value for m in ir_measures.iter_calc([nDCG @ 10], qrels, scored)}
    assert any(ndcg(reversed_runs[q], qrels[q]) != pytest.approx(v) for q, v in theirs.items())


ids = st.integers(0, 15)
rankings = st.lists(ids, unique=True, max_size=12)
grades = st.dictionaries(ids, st.integers(1, 3), min_size=1, max_size=8)


@settings(max_examples=60)
@given(rankings, grades, st.integers(1, 12))
def test_rates_lie_within_0_and_1_and_a_lost_source_lowers_recall(
    ranking: list[int], relevant: dict[int, int], k: int
) -> None:
    for value in (
        recall(ranking, relevant, k),
        success(ranking, relevant, k),
        reciprocal_rank(ranking, relevant, k),
        ndcg(ranking, relevant, k),
    ):
        assert 0.0 <= value <= 1.0
    with_lost = relevant | {-1: 1}
    if recall(ranking, relevant, k):
        assert recall(ranking, with_lost, k) < recall(ranking, relevant, k)
    assert ndcg(ranking, with_lost, k) <= ndcg(ranking, relevant, k) + 1e-12


def test_no_relevant_id_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one relevant"):
        recall([1], {}, 1)
    with pytest.raises(ValueError, match="1 or more"):
        ndcg([1], {1: 0})
