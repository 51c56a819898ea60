"""Which files a folder holds: those to read, those left out, those out of reach."""

from __future__ import annotations

import codecs
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import UsageError
from rag.extract.draft import Unreadable
from rag.extract.formats import Format, Member, format_of, suffix_of
from rag.extract.members import MOST_NESTED, archive
from rag.extract.read import os_reason
from rag.extract.sniff import sniff
from rag.types import Unreadable as UnreadableFile

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".ragignore"

_NOT_MEANT = (".", "~$")  # hidden files, and what Word leaves beside a document that is open
_HEAD = 4096
_CONTROL = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to read. id: POSIX path relative to the root. size in bytes, mtime in nanoseconds.

    The path of a file inside an archive leads through it (see ``rag.extract.members``).
    """

    path: Path
    id: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Found:
    """What lies under a root, each sorted by id.

    ignored: left out on purpose (hidden, or named in ``.ragignore``). skipped: files of formats
    that are not read. The id of a folder that is left out or out of reach as a whole ends with a
    slash.
    """

    files: tuple[FoundFile, ...]
    unreadable: tuple[UnreadableFile, ...]
    ignored: tuple[str, ...]
    skipped: tuple[str, ...] = ()


def members_of(path: Path) -> Sequence[Member]:
    """The members of an archive. Raises OSError and Unreadable."""
    return archive(path).members()


def find_files(
    root: Path,
    *,
    follow_links: bool = False,
    members: Callable[[Path], Sequence[Member]] = members_of,
) -> Found:
    """List a file or everything under a folder, in the order of ids.

    Left out: hidden files and folders, and what ``.ragignore`` in the root names (the syntax of
    .gitignore); files of other formats. The members of archives are listed as files. A single file
    given as root is read whatever it is called. Links inside the root are followed, those that lead
    out of it only with ``follow_links``; one that leads nowhere or back to a folder above it is
    unreadable, and so is a folder without permission. members: how an archive is opened. Raises
    UsageError when the root does not exist, and when ``.ragignore`` cannot be read.
    """
    root = Path(root)
    if not root.exists():
        raise UsageError(f"no such file or folder: {root}")
    inside = None if follow_links or not root.is_dir() else os.path.realpath(root)
    listing = _Listing(_ignore_rules(root) if root.is_dir() else None, inside, members)
    if root.is_dir():
        listing.walk(root, "", (os.path.realpath(root),))
    else:
        listing.add(root, root.name, chosen=True)
    return Found(
        tuple(sorted(listing.files, key=lambda f: f.id)),
        tuple(sorted(listing.unreadable)),
        tuple(sorted(listing.ignored)),
        tuple(sorted(listing.skipped)),
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
    """inside: the real path that links must not lead out of, None for any."""

    def __init__(
        self,
        rules: GitIgnoreSpec | None,
        inside: str | None,
        members: Callable[[Path], Sequence[Member]],
    ) -> None:
        self.rules, self.inside, self.members = rules, inside, members
        self.files: list[FoundFile] = []
        self.unreadable: list[UnreadableFile] = []
        self.ignored: list[str] = []
        self.skipped: list[str] = []

    def walk(self, folder: Path, prefix: str, above: tuple[str, ...]) -> None:
        """Add what lies in ``folder``; ``above`` holds the real paths of the folders around it."""
        for entry in self._entries(folder, prefix):
            id = prefix + entry.name
            path = folder / entry.name
            is_folder = path.is_dir()
            if entry.name.startswith(_NOT_MEANT) or self._matches(id, is_folder):
                self.ignored.append(id + "/" * is_folder)
            elif entry.is_symlink() and self._leaves(path):
                self._fail(id, "is a link that leads out of the folder; see --follow-links")
            elif is_folder:
                real = os.path.realpath(path)
                if real in above:
                    self._fail(id + "/", "is a link back to a folder that holds it; not followed")
                else:
                    self.walk(path, id + "/", (*above, real))
            else:
                self.add(path, id)

    def _leaves(self, path: Path) -> bool:
        """Whether a link leads out of the root."""
        real = Path(os.path.realpath(path))
        return self.inside is not None and path.exists() and not real.is_relative_to(self.inside)

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
            regular = stat.S_ISREG(status.st_mode)
            known = _format(path) if regular else format_of(path.name)
            if not chosen and known is None:
                self.skipped.append(id)
            elif not regular:
                self._fail(id, "is no regular file (a device, pipe or socket)")
            elif not _is_text(id):
                self._fail(ascii(id)[1:-1], "its name is not valid Unicode; rename it")
            else:
                self._take(FoundFile(path, id, status.st_size, status.st_mtime_ns), known, 0)

    def _take(self, file: FoundFile, known: Format | None, depth: int) -> None:
        """Add a file that is there, and what it holds."""
        if known is None or known.read is not None:
            self.files.append(file)
        if known is None or known.opens is None:
            return
        if depth == MOST_NESTED:
            self._fail(file.id, f"lies more than {MOST_NESTED} archives deep; unpack it")
            return
        try:
            members = self.members(file.path)
        except OSError as error:
            self._fail(file.id, os_reason(error))
        except Unreadable as error:
            self._fail(file.id, str(error))
        else:
            for member in members:
                self._member(file, member, depth + 1)

    def _member(self, outer: FoundFile, member: Member, depth: int) -> None:
        id, path = f"{outer.id}/{member.name}", outer.path / member.name
        known = format_of(member.name)
        hidden = any(part.startswith(".") for part in member.name.split("/"))
        if hidden or self._matches(id, False):
            self.ignored.append(id)
        elif known is None:
            self.skipped.append(id)
        elif member.fault:
            self._fail(id, member.fault)
        elif not _is_text(id):
            self._fail(ascii(id)[1:-1], "its name is not valid Unicode; rename it")
        else:
            self._take(FoundFile(path, id, member.size, outer.mtime_ns), known, depth)

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
        self.unreadable.append(UnreadableFile(id, reason))


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _format(path: Path) -> Format | None:
    """The format that a file's name says; of a name without suffix, plain text if it is that."""
    known = format_of(path.name)
    if known is None or suffix_of(path.name) or not path.is_file():
        return known
    try:
        with path.open("rb") as stream:
            return known if _is_text_file(stream.read(_HEAD)) else None
    except OSError:
        return known  # reading it whole will tell what is wrong


def _is_text_file(head: bytes) -> bool:
    """Whether a file without a suffix begins as a text does."""
    marked = head.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return marked or (head != b"" and not _CONTROL.search(head) and sniff(head) is None)
