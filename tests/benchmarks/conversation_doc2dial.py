"""Doc2Dial: does the right passage come up, and are the right words quoted?

The user's earlier turns alone are the history. A hit is overlap with the gold span.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.commands.console import progress_bars
from rag.conversation.understanding import understand
from rag.embed import load_embedder
from rag.evaluate.reading_cache import RecordingReader
from rag.library import Library
from rag.progress import Progress
from rag.protocols import Matrix, Vector
from rag.retrieve import hits as retrieve
from rag.settings import Settings
from rag.store.sqlite import SqliteStore
from rag.train.followup import develop, user_turns
from rag.types import Answer, Hit, Result, Span
from tests.benchmarks.collections import Collection
from tests.benchmarks.conversation_files import Row, mean, percent
from tests.benchmarks.index import build
from tests.benchmarks.reader_sets import lines
from tests.benchmarks.vectors import VectorCache

METHODS = ("alone", "last", "all", "ours")
DEPTHS = (1, 5, 10)
SAMPLES = 1_000  # of the bootstrap over dialogues


class CachedEmbedder:
    """The shipped embedder with query vectors kept on disk."""

    def __init__(self, cache: VectorCache) -> None:
        self._cache = cache
        self._held: dict[str, Vector] = {}
        self.name = cache.embedder.name
        self.dim = cache.embedder.dim
        self.window = cache.embedder.window

    def count(self, text: str, /) -> int:
        return self._cache.embedder.count(text)

    def embed_passages(self, texts: Sequence[str], /) -> Matrix:
        return self._cache.passages(texts)

    def hold(self, texts: Iterable[str]) -> None:
        """Embed in batches what will be asked for."""
        wanted = sorted({t for t in texts if self.count(t) <= self.window})
        self._held |= dict(zip(wanted, self._cache.queries(wanted), strict=True))

    def embed_query(self, text: str, /) -> Vector:
        if text not in self._held:
            self.hold([text])
        return self._held[text]


def dialogue_documents(data: Path) -> tuple[dict[str, str], dict[str, int]]:
    """Doc2Dial's 272 documents, each with its title as first line, and how far that moves it."""
    texts, moved = {}, {}
    for row in lines(data / "doc2dial" / "docs.jsonl.xz"):
        head = f"{row['title']}\n\n"
        texts[row["doc_id"]] = head + row["text"]
        moved[row["doc_id"]] = len(head)
    return texts, moved


def queries(row: Row, method: str, embedder: CachedEmbedder) -> tuple[str, tuple[str, ...]]:
    """What a method searches for: the question, and further queries beside it.

    A concatenation that the embedder cannot read loses its oldest turns.
    """
    question, turns = row["question"], user_turns(row)
    if method == "ours":
        return question, understand(question, turns).queries
    earlier = [t.question for t in turns]
    parts = {"alone": [], "last": earlier[-1:], "all": earlier}[method]
    while parts and embedder.count(" ".join([*parts, question])) > embedder.window:
        parts = parts[1:]
    return " ".join([*parts, question]), ()


def gold_span(row: Row, moved: Mapping[str, int]) -> Span:
    """The answer's span in the document as indexed."""
    answer = row["answers"][0]
    start = answer["start"] + moved[row["doc_id"]]
    return Span(start, start + len(answer["text"]))


def first_hit(hits: Sequence[Hit], row: Row, span: Span) -> int | None:
    """The 1-based rank of the first passage that overlaps the gold span."""
    for rank, hit in enumerate(hits, 1):
        if hit.passage.source.id == row["doc_id"] and hit.passage.span.overlaps(span):
            return rank
    return None


def doc2dial(args: argparse.Namespace) -> dict[str, Any]:
    """R@k of every method, first turns and follow-ups apart."""
    texts, moved = dialogue_documents(args.data)
    rows = [r for r in lines(args.data / "doc2dial" / "questions.jsonl.xz")
            if develop(r["doc_id"]) == (args.half == "develop")]  # fmt: skip
    rows = rows[: args.limit]
    settings = Settings()
    cache = VectorCache(load_embedder(), args.cache)
    embedder = CachedEmbedder(cache)
    asked = {m: [queries(r, m, embedder) for r in rows] for m in METHODS}
    embedder.hold(t for pairs in asked.values() for q, also in pairs for t in (q, *also))
    with tempfile.TemporaryDirectory() as folder:
        collection = Collection("doc2dial", texts, ())
        store = build(collection, Path(folder), cache, settings)
        try:
            found = {
                method: [
                    first_hit(
                        retrieve(store, embedder, question, settings=settings, also=also, k=10),
                        row,
                        gold_span(row, moved),
                    )
                    for row, (question, also) in zip(rows, pairs, strict=True)
                ]
                for method, pairs in asked.items()
            }
            quotes = first_quotes(store, embedder, rows, moved, args) if args.quotes else {}
        finally:
            store.close()
    parts = {
        "first turns": [i for i, r in enumerate(rows) if not user_turns(r)],
        "follow-ups": [i for i, r in enumerate(rows) if user_turns(r)],
    }
    return {
        "set": "doc2dial",
        "half": args.half,
        "documents": len(texts),
        "questions": {name: len(chosen) for name, chosen in parts.items()},
        "results": {
            name: {m: recalls([found[m][i] for i in chosen]) for m in METHODS}
            for name, chosen in parts.items()
        },
        "gain of ours in R@5 on follow-ups, 95 % interval over dialogues": {
            m: interval(rows, parts["follow-ups"], found["ours"], found[m]) for m in METHODS[:3]
        },
        **quotes,
    }


def recalls(ranks: Sequence[int | None]) -> dict[str, float]:
    """R@k in per cent."""
    return {
        f"R@{k}": round(100 * sum(r is not None and r <= k for r in ranks) / len(ranks), 1)
        for k in DEPTHS
    }


def interval(
    rows: Sequence[Row],
    chosen: Sequence[int],
    ours: Sequence[int | None],
    other: Sequence[int | None],
) -> list[float]:
    """Gain in points of R@5: the mean and its bootstrap bounds, dialogues drawn whole."""

    def hit(rank: int | None) -> int:
        return int(rank is not None and rank <= 5)

    groups: dict[str, list[int]] = {}
    for i in chosen:
        groups.setdefault(rows[i]["qid"].rsplit("_", 1)[0], []).append(hit(ours[i]) - hit(other[i]))
    gains = list(groups.values())
    rng = random.Random(0)
    means = sorted(mean([g for group in rng.choices(gains, k=len(gains)) for g in group])
                   for _ in range(SAMPLES))  # fmt: skip
    centre = mean([g for group in gains for g in group])
    bounds = (centre, means[int(0.025 * SAMPLES)], means[int(0.975 * SAMPLES)])
    return [round(100 * value, 1) for value in bounds]


@dataclass(frozen=True, slots=True)
class Quoted:
    """The best quote of an answer: how sure, and whether it overlaps the gold span."""

    probability: float
    right: bool


def first_quotes(
    store: SqliteStore,
    embedder: CachedEmbedder,
    rows: Sequence[Row],
    moved: Mapping[str, int],
    args: argparse.Namespace,
) -> dict[str, Any]:
    """First-quote hit of every method, over the first dialogues by SHA-256 of their id.

    Readings are kept in the cache by digest, so that a stopped run goes on where it was.
    """
    library = Library(store, Path("doc2dial"), embedder=embedder)
    threshold, name = library.reader.threshold, library.reader.name
    cached = RecordingReader(library.reader, args.cache.parent / "readings.db")
    library = Library(store, Path("doc2dial"), embedder=embedder, reader=cached)
    chosen = [row for dialogue in dialogues(rows)[: args.dialogues] for row in dialogue]
    found: dict[str, dict[str, list[Quoted]]] = {
        part: {method: [] for method in METHODS} for part in ("first turns", "follow-ups")
    }
    with progress_bars() as report:
        for number, row in enumerate(chosen, 1):
            span = gold_span(row, moved)
            for method, held in found["follow-ups" if user_turns(row) else "first turns"].items():
                held.append(quoted(put(library, row, method, embedder), row, span))
            report(Progress("asking", number, len(chosen), "questions"))
    return {
        "reader": name,
        "threshold": threshold,
        "first quotes": {
            part: {
                method: {
                    "questions": len(held),
                    "best quote hits": percent([q.right for q in held]),
                    "answered": percent([q.probability >= threshold for q in held]),
                    "answered and hits": percent(
                        [q.right and q.probability >= threshold for q in held]
                    ),
                }
                for method, held in methods.items()
            }
            for part, methods in found.items()
        },
    }


def put(library: Library, row: Row, method: str, embedder: CachedEmbedder) -> Result:
    """Ask whatever the threshold, so that there is always a best quote to look at."""
    if method == "ours":
        history = tuple(turn.question for turn in user_turns(row))
        return library.ask(row["question"], history=history, threshold=0.0)
    return library.ask(queries(row, method, embedder)[0], threshold=0.0)


def quoted(result: Result, row: Row, span: Span) -> Quoted:
    """The first quote of a result against the gold span."""
    if not isinstance(result, Answer):
        return Quoted(0.0, right=False)
    first = result.quotes[0]
    right = first.source.id == row["doc_id"] and first.span.overlaps(span)
    return Quoted(first.confidence or 0.0, right)


def dialogues(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows by dialogue, dialogues by SHA-256 of their id, turns in order."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["qid"].rsplit("_", 1)[0], []).append(row)
    ordered = sorted(groups, key=lambda id: hashlib.sha256(id.encode()).hexdigest())
    return [sorted(groups[id], key=lambda row: len(row["history"])) for id in ordered]
