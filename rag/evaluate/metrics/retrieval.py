"""Ranking metrics with the names and definitions of ir_measures (trec_eval).

ranking: ids, best first, each once. relevant: id -> grade >= 1; ids that no search can return (a
lost source) belong in it, they lower recall.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from math import log2
from typing import TypeVar

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
