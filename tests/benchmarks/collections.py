"""Public question sets as collections: documents, questions, and which documents answer them."""

from __future__ import annotations

import json
import lzma
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TRAIN_ARTICLES = 48  # as many as dev has
TRAIN_QUESTIONS = 2_500
SEED = 20_250_206


@dataclass(frozen=True, slots=True)
class Question:
    """relevant: document id -> grade, 1 or more."""

    id: str
    text: str
    relevant: dict[str, int]


@dataclass(frozen=True, slots=True)
class Collection:
    """documents: id -> text."""

    name: str
    documents: dict[str, str]
    questions: tuple[Question, ...]


def load(name: str, data: Path) -> Collection:
    """Load one of ``NAMES`` from the folder of question sets."""
    return LOADERS[name](data)


def _json(path: Path) -> Any:
    return json.loads(_text(path))


def _text(path: Path) -> str:
    data = path.read_bytes()
    return (lzma.decompress(data) if path.suffix == ".xz" else data).decode("utf-8")


def _squad(name: str, articles: list[dict[str, Any]]) -> Collection:
    """Every paragraph is a document, every question's own paragraph its one answer."""
    documents: dict[str, str] = {}
    questions = []
    for article in articles:
        for n, paragraph in enumerate(article["paragraphs"]):
            id_ = f"{article['title']}/{n:04d}"
            documents[id_] = paragraph["context"]
            questions += [
                Question(str(qa["id"]), qa["question"], {id_: 1}) for qa in paragraph["qas"]
            ]
    return Collection(name, documents, tuple(questions))


def squad_dev(data: Path) -> Collection:
    """SQuAD 1.1 dev: 2,067 paragraphs, 10,570 questions."""
    return _squad("squad-dev", _json(data / "squad" / "dev-v1.1.json.xz")["data"])


def xquad(data: Path) -> Collection:
    """XQuAD English: 240 paragraphs, 1,190 questions."""
    return _squad("xquad", _json(data / "xquad" / "xquad.en.json")["data"])


def squad_train(data: Path) -> Collection:
    """A fixed sample of SQuAD 1.1 train: 48 articles, 2,500 of their questions. For choosing."""
    articles = _json(data / "squad" / "train-v1.1.json.xz")["data"]
    articles.sort(key=lambda article: article["title"])
    chosen = random.Random(SEED).sample(articles, TRAIN_ARTICLES)
    whole = _squad("squad-train-sample", chosen)
    questions = random.Random(SEED + 1).sample(whole.questions, TRAIN_QUESTIONS)
    return Collection(whole.name, whole.documents, tuple(questions))


def nfcorpus(data: Path) -> Collection:
    """BEIR NFCorpus, test: 3,633 documents, 323 queries, graded."""
    folder = data / "nfcorpus"
    documents = {
        row["_id"]: f"{row['title']}\n\n{row['text']}".strip() for row in _lines(folder, "corpus")
    }
    texts = {row["_id"]: row["text"] for row in _lines(folder, "queries")}
    judged: dict[str, dict[str, int]] = {}
    for path in sorted((folder / "qrels").glob("test.tsv*")):
        for line in _text(path).splitlines()[1:]:
            query, document, grade = line.split()
            if int(grade) > 0:
                judged.setdefault(query, {})[document] = int(grade)
    questions = tuple(Question(id_, texts[id_], grades) for id_, grades in sorted(judged.items()))
    return Collection("nfcorpus", documents, questions)


def _lines(folder: Path, name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in _text(folder / f"{name}.jsonl.xz").split("\n") if line]


LOADERS = {
    "squad-dev": squad_dev,
    "squad-train": squad_train,
    "xquad": xquad,
    "nfcorpus": nfcorpus,
}
NAMES = tuple(LOADERS)
