"""The libraries a visitor may ask, and where the files they were read from are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import UsageError
from rag.types import digest

if TYPE_CHECKING:
    from rag.library import Library
    from rag.protocols import SourceRecord
    from rag.types import Passage, Source


@dataclass(frozen=True)
class Shelf:
    """A library under the name people see. roots: the folders its files were read from, if known.

    Only with a root can a page be drawn or an original be opened; the text needs none.
    """

    name: str
    library: Library
    roots: tuple[Path, ...] = ()

    @property
    def home(self) -> str:
        """Which library this is, however it is called: a digest of where it lies."""
        return digest(str(self.library.path.resolve()))[:16]

    def records(self) -> tuple[SourceRecord, ...]:
        """The sources, by id, read again only when the library changed."""
        return _records(self.library, self.library.store.generation)

    def digests(self) -> dict[str, str]:
        """The text digest of every source, by id and alias."""
        return _digests(self.library, self.library.store.generation)

    def passage_count(self) -> int:
        """How many passages there are."""
        return sum(record.passages for record in self.records())

    def original(self, source: Source) -> Path | None:
        """The file a source was read from, if it is at hand and its bytes are still the same."""
        for root in self.roots:
            file = root if root.is_file() and root.name == source.id else root / source.id
            inside = file == root or file.resolve().is_relative_to(root.resolve())
            if inside and file.is_file() and _digest(file) == source.file_sha256:
                return file
        return None

    def passage_at(self, source_id: str, offset: int) -> Passage:
        """The passage that holds a code point of a source. UsageError outside the text."""
        for passage in self.library.passages(source_id):
            if passage.span.start <= offset < passage.span.end:
                return passage
        raise UsageError(f"{source_id!r} has no passage at {offset}")


@lru_cache(maxsize=16)
def _records(library: Library, _generation: int) -> tuple[SourceRecord, ...]:
    return library.sources()


@lru_cache(maxsize=16)
def _digests(library: Library, generation: int) -> dict[str, str]:
    records = _records(library, generation)
    return {id: record.sha256 for record in records for id in (record.id, *record.aliases)}


def _digest(file: Path) -> str:
    stat = file.stat()
    return _digest_of(file, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=256)
def _digest_of(file: Path, _mtime_ns: int, _size: int) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def shelves_of(libraries: Sequence[Shelf]) -> dict[str, Shelf]:
    """Shelves by name, in the order given. UsageError when there is none or two share a name."""
    if not libraries:
        raise UsageError("the chat needs at least one library")
    by_name = {shelf.name: shelf for shelf in libraries}
    if len(by_name) != len(libraries):
        raise UsageError("two libraries have the same name; name each one differently")
    return by_name
