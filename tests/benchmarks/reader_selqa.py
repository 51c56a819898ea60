"""SelQA test: answer sentences ranked, MAP and MRR."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rag.protocols import PassageText
from rag.train.pairs import joined_sentences
from rag.train.selqa import load_selqa
from rag.train.squad import Paragraph, QuestionSet
from tests.benchmarks.reader_baselines import COSINE, FIRST, WORDS, scorers

if TYPE_CHECKING:
    from tests.benchmarks.reader import Bench


def selqa(bench: Bench) -> dict[str, Any]:
    """Questions with at least one right sentence; the section is read as one passage."""
    entries = load_selqa(bench.data / "selqa" / "ass-test.json.xz")[: bench.count]
    pairs = [joined_sentences(entry.question, entry.sentences) for entry in entries]
    paragraphs = tuple(Paragraph(str(n), p.text, p.sentences) for n, p in enumerate(pairs))
    cheap = scorers(QuestionSet(paragraphs, ()), range(len(pairs)), bench.embedder)
    found: dict[str, list[tuple[float, float]]] = {"": [], FIRST: [], WORDS: [], COSINE: []}
    for number, (entry, pair) in enumerate(zip(entries, pairs, strict=True)):
        reading = bench.reader.read(entry.question, [PassageText(pair.text, pair.sentences)])[0]
        found[""].append(ranked(reading.sentences, entry.right))
        for name in (FIRST, WORDS, COSINE):
            found[name].append(ranked(cheap[name](entry.question, number), entry.right))
    means = {name: np.mean(values, axis=0) for name, values in found.items()}
    return {"questions": len(entries)} | {
        f"{measure} by {name}" if name else measure: round(float(value), 4)
        for name, pair_of in means.items()
        for measure, value in zip(("MAP", "MRR"), pair_of, strict=True)
    }


def ranked(scores: Any, right: tuple[int, ...]) -> tuple[float, float]:
    """(average precision, reciprocal rank of the first right sentence)."""
    order = np.argsort(-np.asarray(scores), kind="stable")
    places = [rank for rank, index in enumerate(order, start=1) if index in right]
    average = float(np.mean([n / rank for n, rank in enumerate(places, start=1)]))
    return average, 1 / places[0]
