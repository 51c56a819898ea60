"""Training groups from a person's own gold set and the library it points into."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.answer.reading import passage_text
from rag.errors import GoldError
from rag.reader.encoding import above
from rag.train.pairs import Group, Pair, negative_pair
from rag.train.unanswerable import keywords
from rag.types import Hit, Span

if TYPE_CHECKING:
    from rag.evaluate.gold import GoldRow
    from rag.library import Library
    from rag.protocols import PassageText
    from rag.types import Passage

LONGEST_SPAN = 200  # code points; longer gold places teach sentences, not answer words
NEGATIVES = 4


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with the passages that answer it and high-ranking ones that do not."""

    positives: tuple[Pair, ...]
    negatives: tuple[Pair, ...]


class GoldGroups:
    """One group per question: a positive and a negative passage, drawn anew in every epoch."""

    def __init__(self, questions: Sequence[GoldQuestion], seed: int) -> None:
        self._questions, self._seed = tuple(questions), seed

    def __len__(self) -> int:
        return len(self._questions)

    def make(self, index: int, epoch: int) -> Group:
        """The group of question ``index`` in this epoch."""
        rng = random.Random(f"{self._seed}:gold:{epoch}:{index}")
        question = self._questions[index]
        pairs = [rng.choice(part) for part in (question.positives, question.negatives) if part]
        if rng.random() < 0.1:
            pairs = [asked_by_words(pair) for pair in pairs]
        return Group(tuple(pairs))


def asked_by_words(pair: Pair) -> Pair:
    """The same pair, its question as key words."""
    return replace(pair, question=keywords(pair.question))


def gold_questions(library: Library, rows: Sequence[GoldRow]) -> tuple[GoldQuestion, ...]:
    """The rows as passages of the library. GoldError when a place lies in none of its passages."""
    found = []
    for row in rows:
        positives = []
        for answer in row.answers:
            touched = [
                pair
                for passage in library.passages(answer.source)
                if (pair := _positive(library, row.question, passage, answer.span)) is not None
            ]
            if not touched:
                raise GoldError(
                    f"row {row.id}: {answer.source} [{answer.span.start}, {answer.span.end}) holds "
                    f"no sentence of the library; build the library again"
                )
            positives += touched
        places = {(answer.source, answer.span) for answer in row.answers}
        negatives = []
        for hit in library.search(row.question, k=NEGATIVES + len(positives)):
            source, span = hit.passage.source.id, hit.passage.span
            if not any(source == s and span.overlaps(p) for s, p in places):
                seen = _inside(library, hit.passage)
                if seen.sentences:
                    negative = negative_pair(row.question, seen.text, seen.sentences)
                    negatives.append(replace(negative, heading=above(seen.heading, seen.text)))
        if positives or negatives:
            found.append(GoldQuestion(tuple(positives), tuple(negatives[:NEGATIVES])))
    return tuple(found)


def _inside(library: Library, passage: Passage) -> PassageText:
    """A passage as a reader sees it."""
    return passage_text(Hit(passage, 0.0), library.sentences(passage))


def _positive(library: Library, question: str, passage: Passage, gold: Span) -> Pair | None:
    """The passage with the part of the gold place that lies in it, or None when none does."""
    if not passage.span.overlaps(gold):
        return None
    seen = _inside(library, passage)
    start = passage.span.start
    part = Span(max(gold.start - start, 0), min(gold.end - start, len(seen.text)))
    labels = tuple(int(s.overlaps(part)) for s in seen.sentences)
    if not any(labels):
        return None
    answers = (part,) if len(part) <= LONGEST_SPAN else ()
    heading = above(seen.heading, seen.text)
    return Pair(question, seen.text, seen.sentences, answers, True, labels, heading)
