"""Sentence choice without a reader: first, by words, by cosine; one score per sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from rag.protocols import Embedder
from rag.reader.fallback import FallbackReader
from rag.train.collection import passage_text
from rag.train.negatives import bm25
from rag.train.squad import QuestionSet

Scores = NDArray[np.float64]
Scorer = Callable[[str, int], Scores]  # of a question over the sentences of a paragraph
FIRST, WORDS, COSINE = "first sentence", "BM25 sentence", "MiniLM-cosine sentence"
FALLBACK = "fallback reader"


class LastQuery:
    """Query vectors, the last one kept: several scorers ask for the same in turn."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder, self._text = embedder, ""
        self._vector: NDArray[np.float32] = np.empty(0, dtype=np.float32)

    def __call__(self, text: str) -> NDArray[np.float32]:
        if text != self._text:
            self._text, self._vector = text, self._embedder.embed_query(text)
        return self._vector


def scorers(
    questions: QuestionSet, paragraphs: Iterable[int], embedder: Embedder
) -> dict[str, Scorer]:
    """Scorers over the sentences of the given paragraphs of a set, by name."""
    first, texts = {}, []
    for index in sorted(set(paragraphs)):
        paragraph = questions.paragraphs[index]
        first[index] = len(texts)
        texts += [paragraph.text[s.start : s.end] for s in paragraph.sentences]
    words = bm25(texts)
    short = [text if embedder.count(text) <= embedder.window else text[:400] for text in texts]
    vectors = embedder.embed_passages(short)
    fallback, query = FallbackReader(embedder), LastQuery(embedder)

    def inside(index: int) -> slice:
        return slice(first[index], first[index] + len(questions.paragraphs[index].sentences))

    def first_sentence(question: str, index: int) -> Scores:
        del question
        return -np.arange(len(questions.paragraphs[index].sentences), dtype=float)

    def by_words(question: str, index: int) -> Scores:
        return words.scores(question)[inside(index)].astype(float)

    def by_cosine(question: str, index: int) -> Scores:
        return (vectors[inside(index)] @ query(question)).astype(float)

    def by_fallback(question: str, index: int) -> Scores:
        passage = passage_text(questions.paragraphs[index])
        return np.asarray(fallback.read(question, [passage])[0].sentences)

    return {FIRST: first_sentence, WORDS: by_words, COSINE: by_cosine, FALLBACK: by_fallback}
