"""The library on disk: sources, passages, vectors and words; dense search and word search."""

from rag.store.database import SCHEMA_VERSION
from rag.store.memory import MemoryStore
from rag.store.sqlite import FILE, SqliteStore

__all__ = ["FILE", "SCHEMA_VERSION", "MemoryStore", "SqliteStore"]
