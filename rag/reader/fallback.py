"""The reader without training: sentences by embedding and by shared words. Also a baseline."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from rag.protocols import Embedder, Matrix, PassageText, Reading
from rag.segment.lexicon import STOP_WORDS, stem

# Chosen on the develop half of tests/gold/corpus.jsonl (59 answerable questions, 14 not): the
# greatest sum of the share of first quotes that hit and of the share of right abstentions.
THRESHOLD = 0.58
_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")


class FallbackReader:
    """Scores a sentence by the mean of five plain signs, each in [0, 1]; nothing here is trained.

    They are its cosine similarity to the question and the question's words in it, both for the
    sentence alone and together with its heading and the sentence before, and the retrieval score
    of its passage where there is one. A word counts by how few of the sentences read hold it
    (inverse document frequency). Names no answer words; ``probability`` is the best sentence's
    score, which is not calibrated.
    """

    calibrated = False
    confidence = None
    threshold = THRESHOLD

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @property
    def name(self) -> str:
        """The embedder's name with the rule's version."""
        return f"fallback-2 over {self._embedder.name}"

    def read(self, question: str, passages: Sequence[PassageText], /) -> tuple[Reading, ...]:
        """One reading per passage, in the order given; 0 for a passage without a sentence."""
        alone = [p.text[s.start : s.end] for p in passages for s in p.sentences]
        if not alone:
            return tuple(_reading([]) for _ in passages)
        within = [text for p in passages for text in _in_context(p)]
        signs = [
            *(overlaps(question, texts) for texts in (alone, within)),
            *(np.clip(self._cosines(question, texts), 0.0, 1.0) for texts in (alone, within)),
        ]
        if all(p.prior is not None for p in passages):
            priors = [p.prior for p in passages for _ in p.sentences]
            signs.append(np.clip(np.array(priors, dtype=np.float32), 0.0, 1.0))
        scores = iter(np.clip(np.mean(signs, axis=0), 0.0, 1.0).tolist())
        return tuple(_reading([next(scores) for _ in p.sentences]) for p in passages)

    def _cosines(self, question: str, sentences: Sequence[str]) -> Matrix:
        """(n,): of a sentence longer than the embedder's window, the best of its parts."""
        parts = [part for sentence in sentences for part in self._parts(sentence)]
        counts = [len(self._parts(sentence)) for sentence in sentences]
        similar = self._embedder.embed_passages(parts) @ self._embedder.embed_query(question)
        starts = np.cumsum([0, *counts[:-1]])
        best: Matrix = np.maximum.reduceat(similar, starts)
        return best

    def _parts(self, text: str) -> list[str]:
        if len(text) < 2 or self._embedder.count(text) <= self._embedder.window:
            return [text]
        middle = len(text) // 2
        space = text.rfind(" ", 1, middle)
        cut = space if space > 0 else middle
        return [*self._parts(text[:cut]), *self._parts(text[cut:])]


def _in_context(passage: PassageText) -> list[str]:
    """Each sentence with the heading and the sentence before it."""
    texts = [passage.text[s.start : s.end] for s in passage.sentences]
    before = ["", *texts][: len(texts)]
    return [f"{passage.heading}. {b} {t}" for b, t in zip(before, texts, strict=True)]


def _reading(scores: list[float]) -> Reading:
    best = max(scores, default=0.0)
    return Reading(score=best, probability=best, answer=None, sentences=tuple(scores))


def _stems(text: str) -> frozenset[str]:
    words = (word.casefold() for word in _WORD.findall(text))
    return frozenset(stem(word) for word in words if word not in STOP_WORDS)


def overlaps(question: str, sentences: Sequence[str]) -> Matrix:
    """(n,): the weighted share of the question's content words that each sentence holds."""
    asked = _stems(question)
    held = [_stems(sentence) & asked for sentence in sentences]
    frequency = Counter(stem for stems in held for stem in stems)
    weight = {stem: math.log(1.0 + len(sentences) / (1.0 + frequency[stem])) for stem in asked}
    total = sum(weight.values()) or 1.0
    return np.array([sum(weight[s] for s in stems) / total for stems in held], dtype=np.float32)
