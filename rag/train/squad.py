"""Question sets in SQuAD's JSON form (Rajpurkar et al. 2016, 2018) and the split of articles."""

from __future__ import annotations

import hashlib
import json
import lzma
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.errors import GoldError
from rag.types import Span


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of an article. sentences: inner spans, ascending and disjoint."""

    article: str
    text: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question about ``paragraphs[paragraph]`` of its set.

    answers: gold spans in that paragraph, () when it holds no answer. certain: False where the
    set's maker guessed which of several equal strings was meant.
    """

    id: str
    text: str
    paragraph: int
    answers: tuple[Span, ...]
    certain: bool = True


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Paragraphs and the questions that point into them."""

    paragraphs: tuple[Paragraph, ...]
    questions: tuple[Question, ...]

    def select(self, articles: Iterable[str]) -> QuestionSet:
        """The questions of some articles; the paragraphs stay as they are."""
        wanted = set(articles)
        kept = [q for q in self.questions if self.paragraphs[q.paragraph].article in wanted]
        return QuestionSet(self.paragraphs, tuple(kept))

    def only(self, articles: Iterable[str]) -> QuestionSet:
        """Paragraphs and questions of some articles, as a set of their own."""
        wanted = set(articles)
        places = [i for i, p in enumerate(self.paragraphs) if p.article in wanted]
        moved = {old: new for new, old in enumerate(places)}
        kept = [
            replace(q, paragraph=moved[q.paragraph]) for q in self.questions if q.paragraph in moved
        ]
        return QuestionSet(tuple(self.paragraphs[i] for i in places), tuple(kept))

    @property
    def articles(self) -> tuple[str, ...]:
        """Titles, sorted, of the articles that have a question."""
        return tuple(sorted({self.paragraphs[q.paragraph].article for q in self.questions}))


def sentence_spans(text: str) -> tuple[Span, ...]:
    """Inner spans of the sentences of ``text``, by sentencex; white space is left out."""
    import sentencex

    spans = []
    for boundary in sentencex.get_sentence_boundaries("en", text):
        start, end = boundary["start_index"], boundary["end_index"]
        part = text[start:end]
        inner = part.strip()
        if inner:
            begin = start + len(part) - len(part.lstrip())
            spans.append(Span(begin, begin + len(inner)))
    return tuple(spans)


def read_json(path: Path) -> Any:
    """JSON from a plain or an ``.xz`` file; GoldError names the file when it cannot be read."""
    try:
        if path.suffix == ".xz":
            with lzma.open(path, "rt", encoding="utf-8") as file:
                return json.load(file)
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, lzma.LZMAError) as error:
        raise GoldError(f"{path}: cannot be read as JSON ({error})") from error


def load_squad(path: Path) -> QuestionSet:
    """A set in SQuAD's form. GoldError when an answer is not where the file says it is."""
    paragraphs: list[Paragraph] = []
    questions: list[Question] = []
    for article in read_json(path)["data"]:
        for entry in article["paragraphs"]:
            text = entry["context"]
            paragraphs.append(Paragraph(article["title"], text, sentence_spans(text)))
            here = len(paragraphs) - 1
            questions.extend(_question(path, qa, text, here) for qa in entry["qas"])
    return QuestionSet(tuple(paragraphs), tuple(questions))


def _question(path: Path, entry: dict[str, Any], text: str, paragraph: int) -> Question:
    spans = []
    for answer in entry["answers"]:
        start = answer["answer_start"]
        span = Span(start, start + len(answer["text"]))
        if text[span.start : span.end] != answer["text"]:
            raise GoldError(f"{path}: answer of {entry['id']} is not at {start}")
        spans.append(span)
    certain = not any(answer.get("start_guessed") for answer in entry["answers"])
    return Question(entry["id"], entry["question"], paragraph, tuple(spans), certain)


def hold_out(articles: Sequence[str], count: int, seed: int) -> tuple[str, ...]:
    """``count`` titles drawn by hash, so that the draw does not hang on the order of the file."""

    def key(title: str) -> str:
        return hashlib.sha256(f"{seed}:{title}".encode()).hexdigest()

    return tuple(sorted(articles, key=key)[:count])


def first_by_hash(questions: Sequence[Question], count: int) -> tuple[Question, ...]:
    """The first ``count`` questions by sha256 of the id."""
    return tuple(sorted(questions, key=lambda q: hashlib.sha256(q.id.encode()).hexdigest())[:count])
