"""Ranking metrics with the names and definitions of ir_measures (trec_eval).

ranking: ids, best first, each once. relevant: id -> grade >= 1; ids that no search can return (a
lost source) belong in it, they lower recall.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from math import log2
from typing import TypeVar

from rag.evaluate.metrics.metric import Metric
from rag.evaluate.records import QuestionRecord

Id = TypeVar("Id", bound=Hashable)


def recall(ranking: Sequence[Id], relevant: Mapping[Id, int], k: int) -> float:
    """``R@k``: share of the relevant ids among the first ``k``. ValueError if none is relevant."""
    _check(relevant)
    return len(set(ranking[:k]) & set(relevant)) / len(relevant)


def success(ranking: Sequence[Id], relevant: Mapping[Id, int], k: int) -> float:
    """``Success@k``: 1.0 when a relevant id is among the first ``k``."""
    _check(relevant)
    return float(any(id in relevant for id in ranking[:k]))


def reciprocal_rank(ranking: Sequence[Id], relevant: Mapping[Id, int], k: int = 10) -> float:
    """``RR@k``: one over the rank of the first relevant id, 0.0 past ``k``."""
    _check(relevant)
    for rank, id in enumerate(ranking[:k], start=1):
        if id in relevant:
            return 1.0 / rank
    return 0.0


def ndcg(ranking: Sequence[Id], relevant: Mapping[Id, int], k: int = 10) -> float:
    """``nDCG@k`` with the grade itself as gain and log2 discount (Jarvelin and Kekalainen 2002)."""
    _check(relevant)
    gain = sum(relevant.get(id, 0) / log2(rank + 1) for rank, id in enumerate(ranking[:k], start=1))
    best = sorted(relevant.values(), reverse=True)[:k]
    ideal = sum(grade / log2(rank + 1) for rank, grade in enumerate(best, start=1))
    return gain / ideal


def _check(relevant: Mapping[Id, int]) -> None:
    if not relevant:
        raise ValueError("a ranking metric needs at least one relevant id")
    if min(relevant.values()) < 1:
        raise ValueError("grades of relevant ids are 1 or more")


def _ranked(
    measure: Callable[[Sequence[int], Mapping[int, int], int], float], k: int
) -> Callable[[QuestionRecord], float | None]:
    """A ranking metric of a question; None where the gold set names nothing to find."""

    def of(row: QuestionRecord) -> float | None:
        return measure([id for id, _ in row.hits], row.relevant, k) if row.relevant else None

    return of


_TREC = "trec_eval, as in ir_measures"
METRICS = (
    *(
        Metric(
            f"R@{k}",
            "Retrieval",
            "gold passages ranked first" if k == 1 else f"gold passages among the first {k}",
            _TREC,
            of=_ranked(recall, k),
        )
        for k in (1, 5, 10, 20)
    ),
    Metric(
        "Success@5", "Retrieval", "a gold passage among the first 5", _TREC, _ranked(success, 5)
    ),
    Metric(
        "RR@10",
        "Retrieval",
        "reciprocal rank of the first gold passage",
        _TREC,
        of=_ranked(reciprocal_rank, 10),
    ),
    Metric(
        "nDCG@10",
        "Retrieval",
        "ranking quality of the first 10",
        "Järvelin and Kekäläinen 2002, as in trec_eval",
        of=_ranked(ndcg, 10),
    ),
)
