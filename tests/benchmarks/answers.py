"""Answers, end to end: every question of a set asked of a library of the set's own texts.

    python -m tests.benchmarks answers squad-2.0-dev --data FOLDER [--limit 2000]
    python -m tests.benchmarks answers corpus

The reader's threshold was chosen on the articles at even positions (titles sorted) of SQuAD 2.0
dev. Questions on those articles are left out here wherever they occur; their texts stay in the
library.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.commands.console import progress_bars, say
from rag.evaluate.formats import read_gold
from rag.evaluate.formats.opening import source_id, text_of
from rag.evaluate.gold import GoldSet, lookup_of
from rag.evaluate.records import Run
from rag.evaluate.report.summary import OURS, summary
from rag.evaluate.run import evaluate
from rag.evaluate.throwaway import cache_folder, throwaway_library
from rag.library import Library
from rag.progress import Report, silent
from tests.benchmarks.results import Result, write

ROOT = Path(__file__).parents[2]
CALIBRATED_ON = "squad/dev-v2.0.json.xz"


@dataclass(frozen=True, slots=True)
class Set:
    """Where a set lies in the data folder; shared: it has articles of SQuAD 2.0 dev."""

    path: str
    shared: bool = False


SETS = {
    "squad-1.1-dev": Set("squad/dev-v1.1.json.xz", shared=True),
    "squad-2.0-dev": Set("squad/dev-v2.0.json.xz", shared=True),
    "squadshifts-new-wiki": Set("squadshifts/new_wiki_v1.0.json.xz"),
    "xquad-en": Set("xquad/xquad.en.json", shared=True),
    "qed": Set("qed"),
    "nfcorpus": Set("nfcorpus"),
    "policyqa": Set("policyqa/dev.json.xz"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one set and file the results."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks answers", description=__doc__)
    parser.add_argument("set", choices=("corpus", *SETS))
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("RAG_BENCHMARK_DATA", "data")),
        help="folder of the question sets ($RAG_BENCHMARK_DATA)",
    )
    parser.add_argument("--limit", type=int, help="the first N questions by sha256 of the id")
    parser.add_argument("--no-cache", action="store_true", help="read anew, so that all is timed")
    parser.add_argument("--restart", action="store_true")
    parser.add_argument("--dry-run", action="store_true", help="print, but file nothing")
    args = parser.parse_args(argv)
    with progress_bars() as report:
        gold, library, seconds = _opened(args, report)
        with library:
            run = evaluate(
                gold,
                library,
                cache_folder() / "runs" / f"{args.set}-{args.limit or 'all'}.json",
                limit=args.limit,
                cache=None if args.no_cache else cache_folder() / "readings.db",
                restart=args.restart,
                command=_command(args),
                index_seconds=seconds,
                progress=report,
            )
    for result in results_of(args.set, run):
        say(f"{result.method}: {json.dumps({k: round(v, 4) for k, v in result.metrics.items()})}")
        if not args.dry_run:
            say(f"written to {write(result).relative_to(ROOT)}")
    return 1 if any(row.kind == "failure" for row in run.rows) else 0


def _command(args: argparse.Namespace) -> str:
    words = ["python -m tests.benchmarks answers", args.set]
    return " ".join(words + ([f"--limit {args.limit}"] if args.limit else []))


def _opened(args: argparse.Namespace, report: Report) -> tuple[GoldSet, Library, float | None]:
    if args.set == "corpus":
        library = corpus_library(report)
        gold = read_gold(ROOT / "tests" / "gold" / "corpus.jsonl", lookup_of(library))
        # The other half is for choosing thresholds on.
        return replace(gold, rows=tuple(r for r in gold.rows if "report" in r.tags)), library, None
    chosen = SETS[args.set]
    gold = replace(read_gold(args.data / chosen.path), name=args.set)
    library, seconds = throwaway_library(gold, progress=report)
    if chosen.shared:
        gold = without(gold, calibrated_articles(args.data / CALIBRATED_ON))
    return gold, library, seconds


def corpus_library(report: Report = silent) -> Library:
    """The library of the shipped corpus, kept in the cache."""
    at = cache_folder() / "libraries" / "corpus"
    return Library.build(ROOT / "corpus", at=at, progress=report)


def calibrated_articles(path: Path) -> frozenset[str]:
    """Sources of the articles at even positions (0, 2, ...) of the sorted titles."""
    titles = sorted(article["title"] for article in json.loads(text_of(path))["data"])
    return frozenset(source_id(title) for title in titles[::2])


def without(gold: GoldSet, sources: frozenset[str]) -> GoldSet:
    """The set less the questions on some sources (answerable or not); its texts stay."""
    return replace(gold, rows=tuple(r for r in gold.rows if source_id(r.tags[0]) not in sources))


def results_of(name: str, run: Run) -> list[Result]:
    """One result for ours and one for each baseline."""
    held = summary(run)
    header = run.header
    found = []
    for method, estimates in held.systems.items():
        extra: dict[str, object] = {"reader": header.reader, "embedder": header.embedder}
        if method == OURS:
            extra |= {
                "threshold": header.threshold,
                "sources": header.sources,
                "passages": header.passages,
                "index_seconds": header.index_seconds,
                "disk_mb": header.disk_mb,
                "memory_mb": header.memory_mb,
                "of": header.gold_questions,
            }
        found.append(
            Result(
                set=name,
                method=method,
                commit=header.commit.rstrip("+") or "none",
                versions=dict(header.versions),
                machine=dict(header.machine),
                command=header.command,
                seed=header.seed,
                metrics={metric: e.value for metric, e in estimates.items()},
                questions=len(run.rows),
                started=header.started,
                intervals={metric: (e.low, e.high) for metric, e in estimates.items()},
                extra=extra,
            )
        )
    return found
