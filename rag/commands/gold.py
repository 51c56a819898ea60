"""Make and check gold sets: questions with the places in your sources that answer them.

rag gold add GOLD.jsonl "Who opened the hearing?" --source report.md --quote "Lord Mersey"
rag gold add GOLD.jsonl "What did lunch cost?" --no-answer
rag gold check GOLD.csv
rag gold convert GOLD.csv GOLD.jsonl
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rag.commands.console import say
from rag.commands.options import add_library, open_library

if TYPE_CHECKING:
    from rag.evaluate.gold import GoldRow
    from rag.library import Library


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the three actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="add|check|convert")
    add = actions.add_parser("add", help="append a question")
    add.add_argument("gold", type=Path, metavar="GOLD.jsonl")
    add.add_argument("question")
    add.add_argument("--source", action="append", default=[], metavar="ID", help="its source")
    add.add_argument(
        "--quote", action="append", default=[], metavar="TEXT", help="exact text of the source"
    )
    add.add_argument("--no-answer", action="store_true", help="no source answers it")
    add.add_argument("--history", action="append", default=[], metavar="QUESTION")
    add.add_argument("--tag", action="append", default=[], metavar="TAG")
    add.add_argument("--id", help="default: made from the question")
    check = actions.add_parser("check", help="check every row against the library")
    check.add_argument("gold", type=Path, metavar="GOLD")
    convert = actions.add_parser("convert", help="write any gold set as .jsonl")
    convert.add_argument("gold", type=Path, metavar="GOLD")
    convert.add_argument("output", type=Path, metavar="GOLD.jsonl")
    for action in (add, check, convert):
        add_library(action)


def run(args: argparse.Namespace) -> int:
    """Do one of the three."""
    with open_library(args) as library:
        return {"add": _add, "check": _check, "convert": _convert}[args.action](args, library)


def _add(args: argparse.Namespace, library: Library) -> int:
    from rag.evaluate.gold import add_row, lookup_of

    lookup = lookup_of(library)
    count = add_row(args.gold, _row(args, library), lookup)
    say(f"{args.gold} now holds {count} questions")
    return 0


def _row(args: argparse.Namespace, library: Library) -> GoldRow:
    from rag.errors import GoldError, UsageError
    from rag.evaluate.gold import GoldAnswer, GoldRow, resolve
    from rag.types import digest

    if not args.question.strip():
        raise UsageError("the question is empty")
    if bool(args.quote) == args.no_answer:
        raise UsageError("give --quote for what answers, or --no-answer; one of the two")
    if len(args.source) not in (len(args.quote), 1 if args.quote else 0):
        raise UsageError("give one --source for all quotes, or one for each --quote")
    sources = args.source * len(args.quote) if len(args.source) == 1 else args.source
    answers = []
    for id, quote in zip(sources, args.quote, strict=True):
        source = library.source(id)
        span = resolve(quote, source.id, source.text)
        if isinstance(span, str):
            raise GoldError(span)
        answers.append(GoldAnswer(source.id, span, quote))
    made = args.id or f"q-{digest(args.question)[:12]}"
    return GoldRow(made, args.question, tuple(answers), tuple(args.history), tuple(args.tag))


def _check(args: argparse.Namespace, library: Library) -> int:
    from rag.evaluate.formats import read_gold
    from rag.evaluate.gold import lookup_of

    gold = read_gold(args.gold, lookup_of(library))
    answerable = sum(row.answerable for row in gold.rows)
    say(
        f"{args.gold}: {len(gold.rows)} questions, {answerable} with an answer, every quote "
        "is where it says"
    )
    return 0


def _convert(args: argparse.Namespace, library: Library) -> int:
    from rag.errors import UsageError
    from rag.evaluate.formats import read_gold
    from rag.evaluate.gold import lookup_of, write_gold

    if args.output.exists():
        raise UsageError(f"{args.output} exists; remove it or write elsewhere")
    gold = read_gold(args.gold, lookup_of(library))
    write_gold(args.output, gold.rows)
    say(f"{len(gold.rows)} questions written to {args.output}")
    return 0
