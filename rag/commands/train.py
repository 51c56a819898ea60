"""``rag train``: train a reader, go on with a stopped run, finish, export or calibrate one."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import UsageError, require
from rag.progress import Report

if TYPE_CHECKING:
    from rag.train.checkpoint import Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``rag train`` takes."""
    kinds = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    reader = kinds.add_parser("reader", help="train the reader", description=__doc__)
    add_reader_arguments(reader)
    card = kinds.add_parser("card", help="write a reader's model card")
    card.add_argument("--reader", type=Path, required=True, help="folder of the reader")
    card.add_argument("--from", dest="start", type=Path, required=True, help="its checkpoint")
    card.add_argument("--results", type=Path, help="of tests/benchmarks/reader.py")
    calibrate = kinds.add_parser("calibrate", help="fit a reader's probabilities")
    add_calibrate_arguments(calibrate)


def add_reader_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``rag train reader``."""
    parser.add_argument("--mixture", type=Path, help="what to train on (rag/train/reader-3.toml)")
    parser.add_argument("--data", type=Path, help="folder of the mixture's files")
    parser.add_argument("--gold", type=Path, help="your own gold set (.jsonl): tune the reader")
    parser.add_argument("-i", "--library", help="library that the gold set points into")
    parser.add_argument("--out", type=Path, help="folder for the tuned reader")
    parser.add_argument("--epochs", type=int, default=4, help="passes over the gold set")
    parser.add_argument(
        "--folder", type=Path, default=Path(".training"), help="checkpoints and learning curve"
    )
    parser.add_argument("--mirror", type=Path, help="a second folder for every checkpoint")
    parser.add_argument("--from", dest="start", type=Path, help="checkpoint to go on from")
    parser.add_argument(
        "--from-reader", type=Path, help="folder of a reader: start from its weights"
    )
    parser.add_argument(
        "--decay-steps", type=int, default=0, help="finish: let the learning rate fall to zero"
    )
    parser.add_argument("--minutes", type=float, help="stop after so long (a checkpoint is kept)")
    parser.add_argument(
        "--anneal",
        type=float,
        default=0.0,
        help="last fraction of --minutes in which the learning rate falls to zero (default 0)",
    )
    parser.add_argument("--patience", type=int, help="stop after so many validations without gain")
    parser.add_argument("--threads", type=int, default=2, help="threads of torch (default 2)")
    parser.add_argument("--export", type=Path, help="write the reader of --from to this folder")
    parser.add_argument(
        "--weights",
        choices=("model", "average"),
        default="model",
        help="what to export: the weights as they are (after a decay) or their running average "
        "(of the stable phase)",
    )
    parser.add_argument(
        "--average-with",
        type=Path,
        action="append",
        default=[],
        metavar="PATH",
        help="export the mean with the running average of this checkpoint, or with the weights of "
        "this reader's folder, too (repeatable)",
    )
    parser.add_argument("--version", default="reader-1", help="name of the exported reader")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def add_calibrate_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``rag train calibrate``."""
    parser.add_argument("--reader", type=Path, required=True, help="folder of the reader")
    parser.add_argument("--data", type=Path, required=True, help="folder of the question sets")
    parser.add_argument("--questions", type=int, default=240, help="of each set (default 240)")
    parser.add_argument("--cache", type=Path, help="folder for what was read")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    """Train, export, calibrate or describe; 0 when it ended as planned."""
    require("sklearn", "training", "train")
    if args.what == "calibrate":
        from rag.commands.train_calibrate import run_calibrate

        return run_calibrate(args)
    if args.what == "card":
        from rag.train.model_card import write_card

        write_card(args.reader, args.start, args.results)
        return 0
    from rag.commands.console import progress_bars, say
    from rag.train.reader_training import CHECKPOINT

    if args.gold is not None:
        return _tune(args)
    start: Path | None = args.start
    stopped = args.folder / CHECKPOINT
    if start is None and not args.decay_steps and stopped.is_file():
        start = stopped  # a stopped run goes on
    if args.export is not None:
        return _export(args, start)
    if args.mixture is None or args.data is None:
        raise UsageError("--mixture and --data are missing: name what to train on, and its folder")
    if args.decay_steps and start is None:
        raise UsageError("--decay-steps finishes a run: name its checkpoint with --from")
    if args.decay_steps and start is not None and start.parent.resolve() == args.folder.resolve():
        raise UsageError("--folder must differ from the folder of --from: the stable run stays")
    with progress_bars(quiet=args.quiet) as report:
        progress = _train(args, start, report)
    say(f"step {progress.step}, {progress.questions} questions read; state in {args.folder}")
    return 0


def _train(args: argparse.Namespace, start: Path | None, report: Report) -> Progress:
    import torch

    from rag.train.mixture import read_mixture
    from rag.train.reader_run import run_training
    from rag.train.reader_training import Plan

    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    plan = Plan(
        folder=args.folder,
        mirror=args.mirror,
        decay_steps=args.decay_steps,
        stop_after=None if args.minutes is None else 60 * args.minutes,
        anneal=args.anneal,
        patience=args.patience,
    )
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):  # the step ends, a checkpoint is written
        signal.signal(number, lambda *_: stop.set())
    return run_training(
        read_mixture(args.mixture),
        args.data,
        plan,
        checkpoint=start,
        reader=args.from_reader if start is None else None,
        report=report,
        stopping=stop.is_set,
    )


def _tune(args: argparse.Namespace) -> int:
    """Tune on a gold set; 1 when the tuned reader was no better and nothing was written."""
    from rag.commands.console import progress_bars, say
    from rag.commands.options import open_library
    from rag.evaluate.gold import lookup_of, read_rows
    from rag.train.tune import tune

    if args.out is None:
        raise UsageError("--out is missing: name a folder for the tuned reader")
    with open_library(args) as library, progress_bars(quiet=args.quiet) as report:
        rows = read_rows(args.gold, lookup_of(library))
        tuned = tune(
            library, rows, args.out, state=args.folder / "gold", epochs=args.epochs, report=report
        )
    say(
        f"right sentence on {tuned.kept} questions kept out: "
        f"{tuned.before['sentence']:.3f} before, {tuned.after['sentence']:.3f} after"
    )
    if tuned.name is None:
        say("the tuned reader chooses worse: nothing was written")
        return 1
    say(f"{tuned.name} written to {args.out}; its probabilities are not calibrated")
    return 0


def _export(args: argparse.Namespace, start: Path | None) -> int:
    from rag.commands.console import say
    from rag.train.export import export_checkpoint

    if start is None:
        raise UsageError("--export needs a checkpoint: name it with --from")
    name = export_checkpoint(
        start, args.export, args.version, args.weights, averages=args.average_with
    )
    say(f"{name} written to {args.export}")
    return 0
