"""How documents come in: a page asks for a ticket for each file, and sends the file under it.

A ticket is unguessable, good for one file of one visitor, of the size that was told, and for a few
minutes. Nothing that was sent can be fetched back. Files of the same content or name never meet:
each lies in a folder of its own until its visitor's library takes it.
"""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.chat.serving.headers import answered
from rag.chat.state.session import Session
from rag.chat.state.uploads import MAX_FILES
from rag.chat.state.workspaces import Workspace, Workspaces
from rag.errors import UsageError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

PATH = re.compile(r"/documents/(?P<ticket>[\w-]{32,})")
GOOD_FOR = 600.0  # seconds


@dataclass
class Ticket:
    """A file that is expected. size: bytes. file: where it lies once it is there, whole."""

    workspace: Workspace
    name: str
    size: int
    until: float
    file: Path | None = None
    begun: bool = False


class Inbox:
    """The files under way to the visitors' libraries."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces
        self._folder = Path(tempfile.mkdtemp(prefix="chapter-verse-inbox-"))
        self._tickets: dict[str, Ticket] = {}
        self._lock = threading.RLock()

    def close(self) -> None:
        """Remove what was not taken."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def tickets(self, session: Session, files: object) -> list[str]:
        """Tickets for files named by a page ({name, size} each). UsageError past a limit."""
        named = _named(files)
        with self._lock:
            self._sweep()
            expected = [t for t in self._tickets.values() if t.workspace is session.workspace]
            if len(expected) + len(named) > MAX_FILES:
                raise UsageError(f"at most {MAX_FILES} files are taken at once")
            waiting = [ticket.size for ticket in expected]
            self._workspaces.require_room(session.workspace, waiting + [n[1] for n in named])
            made = []
            for name, size in named:
                token = secrets.token_urlsafe(32)
                until = time.monotonic() + GOOD_FOR
                self._tickets[token] = Ticket(session.workspace, name, size, until)
                made.append(token)
        return made

    def take(self, session: Session, tokens: object) -> list[tuple[str, Path]]:
        """The files of tickets, with their names. UsageError when none of them is there."""
        wanted = tokens if isinstance(tokens, list) else []
        taken = []
        with self._lock:
            for token in map(str, wanted):
                ticket = self._tickets.get(token)
                if ticket is None or ticket.workspace is not session.workspace:
                    continue
                del self._tickets[token]
                if ticket.file is not None:
                    taken.append((ticket.name, ticket.file))
        if not taken:
            raise UsageError("no file came through; try again")
        return taken

    def _sweep(self) -> None:
        now = time.monotonic()
        for token, ticket in list(self._tickets.items()):
            if ticket.until < now:
                del self._tickets[token]
                shutil.rmtree(self._folder / token, ignore_errors=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Answer a request that brings a file; whether it was one."""
        match = PATH.fullmatch(scope["path"])
        if match is None or scope["method"] != "PUT":
            return False
        token = match["ticket"]
        with self._lock:
            ticket = self._tickets.get(token)
            fresh = ticket is not None and not ticket.begun and ticket.until > time.monotonic()
            if ticket is not None:
                ticket.begun = True
        if ticket is None or not fresh:
            await answered(send, 403, "this file is not expected; choose it again")
        elif await self._receive(ticket, token, receive):
            await answered(send, 200, "received")
        else:
            await answered(send, 413, "the file is not of the size that was told")
        return True

    async def _receive(self, ticket: Ticket, token: str, receive: Receive) -> bool:
        folder = self._folder / token
        folder.mkdir(mode=0o700)
        file, size, more = folder / "file", 0, True
        with file.open("wb") as out:
            while more and size <= ticket.size:
                message = await receive()
                if message["type"] != "http.request":
                    break
                chunk = bytes(message.get("body", b""))
                size, more = size + len(chunk), bool(message.get("more_body"))
                out.write(chunk)
        if size != ticket.size or more:
            shutil.rmtree(folder, ignore_errors=True)
            return False
        ticket.file = file
        return True


def _named(files: object) -> Sequence[tuple[str, int]]:
    named: list[tuple[str, int]] = []
    for file in files if isinstance(files, list) else []:
        if not isinstance(file, Mapping):
            raise UsageError("reload the page")
        named.append(_of(file))
    if not named:
        raise UsageError("choose a file first")
    return named


def _of(file: Mapping[str, Any]) -> tuple[str, int]:
    name, size = str(file.get("name", "")), file.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0 or not name:
        raise UsageError("reload the page")
    if size == 0:
        raise UsageError(f"{name} is empty")
    return name, size
