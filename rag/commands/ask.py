"""Ask a question. Exact quotes come back, each with its source and place, or an abstention.

With `-` the questions are read from standard input, one a line, and answered as JSON lines.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rag.commands.console import emit, say
from rag.commands.options import (
    add_filter,
    add_format,
    add_library,
    add_reader,
    chosen_sources,
    open_library,
)

if TYPE_CHECKING:
    from rag.library import Library
    from rag.types import Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("question", help="the question, or - to read one a line from stdin")
    add_library(parser)
    add_reader(parser)
    add_format(parser, extra=("markdown", "html", "ris", "bibtex", "csl"))
    add_filter(parser)
    parser.add_argument(
        "--history", action="append", default=[], metavar="QUESTION", help="an earlier question"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="at most so many quotes")
    parser.add_argument(
        "--every", action="store_true", help="every passage that answers, not only the best"
    )
    parser.add_argument(
        "--threshold", type=float, metavar="P", help="least probability of an answer, 0 to 1"
    )
    parser.add_argument("--receipt", type=Path, metavar="FILE", help="write a receipt there")


def run(args: argparse.Namespace) -> int:
    """Answer the question, or each line of stdin."""
    with open_library(args) as library:
        if args.question == "-":
            for question in _lines():
                emit(json.dumps(_as_json(_ask(library, args, question)), ensure_ascii=False) + "\n")
            return 0
        result = _ask(library, args, args.question)
    emit(_rendered(result, args.format))
    if args.receipt is not None:
        from rag.receipts import write_receipt

        write_receipt(result, args.receipt)
        say(f"receipt written to {args.receipt}")
    return 0


def _lines() -> Iterator[str]:
    for line in sys.stdin:
        if line.strip():
            yield line.rstrip("\r\n")


def _ask(library: Library, args: argparse.Namespace, question: str) -> Result:
    return library.ask(
        question,
        history=tuple(args.history),
        sources=chosen_sources(library, args),
        limit=args.limit,
        threshold=args.threshold,
        every=args.every,
    )


def _as_json(result: Result) -> dict[str, object]:
    from rag.render import to_json

    return to_json(result)


def _rendered(result: Result, form: str) -> str:
    from rag import render

    if form == "json":
        return json.dumps(_as_json(result), ensure_ascii=False, indent=2) + "\n"
    if form == "jsonl":
        return json.dumps(_as_json(result), ensure_ascii=False) + "\n"
    if form == "text":
        return render.to_text(result, tty=sys.stdout.isatty())
    if form == "markdown":
        return render.to_markdown(result)
    if form == "html":
        return render.to_html(result)
    if form == "ris":
        return render.to_ris((result,))
    if form == "bibtex":
        return render.to_bibtex((result,))
    return render.to_csl((result,))
