"""Measure how good the answers are on questions with known places.

GOLD is a gold set for a library (.jsonl, or a spreadsheet saved as .csv), or a set that brings its
own texts: SQuAD 1.1 or 2.0 .json (also .xz) or a BEIR folder; a library is built for it and kept.
An interrupted run goes on where it stopped when the same command is given again.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rag.commands.console import emit, progress_bars, say
from rag.commands.options import add_library, add_reader, open_library, with_reader

if TYPE_CHECKING:
    from rag.evaluate.gold import GoldSet
    from rag.evaluate.records import Run
    from rag.library import Library
    from rag.progress import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("gold", type=Path, metavar="GOLD", help="the gold set: a file or a folder")
    add_library(parser)
    parser.add_argument("-o", "--output", type=Path, metavar="RUN.json", help="write the run there")
    parser.add_argument(
        "--limit", type=int, metavar="N", help="only the first N by a hash of the id: a partial run"
    )
    parser.add_argument(
        "--threshold", type=float, metavar="P", help="least probability of an answer, 0 to 1"
    )
    parser.add_argument("--seed", type=int, default=13, help="for baselines and intervals")
    add_reader(parser)
    parser.add_argument(
        "--no-cache", action="store_true", help="read every passage anew, so that all is timed"
    )
    parser.add_argument(
        "--restart", action="store_true", help="drop what an interrupted run has left"
    )
    parser.add_argument(
        "--allow-missing",
        action="store_true",
        help="rows on sources that are not in the library score 0 instead of being an error",
    )
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")


def run(args: argparse.Namespace) -> int:
    """Evaluate and print the figures; 1 when a question failed or an answer is not verbatim."""
    from rag.errors import UsageError
    from rag.evaluate.report.summary import summary

    if args.limit is not None and args.limit < 1:
        raise UsageError(f"--limit must be at least 1, not {args.limit}")
    if args.threshold is not None and not 0 <= args.threshold <= 1:
        raise UsageError(f"--threshold lies in 0 to 1, not {args.threshold}")
    with progress_bars(quiet=args.quiet) as report:
        done = _evaluated(args, report)
    held = summary(done)
    _print(args.format, done)
    if args.output is not None:
        say(f"run written to {args.output}; `rag report {args.output}` makes a page of it")
    verbatim = held.ours.get("verbatim")
    if verbatim is not None and verbatim.value < 1:
        say("rag eval: an answer differs from its source: this must never happen, please report it")
        return 1
    if held.failures:
        say(f"rag eval: {len(held.failures)} questions failed and count as 0")
        return 1
    return 0


def _evaluated(args: argparse.Namespace, report: Report) -> Run:
    from rag.evaluate.run import evaluate
    from rag.evaluate.throwaway import cache_folder

    gold, library, seconds = _opened(args, report)
    with library:
        return evaluate(
            gold,
            library,
            args.output,
            limit=args.limit,
            threshold=args.threshold,
            seed=args.seed,
            cache=None if args.no_cache else cache_folder() / "readings.db",
            restart=args.restart,
            command=_command(args),
            index_seconds=seconds,
            progress=report,
        )


def _opened(args: argparse.Namespace, report: Report) -> tuple[GoldSet, Library, float | None]:
    from rag.evaluate.formats import brings_documents, read_gold
    from rag.evaluate.gold import lookup_of
    from rag.evaluate.throwaway import throwaway_library

    if brings_documents(args.gold) or not args.gold.exists():
        gold = read_gold(args.gold)
        at = Path(args.library) if args.library else None
        library, seconds = throwaway_library(gold, at=at, progress=report)
        library = with_reader(library, args.reader)
    else:
        library, seconds = open_library(args), None
        try:
            gold = read_gold(args.gold, lookup_of(library), allow_missing=args.allow_missing)
        except BaseException:
            library.close()
            raise
    return gold, library, seconds


def _command(args: argparse.Namespace) -> str:
    """The command without folders: a run says how it was made, not where."""
    words = ["rag", "eval", args.gold.name]
    for name in ("limit", "threshold"):
        value = getattr(args, name)
        words += [f"--{name}", str(value)] if value is not None else []
    if args.reader is not None:
        words += ["--reader", args.reader]
    return " ".join([*words, "--seed", str(args.seed)])


def _print(form: str, done: Run) -> None:
    import json

    from rag.evaluate.report.summary import summary
    from rag.evaluate.report.table import markdown, terminal

    held = summary(done)
    if form == "markdown":
        emit(markdown(held))
    elif form == "json":
        values = {name: e.value for name, e in held.ours.items()}
        emit(json.dumps({"gold": done.header.gold, "questions": held.questions, **values}) + "\n")
    else:
        from rich.console import Console

        Console(file=sys.stdout).print(terminal(held))
