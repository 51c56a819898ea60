"""Make a page, a table or TREC files out of a run that `rag eval` wrote."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rag.commands.console import emit, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", type=Path, metavar="RUN.json")
    parser.add_argument(
        "--format",
        choices=("html", "text", "markdown", "trec", "qrels"),
        default="html",
        help="html: one self-contained page (default); trec, qrels: files for trec_eval",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write there (html: beside the run)"
    )
    parser.add_argument("--worst", type=int, default=10, metavar="N", help="how many to show")


def run(args: argparse.Namespace) -> int:
    """Write the report."""
    from rag.evaluate.records import read_run
    from rag.evaluate.report.summary import summary

    done = read_run(args.run)
    if args.format in ("trec", "qrels"):
        from rag.evaluate.report.trec import qrels_lines, run_lines

        made = run_lines(done) if args.format == "trec" else qrels_lines(done)
        return _write(args, "".join(line + "\n" for line in made))
    held = summary(done, worst=args.worst)
    if args.format == "text":
        from rich.console import Console

        from rag.evaluate.report.table import terminal

        Console(file=sys.stdout).print(terminal(held))
        return 0
    if args.format == "markdown":
        from rag.evaluate.report.table import markdown

        return _write(args, markdown(held))
    from rag.evaluate.report.html import page

    args.output = args.output or args.run.with_suffix(".html")
    return _write(args, page(held))


def _write(args: argparse.Namespace, text: str) -> int:
    if args.output is None:
        emit(text)
    else:
        # Bytes, so that no newline of a quoted document is translated.
        args.output.write_bytes(text.encode("utf-8"))
        say(f"written to {args.output}")
    return 0
