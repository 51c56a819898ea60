"""SQuAD 1.1 and 2.0 JSON (Rajpurkar et al. 2016, 2018), and the sets made in its form.

Each article becomes one source: its paragraphs joined by blank lines, so that answer offsets shift
by the start of their paragraph. Questions are tagged with the title of their article.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.errors import GoldError
from rag.evaluate.formats.opening import source_id, text_of
from rag.evaluate.gold import Document, GoldAnswer, GoldRow, GoldSet
from rag.types import Span

JOINT = "\n\n"


def read_squad(path: Path) -> GoldSet:
    """Read a SQuAD file. Raises GoldError when it has another form or an answer is not in place."""
    try:
        data = json.loads(text_of(path))
        articles = data["data"]
        documents: list[Document] = []
        rows: list[GoldRow] = []
        for article in articles:
            document, found = read_article(path, article)
            documents.append(document)
            rows.extend(found)
    except (KeyError, TypeError, ValueError) as error:
        raise GoldError(f"{path}: not in SQuAD's form ({type(error).__name__}: {error})") from error
    _distinct(path, [d.id for d in documents], "article")
    _distinct(path, [r.id for r in rows], "question")
    if not rows:
        raise GoldError(f"{path}: holds no questions")
    name = path.name.split(".json")[0]
    return GoldSet(name, tuple(rows), documents=tuple(documents))


def read_article(path: Path, article: dict[str, Any]) -> tuple[Document, list[GoldRow]]:
    """One article as a source, and its questions, which are tagged with its title."""
    id = source_id(article["title"])
    texts: list[str] = []
    rows: list[GoldRow] = []
    start = 0
    for paragraph in article["paragraphs"]:
        context = paragraph["context"]
        found = (_question(path, qa, id, context, start) for qa in paragraph["qas"])
        rows.extend(replace(row, tags=(article["title"],)) for row in found)
        texts.append(context)
        start += len(context) + len(JOINT)
    return Document(id, JOINT.join(texts)), rows


def _question(path: Path, qa: dict[str, Any], source: str, context: str, shift: int) -> GoldRow:
    answers: dict[GoldAnswer, None] = {}
    if not qa.get("is_impossible", False):
        for answer in qa["answers"]:
            text, at = answer["text"], answer["answer_start"]
            if not text or context[at : at + len(text)] != text:
                raise GoldError(f"{path}: question {qa['id']}: {text!r} is not at {at}")
            answers[GoldAnswer(source, Span(at, at + len(text)).shift(shift), text)] = None
        if not answers:
            raise GoldError(f"{path}: question {qa['id']} has no answer and is not is_impossible")
    return GoldRow(qa["id"], qa["question"].strip() or qa["question"], tuple(answers))


def _distinct(path: Path, names: list[str], kind: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise GoldError(f"{path}: two {kind}s are called {name!r}")
        seen.add(name)
