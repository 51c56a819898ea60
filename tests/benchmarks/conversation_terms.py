"""CANARD: are the terms carried that a person would write in? TopiOCQA: is a new topic seen?"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from rag.conversation.earlier import EarlierTurn, understand
from rag.conversation.words import content_stems
from rag.train.followup import canard_turns, develop
from rag.train.squad import read_json
from tests.benchmarks.conversation_files import Row, mean


def canard(args: argparse.Namespace) -> dict[str, Any]:
    """Carried stems against the stems that the human rewrite adds, for three kinds of history."""
    rows = [r for r in read_json(args.data / "canard" / "dev.json.xz")
            if develop(r["QuAC_dialog_id"]) == (args.half == "develop")]  # fmt: skip
    return {
        "set": "canard",
        "half": args.half,
        "questions": len(rows),
        "histories": {
            "titles": "article and section as title and heading of the source cited",
            "opening": "article and section as the first two questions",
            "questions": "earlier questions alone",
        },
        "results": {
            shape: {method: stem_scores(rows, shape, method) for method in CARRIES}
            for shape in ("titles", "opening", "questions")
        },
    }


def _concatenated(turns: Sequence[EarlierTurn], *, answers: bool) -> str:
    parts: list[str] = []
    for turn in turns:
        parts += [*turn.titles, *turn.headings, turn.question]
        parts += turn.quotes if answers else ()
    return " ".join(parts)


CARRIES: dict[str, Callable[[str, Sequence[EarlierTurn]], str]] = {
    "last question": lambda question, turns: turns[-1].question if turns else "",
    "last question and answer": lambda question, turns: _concatenated(turns[-1:], answers=True),
    "all questions": lambda question, turns: _concatenated(turns, answers=False),
    "all questions and answers": lambda question, turns: _concatenated(turns, answers=True),
    "ours": lambda question, turns: " ".join(c.term for c in understand(question, turns).carried),
}


def stem_scores(rows: Sequence[Row], shape: str, method: str) -> dict[str, float]:
    """Precision, recall and F1 over all stems; ``mean F1`` is per question, both empty counts 1."""
    both = ours = theirs = 0
    each: list[float] = []
    for row in rows:
        asked = content_stems(row["Question"])
        added = content_stems(row["Rewrite"]) - asked
        got = (
            content_stems(CARRIES[method](row["Question"], canard_turns(row["History"], shape)))
            - asked
        )
        both, ours, theirs = both + len(got & added), ours + len(got), theirs + len(added)
        total = len(got) + len(added)
        each.append(2 * len(got & added) / total if total else 1.0)
    return {
        "precision": round(both / max(1, ours), 3),
        "recall": round(both / max(1, theirs), 3),
        "F1": round(2 * both / max(1, ours + theirs), 3),
        "mean F1": round(mean(each), 3),
    }


def topiocqa(args: argparse.Namespace) -> dict[str, Any]:
    """Detection of a change of topic (another page than the turn before), and how they are put."""
    rows = read_json(args.data / "topiocqa" / "dev.json.xz")
    counts = {"both": 0, "flagged": 0, "changed": 0, "questions": 0, "changed and leans": 0}
    topic = ""
    for row in rows:
        before, topic = topic, row["Topic"]
        if row["Turn_no"] == 1:
            continue
        said = row["Context"]
        turns = [EarlierTurn(q, (a,)) for q, a in zip(said[::2], said[1::2], strict=True)]
        reading = understand(row["Question"], turns)
        changed = before != topic
        counts["questions"] += 1
        counts["changed"] += changed
        counts["flagged"] += reading.switched
        counts["both"] += changed and reading.switched
        counts["changed and leans"] += changed and reading.leans
    return {
        "set": "topiocqa",
        "half": "dev, report only",
        **counts,
        "precision": round(counts["both"] / max(1, counts["flagged"]), 3),
        "recall": round(counts["both"] / counts["changed"], 3),
        "base rate": round(counts["changed"] / counts["questions"], 3),
    }
