"""A question to hits."""

from rag.retrieve.hits import fuse, retrieve

__all__ = ["fuse", "retrieve"]
