"""Questions that no shipped reader was trained on, of several kinds, each with texts of its own.

Confidence is fitted on them. Whole articles are held out, drawn by hash as ``reader_run`` does;
articles of the same set that are trained on lie beside them in the library, as something to be
mistaken for the answer. Licences stand in ``rag/train/README.md``.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import GoldError
from rag.evaluate.formats.opening import source_id
from rag.evaluate.formats.squad import read_article
from rag.evaluate.gold import Document, GoldAnswer, GoldRow, GoldSet
from rag.train.followup import develop
from rag.train.squad import hold_out, read_json
from rag.types import Span, digest

SEED = 20261121  # that the shipped readers trained with


@dataclass(frozen=True, slots=True)
class Kind:
    """A set in SQuAD's form below the data folder. held_out: articles, a number or a share. beside:
    further articles in the library. even: only articles at even positions of the sorted titles.
    one: every question is asked of its own article alone (contracts repeat each other). short: its
    gold is the shortest answer, not everything that bears on the question. complete: its gold holds
    every answer, as far as is known; else another sentence may be right as well.
    """

    name: str
    file: str
    held_out: float
    beside: int = 0
    even: bool = False
    one: bool = False
    short: bool = True
    complete: bool = True


KINDS = (
    Kind("encyclopedia", "squad/train-v1.1.json.xz", 20),
    Kind("near misses", "squad/dev-v2.0.json.xz", 2, beside=16, even=True),
    Kind("reviews", "squadshifts/amazon_v1.0.json.xz", 0.1, beside=80),
    Kind("searches", "nq/nq.json.xz", 0.1, beside=1000, complete=False),
    Kind("papers", "covid/covid.json.xz", 0.1, beside=15, complete=False),
    Kind("contracts", "cuad/cuad.json.xz", 0.03, one=True, short=False),
)
GOVERNMENT = Kind(  # its even documents
    "government pages", "doc2dial", 0, short=False, complete=False
)


def held_out_sets(data: Path, count: int) -> Iterator[tuple[Kind, GoldSet]]:
    """Every kind with a set of at most ``count`` questions."""
    for kind in KINDS:
        yield kind, squad_kind(kind, data, count)
    yield GOVERNMENT, doc2dial(data / "doc2dial", count)


def squad_kind(kind: Kind, data: Path, count: int) -> GoldSet:
    """The held-out questions of one set; as many with an answer as without where it has both."""
    path = data / kind.file
    articles = read_json(path)["data"]
    every = sorted({article["title"] for article in articles})
    titles = every[:: 2 if kind.even else 1]
    share = kind.held_out
    held = set(hold_out(titles, int(share if share >= 1 else round(share * len(titles))), SEED))
    others = sorted((t for t in titles if t not in held), key=digest)[: kind.beside]
    documents: list[Document] = []
    rows: list[GoldRow] = []
    for number, article in enumerate(articles):
        if article["title"] in held.union(others):
            # Reviews of one product have one title: a number keeps their files apart.
            name = article["title"] + (f" {number}" if len(articles) > len(every) else "")
            document, found = read_article(path, article | {"title": name})
            documents.append(document)
            rows += found if article["title"] in held else []
    return GoldSet(kind.name, _drawn(rows, count), documents=tuple(documents))


def _drawn(rows: list[GoldRow], count: int) -> tuple[GoldRow, ...]:
    ordered = sorted(rows, key=lambda row: digest(row.id))
    without = [row for row in ordered if not row.answers][: count // 2]
    return (*[row for row in ordered if row.answers][: count - len(without)], *without)


def doc2dial(folder: Path, count: int) -> GoldSet:
    """Second turns of dialogues over the even documents (the first are trained on), and these."""
    texts = {d["doc_id"]: d["text"] for d in _lines(folder / "docs.jsonl.xz")}
    rows = [
        _turn(row, texts[row["doc_id"]])
        for row in _lines(folder / "questions.jsonl.xz")
        if row["answerable"] and develop(row["doc_id"]) and 0 < len(row["history"]) <= 2
    ]
    documents = tuple(Document(source_id(id), text) for id, text in texts.items() if develop(id))
    return GoldSet(GOVERNMENT.name, _drawn(rows, count), documents=documents)


def _turn(row: dict[str, Any], text: str) -> GoldRow:
    first = row["answers"][0]
    span = Span(first["start"], first["start"] + len(first["text"]))
    answer = GoldAnswer(source_id(row["doc_id"]), span, text[span.start : span.end])
    history = tuple(turn["text"] for turn in row["history"] if turn["role"] == "user")
    return GoldRow(row["qid"], row["question"], (answer,), history)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with lzma.open(path, "rt", encoding="utf-8") as file:
            yield from map(json.loads, file)
    except (OSError, ValueError, lzma.LZMAError) as error:
        raise GoldError(f"{path}: cannot be read as JSON lines ({error})") from error


def of_its_document(row: GoldRow) -> frozenset[str]:
    """The source that a question of a set in SQuAD's form is about."""
    return frozenset({source_id(row.tags[0])})
