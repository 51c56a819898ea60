"""``rag train reader``: the command's arguments and what it runs."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``rag train reader``."""
    parser.add_argument("--squad", type=Path, help="training questions in SQuAD's JSON form")
    parser.add_argument("--selqa", type=Path, help="answer-sentence training questions (SelQA)")
    parser.add_argument("--folder", type=Path, default=Path(".training"), help="checkpoints")
    parser.add_argument("--mirror", type=Path, help="a second folder for every checkpoint")
    parser.add_argument("--negatives", type=Path, help="mined negatives (.npy), made when missing")
    parser.add_argument("--from", dest="start", type=Path, help="checkpoint to go on from")
    parser.add_argument("--decay-steps", type=int, default=0, help="finish over so many steps")
    parser.add_argument("--minutes", type=float, help="stop after so long")
    parser.add_argument("--threads", type=int, default=2)


def run(args: argparse.Namespace) -> int:
    """Train; 0 when it ended as planned."""
    import torch

    from rag.train.reader_run import Sets, run_training
    from rag.train.reader_training import Plan, Recipe

    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    plan = Plan(
        folder=args.folder,
        mirror=args.mirror,
        decay_steps=args.decay_steps,
        stop_after=None if args.minutes is None else 60 * args.minutes,
    )
    sets = Sets(args.squad, args.selqa)
    start = args.start
    if start is None and not args.decay_steps and (plan.folder / "checkpoint.safetensors").is_file():
        start = plan.folder / "checkpoint.safetensors"  # a stopped run goes on
    run_training(sets, plan, Recipe(), start, negatives_file=args.negatives)
    return 0


if __name__ == "__main__":
    _parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(_parser)
    raise SystemExit(run(_parser.parse_args()))
