"""What a worker process does with one file: read it and cut it into passages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rag.errors import UnreadableSource
from rag.extract.read import read_file
from rag.extract.workers import Limits
from rag.segment import folded, tile
from rag.types import Passage, Source


@dataclass(frozen=True, slots=True)
class Cut:
    """How a source is cut: the embedder's token count and window, and the target in tokens."""

    count: Callable[[str], int]
    limit: int
    target: int

    def passages(self, source: Source) -> tuple[Passage, ...]:
        """The passages of a source."""
        return tile(source, count=self.count, limit=self.limit, target=self.target)


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file as read: its source, passages, and per passage what is embedded and indexed of it."""

    source: Source
    passages: tuple[Passage, ...]
    folded: tuple[str, ...]


def read_and_cut(
    path: Path, id: str, encoding: str | None, cut: Cut, limits: Limits
) -> ReadFile | str:
    """Read one file and cut it into passages; a string is the reason why that cannot be."""
    try:
        source = read_file(path, id=id, encoding=encoding)
    except UnreadableSource as error:
        return error.reason
    length = len(source.text)
    if length > limits.characters:
        return f"holds {length:,} characters of text; the limit is {limits.characters:,}"
    passages = cut.passages(source)
    if len(passages) > limits.passages:
        return f"holds {len(passages):,} passages; the limit is {limits.passages:,}"
    return ReadFile(source, passages, tuple(folded(p) for p in passages))
