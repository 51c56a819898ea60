"""List the passages nearest to a question, best first, without reading them for an answer."""

from __future__ import annotations

import argparse
import json
import sys

from rag.commands.console import emit
from rag.commands.options import add_filter, add_format, add_library, chosen_sources, open_library


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("question")
    add_library(parser)
    add_format(parser)
    add_filter(parser)
    parser.add_argument("-k", type=int, default=10, metavar="N", help="how many (default 10)")


def run(args: argparse.Namespace) -> int:
    """Search and print the hits."""
    from rag.render import hit_to_json, hits_to_text

    with open_library(args) as library:
        hits = library.search(args.question, k=args.k, sources=chosen_sources(library, args))
    rows = [hit_to_json(hit) for hit in hits]
    if args.format == "json":
        emit(json.dumps({"question": args.question, "hits": rows}, ensure_ascii=False, indent=2))
        emit("\n")
    elif args.format == "jsonl":
        emit("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    else:
        emit(hits_to_text(hits, tty=sys.stdout.isatty()))
    return 0
