"""How often the right passage is found: dense search, word search, and the two fused.

    python -m tests.benchmarks retrieval squad-dev|xquad|nfcorpus|squad-train --data FOLDER

Whole sets, nothing dropped. A document counts as found at the rank of its first passage; ``fused``
goes the whole way of ``rag.retrieve.hits`` with the default settings. ``squad-train`` is a fixed
sample for choosing settings on, not for reporting. Embeddings are kept under ``.training/cache``.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from rag.embed import SentenceEmbedder, load_embedder
from rag.evaluate.machine import commit, machine, versions
from rag.evaluate.metrics.retrieval import ndcg, recall, reciprocal_rank
from rag.protocols import Matrix, Scored, Vector
from rag.retrieve import hits as retrieve
from rag.settings import Settings
from rag.store.sqlite import SqliteStore
from tests.benchmarks.collections import NAMES, SEED, Collection, load
from tests.benchmarks.index import build
from tests.benchmarks.results import FOLDER, Result, write
from tests.benchmarks.vectors import VectorCache

CACHE = Path(__file__).resolve().parents[2] / ".training" / "cache" / "embeddings"
METHODS = ("dense", "words", "fused")
CUTS = (1, 5, 10, 20)

Ranking = list[str]


class Known:
    """An embedder whose questions are embedded already, all at once."""

    def __init__(self, embedder: SentenceEmbedder, questions: Sequence[str], rows: Matrix) -> None:
        self._embedder = embedder
        self._rows = dict(zip(questions, rows, strict=True))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._embedder, name)

    def embed_query(self, text: str, /) -> Vector:
        row: Vector = self._rows[text]
        return row


def main(argv: Sequence[str] | None = None) -> int:
    """Measure one set with every method and file the results."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks retrieval", description=__doc__
    )
    parser.add_argument("set", choices=NAMES)
    default = os.environ.get("RAG_BENCHMARK_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--results", type=Path, default=FOLDER)
    args = parser.parse_args(argv)
    for result in measured(args.set, args.data):
        print(f"{write(result, args.results).name}: {dict(result.metrics)}")
    return 0


def measured(name: str, data: Path) -> list[Result]:
    """One result per method."""
    started = datetime.now(UTC).isoformat(timespec="seconds")
    collection = load(name, data)
    settings = Settings()
    embedder = load_embedder()
    if not isinstance(embedder, SentenceEmbedder):
        raise SystemExit("retrieval is measured with a sentence-transformers model")
    cache = VectorCache(embedder, CACHE)
    texts = [question.text for question in collection.questions]
    known = Known(embedder, texts, np.asarray(cache.queries(texts)))
    with tempfile.TemporaryDirectory() as folder:
        store = build(collection, Path(folder) / "library", cache, settings)
        try:
            passages = store.counts()[1]
            found = rankings(store, known, collection, settings)
        finally:
            store.close()
    extra = {
        "documents": len(collection.documents),
        "passages": passages,
        "embedder": embedder.name,
        "settings": asdict(settings),
    }
    return [
        Result(
            set=name,
            method=method,
            commit=commit() or "none",
            versions=dict(versions()),
            machine=dict(machine()),
            command=f"python -m tests.benchmarks retrieval {name}",
            seed=SEED if name == "squad-train" else 0,
            metrics=metrics(collection, found[method]),
            questions=len(collection.questions),
            started=started,
            extra=extra,
        )
        for method in METHODS
    ]


def rankings(
    store: SqliteStore, known: Known, collection: Collection, settings: Settings
) -> dict[str, list[Ranking]]:
    """Per method and question: the document ids, best first."""

    def documents(found: Sequence[Scored]) -> Ranking:
        passages = store.passages_by_key([item.key for item in found])
        return list(dict.fromkeys(p.source.id for p in passages))

    def fused(question: str) -> Ranking:
        hits = retrieve(store, known, question, settings=settings, k=settings.candidates)
        return list(dict.fromkeys(hit.passage.source.id for hit in hits))

    methods: dict[str, Callable[[str], Ranking]] = {
        "dense": lambda q: documents(store.search_dense(known.embed_query(q), settings.candidates)),
        "words": lambda q: documents(store.search_words(q, settings.candidates)),
        "fused": fused,
    }
    found: dict[str, list[Ranking]] = {method: [] for method in METHODS}
    with store.reading():
        for n, question in enumerate(collection.questions, start=1):
            for method in METHODS:
                found[method].append(methods[method](question.text))
            if n % 1000 == 0:
                print(f"{n} of {len(collection.questions)} questions", file=sys.stderr)
    return found


def metrics(collection: Collection, found: Sequence[Ranking]) -> dict[str, float]:
    """Means over the questions."""
    values: dict[str, list[float]] = {}
    for question, ranking in zip(collection.questions, found, strict=True):
        for cut in CUTS:
            values.setdefault(f"R@{cut}", []).append(recall(ranking, question.relevant, cut))
        values.setdefault("RR@10", []).append(reciprocal_rank(ranking, question.relevant, 10))
        values.setdefault("nDCG@10", []).append(ndcg(ranking, question.relevant, 10))
    return {name: float(np.mean(numbers)) for name, numbers in values.items()}


if __name__ == "__main__":
    raise SystemExit(main())
