"""Follow-up questions measured on public dialogues. One command a set; results are JSON files.

    python -m tests.benchmarks.conversation doc2dial --data DATA [--half report] [--quotes]
    python -m tests.benchmarks.conversation canard --data DATA [--half report]
    python -m tests.benchmarks.conversation topiocqa --data DATA

Sets are split in two by the SHA-256 of the document's or dialogue's id: the even half is developed
on (``rag/train/followup.py`` learns from it), the odd half is reported. TopiOCQA is reported only.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.answer import retrieve
from rag.answer.followup import Turn, understand
from rag.answer.followup_words import content_stems
from rag.models import load_embedder
from rag.protocols import Matrix, Vector
from rag.settings import Settings
from rag.store import SqliteStore
from rag.train.followup import canard_turns, develop, user_turns
from rag.types import Hit, Span
from tests.benchmarks.collections import Collection
from tests.benchmarks.index import build
from tests.benchmarks.vectors import VectorCache

METHODS = ("alone", "last", "all", "ours")
DEPTHS = (1, 5, 10)
SAMPLES = 1_000  # of the bootstrap over dialogues
Row = Mapping[str, Any]


# -- doc2dial: does the right passage come up -----------------------------------------------------


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
            quotes = first_quotes(store, embedder, rows, moved) if args.quotes else {}
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


def first_quotes(
    store: SqliteStore, embedder: CachedEmbedder, rows: Sequence[Row], moved: Mapping[str, int]
) -> dict[str, Any]:
    """First-quote hit: whole conversations on our own answers, beside each question alone."""
    from rag.library import Library

    library = Library(store, Path("doc2dial"), embedder=embedder)
    hits: dict[str, list[tuple[bool, bool]]] = {"alone": [], "ours": []}
    for dialogue in dialogues(rows):
        conversation = library.conversation()
        for row in dialogue:
            span = gold_span(row, moved)
            for name, result in (
                ("alone", library.ask(row["question"])),
                ("ours", conversation.ask(row["question"])),
            ):
                quotes = getattr(result, "quotes", ())[:1]
                right = any(q.source.id == row["doc_id"] and q.span.overlaps(span) for q in quotes)
                if row["history"]:
                    hits[name].append((bool(quotes), right))
    return {
        "reader": library.reader.name,
        "first quotes of follow-ups": {
            name: {
                "questions": len(found),
                "answered": round(100 * mean([a for a, _ in found]), 1),
                "hit": round(100 * mean([r for _, r in found]), 1),
            }
            for name, found in hits.items()
        },
    }


def dialogues(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows by dialogue, in order."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["qid"].rsplit("_", 1)[0], []).append(row)
    return [sorted(g, key=lambda r: len(r["history"])) for g in groups.values()]


# -- CANARD: are the terms carried that a person would write in -----------------------------------


def canard(args: argparse.Namespace) -> dict[str, Any]:
    """Carried stems against the stems that the human rewrite adds, for three kinds of history."""
    rows = [r for r in json.loads(text(args.data / "canard" / "dev.json.xz"))
            if develop(r["QuAC_dialog_id"]) == (args.half == "develop")]  # fmt: skip
    return {
        "set": "canard",
        "half": args.half,
        "questions": len(rows),
        "histories": {
            "titles": "article and section as title and heading of the source cited",
            "opening": "article and section as the first two questions",
            "questions": "earlier questions alone",
        },
        "results": {
            shape: {method: stem_scores(rows, shape, method) for method in CARRIES}
            for shape in ("titles", "opening", "questions")
        },
    }


def _concatenated(turns: Sequence[Turn], *, answers: bool) -> str:
    parts: list[str] = []
    for turn in turns:
        parts += [*turn.titles, *turn.headings, turn.question]
        parts += turn.quotes if answers else ()
    return " ".join(parts)


CARRIES: dict[str, Callable[[str, Sequence[Turn]], str]] = {
    "last question": lambda question, turns: turns[-1].question if turns else "",
    "last question and answer": lambda question, turns: _concatenated(turns[-1:], answers=True),
    "all questions": lambda question, turns: _concatenated(turns, answers=False),
    "all questions and answers": lambda question, turns: _concatenated(turns, answers=True),
    "ours": lambda question, turns: " ".join(c.term for c in understand(question, turns).carried),
}


def stem_scores(rows: Sequence[Row], shape: str, method: str) -> dict[str, float]:
    """Precision, recall and F1 over all stems; ``mean F1`` is per question, both empty counts 1."""
    both = ours = theirs = 0
    each: list[float] = []
    for row in rows:
        asked = content_stems(row["Question"])
        added = content_stems(row["Rewrite"]) - asked
        got = (
            content_stems(CARRIES[method](row["Question"], canard_turns(row["History"], shape)))
            - asked
        )
        both, ours, theirs = both + len(got & added), ours + len(got), theirs + len(added)
        total = len(got) + len(added)
        each.append(2 * len(got & added) / total if total else 1.0)
    return {
        "precision": round(both / max(1, ours), 3),
        "recall": round(both / max(1, theirs), 3),
        "F1": round(2 * both / max(1, ours + theirs), 3),
        "mean F1": round(mean(each), 3),
    }


# -- TopiOCQA: is a change of topic seen ----------------------------------------------------------


def topiocqa(args: argparse.Namespace) -> dict[str, Any]:
    """Detection of a change of topic (another page than the turn before), and how they are put."""
    rows = json.loads(text(args.data / "topiocqa" / "dev.json.xz"))
    counts = {"both": 0, "flagged": 0, "changed": 0, "questions": 0, "changed and leans": 0}
    topic = ""
    for row in rows:
        before, topic = topic, row["Topic"]
        if row["Turn_no"] == 1:
            continue
        said = row["Context"]
        turns = [Turn(q, (a,)) for q, a in zip(said[::2], said[1::2], strict=True)]
        reading = understand(row["Question"], turns)
        changed = before != topic
        counts["questions"] += 1
        counts["changed"] += changed
        counts["flagged"] += reading.switched
        counts["both"] += changed and reading.switched
        counts["changed and leans"] += changed and reading.leans
    return {
        "set": "topiocqa",
        "half": "dev, report only",
        **counts,
        "precision": round(counts["both"] / max(1, counts["flagged"]), 3),
        "recall": round(counts["both"] / counts["changed"], 3),
        "base rate": round(counts["changed"] / counts["questions"], 3),
    }


# -- shared ---------------------------------------------------------------------------------------


def mean(values: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def text(path: Path) -> str:
    """A compressed text file."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        return file.read()


def lines(path: Path) -> list[dict[str, Any]]:
    """A compressed file of JSON lines."""
    return [json.loads(line) for line in text(path).splitlines() if line]


def commit() -> str:
    """The short name of the commit that is checked out."""
    run = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


SETS = {"doc2dial": doc2dial, "canard": canard, "topiocqa": topiocqa}


def main(argv: Sequence[str]) -> int:
    """Measure one set, print the result and write it beside the others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", choices=SETS)
    parser.add_argument("--data", type=Path, required=True, help="folder of the question sets")
    parser.add_argument("--half", choices=("develop", "report"), default="report")
    parser.add_argument("--limit", type=int, help="only so many questions, for a first look")
    parser.add_argument("--cache", type=Path, default=Path(".training/cache/embeddings"))
    parser.add_argument("--out", type=Path, default=Path("tests/benchmarks/results"))
    parser.add_argument("--quotes", action="store_true", help="read as well, which takes long")
    args = parser.parse_args(argv)
    result = {**SETS[args.set](args), "commit": commit()}
    shown = json.dumps(result, indent=1) + "\n"
    print(shown, end="")
    if args.half == "report" and args.limit is None:
        args.out.mkdir(parents=True, exist_ok=True)
        (args.out / f"{args.set}-followup-{result['commit']}.json").write_text(shown, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
