"""BEIR folders (Thakur et al. 2021): corpus.jsonl, queries.jsonl, qrels/<split>.tsv.

Every document is a source and the judgements are of whole documents, so retrieval is measured on
sources. Grades are kept; a grade of 0 or less is not relevant.
"""

from __future__ import annotations

from pathlib import Path

from rag.errors import GoldError
from rag.evaluate.formats.opening import find, objects, source_id, text_of
from rag.evaluate.gold import Document, GoldAnswer, GoldRow, GoldSet
from rag.types import Span


def is_beir(folder: Path) -> bool:
    """Whether the folder has BEIR's files."""
    return (
        all(find(folder, n) for n in ("corpus.jsonl", "queries.jsonl"))
        and (folder / "qrels").is_dir()
    )


def read_beir(folder: Path, split: str = "test") -> GoldSet:
    """Read one split. Raises GoldError for a missing file or a judgement of an unknown document."""
    documents = _corpus(folder)
    judged = _qrels(folder, split)
    questions = {str(e["_id"]): e["text"] for _, e in objects(_need(folder, "queries.jsonl"))}
    rows = []
    for query, grades in judged.items():
        if query not in questions:
            raise GoldError(
                f"{folder.name}: the query {query!r} is judged but not in queries.jsonl"
            )
        answers = []
        for name, grade in grades.items():
            document = documents.get(source_id(name))
            if document is None:
                raise GoldError(
                    f"{folder.name}: document {name!r} is judged but not in corpus.jsonl"
                )
            # The judgement is of the whole document; repeating its text in every row helps no one.
            answers.append(GoldAnswer(document.id, Span(0, len(document.text)), "", grade))
        rows.append(GoldRow(query, questions[query], tuple(answers)))
    return GoldSet(folder.name, tuple(rows), "source", tuple(documents.values()))


def _need(folder: Path, name: str) -> Path:
    path = find(folder, name)
    if path is None:
        raise GoldError(f"{folder}: {name} is missing")
    return path


def _corpus(folder: Path) -> dict[str, Document]:
    documents = {}
    for line, entry in objects(_need(folder, "corpus.jsonl")):
        parts = [p for p in (entry.get("title", ""), entry.get("text", "")) if p and p.strip()]
        if not parts or "_id" not in entry:
            raise GoldError(f"corpus.jsonl:{line}: a document needs _id and a text")
        id = source_id(str(entry["_id"]))
        documents[id] = Document(id, "\n\n".join(parts))
    return documents


def _qrels(folder: Path, split: str) -> dict[str, dict[str, int]]:
    path = _need(folder / "qrels", f"{split}.tsv")
    judged: dict[str, dict[str, int]] = {}
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        fields = line.split("\t")
        if not line.strip() or (number == 1 and not fields[-1].lstrip("-").isdigit()):
            continue
        if len(fields) != 3:
            raise GoldError(f"{path.name}:{number}: needs query, document and grade")
        if int(fields[2]) > 0:
            judged.setdefault(fields[0], {})[fields[1]] = int(fields[2])
    return judged
