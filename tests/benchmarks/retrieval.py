"""How often the right passage is found: dense search, word search, and the two fused.

    python -m tests.benchmarks.retrieval squad-dev|xquad|nfcorpus|squad-train [--data FOLDER]

A document counts as found at the rank of its first passage. ``fused`` goes the whole way of
``rag.answer.retrieve`` with the default settings. R@k: found among the first k. Results are written to ``results/`` as
``<set>-<method>-<commit>.json``; embeddings are kept under ``.training/cache``.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from rag.answer import retrieve
from rag.models import SentenceEmbedder, load_embedder
from rag.protocols import Matrix, Scored, Vector
from rag.settings import Settings
from rag.store import SqliteStore
from tests.benchmarks.collections import NAMES, Collection, Question, load
from tests.benchmarks.index import build
from tests.benchmarks.vectors import VectorCache

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).parent / "results"
CACHE = ROOT / ".training" / "cache" / "embeddings"
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


def rankings(
    store: SqliteStore, known: Known, collection: Collection, settings: Settings
) -> dict[str, list[Ranking]]:
    """method -> per question the document ids, best first."""

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
        for n, question in enumerate(collection.questions):
            for method in METHODS:
                found[method].append(methods[method](question.text))
            if n % 1000 == 999:
                print(f"{n + 1} of {len(collection.questions)} questions", file=sys.stderr)
    return found


def measure(questions: Sequence[Question], found: Sequence[Ranking]) -> dict[str, float]:
    """Means over the questions. R@k: some relevant document is among the first k (for one answer
    each it is recall). RR@10 and nDCG@10 (gain = grade, Järvelin & Kekäläinen 2002) as usual.
    """
    totals: dict[str, list[float]] = {}
    for question, ranking in zip(questions, found, strict=True):
        ranks = [n for n, id_ in enumerate(ranking, start=1) if id_ in question.relevant]
        first = ranks[0] if ranks else math.inf
        for cut in CUTS:
            totals.setdefault(f"R@{cut}", []).append(float(first <= cut))
        totals.setdefault("RR@10", []).append(1.0 / first if first <= 10 else 0.0)
        totals.setdefault("nDCG@10", []).append(ndcg(question.relevant, ranking))
    return {name: round(sum(values) / len(values), 5) for name, values in totals.items()}


def ndcg(relevant: dict[str, int], ranking: Ranking, cut: int = 10) -> float:
    """Discounted gain of the first ``cut`` over the best possible."""
    gains = [relevant.get(id_, 0) for id_ in ranking[:cut]]
    ideal = sorted(relevant.values(), reverse=True)[:cut]
    discount = [1.0 / math.log2(n + 2) for n in range(cut)]
    best = sum(g * d for g, d in zip(ideal, discount, strict=False))
    return sum(g * d for g, d in zip(gains, discount, strict=False)) / best


def machine() -> dict[str, str]:
    """What figures may depend on: the processor's model and the versions in use."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [x.partition(":")[2] for x in info.read_text().splitlines() if "model name" in x]
        cpu = names[0].strip() if names else cpu
    packages = ("torch", "sentence-transformers", "faiss-cpu", "numpy")
    return {"cpu": cpu, "python": platform.python_version(), **{p: version(p) for p in packages}}


def commit() -> str:
    """The commit that is measured, with a plus sign when what it measures was changed since."""
    name = _git("rev-parse", "--short=10", "HEAD")
    changed = _git(
        "status", "--porcelain", "--", "rag/store", "rag/models", "rag/answer", "rag/ingest"
    )
    return name + ("+" if changed else "")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def run(name: str, data: Path) -> list[dict[str, Any]]:
    """Measure one set with every method; one result each."""
    collection = load(name, data)
    settings = Settings()
    embedder = load_embedder()
    assert isinstance(embedder, SentenceEmbedder)
    cache = VectorCache(embedder, CACHE)
    texts = [question.text for question in collection.questions]
    known = Known(embedder, texts, np.asarray(cache.queries(texts)))
    with tempfile.TemporaryDirectory() as folder:
        store = build(collection, Path(folder), cache, settings)
        passages = store.count_passages()
        start = time.perf_counter()
        found = rankings(store, known, collection, settings)
        seconds = time.perf_counter() - start
        store.close()
    shared = {
        "set": collection.name,
        "documents": len(collection.documents),
        "passages": passages,
        "questions": len(collection.questions),
        "embedder": embedder.name,
        "settings": asdict(settings),
        "commit": commit(),
        "machine": machine(),
        "search_seconds_all_methods": round(seconds, 1),
    }
    return [
        {"method": m, "metrics": measure(collection.questions, found[m]), **shared} for m in METHODS
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, prog="python -m tests.benchmarks.retrieval"
    )
    parser.add_argument("set", choices=NAMES)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    for result in run(options.set, options.data):
        path = options.results / f"{options.set}-{result['method']}-{result['commit']}.json"
        path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        figures = "  ".join(f"{k} {v:.3f}" for k, v in result["metrics"].items())
        print(f"{options.set}  {result['method']:6} {figures}")


if __name__ == "__main__":
    main()
