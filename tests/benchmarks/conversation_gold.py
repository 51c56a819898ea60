"""The shipped gold set's follow-ups, each asked at the end of its own conversation.

"wrong" is an answer whose first quote is none of the gold ones (or any answer at all where no
source answers); "inherits" counts the switches that took a term over.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rag.evaluate.formats import read_gold
from rag.evaluate.gold import GoldRow, lookup_of
from rag.library import Library
from rag.types import Answer, Result
from tests.benchmarks.answers import ROOT, corpus_library

TAGS = ("switch", "ambiguous", "why", "trap", "unanswerable", "pronoun", "ellipsis", "reference")
Ask = Callable[[Library, GoldRow], Result]


def in_conversation(library: Library, row: GoldRow) -> Result:
    """Every earlier question is asked as well, and its quotes are part of the history."""
    conversation = library.conversation()
    for question in row.history:
        conversation.ask(question)
    return conversation.ask(row.question)


METHODS: Mapping[str, Ask] = {
    "alone": lambda library, row: library.ask(row.question),
    "last": lambda library, row: library.ask(" ".join([*row.history[-1:], row.question])),
    "all": lambda library, row: library.ask(" ".join([*row.history, row.question])),
    "ours, questions alone": lambda library, row: library.ask(row.question, history=row.history),
    "ours": in_conversation,
}


def outcome(row: GoldRow, result: Result) -> str:
    """right, wrong or abstained."""
    if not isinstance(result, Answer):
        return "abstained"
    first = result.quotes[0]
    gold = ((a.source, a.span) for a in row.answers)
    return (
        "right"
        if any(s == first.source.id and first.span.overlaps(p) for s, p in gold)
        else ("wrong")
    )


def counted(rows: Sequence[GoldRow], outcomes: Sequence[str]) -> dict[str, Any]:
    """Counts over all rows, over each tag, and the ids answered wrongly."""
    pairs = list(zip(rows, outcomes, strict=True))

    def count(chosen: Sequence[tuple[GoldRow, str]]) -> dict[str, int]:
        found = [what for _, what in chosen]
        return {"questions": len(found)} | {
            what: found.count(what) for what in ("right", "wrong", "abstained")
        }

    tagged = {tag: [pair for pair in pairs if tag in pair[0].tags] for tag in TAGS}
    return {
        "all": count(pairs),
        **{tag: count(chosen) for tag, chosen in tagged.items()},
        "answered wrongly": [row.id for row, what in pairs if what == "wrong"],
    }


def gold(args: argparse.Namespace) -> dict[str, Any]:
    """Every method over the follow-ups of each half and of both."""
    del args
    with corpus_library() as library:
        rows = read_gold(ROOT / "tests" / "gold" / "corpus.jsonl", lookup_of(library)).rows
        rows = tuple(row for row in rows if row.history)
        found = {name: [ask(library, row) for row in rows] for name, ask in METHODS.items()}
        return {
            "set": "corpus",
            "reader": library.reader.name,
            "threshold": library.reader.threshold,
            **{half or "both": _half(rows, found, half) for half in ("develop", "report", "")},
        }


def _half(
    rows: Sequence[GoldRow], found: Mapping[str, Sequence[Result]], half: str
) -> dict[str, Any]:
    """The counts of one half, of both when it is ""."""
    kept = [i for i, row in enumerate(rows) if not half or half in row.tags]
    chosen = [rows[i] for i in kept]
    results = {name: [all_of[i] for i in kept] for name, all_of in found.items()}
    return {
        name: {
            **counted(chosen, [outcome(r, a) for r, a in zip(chosen, answers, strict=True)]),
            "switches that inherit": sum(
                bool(answer.carried)
                for row, answer in zip(chosen, answers, strict=True)
                if "switch" in row.tags
            ),
        }
        for name, answers in results.items()
    }
