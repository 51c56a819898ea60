"""A visitor's own documents: files in a folder of theirs, indexed apart from all others."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from rag.chat.state.shelves import Shelf
from rag.errors import LibraryError, RagError, UsageError
from rag.extract import usual_suffixes
from rag.progress import Report, silent

if TYPE_CHECKING:
    from rag.library import Library
    from rag.store.sync import SyncReport

NAME = "Your documents"
MAX_FILE = 50 * 1024 * 1024  # bytes of one file
MAX_FILES = 200
MAX_BYTES = 200 * 1024 * 1024  # of one visitor's files together


@dataclass(frozen=True, slots=True)
class FileRow:
    """What became of an uploaded file. good: it can be asked now. what: a few words on it."""

    name: str
    good: bool
    what: str


@dataclass
class OwnDocuments:
    """The files of one visitor under ``folder``. ``library`` is None while there is none."""

    folder: Path
    library: Library | None = None
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def __post_init__(self) -> None:
        for name in ("files", "gone"):
            (self.folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def files(self) -> Path:
        """Where the files lie."""
        return self.folder / "files"

    @property
    def shelf(self) -> Shelf | None:
        """The library as one that can be asked, or None while it is empty."""
        return Shelf(NAME, self.library, (self.files,)) if self.library is not None else None

    def close(self) -> None:
        """Close the library; files and library stay."""
        with self.lock:
            if self.library is not None:
                self.library.close()
                self.library = None

    def reopen(self, base: Library) -> None:
        """Open the library that an earlier run of the server left, with the models of ``base``."""
        with self.lock:
            if self.library is None and type(base).exists(self.folder / "library"):
                self.library = type(base).open(self.folder / "library")
                self.library.borrow(base)

    def size(self) -> tuple[int, int]:
        """(files, bytes) there are."""
        sizes = [file.stat().st_size for file in self.files.iterdir() if file.is_file()]
        return len(sizes), sum(sizes)

    def require_room(self, sizes: Sequence[int]) -> None:
        """UsageError when files of these sizes (bytes) would pass a limit."""
        here, held = self.size()
        if any(size > MAX_FILE for size in sizes):
            raise UsageError(f"a file has at most {MAX_FILE // 2**20} MB")
        if here + len(sizes) > MAX_FILES:
            raise UsageError(f"at most {MAX_FILES} files are taken; remove some first")
        if held + sum(sizes) > MAX_BYTES:
            raise UsageError(
                f"at most {MAX_BYTES // 2**20} MB are taken together; remove some files first"
            )

    def add(
        self, paths: Sequence[tuple[str, Path]], base: Library, progress: Report = silent
    ) -> tuple[FileRow, ...]:
        """Move files in under the names given, index them, and say per file what happened.

        Files of one name are all kept, as ``name (2).txt``. Raises UsageError, with nothing added,
        when a limit would be passed; whatever ``progress`` raises ends the work with what was read
        so far. The given files are gone from where they were in every case.
        """
        try:
            with self.lock:
                self.require_room([path.stat().st_size for _, path in paths])
                names = [self._move_in(name, path) for name, path in paths]
                try:
                    return self._index(names, base, progress)
                except BaseException:
                    self._forget_unread(names)
                    raise
        finally:
            for _, path in paths:
                path.unlink(missing_ok=True)

    def remove(self, source_id: str) -> tuple[str, ...]:
        """Take a source and its file away; the names under which ``bring_back`` finds them."""
        if self.library is None:
            raise UsageError(f"there is no {source_id!r} among your documents")
        with self.lock:
            source = self.library.source(source_id)
            names = (source.id, *source.aliases)
            for name in names:
                if (self.files / name).exists():
                    shutil.move(self.files / name, self.folder / "gone" / name)
            self.library.remove([source.id])
            if not self.library.sources():
                self._drop_library()
        return names

    def bring_back(self, names: Sequence[str], base: Library) -> None:
        """Undo a removal."""
        with self.lock:
            back = [name for name in names if (self.folder / "gone" / name).exists()]
            for name in back:
                shutil.move(self.folder / "gone" / name, self.files / name)
            self._index(back, base, silent)

    def _move_in(self, name: str, path: Path) -> str:
        name = safe_name(name)
        target, number = self.files / name, 2
        while target.exists():
            plain = PurePosixPath(name)
            target = self.files / f"{plain.stem} ({number}){plain.suffix}"
            number += 1
        shutil.move(path, target)
        return target.name

    def _index(self, names: Sequence[str], base: Library, progress: Report) -> tuple[FileRow, ...]:
        if self.library is not None:
            try:
                report = self.library.sync(self.files, prune=True, progress=progress)
                return _rows(names, report)
            except LibraryError:  # of a folder that was moved here, or damaged: it is made anew
                self._drop_library()
        try:
            self.library = type(base).build(
                self.files,
                at=self.folder / "library",
                embedder=base.embedder,
                reader=base.reader,
                progress=progress,
            )
        except RagError as error:
            # Nothing could be read: the files must not lie there as if they were part of it.
            for name in names:
                (self.files / name).unlink(missing_ok=True)
            return tuple(FileRow(name, False, str(error)) for name in names)
        return _rows(names, self.library.reports[0])

    def _forget_unread(self, names: Sequence[str]) -> None:
        """After work that was ended: files that did not get into the library go."""
        if self.library is None and Path(self.folder / "library").exists():
            shutil.rmtree(self.folder / "library", ignore_errors=True)
        held = self.library.sources() if self.library is not None else ()
        known = {id for record in held for id in (record.id, *record.aliases)}
        for name in names:
            if name not in known:
                (self.files / name).unlink(missing_ok=True)

    def _drop_library(self) -> None:
        self.close()
        shutil.rmtree(self.folder / "library", ignore_errors=True)


def safe_name(name: str) -> str:
    """A file name that stays in its folder, is not hidden, and has nothing unprintable."""
    plain = PurePosixPath(name.replace("\\", "/")).name.lstrip(".").strip()
    plain = "".join(c if c.isprintable() and c not in '<>:"|?*' else "_" for c in plain)
    path = PurePosixPath(plain)
    return f"{path.stem[:120]}{path.suffix[:12]}" if plain else "unnamed.txt"


def _rows(names: Sequence[str], report: SyncReport) -> tuple[FileRow, ...]:
    problems = {u.id: u.reason for u in report.unreadable}
    aliases = dict(report.aliases)
    ignored = set(report.ignored)
    notes = dict(report.notes)
    return tuple(_row(name, problems, aliases, ignored, notes) for name in names)


def _row(
    name: str,
    problems: dict[str, str],
    aliases: dict[str, str],
    ignored: set[str],
    notes: dict[str, str],
) -> FileRow:
    if name in problems:
        return FileRow(name, False, problems[name])
    if name in ignored:
        return FileRow(name, False, f"not a kind of file that is read ({usual_suffixes()})")
    if name in aliases:
        return FileRow(name, True, f"the same file as {aliases[name]}; read once")
    return FileRow(name, True, f"ready; {notes[name]}" if name in notes else "ready")
