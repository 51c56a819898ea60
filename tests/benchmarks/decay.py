"""Recall against the size of the collection: paragraphs of SQuAD train, the same questions in each.

    python -m tests.benchmarks decay --data FOLDER [--sizes 1000 5000 18896]

The smallest collection holds the paragraph of every question; the larger ones add paragraphs that
answer none of them. Vectors are kept, so that a second run only searches. Embedding all 18,896
paragraphs takes minutes to a quarter of an hour on two cores.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from rag.embed import load_embedder
from rag.embed.embedder import SentenceEmbedder
from rag.evaluate.machine import commit, machine, versions
from rag.evaluate.metrics.retrieval import recall, reciprocal_rank
from rag.protocols import Scored, Vector
from rag.retrieve import hits as retrieve
from rag.settings import Settings
from rag.store.sqlite import SqliteStore
from rag.types import digest
from tests.benchmarks.collections import Collection, Question, _json, _squad
from tests.benchmarks.index import build
from tests.benchmarks.results import Result, write
from tests.benchmarks.retrieval import CACHE
from tests.benchmarks.vectors import VectorCache

SIZES = (1_000, 5_000, 18_896)
QUESTIONS = 2_000
DEPTHS = (1, 5, 10, 20)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure every size and file the results."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks decay", description=__doc__)
    default = Path(os.environ.get("RAG_BENCHMARK_DATA", "data"))
    parser.add_argument("--data", type=Path, default=default)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    parser.add_argument("--dry-run", action="store_true", help="print, but file nothing")
    args = parser.parse_args(argv)
    embedder = load_embedder()
    if not isinstance(embedder, SentenceEmbedder):
        raise SystemExit("the curve is drawn with a sentence-transformers model")
    cache = VectorCache(embedder, CACHE)
    articles = _json(args.data / "squad" / "train-v1.1.json.xz")["data"]
    whole = _squad("squad-train", articles)
    for size in args.sizes:
        sized = sample(whole, size, min(args.sizes), args.questions)
        for result in measured(sized, cache):
            print(result.set, result.method, dict(result.metrics))
            if not args.dry_run:
                write(result)
    return 0


def sample(whole: Collection, size: int, smallest: int, questions: int) -> Collection:
    """``size`` paragraphs by sha256 of their ids; questions on the ``smallest`` first of them."""
    order = sorted(whole.documents, key=digest)
    held, targets = order[:size], set(order[:smallest])
    asked = [q for q in whole.questions if set(q.relevant) <= targets]
    asked = sorted(asked, key=lambda q: digest(q.id))[:questions]
    name = f"{whole.name}-{len(held)}"
    return Collection(name, {id_: whole.documents[id_] for id_ in held}, tuple(asked))


def measured(collection: Collection, cache: VectorCache) -> list[Result]:
    """Dense, words and both, over one collection."""
    started = datetime.now(UTC).isoformat(timespec="seconds")
    settings = Settings()
    vectors = cache.queries([q.text for q in collection.questions])
    with tempfile.TemporaryDirectory() as folder:
        store = build(collection, Path(folder) / "library", cache, settings)
        try:
            rankings, seconds = _rankings(store, collection.questions, vectors, cache, settings)
        finally:
            store.close()
    return [
        Result(
            set=collection.name,
            method=method,
            commit=commit().rstrip("+") or "none",
            versions=dict(versions()),
            machine=dict(machine()),
            command="python -m tests.benchmarks decay",
            seed=0,
            metrics=_metrics(found, collection.questions)
            | {"ms_p50": float(np.median(seconds[method]) * 1000)},
            questions=len(collection.questions),
            started=started,
            extra={"documents": len(collection.documents)},
        )
        for method, found in rankings.items()
    ]


class _Known:
    """The embedder with the vector of the question at hand already made."""

    def __init__(self, cache: VectorCache, vector: Vector) -> None:
        self._embedder, self._vector = cache.embedder, vector

    name = property(lambda self: self._embedder.name)
    dim = property(lambda self: self._embedder.dim)
    window = property(lambda self: self._embedder.window)

    def embed_query(self, text: str, /) -> Vector:
        return self._vector


def _rankings(
    store: SqliteStore,
    questions: Sequence[Question],
    vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]],
    cache: VectorCache,
    settings: Settings,
) -> tuple[dict[str, list[list[str]]], dict[str, list[float]]]:
    deepest = max(DEPTHS)
    found: dict[str, list[list[str]]] = {"this library": [], "dense alone": [], "BM25 alone": []}
    seconds: dict[str, list[float]] = {name: [] for name in found}

    def ids(scored: Sequence[Scored]) -> list[str]:
        return [p.source.id for p in store.passages_by_key([s.key for s in scored])]

    for question, vector in zip(questions, vectors, strict=True):
        known = _Known(cache, vector)
        searches = {
            "this library": lambda k=known, q=question: [
                hit.passage.source.id
                for hit in retrieve(store, k, q.text, settings=settings, k=3 * deepest)
            ],
            "dense alone": lambda v=vector: ids(store.search_dense(v, 3 * deepest)),
            "BM25 alone": lambda q=question: ids(store.search_words(q.text, 3 * deepest)),
        }
        for name, search in searches.items():
            began = time.perf_counter()
            ranked = search()
            seconds[name].append(time.perf_counter() - began)
            found[name].append(list(dict.fromkeys(ranked))[:deepest])
    return found, seconds


def _metrics(rankings: Sequence[list[str]], questions: Sequence[Question]) -> dict[str, float]:
    pairs = list(zip(rankings, questions, strict=True))
    out = {f"R@{k}": float(np.mean([recall(r, q.relevant, k) for r, q in pairs])) for k in DEPTHS}
    out["RR@10"] = float(np.mean([reciprocal_rank(r, q.relevant, 10) for r, q in pairs]))
    return out
