"""Sources and stores for the tests of the store and of retrieval."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rag.embed import HashEmbedder
from rag.protocols import Origin
from rag.settings import Settings
from rag.store.sqlite import SqliteStore
from rag.types import Passage, Place, Source, Span, digest
from tests.memory_store import MemoryStore

DIM = 24
EMBEDDER = HashEmbedder(DIM)
AnyStore = SqliteStore | MemoryStore


def made(
    id_: str,
    texts: Sequence[str],
    *,
    aliases: tuple[str, ...] = (),
    boilerplate: Sequence[int] = (),
) -> tuple[Source, tuple[Passage, ...]]:
    """A source whose passages are ``texts``."""
    whole = "".join(texts)
    source = Source(
        id=id_,
        text=whole,
        sha256=digest(whole),
        file_sha256=digest(f"file of {whole}"),
        title=f"Title of {id_}",
        media_type="text/plain",
        extractor="test 1",
        metadata=(("author", "Ä. Ünal"),),
        notes=("page 2 has no text",),
        aliases=aliases,
    )
    passages = []
    start = 0
    for n, text in enumerate(texts):
        span = Span(start, start + len(text))
        passages.append(Passage(Place(source, span), n, n + 1, n in boilerplate))
        start = span.end
    return source, tuple(passages)


def put(
    store: AnyStore,
    id_: str,
    texts: Sequence[str],
    *,
    root: str = "root",
    aliases: tuple[str, ...] = (),
    boilerplate: Sequence[int] = (),
) -> Source:
    """Put a source whose passages are ``texts`` and return it."""
    source, passages = made(id_, texts, aliases=aliases, boilerplate=boilerplate)
    vectors = EMBEDDER.embed_passages(texts)
    store.put(source, passages, vectors, Origin(root, len(source.text), 7))
    return source


def sqlite_store(folder: Path) -> SqliteStore:
    return SqliteStore.create(
        folder, embedder=EMBEDDER.name, dim=DIM, segmenter="rules 1", settings=Settings()
    )


def memory_store(folder: Path) -> MemoryStore:
    return MemoryStore(embedder=EMBEDDER.name, dim=DIM)
