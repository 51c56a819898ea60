"""Files inside files: the members of archives and the attachments of mails.

A member's path leads through the file it lies in (``letters.zip/2024/mail.eml/report.pdf``), so
whoever holds a folder and a source's id finds it as he finds any other file.
"""

from __future__ import annotations

import hashlib
import io
from functools import lru_cache
from pathlib import Path

from rag.extract.draft import Unreadable
from rag.extract.formats import Archive, format_of

MOST_NESTED = 3
"""Archives inside archives are opened so deep; what lies deeper is named as unreadable."""
_LARGEST = 1 << 30


def read_bytes(path: Path) -> bytes:
    """The bytes of a file or of a member of one. Raises OSError, and Unreadable for a member."""
    try:
        return path.read_bytes()
    except (NotADirectoryError, FileNotFoundError):
        outer = outer_file(path)
        if outer is None:
            raise
        return _member(outer, path.relative_to(outer).as_posix())


def outer_file(path: Path) -> Path | None:
    """The file on disk that a path leads into, or None when it leads into none."""
    return next((parent for parent in path.parents if parent.is_file()), None)


def is_file(path: Path) -> bool:
    """Whether there is such a file, or such a member of one."""
    if path.is_file():
        return True
    try:
        return outer_file(path) is not None and bool(read_bytes(path))
    except (OSError, Unreadable):
        return False


def file_sha256(path: Path) -> str:
    """The hexadecimal digest of a file's or member's bytes. Raises as ``read_bytes`` does."""
    if outer_file(path) is not None:
        return hashlib.sha256(read_bytes(path)).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def archive(path: Path) -> Archive:
    """What lies in a file, or in a member of one. Raises OSError and Unreadable."""
    outer = outer_file(path)
    status = (outer or path).stat()
    if status.st_size > _LARGEST:
        raise Unreadable("is larger than 1 GiB; unpack it and index the folder")
    inside = path.relative_to(outer).as_posix() if outer else ""
    return _archive(outer or path, inside, status.st_size, status.st_mtime_ns)


# Sources are read one member after the other: the archive they lie in is listed once.
@lru_cache(maxsize=MOST_NESTED)
def _archive(path: Path, inside: str, size: int, mtime_ns: int) -> Archive:
    data = _member(path, inside) if inside else path.read_bytes()
    known = format_of(inside or path.name)
    if known is None or known.opens is None:
        raise Unreadable("is not an archive")
    return known.opens(io.BytesIO(data))


def _member(outer: Path, inside: str) -> bytes:
    """The bytes of a member, whose name may lead through further archives."""
    holder, name = outer, inside
    while True:
        opened = archive(holder)
        names = {member.name for member in opened.members()}
        if name in names:
            return opened.read(name)
        parts = name.split("/")
        steps = ("/".join(parts[:n]) for n in range(len(parts) - 1, 0, -1))
        step = next((step for step in steps if step in names), None)
        if step is None:
            raise Unreadable(f"is no longer in {holder.name}; index again")
        holder, name = holder / step, name[len(step) + 1 :]
