"""Doc2Dial (Feng et al. 2020): first questions of dialogues about government pages.

Only documents whose id has an even SHA-256 are read; the others are for reports. Later turns lean
on what was said before and are left out.
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.errors import GoldError
from rag.train.followup import develop
from rag.train.squad import Paragraph, Question, QuestionSet, sentence_spans
from rag.types import Span

DOCUMENTS, QUESTIONS = "docs.jsonl.xz", "questions.jsonl.xz"
LONGEST_HEADING = 90  # code points of a first line that heads its section


def load_doc2dial(folder: Path) -> QuestionSet:
    """Sections of the even documents and the first questions about them. GoldError when a file is
    missing or an answer is not where it says.
    """
    paragraphs: list[Paragraph] = []
    sections: dict[str, list[tuple[Span, int]]] = {}
    for row in _rows(folder / DOCUMENTS):
        if develop(row["doc_id"]):
            places = sections.setdefault(row["doc_id"], [])
            for span in section_spans(row["text"]):
                places.append((span, len(paragraphs)))
                text = row["text"][span.start : span.end]
                paragraphs.append(Paragraph(row["title"], text, _sentences(text)))
    questions = []
    for row in _rows(folder / QUESTIONS):
        if row["doc_id"] not in sections or row["history"] or not row["answers"]:
            continue
        answer = row["answers"][0]["text"]
        start = row["answers"][0]["start"] + len(answer) - len(answer.lstrip())
        gold = Span(start, start + len(answer.strip()))
        here = [(s, i) for s, i in sections[row["doc_id"]] if s.start <= gold.start < s.end]
        if not here:
            raise GoldError(f"{folder}: the answer of {row['qid']} lies in no section")
        section, index = here[0]
        inner = Span(gold.start - section.start, min(gold.end, section.end) - section.start)
        if any(s.overlaps(inner) for s in paragraphs[index].sentences):  # else: a heading
            questions.append(Question(row["qid"], row["question"], index, (inner,)))
    return QuestionSet(tuple(paragraphs), tuple(questions))


def section_spans(text: str) -> list[Span]:
    """Runs of text between blank lines, without white space in front."""
    return [Span(*match.span()) for match in re.finditer(r"\S(?:[^\n]|\n(?!\s*\n))*", text)]


def _sentences(text: str) -> tuple[Span, ...]:
    """The sentences of a section; a short first line that ends like a heading is none."""
    first, _, body = text.partition("\n")
    heads = body.strip() and len(first) <= LONGEST_HEADING and first.rstrip()[-1:] not in ".;:,"
    by = len(first) + 1 if heads else 0
    spans = sentence_spans(text[by:])
    return tuple(Span(s.start + by, s.end + by) for s in spans)


def _rows(path: Path) -> Iterator[Any]:
    try:
        with lzma.open(path, "rt", encoding="utf-8") as file:
            yield from map(json.loads, file)
    except (OSError, ValueError, lzma.LZMAError) as error:
        raise GoldError(f"{path}: cannot be read as JSON lines ({error})") from error
