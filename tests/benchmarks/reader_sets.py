"""Question sets for the reader's benchmark, all in the form of ``rag.train.squad``."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

from rag.train.squad import Paragraph, Question, QuestionSet, load_squad, sentence_spans
from rag.types import Span


def lines(path: Path) -> list[Any]:
    """The objects of a JSON lines file."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def qed(folder: Path) -> QuestionSet:
    """QED: real search-engine questions, each over its own paragraph."""
    paragraphs, place = [], {}
    for entry in lines(folder / "docs.jsonl.xz"):
        place[entry["doc_id"]] = len(paragraphs)
        text = entry["text"]
        paragraphs.append(Paragraph(entry["doc_id"], text, sentence_spans(text)))
    questions = []
    for entry in lines(folder / "questions.jsonl.xz"):
        index = place[entry["doc_id"]]
        spans = tuple(
            Span(a["start"], a["start"] + len(a["text"])) for a in entry["answers"] if a["text"]
        )
        for span, answer in zip(spans, entry["answers"], strict=True):
            assert paragraphs[index].text[span.start : span.end] == answer["text"]
        questions.append(Question(entry["qid"], entry["question"], index, spans))
    return QuestionSet(tuple(paragraphs), tuple(questions))


def dev_sets(data: Path) -> dict[str, QuestionSet]:
    """The sets whose gold passage is given, by name."""
    return {
        "squad-1.1-dev": load_squad(data / "squad" / "dev-v1.1.json.xz"),
        "squadshifts-new-wiki": load_squad(data / "squadshifts" / "new_wiki_v1.0.json.xz"),
        "qed": qed(data / "qed"),
    }


def calibration_articles(data: Path) -> frozenset[str]:
    """Articles of SQuAD 2.0 dev at even positions: thresholds were fitted on them."""
    return frozenset(load_squad(data / "squad" / "dev-v2.0.json.xz").articles[::2])
