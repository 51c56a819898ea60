"""Embeddings kept on disk by the text's digest, so that a benchmark embeds nothing twice."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from rag.embed.embedder import SentenceEmbedder
from rag.protocols import Matrix

STEP = 256


class VectorCache:
    """The vectors of an embedder, made once. One file per embedder."""

    def __init__(self, embedder: SentenceEmbedder, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.embedder = embedder
        self._file = sqlite3.connect(folder / f"{embedder.name.replace('/', '_')}.sqlite")
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS vectors (digest BLOB PRIMARY KEY, vector BLOB)"
        )

    def passages(self, texts: Sequence[str]) -> Matrix:
        return self._all("passage", texts, self.embedder.embed_passages)

    def queries(self, texts: Sequence[str]) -> Matrix:
        return self._all("query", texts, self.embedder.embed_queries)

    def _all(
        self, kind: str, texts: Sequence[str], embed: Callable[[Sequence[str]], Matrix]
    ) -> Matrix:
        digests = [hashlib.sha256(f"{kind}\0{text}".encode()).digest() for text in texts]
        wanted = dict(zip(digests, texts, strict=True))
        sql = "SELECT 1 FROM vectors WHERE digest = ?"
        missing = [d for d in wanted if self._file.execute(sql, (d,)).fetchone() is None]
        missing.sort(key=lambda d: len(wanted[d]))
        for start in range(0, len(missing), STEP):
            part = missing[start : start + STEP]
            made = embed([wanted[d] for d in part])
            with self._file:
                self._file.executemany(
                    "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
                    ((d, v.tobytes()) for d, v in zip(part, made, strict=True)),
                )
            print(f"{kind}: embedded {start + len(part)} of {len(missing)}", file=sys.stderr)
        sql = "SELECT vector FROM vectors WHERE digest = ?"
        rows = [self._file.execute(sql, (d,)).fetchone()[0] for d in digests]
        return np.stack([np.frombuffer(row, dtype=np.float32) for row in rows])
