"""SelQA test: answer sentences ranked, MAP and MRR."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rag.protocols import PassageText
from rag.train.examples import joined_sentences
from rag.train.selqa import load_selqa

if TYPE_CHECKING:
    from tests.benchmarks.reader import Bench


def selqa(bench: Bench) -> dict[str, Any]:
    """Questions with at least one right sentence; the section is read as one passage."""
    entries = load_selqa(bench.data / "selqa" / "ass-test.json.xz")[: bench.count]
    precisions, ranks = [], []
    for entry in entries:
        pair = joined_sentences(entry.question, entry.sentences)
        passage = PassageText(pair.text, pair.sentences)
        reading = bench.reader.read(entry.question, [passage])[0]
        precision, rank = ranked(reading.sentences, entry.right)
        precisions.append(precision)
        ranks.append(rank)
    return {
        "questions": len(entries),
        "MAP": round(float(np.mean(precisions)), 4),
        "MRR": round(float(np.mean(ranks)), 4),
    }


def ranked(scores: Any, right: tuple[int, ...]) -> tuple[float, float]:
    """(average precision, reciprocal rank of the first right sentence)."""
    order = np.argsort(-np.asarray(scores), kind="stable")
    places = [rank for rank, index in enumerate(order, start=1) if index in right]
    average = float(np.mean([n / rank for n, rank in enumerate(places, start=1)]))
    return average, 1 / places[0]
