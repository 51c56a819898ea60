"""Which files a folder holds: those to read, those left out, those out of reach."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import UsageError
from rag.extract.formats import format_of
from rag.extract.read import os_reason
from rag.types import Unreadable

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".ragignore"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to read. id: POSIX path relative to the root. size in bytes, mtime in nanoseconds."""

    path: Path
    id: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Found:
    """What lies under a root, each sorted by id. ignored: ids of what is left out on purpose.

    The id of a folder that is left out or out of reach as a whole ends with a slash.
    """

    files: tuple[FoundFile, ...]
    unreadable: tuple[Unreadable, ...]
    ignored: tuple[str, ...]


def find_files(root: Path) -> Found:
    """List a file or everything under a folder, in the order of ids.

    Left out and listed as ignored: hidden files and folders, what ``.ragignore`` in the root names
    (the syntax of .gitignore), and files of other formats. A single file given as root is read
    whatever it is called. Links are followed; one that leads nowhere or back to a folder above it
    is unreadable, and so is a folder without permission. Raises UsageError when the root does not
    exist, and when ``.ragignore`` cannot be read.
    """
    root = Path(root)
    if not root.exists():
        raise UsageError(f"no such file or folder: {root}")
    listing = _Listing(_ignore_rules(root) if root.is_dir() else None)
    if root.is_dir():
        listing.walk(root, "", (os.path.realpath(root),))
    else:
        listing.add(root, root.name, chosen=True)
    return Found(
        tuple(sorted(listing.files, key=lambda f: f.id)),
        tuple(sorted(listing.unreadable)),
        tuple(sorted(listing.ignored)),
    )


def _ignore_rules(root: Path) -> GitIgnoreSpec | None:
    path = root / IGNORE_FILE
    if not path.is_file():
        return None
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(path.read_text(encoding="utf-8-sig").splitlines())
    except (OSError, ValueError) as error:
        raise UsageError(f"{IGNORE_FILE} in the root cannot be read: {error}") from error


class _Listing:
    def __init__(self, rules: GitIgnoreSpec | None) -> None:
        self.rules = rules
        self.files: list[FoundFile] = []
        self.unreadable: list[Unreadable] = []
        self.ignored: list[str] = []

    def walk(self, folder: Path, prefix: str, above: tuple[str, ...]) -> None:
        """Add what lies in ``folder``; ``above`` holds the real paths of the folders around it."""
        for entry in self._entries(folder, prefix):
            id = prefix + entry.name
            path = folder / entry.name
            is_folder = path.is_dir()
            if entry.name.startswith(".") or self._matches(id, is_folder):
                self.ignored.append(id + "/" * is_folder)
            elif is_folder:
                real = os.path.realpath(path)
                if real in above:
                    self._fail(id + "/", "is a link back to a folder that holds it; not followed")
                else:
                    self.walk(path, id + "/", (*above, real))
            else:
                self.add(path, id)

    def add(self, path: Path, id: str, *, chosen: bool = False) -> None:
        """Add one file. chosen: named by the user, so its suffix is for the reader to judge."""
        try:
            status = path.stat()
        except FileNotFoundError:
            broken = path.is_symlink()
            self._fail(id, "is a link to nothing" if broken else os_reason(FileNotFoundError()))
        except OSError as error:
            loop = path.is_symlink() and not isinstance(error, PermissionError)
            self._fail(id, "is a link that leads in a circle" if loop else os_reason(error))
        else:
            if not chosen and format_of(path.suffix.lower()) is None:
                self.ignored.append(id)
            elif not stat.S_ISREG(status.st_mode):
                self._fail(id, "is no regular file (a device, pipe or socket)")
            elif not _is_text(id):
                self._fail(ascii(id)[1:-1], "its name is not valid Unicode; rename it")
            else:
                self.files.append(FoundFile(path, id, status.st_size, status.st_mtime_ns))

    def _entries(self, folder: Path, prefix: str) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                yield from sorted(entries, key=lambda entry: entry.name)
        except PermissionError:
            reason = "no permission to list this folder; nothing in it was read"
            self._fail(prefix or "./", reason)
        except OSError as error:
            self._fail(prefix or "./", f"the folder cannot be listed: {error.strerror or error}")

    def _matches(self, id: str, is_folder: bool) -> bool:
        return self.rules is not None and self.rules.match_file(id + "/" * is_folder)

    def _fail(self, id: str, reason: str) -> None:
        self.unreadable.append(Unreadable(id, reason))


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
