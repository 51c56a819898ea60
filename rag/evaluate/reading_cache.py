"""A reader that remembers: the scores behind an answer are seen, and no passage is read twice."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

from rag.protocols import Confidence, Embedder, Matrix, PassageText, Reader, Reading, Vector
from rag.types import Span, digest


class OneQuery:
    """An embedder that keeps the vector of the last query: a question is searched several ways."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._last: tuple[str, Vector] | None = None

    @property
    def name(self) -> str:
        """As the wrapped one."""
        return self._inner.name

    @property
    def dim(self) -> int:
        """As the wrapped one."""
        return self._inner.dim

    @property
    def window(self) -> int:
        """As the wrapped one."""
        return self._inner.window

    def count(self, text: str, /) -> int:
        """As the wrapped one."""
        return self._inner.count(text)

    def embed_passages(self, texts: Sequence[str], /) -> Matrix:
        """As the wrapped one."""
        return self._inner.embed_passages(texts)

    def embed_query(self, text: str, /) -> Vector:
        """The wrapped one's vector, kept until another query comes."""
        if self._last is None or self._last[0] != text:
            self._last = (text, self._inner.embed_query(text))
        return self._last[1]


class RecordingReader:
    """Wraps a reader. ``fresh``: whether everything since ``forget`` was computed, not kept.

    cache: an SQLite file of readings by digest of reader, question and passages; None keeps only
    what was read since ``forget``, in memory.
    """

    def __init__(self, inner: Reader, cache: Path | None = None) -> None:
        self._inner = inner
        self._seen: dict[str, tuple[Reading, ...]] = {}
        self.fresh = True
        self._db: sqlite3.Connection | None = None
        if cache is not None:
            cache.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(cache, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS readings (key TEXT PRIMARY KEY, value TEXT)"
            )

    @property
    def name(self) -> str:
        """As the wrapped one."""
        return self._inner.name

    @property
    def threshold(self) -> float:
        """As the wrapped one."""
        return self._inner.threshold

    @property
    def calibrated(self) -> bool:
        """As the wrapped one."""
        return self._inner.calibrated

    @property
    def confidence(self) -> Confidence | None:
        """As the wrapped one."""
        return self._inner.confidence

    @property
    def score(self) -> float | None:
        """The highest probability since ``forget``, None when nothing was read."""
        found = (reading.probability for part in self._seen.values() for reading in part)
        return max(found, default=None)

    def forget(self) -> None:
        """Start a new question: nothing was read for it yet."""
        self._seen, self.fresh = {}, True

    def read(self, question: str, passages: Sequence[PassageText], /) -> Sequence[Reading]:
        """The wrapped reader's readings, from the cache where they are there."""
        key = digest(json.dumps([self.name, question, [astuple(p) for p in passages]]))
        if key in self._seen:
            return self._seen[key]
        found = self._held(key)
        self.fresh = self.fresh and found is None
        if found is None:
            found = tuple(self._inner.read(question, passages))
            self._keep(key, found)
        self._seen[key] = found
        return found

    def _held(self, key: str) -> tuple[Reading, ...] | None:
        if self._db is None:
            return None
        row = self._db.execute("SELECT value FROM readings WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        return tuple(
            Reading(score, probability, Span(*answer) if answer else None, tuple(sentences))
            for score, probability, answer, sentences in json.loads(row[0])
        )

    def _keep(self, key: str, readings: Sequence[Reading]) -> None:
        if self._db is not None:
            value = [
                (r.score, r.probability, r.answer and (r.answer.start, r.answer.end), r.sentences)
                for r in readings
            ]
            self._db.execute(
                "INSERT OR REPLACE INTO readings VALUES (?, ?)", (key, json.dumps(value))
            )

    def close(self) -> None:
        """Close the cache."""
        if self._db is not None:
            self._db.close()
            self._db = None
