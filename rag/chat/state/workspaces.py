"""Where a person's conversations, kept quotes and documents lie, and whose they are.

On a person's own machine there is one workspace, in a folder that stays and can be backed up. With
accounts each user has one. A server without accounts whose data must not stay gives every browser
one of its own, under a token that only that browser knows; it goes after some hours without use,
and all go when the server ends.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rag.chat.state.archive import Archive, Saved
from rag.chat.state.dialogue import MAX_NAME, UNNAMED, Dialogue, Kept, Turn, fresh_id
from rag.chat.state.remembered import kept_of, kept_row, turn_of, turn_row
from rag.chat.state.uploads import FileRow, OwnDocuments
from rag.errors import LibraryError, UsageError
from rag.types import digest

if TYPE_CHECKING:
    from rag.library import Library

IDLE = 12 * 3600.0  # seconds without use after which a browser's workspace is removed
MAX_TOTAL = 4 * 1024**3  # bytes of all visitors' documents together


@dataclass
class Job:
    """Documents being read. rows: what became of each file, once that is known.

    line: how far it is. done: it is over. stop: set to end it.
    """

    names: tuple[str, ...]
    rows: tuple[FileRow, ...] = ()
    line: str = "Waiting"
    share: float = 0.0
    done: bool = False
    problem: str = ""
    stop: threading.Event = field(default_factory=threading.Event, repr=False)
    id: str = field(default_factory=fresh_id)


@dataclass
class Workspace:
    """One person's. version: raised by every change, for the pages that show it.

    jobs: what is under way or was last done with their documents, in order.
    """

    token: str
    user: str | None
    folder: Path
    archive: Archive
    own: OwnDocuments
    jobs: list[Job] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    dialogues: dict[str, Dialogue] = field(default_factory=dict)
    version: int = 0
    _keys: tuple[list[Kept] | None, frozenset[tuple[str, str, int, int]]] = (None, frozenset())
    used: float = field(default_factory=time.monotonic)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @classmethod
    def at(cls, folder: Path, token: str, user: str | None) -> Workspace:
        """Open the workspace of a folder, or begin one there."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        archive = Archive(folder / "conversations.db")
        made = cls(token, user, folder, archive, OwnDocuments(folder / "documents"))
        read = (kept_of(row, archive.source) for row in archive.kept())
        made.kept = [item for item in read if item is not None]
        return made

    def close(self) -> None:
        """Close its files."""
        self.own.close()
        self.archive.close()

    def changed(self) -> None:
        """Tell every page that something is new."""
        with self.lock:
            self.version += 1

    # -- conversations ----------------------------------------------------------------------------

    def saved(self) -> list[Saved]:
        """The conversations there are, the one last asked first."""
        return self.archive.dialogues()

    def dialogue(self, id: str) -> Dialogue | None:
        """A conversation by its id, read when it is first wanted; None where there is none."""
        with self.lock:
            if id not in self.dialogues:
                saved = next((row for row in self.saved() if row.id == id), None)
                if saved is None:
                    return None
                read = Dialogue(saved.library, saved.home, saved.name, saved.id)
                read.turns = [turn_of(row, self.archive.source) for row in self.archive.turns(id)]
                self.dialogues[id] = read
            return self.dialogues[id]

    def save(self, dialogue: Dialogue, turn: Turn) -> str:
        """Note a turn in its conversation and on disk. Returns why it could not be saved, or ""."""
        dialogue.put(turn)
        with self.lock:
            self.dialogues.setdefault(dialogue.id, dialogue)
            if dialogue.name == UNNAMED:
                dialogue.name = " ".join(turn.question.split())[:MAX_NAME] or UNNAMED
        problem = ""
        try:
            self.save_name(dialogue)
            row = turn_row(turn, self.archive.put_source)
            self.archive.put_turn(dialogue.id, turn.number, turn.id, row)
        except LibraryError as error:
            problem = str(error)
        self.changed()
        return problem

    def save_name(self, dialogue: Dialogue) -> None:
        """Note a conversation's name and library."""
        self.archive.put_dialogue(dialogue.id, dialogue.name, dialogue.library, dialogue.home)
        self.changed()

    def drop(self, id: str, *, back: bool = False) -> None:
        """Take a conversation away, or bring it back."""
        self.archive.drop_dialogue(id, back=back)
        self.changed()

    # -- kept quotes ------------------------------------------------------------------------------

    @property
    def kept_keys(self) -> frozenset[tuple[str, str, int, int]]:
        """What makes each kept quote the same as another."""
        kept = self.kept
        if self._keys[0] is not kept:
            self._keys = (kept, frozenset(item.key for item in kept))
        return self._keys[1]

    def keep(self, kept: list[Kept]) -> None:
        """The kept quotes are now these."""
        with self.lock:
            self.kept = kept
            rows = [(item.id, kept_row(item, self.archive.put_source)) for item in kept]
            self.archive.put_kept(rows)
        self.changed()


class Workspaces:
    """All there are. base: the library whose models read the visitors' documents.

    folder: where they stay; None for nothing stays, each browser with its own. accounts: each user
    has one under ``folder``; without, all who reach the server are one person.
    """

    def __init__(
        self,
        base: Library,
        folder: Path | None = None,
        *,
        accounts: bool = False,
        idle: float = IDLE,
    ) -> None:
        self.base = base
        self.stays = folder is not None
        self.accounts = accounts
        self._root = folder or Path(tempfile.mkdtemp(prefix="chapter-verse-"))
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._idle = idle
        self._open: dict[str, Workspace] = {}
        self._lock = threading.RLock()

    def of(self, user: str | None, token: object = None) -> Workspace:
        """The workspace of a user, or of whoever knows the token; a fresh one where it is nobody's.

        UsageError when a server that keeps accounts is asked without one.
        """
        if self.accounts and user is None:
            raise UsageError("sign in first")
        with self._lock:
            if user is not None:
                return self._at(f"user-{digest(user)[:32]}", user)
            if self.stays:
                return self._at("own", None)
            known = self._open.get(token) if isinstance(token, str) else None
            if known is not None and known.user is None:
                known.used = time.monotonic()
                return known
            self.sweep()
            return self._at(secrets.token_urlsafe(24), None)

    def _at(self, token: str, user: str | None) -> Workspace:
        if token not in self._open:
            made = Workspace.at(self._root / token, token, user)
            made.own.reopen(self.base)
            self._open[token] = made
        self._open[token].used = time.monotonic()
        return self._open[token]

    def require_room(self, workspace: Workspace, sizes: list[int]) -> None:
        """UsageError when files of these sizes would pass a limit of the visitor's or of all."""
        workspace.own.require_room(sizes)
        with self._lock:
            held = sum(each.own.size()[1] for each in self._open.values())
        if held + sum(sizes) > MAX_TOTAL:
            raise UsageError("the server has no more room for documents now; try again later")

    def sweep(self) -> None:
        """Remove the workspaces of browsers that were not used for long."""
        if self.stays:
            return
        limit = time.monotonic() - self._idle
        with self._lock:
            old = [each for each in self._open.values() if each.used < limit]
            for each in old:
                del self._open[each.token]
                each.close()
                shutil.rmtree(each.folder, ignore_errors=True)

    def close(self) -> None:
        """Close all; remove them unless they stay."""
        with self._lock:
            for each in self._open.values():
                each.close()
            self._open.clear()
        if not self.stays:
            shutil.rmtree(self._root, ignore_errors=True)
