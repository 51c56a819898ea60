"""What a run must know of files before it reads them. Archives are opened by worker processes."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rag.extract import FoundFile
from rag.extract.draft import Unreadable as Reason
from rag.extract.formats import Member
from rag.extract.members import archive, file_sha256, outer_file
from rag.extract.read import os_reason
from rag.extract.workers import Broken, Call, Limits, workers
from rag.types import Unreadable


def digest_of(file: FoundFile) -> str | Unreadable:
    """The digest of a file's bytes, or why it cannot be read."""
    if not file.size:
        return Unreadable(file.id, "empty file (0 bytes)")
    try:
        if outer_file(file.path) is not None:
            return str(_in_worker(file_sha256, file.path))
        return _hashed(file.path)
    except Reason as error:
        return Unreadable(file.id, str(error))
    except OSError as error:
        return Unreadable(file.id, os_reason(error))


def members_of(path: Path) -> tuple[Member, ...]:
    """The members of an archive. Raises OSError and the extractors' Unreadable."""
    members: tuple[Member, ...] = _in_worker(_members, path)
    return members


def _members(path: Path) -> tuple[Member, ...]:
    return tuple(archive(path).members())


def _told(function: Callable[[Path], Any], path: Path) -> tuple[Any, str]:
    """The function's result, or why there is none, in words: exceptions stay in their process."""
    try:
        return function(path), ""
    except Reason as error:
        return None, str(error)
    except OSError as error:
        return None, os_reason(error)


def _in_worker(function: Callable[[Path], Any], path: Path) -> Any:
    size = (outer_file(path) or path).stat().st_size
    outcome = workers().run(Call(_told, (function, path), size, Limits()))
    if isinstance(outcome, Broken):
        raise Reason(outcome.reason)
    result, reason = outcome
    if reason:
        raise Reason(reason)
    return result


def _hashed(path: Path) -> str:
    """The digest of a regular file. What became a pipe or a device since is never waited for."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Reason("is no regular file (a device, pipe or socket)")
        return hashlib.file_digest(stream, "sha256").hexdigest()
