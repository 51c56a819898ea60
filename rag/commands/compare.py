"""Compare two runs over the same gold set: what changed, and whether chance explains it.

With --fail-under the exit code is 1 when B is worse than A by more than is allowed, so that a
change of the sources or of a setting can be guarded.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rag.commands.console import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("a", type=Path, metavar="A.json", help="the run to compare with")
    parser.add_argument("b", type=Path, metavar="B.json", help="the run in question")
    parser.add_argument(
        "--fail-under",
        action="append",
        default=[],
        metavar="[METRIC=]LOSS",
        help="the most that B may lose (first_quote_hit where no metric is named); repeatable",
    )
    parser.add_argument("--show", type=int, default=10, metavar="N", help="changed questions shown")
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    """Compare; 1 when a guard is broken."""
    from rag.evaluate.compare import broken, compare, parse_floor
    from rag.evaluate.records import read_run

    floors = [parse_floor(text) for text in args.fail_under]
    found = compare(read_run(args.a), read_run(args.b), seed=args.seed)
    worse = broken(found, floors)
    if args.format == "json":
        import json
        from dataclasses import asdict

        lines = {
            line.name: {"a": line.a, "b": line.b, **asdict(line.difference)} for line in found.lines
        }
        changed = [{"id": c.id, "gain": c.gain} for c in found.changed]
        print(json.dumps({"metrics": lines, "changed": changed, "worse": worse}))
    else:
        from rich.console import Console

        from rag.evaluate.report.table import comparison_terminal

        names = (args.a.name, args.b.name)
        Console(file=sys.stdout).print(comparison_terminal(found, names, shown=args.show))
    for line in worse:
        say(f"rag compare: {line}")
    return 1 if worse else 0
