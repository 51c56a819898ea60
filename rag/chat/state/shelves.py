"""The libraries a visitor may ask, and where the files they were read from are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.library import Library
    from rag.types import Passage, Source


@dataclass(frozen=True)
class Shelf:
    """A library under the name people see. roots: the folders its files were read from, if known.

    Only with a root can a page be drawn or an original be opened; the text needs none.
    """

    name: str
    library: Library
    roots: tuple[Path, ...] = ()

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
