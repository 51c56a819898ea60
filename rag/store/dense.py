"""Exact dense search over unit vectors with FAISS, made deterministic."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import LibraryError
from rag.protocols import Matrix, Scored, Vector

HALF = np.dtype("<f2")
NEAR = 1e-5  # more than float32 sums of 384 products can differ by
SLACK = 16  # rows fetched beyond k, so that ties at the edge are settled by key


def check_query(query: Vector, dim: int) -> Vector:
    """Return the query as (dim,) float32. ValueError for another shape or values not finite."""
    vector = np.ascontiguousarray(query, dtype=np.float32)
    if vector.shape != (dim,):
        raise ValueError(f"a query vector has shape ({dim},), not {vector.shape}")
    if not np.isfinite(vector).all():
        raise ValueError("a query vector holds values that are not finite")
    return vector


def check_rows(vectors: Matrix, rows: int, dim: int) -> NDArray[np.float16]:
    """Return passage vectors as stored, (rows, dim) float16. ValueError unless unit rows."""
    if vectors.shape != (rows, dim):
        raise ValueError(f"passage vectors have shape ({rows}, {dim}), not {vectors.shape}")
    if not are_unit(np.asarray(vectors, dtype=np.float32)):
        raise ValueError("a passage vector is not of unit length")
    return np.ascontiguousarray(vectors, dtype=HALF)


def are_unit(vectors: Matrix) -> bool:
    """Whether every row has length 1, to half precision (False for values not finite)."""
    norms = np.einsum("nd,nd->n", vectors, vectors)
    return bool(np.all(np.abs(norms - 1.0) < 1e-2))


def exact_scores(rows: Matrix, query: Vector) -> NDArray[np.float64]:
    """(n,) inner products, summed in float64 row by row: equal rows get equal scores.

    A matrix product may sum rows differently by their position, and ties would break by chance.
    """
    products = rows.astype(np.float64) * query.astype(np.float64)
    scores: NDArray[np.float64] = products.sum(axis=1)
    return scores


def ordered(keys: NDArray[np.int64], scores: NDArray[np.float64], k: int) -> tuple[Scored, ...]:
    """The best ``k`` as (-score, key)."""
    best = np.lexsort((keys, -scores))[:k]
    return tuple(Scored(int(keys[i]), float(scores[i])) for i in best)


@dataclass(frozen=True, slots=True)
class DenseIndex:
    """The vectors of one state of a library. Never changed: a new state gets a new index.

    keys: (n,) passage keys, ascending. numbers: (n,) the source number of each.
    """

    generation: int
    keys: NDArray[np.int64]
    numbers: NDArray[np.int64]
    index: Any
    dim: int

    @classmethod
    def build(cls, generation: int, rows: list[tuple[int, int, bytes]], dim: int) -> DenseIndex:
        """From rows (key, source number, float16 blob) by key; LibraryError when damaged."""
        faiss: Any = importlib.import_module("faiss")
        blob = b"".join(row[2] for row in rows)
        if len(blob) != len(rows) * dim * HALF.itemsize:
            raise LibraryError(
                "the library's vectors are damaged (wrong length); restore a backup, or remove "
                "the folder and run `rag index` again"
            )
        vectors = np.frombuffer(blob, dtype=HALF).reshape(len(rows), dim).astype(np.float32)
        if not are_unit(vectors):
            raise LibraryError(
                "the library's vectors are damaged (not of unit length); restore a backup, or "
                "remove the folder and run `rag index` again"
            )
        index = faiss.IndexFlatIP(dim)
        index.add(vectors)
        keys = np.fromiter((row[0] for row in rows), np.int64, len(rows))
        numbers = np.fromiter((row[1] for row in rows), np.int64, len(rows))
        return cls(generation, keys, numbers, index, dim)

    def search(self, query: Vector, k: int, within: NDArray[np.int64] | None) -> tuple[Scored, ...]:
        """The best ``min(k, n)`` by (-cosine, key); ``within``: source numbers to stay within."""
        vector = check_query(query, self.dim)
        allowed = np.isin(self.numbers, within) if within is not None else None
        count = len(self.keys) if allowed is None else int(allowed.sum())
        k = min(k, count)
        if k < 1:
            return ()
        fetch = min(k + SLACK, count)
        while True:
            rows, last_is_tied = self._nearest(vector, fetch, k, allowed)
            if fetch == count or not last_is_tied:
                break
            fetch = min(4 * fetch, count)
        scores = exact_scores(self.index.reconstruct_batch(rows), vector)
        return ordered(self.keys[rows], scores, k)

    def _nearest(
        self, vector: Vector, fetch: int, k: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], bool]:
        """Row numbers of the nearest ``fetch``, and whether the last might tie with the k-th."""
        faiss: Any = importlib.import_module("faiss")  # its types do not know the Python layer
        faiss.omp_set_num_threads(1)  # beside a busy process two threads take 20 times as long
        parameters = None
        if allowed is not None:
            selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
            parameters = faiss.SearchParameters(sel=selector)
        scores, rows = self.index.search(vector[None, :], fetch, params=parameters)
        found = rows[0] >= 0
        tied = bool(scores[0][fetch - 1] >= scores[0][k - 1] - NEAR)
        return rows[0][found], tied
