"""A visitor's own library: uploaded files, moved out of every shared folder, indexed apart.

Each visitor's files live in a folder named by an unguessable token under one private folder of
the server, which is removed when the server ends; idle ones are removed earlier.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from rag.chat.state.shelves import Shelf
from rag.errors import RagError, UsageError
from rag.extract import usual_suffixes
from rag.progress import Report, silent

if TYPE_CHECKING:
    from rag.library import Library
    from rag.store.sync import SyncReport

NAME = "Your documents"
IDLE = 12 * 3600.0  # seconds without use after which a visitor's files are removed
MAX_FILES = 200
MAX_BYTES = 200 * 1024 * 1024  # of one visitor's files together

Row = tuple[str, bool, str]
"""A file's name, whether it can be asked now, and what happened to it."""


@dataclass
class OwnLibrary:
    """One visitor's folder. ``library`` is None until a file could be read."""

    token: str
    user: str | None
    folder: Path
    library: Library | None = None
    used: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def files(self) -> Path:
        """Where the uploaded files lie."""
        return self.folder / "files"

    @property
    def shelf(self) -> Shelf | None:
        """The library as one that can be asked, or None while it is empty."""
        return Shelf(NAME, self.library, (self.files,)) if self.library is not None else None


class Uploads:
    """All visitors' own libraries. Parts (embedder, reader) are shared with the first shelf."""

    def __init__(self, base: Library, folder: Path | None = None, idle: float = IDLE) -> None:
        self._base = base
        self._root = folder or Path(tempfile.mkdtemp(prefix="chapter-verse-"))
        self._idle = idle
        self._own: dict[str, OwnLibrary] = {}
        self._lock = threading.Lock()

    def create(self, user: str | None) -> OwnLibrary:
        """A fresh folder under a token that only its visitor knows."""
        self.sweep()
        token = secrets.token_urlsafe(24)
        folder = self._root / token
        (folder / "files").mkdir(parents=True, mode=0o700)
        own = OwnLibrary(token, user, folder)
        with self._lock:
            self._own[token] = own
        return own

    def find(self, token: object, user: str | None) -> OwnLibrary | None:
        """The visitor's folder, if the token is known and was given to the same user."""
        with self._lock:
            own = self._own.get(token) if isinstance(token, str) else None
        if own is None or own.user != user:
            return None
        own.used = time.monotonic()
        return own

    def sweep(self) -> None:
        """Remove what was not used for a long time."""
        limit = time.monotonic() - self._idle
        with self._lock:
            old = [own for own in self._own.values() if own.used < limit]
            for own in old:
                del self._own[own.token]
        for own in old:
            _discard(own)

    def close(self) -> None:
        """Remove every visitor's files."""
        with self._lock:
            gone = list(self._own.values())
            self._own.clear()
        for own in gone:
            _discard(own)
        shutil.rmtree(self._root, ignore_errors=True)

    def add(
        self, own: OwnLibrary, paths: Sequence[Path], progress: Report = silent
    ) -> tuple[Row, ...]:
        """Move files in, index them, and say per file what happened.

        Raises UsageError, with nothing added, when a limit would be passed. The given files are
        gone from where they were in every case.
        """
        own.used = time.monotonic()
        try:
            with own.lock:
                names = _move_in(own, paths)
                return self._index(own, names, progress)
        finally:
            for path in paths:
                path.unlink(missing_ok=True)

    def remove(self, own: OwnLibrary, source_id: str) -> None:
        """Take a source and its file away. UsageError when there is none of that id."""
        if own.library is None:
            raise UsageError(f"there is no {source_id!r} among your documents")
        with own.lock:
            source = own.library.source(source_id)
            for name in (source.id, *source.aliases):
                (own.files / name).unlink(missing_ok=True)
            own.library.remove([source.id])
            if not own.library.sources():
                own.library.close()
                own.library = None
                shutil.rmtree(own.folder / "library", ignore_errors=True)

    def _index(self, own: OwnLibrary, names: Sequence[str], progress: Report) -> tuple[Row, ...]:
        base = self._base
        if own.library is not None:
            report = own.library.sync(own.files, prune=True, progress=progress)
            return _rows(names, report)
        try:
            own.library = type(base).build(
                own.files,
                at=own.folder / "library",
                embedder=base.embedder,
                reader=base.reader,
                progress=progress,
            )
        except RagError as error:
            # Nothing could be read: the files must not lie there as if they were part of it.
            for name in names:
                (own.files / name).unlink(missing_ok=True)
            return tuple((name, False, str(error)) for name in names)
        return _rows(names, own.library.reports[0])


def _discard(own: OwnLibrary) -> None:
    if own.library is not None:
        own.library.close()
    shutil.rmtree(own.folder, ignore_errors=True)


def _move_in(own: OwnLibrary, paths: Sequence[Path]) -> list[str]:
    here = [f for f in own.files.iterdir() if f.is_file()]
    if len(here) + len(paths) > MAX_FILES:
        raise UsageError(f"at most {MAX_FILES} files are taken; remove some first")
    size = sum(f.stat().st_size for f in [*here, *paths])
    if size > MAX_BYTES:
        raise UsageError(f"at most {MAX_BYTES // 2**20} MB are taken; remove some files first")
    names = []
    for path in paths:
        name = _safe_name(path.name)
        shutil.move(path, own.files / name)
        names.append(name)
    return names


def _safe_name(name: str) -> str:
    """A file name that stays in its folder and is not hidden."""
    plain = PurePosixPath(name.replace("\\", "/")).name.lstrip(".")
    return plain or "unnamed.txt"


def _rows(names: Sequence[str], report: SyncReport) -> tuple[Row, ...]:
    problems = {u.id: u.reason for u in report.unreadable}
    aliases = dict(report.aliases)
    ignored = {*report.ignored, *report.skipped}
    notes = dict(report.notes)
    rows = []
    for name in names:
        if name in problems:
            rows.append((name, False, problems[name]))
        elif name in ignored:
            rows.append((name, False, f"not a kind of file that is read ({usual_suffixes()})"))
        elif name in aliases:
            rows.append((name, True, f"the same file as {aliases[name]}; read once"))
        else:
            word = "read again" if name in report.changed else "ready"
            rows.append((name, True, f"{word}; {notes[name]}" if name in notes else word))
    return tuple(rows)
