"""SelQA (Jurczyk et al. 2016): questions with the sentences that answer them, no answer words."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from rag.errors import GoldError
from rag.train.pairs import Group, joined_sentences
from rag.train.squad import read_json
from rag.train.unanswerable import keywords


@dataclass(frozen=True, slots=True)
class SentenceQuestion:
    """A question over a run of sentences; ``right`` are the indices of those that answer."""

    question: str
    sentences: tuple[str, ...]
    right: tuple[int, ...]


def load_selqa(path: Path) -> tuple[SentenceQuestion, ...]:
    """The questions of an answer-sentence file. GoldError when an index points nowhere."""
    found = []
    for entry in read_json(path):
        sentences = tuple(s.strip() for s in entry["candidates"])
        right = tuple(entry["answers"])
        if any(not 0 <= index < len(sentences) for index in right):
            raise GoldError(f"{path}: an answer of {entry['question']!r} is no candidate")
        filled = [i for i, s in enumerate(sentences) if s]
        found.append(
            SentenceQuestion(
                entry["question"],
                tuple(sentences[i] for i in filled),
                tuple(n for n, i in enumerate(filled) if i in right),
            )
        )
    return tuple(q for q in found if q.sentences and q.right)


class SentenceGroupMaker:
    """Groups of one pair each, with sentence labels and no span."""

    def __init__(self, questions: tuple[SentenceQuestion, ...], seed: int) -> None:
        self._questions, self._seed = questions, seed

    def __len__(self) -> int:
        return len(self._questions)

    def make(self, index: int, epoch: int) -> Group:
        """The group of question ``index`` in this epoch."""
        rng = random.Random(f"{self._seed}:selqa:{epoch}:{index}")
        entry = self._questions[index]
        text = keywords(entry.question) if rng.random() < 0.1 else entry.question
        first = 0
        last = len(entry.sentences)
        if last > 8:  # long sections: a run of sentences around the answer
            first = max(0, min(entry.right) - rng.randint(0, 5))
            last = min(last, max(entry.right) + 1 + rng.randint(0, 5))
        right = [i - first for i in entry.right]
        return Group((joined_sentences(text, entry.sentences[first:last], right, relevant=True),))
