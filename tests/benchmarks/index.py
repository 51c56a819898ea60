"""A collection as a library, built by the same stages as any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rag.protocols import Origin
from rag.segment import folded, tile
from rag.settings import Settings
from rag.store.sqlite import SqliteStore
from rag.types import Source, digest
from tests.benchmarks.collections import Collection
from tests.benchmarks.vectors import VectorCache


def build(
    collection: Collection, folder: Path, cache: VectorCache, settings: Settings
) -> SqliteStore:
    """A library in ``folder`` in which every document of the collection is a source."""
    embedder = cache.embedder
    store = SqliteStore.create(
        folder, embedder=embedder.name, dim=embedder.dim, segmenter="none", settings=settings
    )
    made = []
    for id_, text in collection.documents.items():
        source = Source(
            id=id_,
            text=text,
            sha256=digest(text),
            file_sha256=digest(text),
            title=id_,
            media_type="text/plain",
            extractor="benchmark",
        )
        passages = tile(
            source, count=embedder.count, limit=embedder.window, target=settings.passage_tokens
        )
        made.append((source, passages, [folded(p) for p in passages]))
    vectors = cache.passages([text for _, _, texts in made for text in texts])
    start = 0
    for source, passages, texts in made:
        rows = vectors[start : start + len(texts)]
        store.put(source, passages, np.asarray(rows), Origin("set", 0, 0), folded=texts)
        start += len(texts)
    return store
