"""Exact dense search over unit vectors with FAISS, made deterministic."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import LibraryError
from rag.protocols import Matrix, Scored, Vector

HALF = np.dtype("<f2")
NEAR = 1e-5  # more than float32 sums of 384 products can differ by
FEW = 4096  # rows that may come or go before an index is built anew, whatever its size
SHARE = 0.1  # of the rows, likewise
ADVICE = "`rag doctor --repair` and `rag index` make them again"
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


Rows = Sequence[tuple[int, int, bytes]]
"""(passage key, source number, vector as stored), by key."""


@dataclass(frozen=True, slots=True)
class DenseIndex:
    """The vectors of one state of a library. Never changed: a new state gets a new index.

    keys: (n,) passage keys, ascending. numbers: (n,) the source number of each. index: a FAISS
    index of the first rows. later: (m, dim) vectors of the m last rows, which came after it was
    built. alive: (n,) which rows are there.
    """

    generation: int
    keys: NDArray[np.int64]
    numbers: NDArray[np.int64]
    index: Any
    later: Matrix
    alive: NDArray[np.bool_]
    dim: int

    @classmethod
    def build(cls, generation: int, rows: Rows, dim: int) -> DenseIndex:
        """From all rows. LibraryError when a vector is damaged."""
        faiss: Any = importlib.import_module("faiss")
        index = faiss.IndexFlatIP(dim)
        index.add(_vectors(rows, dim))
        keys, numbers = _numbered(rows)
        later = np.empty((0, dim), dtype=np.float32)
        return cls(generation, keys, numbers, index, later, np.ones(len(rows), bool), dim)

    @property
    def last(self) -> int:
        """The highest key there was, 0 for none."""
        return int(self.keys[-1]) if len(self.keys) else 0

    @property
    def count(self) -> int:
        """How many passages can be found."""
        return int(self.alive.sum())

    def changed(
        self, generation: int, added: Rows, left: NDArray[np.int64] | None
    ) -> DenseIndex | None:
        """The index of another state; None when so much changed that one is built anew.

        added: the rows with keys above ``last``. left: the keys up to ``last`` that are still
        there, None for all. What costs time grows with the change, not with the library.
        """
        keys, numbers = _numbered(added)
        alive = self.alive if left is None else np.isin(self.keys, left)
        if left is not None and int(alive.sum()) != len(left):
            return None  # a vector came back under an old key
        later, dead = len(self.later) + len(added), len(alive) - int(alive.sum())
        if max(later, dead) > max(FEW, SHARE * len(self.keys)):
            return None
        return DenseIndex(
            generation,
            np.concatenate([self.keys, keys]),
            np.concatenate([self.numbers, numbers]),
            self.index,
            np.concatenate([self.later, _vectors(added, self.dim)]),
            np.concatenate([alive, np.ones(len(added), bool)]),
            self.dim,
        )

    def search(self, query: Vector, k: int, within: NDArray[np.int64] | None) -> tuple[Scored, ...]:
        """The best ``min(k, n)`` by (-cosine, key); ``within``: source numbers to stay within."""
        vector = check_query(query, self.dim)
        allowed = self.alive if within is None else self.alive & np.isin(self.numbers, within)
        k = min(k, int(allowed.sum()))
        if k < 1:
            return ()
        built = len(self.keys) - len(self.later)
        rows = self._nearest_rows(vector, k, allowed[:built])
        scores = exact_scores(self.index.reconstruct_batch(rows), vector)
        new = np.flatnonzero(allowed[built:])
        scores = np.concatenate([scores, exact_scores(self.later[new], vector)])
        return ordered(self.keys[np.concatenate([rows, built + new])], scores, k)

    def _nearest_rows(
        self, vector: Vector, k: int, allowed: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Row numbers in the FAISS index of the best ``k`` or fewer, and of all that may tie."""
        count = int(allowed.sum())
        k = min(k, count)
        if k < 1:
            return np.empty(0, dtype=np.int64)
        fetch = min(k + SLACK, count)
        while True:
            rows, last_is_tied = self._nearest(vector, fetch, k, allowed)
            if fetch == count or not last_is_tied:
                return rows
            fetch = min(4 * fetch, count)

    def cosines(self, query: Vector, keys: Sequence[int]) -> tuple[float, ...]:
        """Cosine similarity of these passages, in the order given. KeyError for an unknown key."""
        vector = check_query(query, self.dim)
        wanted = np.asarray(keys, dtype=np.int64)
        rows = np.searchsorted(self.keys, wanted)
        known = self.keys[np.minimum(rows, len(self.keys) - 1)] == wanted if len(self.keys) else ()
        if not np.all(known) or (len(wanted) and not len(self.keys)):
            raise KeyError(f"no vector of one of the passages {list(keys)}")
        if not len(wanted):
            return ()
        return tuple(exact_scores(self.index.reconstruct_batch(rows), vector).tolist())

    def _nearest(
        self, vector: Vector, fetch: int, k: int, allowed: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], bool]:
        """Row numbers of the nearest ``fetch``, and whether the last might tie with the k-th."""
        faiss: Any = importlib.import_module("faiss")  # its types do not know the Python layer
        faiss.omp_set_num_threads(1)  # beside a busy process two threads take 20 times as long
        parameters = None
        if not allowed.all():
            selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
            parameters = faiss.SearchParameters(sel=selector)
        scores, rows = self.index.search(vector[None, :], fetch, params=parameters)
        hits = rows[0] >= 0
        tied = bool(scores[0][fetch - 1] >= scores[0][k - 1] - NEAR)
        return rows[0][hits], tied


def _numbered(rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keys and source numbers of rows."""
    keys = np.fromiter((row[0] for row in rows), np.int64, len(rows))
    return keys, np.fromiter((row[1] for row in rows), np.int64, len(rows))


def _vectors(rows: Rows, dim: int) -> Matrix:
    """(n, dim) float32 of rows. LibraryError when one is damaged."""
    blob = b"".join(row[2] for row in rows if isinstance(row[2], bytes))
    if len(blob) != len(rows) * dim * HALF.itemsize:
        raise LibraryError(f"the library's vectors are damaged (wrong length); {ADVICE}")
    vectors = np.frombuffer(blob, dtype=HALF).reshape(len(rows), dim).astype(np.float32)
    if not are_unit(vectors):
        raise LibraryError(f"the library's vectors are damaged (not of unit length); {ADVICE}")
    return vectors
