"""Hard negatives: paragraphs that rank high for a question and do not hold its answer.

Ranking is BM25 (Robertson & Zaragoza 2009) over the training paragraphs as two sparse matrices,
which scores every question of the set in one product; paragraphs of the question's own article
come first, because they are the ones a reader confuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.evaluate.metrics.answers import normal
from rag.train.squad import QuestionSet

K1, B = 1.2, 0.75
BLOCK = 512  # questions per product, so that the scores fit in memory


def mine(questions: QuestionSet, each: int = 6, same_article_bonus: float = 1.3) -> NDArray[Any]:
    """(questions, each) int32 indices of paragraphs, best first, -1 where fewer were found.

    A paragraph that holds an answer string (compared after normalisation) is passed over; scores of
    the same article are multiplied by ``same_article_bonus``.
    """
    words = bm25([p.text for p in questions.paragraphs])
    terms, weights = words.terms(q.text for q in questions.questions), words.weights
    titles = [p.article for p in questions.paragraphs]
    articles = np.unique(titles, return_inverse=True)[1]
    padded = [f" {normal(p.text)} " for p in questions.paragraphs]
    found = np.full((len(questions.questions), each), -1, dtype=np.int32)
    for begin in range(0, len(questions.questions), BLOCK):
        scores = np.asarray((terms[begin : begin + BLOCK] @ weights.T).todense())
        for row, line in enumerate(scores):
            question = questions.questions[begin + row]
            line = np.where(
                articles == articles[question.paragraph], line * same_article_bonus, line
            )
            own = questions.paragraphs[question.paragraph].text
            wanted = {f" {normal(own[s.start : s.end])} " for s in question.answers}
            looked_at = min(4 * each, len(line))
            best = np.argpartition(-line, looked_at - 1)[:looked_at]
            column = 0
            for index in best[np.argsort(-line[best], kind="stable")]:
                if column == each or line[index] <= 0:
                    break
                if index == question.paragraph or any(w in padded[index] for w in wanted):
                    continue
                found[begin + row, column] = index
                column += 1
    return found


class WordScores:
    """BM25 scores of a question against texts.

    weights: (texts, terms) BM25 term weights; vectorizer: scikit-learn's, fitted on the texts.
    """

    def __init__(self, weights: Any, vectorizer: Any) -> None:
        self.weights, self._vectorizer = weights, vectorizer

    def terms(self, questions: Iterable[str]) -> Any:
        """(questions, terms) sparse 0/1 matrix."""
        found = self._vectorizer.transform(questions).astype(np.float32).tocsr()
        found.data[:] = 1.0
        return found

    def scores(self, question: str) -> NDArray[np.float32]:
        """(texts,) float32."""
        found: NDArray[np.float32] = (self.weights @ self.terms([question]).T).toarray()[:, 0]
        return found


def bm25(texts: Sequence[str]) -> WordScores:
    """Weigh the words of some texts; stop words are left out."""
    import scipy.sparse as sparse
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(stop_words="english", token_pattern=r"(?u)\b\w+\b")
    counts = vectorizer.fit_transform(texts).tocsr()
    lengths = np.asarray(counts.sum(1)).ravel()
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log1p((counts.shape[0] - frequency + 0.5) / (frequency + 0.5))
    norm = K1 * (1 - B + B * lengths / lengths.mean())
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    values = counts.data * (K1 + 1) / (counts.data + norm[rows]) * idf[counts.indices]
    parts = (values.astype(np.float32), counts.indices, counts.indptr)
    return WordScores(sparse.csr_matrix(parts, shape=counts.shape), vectorizer)
