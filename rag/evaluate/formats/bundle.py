"""A folder of docs.jsonl and questions.jsonl: texts with answer offsets, and earlier turns.

docs: ``{"doc_id", "text"}``; questions: ``{"qid", "question", "doc_id", "answerable", "answers":
[{"text", "start"}], "history": [{"role", "text"}]}``. Only the user's earlier turns are history.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rag.errors import GoldError
from rag.evaluate.formats.opening import find, objects, source_id
from rag.evaluate.gold import Document, GoldAnswer, GoldRow, GoldSet
from rag.types import Span


def is_bundle(folder: Path) -> bool:
    """Whether the folder has both files."""
    return bool(find(folder, "docs.jsonl") and find(folder, "questions.jsonl"))


def read_bundle(folder: Path) -> GoldSet:
    """Read the folder. GoldError has the line of a question whose answer is not in place."""
    docs, questions = find(folder, "docs.jsonl"), find(folder, "questions.jsonl")
    if docs is None or questions is None:
        raise GoldError(f"{folder}: docs.jsonl and questions.jsonl are needed")
    documents: dict[str, Document] = {}
    for line, entry in objects(docs):
        try:
            id = source_id(entry["doc_id"])
            documents[id] = Document(id, entry["text"])
        except KeyError as error:
            raise GoldError(f"{docs.name}:{line}: {error} is missing") from error
    rows: dict[str, GoldRow] = {}
    for line, entry in objects(questions):
        try:
            row = _question(entry, documents)
        except (KeyError, TypeError, ValueError) as error:
            raise GoldError(f"{questions.name}:{line}: {error}") from error
        if row.id in rows:
            raise GoldError(f"{questions.name}:{line}: the id {row.id!r} is taken")
        rows[row.id] = row
    return GoldSet(folder.name, tuple(rows.values()), documents=tuple(documents.values()))


def _question(entry: dict[str, Any], documents: dict[str, Document]) -> GoldRow:
    id = source_id(entry["doc_id"])
    body = documents[id].text
    answers: dict[GoldAnswer, None] = {}
    for answer in entry["answers"]:
        text, start = answer["text"], answer["start"]
        if body[start : start + len(text)] != text:
            raise ValueError(f"the answer {text!r} is not at {start} of {entry['doc_id']!r}")
        answers[GoldAnswer(id, Span(start, start + len(text)), text)] = None
    history = tuple(t["text"] for t in entry.get("history", []) if t["role"] == "user")
    return GoldRow(entry["qid"], entry["question"], tuple(answers), history)
