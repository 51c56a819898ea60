"""Paragraphs of a question set as a small collection that is searched as a library is.

Word scores by BM25, dense scores by the embedder, fused by ``rag.answer``'s min-max fusion: what a
reader is given in calibration and in benchmarks, without building a library on disk.
"""

from __future__ import annotations

from collections.abc import Collection as Titles
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.protocols import Embedder, PassageText, Scored
from rag.retrieve import fuse
from rag.settings import Settings
from rag.train.negatives import bm25
from rag.train.squad import Paragraph, QuestionSet
from rag.types import digest


class Collection:
    """The paragraphs of some articles of a set.

    cache: folder for the paragraphs' vectors, under a digest of texts and embedder; None for none.
    """

    def __init__(
        self,
        questions: QuestionSet,
        articles: Titles[str],
        embedder: Embedder,
        settings: Settings,
        cache: Path | None = None,
    ) -> None:
        wanted = set(articles)
        self._embedder, self._settings = embedder, settings
        self.places = [i for i, p in enumerate(questions.paragraphs) if p.article in wanted]
        self._paragraphs = [questions.paragraphs[i] for i in self.places]
        self._words = bm25([p.text for p in self._paragraphs])
        self._articles = np.asarray([p.article for p in self._paragraphs])
        self._vectors = _vectors([p.text for p in self._paragraphs], embedder, cache)

    def search(self, question: str, k: int, without: str | None = None) -> list[tuple[int, float]]:
        """The best ``k`` (paragraph of the set, fused score), those of one article left out."""
        allowed = np.flatnonzero(self._articles != without)
        depth = min(self._settings.candidates, len(allowed))
        dense = self._vectors[allowed] @ self._embedder.embed_query(question)
        words = self._words.scores(question)[allowed]
        fused = fuse(
            _best(dense, allowed, depth),
            [s for s in _best(words, allowed, depth) if s.score > 0],
            weight=self._settings.dense_weight,
        )
        return [(self.places[s.key], s.score) for s in fused[:k]]

    def best(self, question: str, without: str | None = None) -> tuple[float, float]:
        """(cosine, BM25) of the nearest paragraph by each, those of one article left out."""
        allowed = np.flatnonzero(self._articles != without)
        dense = self._vectors[allowed] @ self._embedder.embed_query(question)
        return float(dense.max()), float(self._words.scores(question)[allowed].max())


def _best(scores: NDArray[Any], keys: NDArray[Any], depth: int) -> list[Scored]:
    order = np.argsort(-scores, kind="stable")[:depth]
    return [Scored(int(keys[i]), float(scores[i])) for i in order]


def _vectors(texts: Sequence[str], embedder: Embedder, cache: Path | None) -> NDArray[np.float32]:
    """One vector per text; a text longer than the embedder's window is embedded by its beginning
    sentence for sentence (benchmarks search whole paragraphs, libraries cut them into passages).
    """
    key = digest("\x00".join([embedder.name, *texts]))[:16]
    path = None if cache is None else cache / f"vectors-{key}.npy"
    if path is not None and path.is_file():
        found: NDArray[np.float32] = np.load(path, allow_pickle=False)
        return found
    found = embedder.embed_passages([_beginning(text, embedder) for text in texts])
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, found)
    return found


def _beginning(text: str, embedder: Embedder) -> str:
    words = text.split(" ")
    while embedder.count(" ".join(words)) > embedder.window:
        words = words[: int(len(words) * 0.9)]
    return " ".join(words)


def passage_text(paragraph: Paragraph, prior: float | None = None) -> PassageText:
    """What a reader sees of a paragraph."""
    return replace(PassageText(paragraph.text, paragraph.sentences), prior=prior)
