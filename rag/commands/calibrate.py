"""Choose how sure the reader must be to answer, on your own gold set, for a wanted precision.

The threshold is chosen by cross-validation and stored in the library; the precision told is that of
questions the threshold was not chosen on. --dry-run stores nothing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rag.commands.console import progress_bars, say
from rag.commands.options import add_library, add_reader, open_library

if TYPE_CHECKING:
    from rag.evaluate.calibrate import Calibration
    from rag.evaluate.records import Run
    from rag.library import Library


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "gold", type=Path, nargs="?", metavar="GOLD", help="a .jsonl or .csv gold set"
    )
    add_library(parser)
    add_reader(parser)
    parser.add_argument(
        "--precision", type=float, default=0.9, metavar="P", help="wanted precision (default 0.9)"
    )
    parser.add_argument("--folds", type=int, default=5, metavar="N")
    parser.add_argument(
        "--forget", action="store_true", help="drop the stored threshold, ask nothing"
    )
    parser.add_argument("--dry-run", action="store_true", help="show, but store nothing")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")


def run(args: argparse.Namespace) -> int:
    """Ask the gold set, choose, show the curve and store the threshold."""
    from rag.errors import UsageError
    from rag.evaluate.calibrate import calibrate, forget_threshold, store_threshold
    from rag.evaluate.measure import sample_of

    if args.forget:
        with open_library(args) as library:
            forget_threshold(library)
            say(f"the reader's own threshold is in force in {library.path}")
        return 0
    if args.gold is None:
        raise UsageError("name the gold set to choose the threshold on (or --forget)")
    if not 0 < args.precision <= 1:
        raise UsageError(f"--precision lies in (0, 1], not {args.precision}")
    if args.folds < 2:
        raise UsageError(f"--folds must be at least 2, not {args.folds}")
    with open_library(args) as library:
        done = _asked(args, library)
        found = calibrate(
            [row.id for row in done.rows],
            [row.score for row in done.rows],
            sample_of(done.rows).right.tolist(),
            wanted=args.precision,
            folds=args.folds,
        )
        _show(found)
        if args.dry_run:
            say("nothing was stored (--dry-run)")
        else:
            store_threshold(library, found, done.header)
            say(f"threshold {found.threshold:.4f} stored in {library.path}")
    return 0


def _asked(args: argparse.Namespace, library: Library) -> Run:
    from rag.evaluate.formats import read_gold
    from rag.evaluate.gold import lookup_of
    from rag.evaluate.run import evaluate
    from rag.evaluate.throwaway import cache_folder

    gold = read_gold(args.gold, lookup_of(library))
    with progress_bars(quiet=args.quiet) as report:
        cache = cache_folder() / "readings.db"
        # Scores do not hang on the threshold; the stored one may be of another reader.
        own = library.reader.threshold
        return evaluate(gold, library, threshold=own, cache=cache, progress=report)


def _show(found: Calibration) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(file=sys.stdout)
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="precision by coverage")
    for title in ("threshold", "answered", "precision"):
        grid.add_column(title, justify="right")
    grid.add_column("")
    for threshold, coverage, precision in found.steps():
        bar = "█" * round(precision * 30)
        grid.add_row(f"{threshold:.3f}", f"{coverage:.1%}", f"{precision:.1%}", bar)
    console.print(grid)
    held = "no question was answered"
    if found.precision is not None:
        held = f"precision {found.precision:.1%} at a coverage of {found.coverage:.1%}"
    console.print(
        f"threshold {found.threshold:.4f} for a wanted precision of {found.wanted:.0%}\n"
        f"  on held-out folds: {held} ({found.questions} questions)\n"
        f"  on the questions it was chosen on: precision {found.fitted_precision:.1%} "
        f"at a coverage of {found.fitted_coverage:.1%}",
        highlight=False,
    )
