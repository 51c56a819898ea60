"""Sentence choice without a reader: first, by words, by cosine; one score per sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from rag.models.fallback import FallbackReader
from rag.protocols import Embedder
from rag.train.collection import passage_text
from rag.train.negatives import bm25
from rag.train.squad import Question, QuestionSet

Scores = NDArray[np.float64]
Scorer = Callable[[Question], Scores]


def scorers(
    questions: QuestionSet, asked: Sequence[Question], embedder: Embedder
) -> dict[str, Scorer]:
    """Scorers over the sentences of a question's own paragraph, by name."""
    used = sorted({q.paragraph for q in asked})
    first, texts = {}, []
    for index in used:
        paragraph = questions.paragraphs[index]
        first[index] = len(texts)
        texts += [paragraph.text[s.start : s.end] for s in paragraph.sentences]
    words = bm25(texts)
    short = [text if embedder.count(text) <= embedder.window else text[:400] for text in texts]
    vectors = embedder.embed_passages(short)
    fallback = FallbackReader(embedder)

    def inside(question: Question) -> slice:
        start = first[question.paragraph]
        return slice(start, start + len(questions.paragraphs[question.paragraph].sentences))

    def first_sentence(question: Question) -> Scores:
        return -np.arange(len(questions.paragraphs[question.paragraph].sentences), dtype=float)

    def by_words(question: Question) -> Scores:
        return words.scores(question.text)[inside(question)].astype(float)

    def by_cosine(question: Question) -> Scores:
        return (vectors[inside(question)] @ embedder.embed_query(question.text)).astype(float)

    def by_fallback(question: Question) -> Scores:
        passage = passage_text(questions.paragraphs[question.paragraph])
        return np.asarray(fallback.read(question.text, [passage])[0].sentences)

    return {
        "first sentence": first_sentence,
        "BM25 sentence": by_words,
        "MiniLM-cosine sentence": by_cosine,
        "fallback reader": by_fallback,
    }
