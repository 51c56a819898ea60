"""One person's conversations and kept quotes in one SQLite file, beside the texts they quote.

Every source that is quoted is stored once, as it was read: a quote stays the slice of its source,
whatever becomes of the file and the library.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rag.errors import LibraryError
from rag.store.fields import decode, encode
from rag.types import Source, digest

FORMAT = 1
KEEP_GONE = 30 * 86400.0  # seconds that what was taken away can still be brought back
_SCHEMA = """
CREATE TABLE dialogues (id TEXT PRIMARY KEY, name TEXT, library TEXT, home TEXT, updated REAL,
  gone REAL);
CREATE TABLE turns (id TEXT PRIMARY KEY, dialogue TEXT, number INTEGER, data TEXT);
CREATE INDEX turns_of ON turns (dialogue, number);
CREATE TABLE kept (id TEXT PRIMARY KEY, position INTEGER, data TEXT, gone REAL);
CREATE TABLE sources (key TEXT PRIMARY KEY, data BLOB);
"""


@dataclass(frozen=True, slots=True)
class Saved:
    """A line of the list of conversations. updated: seconds since 1970."""

    id: str
    name: str
    library: str
    home: str
    updated: float
    turns: int


class Archive:
    """The file. Safe between threads; a failure of the file is a LibraryError in words."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.RLock()
        with _told():
            self._db = sqlite3.connect(file, check_same_thread=False, timeout=20)
            self._db.execute("PRAGMA journal_mode = WAL")
            # Safe when the program is killed; a power cut may cost the last second.
            self._db.execute("PRAGMA synchronous = NORMAL")
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version == 0:
                self._db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {FORMAT}; COMMIT")
            elif version > FORMAT:
                raise LibraryError(f"{file.name} was written by a newer version; upgrade")
            self._purge()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _told(), self._db:
            yield self._db

    def _read(self, sql: str, *values: object) -> list[Any]:
        with self._lock, _told():
            return self._db.execute(sql, values).fetchall()

    def _purge(self) -> None:
        old = time.time() - KEEP_GONE
        with self._write() as db:
            db.execute("DELETE FROM kept WHERE gone < ?", (old,))
            db.execute(
                "DELETE FROM turns WHERE dialogue IN (SELECT id FROM dialogues WHERE gone < ?)",
                (old,),
            )
            db.execute("DELETE FROM dialogues WHERE gone < ?", (old,))

    # -- conversations ----------------------------------------------------------------------------

    def dialogues(self) -> list[Saved]:
        """Every conversation, the one last asked first."""
        rows = self._read(
            "SELECT d.id, name, library, home, updated, count(t.id) FROM dialogues d "
            "LEFT JOIN turns t ON t.dialogue = d.id WHERE gone IS NULL GROUP BY d.id "
            "ORDER BY updated DESC"
        )
        return [Saved(*row) for row in rows]

    def put_dialogue(self, id: str, name: str, library: str, home: str) -> None:
        """Add a conversation, or give it another name or library."""
        with self._write() as db:
            db.execute(
                "INSERT INTO dialogues VALUES (?, ?, ?, ?, ?, NULL) ON CONFLICT (id) DO UPDATE "
                "SET name = excluded.name, library = excluded.library, home = excluded.home, "
                "updated = excluded.updated",
                (id, name, library, home, time.time()),
            )

    def drop_dialogue(self, id: str, *, back: bool = False) -> None:
        """Take a conversation away, or bring it back."""
        with self._write() as db:
            db.execute(
                "UPDATE dialogues SET gone = ? WHERE id = ?", (None if back else time.time(), id)
            )

    def turns(self, dialogue: str) -> list[Any]:
        """What was stored of a conversation's turns, in order."""
        rows = self._read(
            "SELECT data FROM turns WHERE dialogue = ? ORDER BY number, rowid", dialogue
        )
        return [json.loads(data) for (data,) in rows]

    def put_turn(self, dialogue: str, number: int, id: str, data: Mapping[str, Any]) -> None:
        """Store a turn, in place of what was stored under its id."""
        with self._write() as db:
            db.execute(
                "INSERT OR REPLACE INTO turns VALUES (?, ?, ?, ?)",
                (id, dialogue, number, json.dumps(data, ensure_ascii=False)),
            )

    # -- kept quotes ------------------------------------------------------------------------------

    def kept(self) -> list[Any]:
        """What was stored of the kept quotes, in order."""
        rows = self._read("SELECT data FROM kept WHERE gone IS NULL ORDER BY position")
        return [json.loads(data) for (data,) in rows]

    def put_kept(self, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """The kept quotes are now these, by id, in this order."""
        with self._write() as db:
            db.execute("UPDATE kept SET gone = ? WHERE gone IS NULL", (time.time(),))
            db.executemany(
                "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, NULL)",
                [
                    (id, i, json.dumps(data, ensure_ascii=False))
                    for i, (id, data) in enumerate(rows)
                ],
            )

    # -- sources ----------------------------------------------------------------------------------

    def put_source(self, source: Source) -> str:
        """Store a source as it was read, once; the key to get it back with."""
        data = packed(source)
        key = digest(data)
        with self._write() as db:
            db.execute(
                "INSERT OR IGNORE INTO sources VALUES (?, ?)", (key, zlib.compress(data.encode()))
            )
        return key

    def source(self, key: str) -> Source:
        """The source of a key. KeyError when there is none, LibraryError when it was altered."""
        rows = self._read("SELECT data FROM sources WHERE key = ?", key)
        if not rows:
            raise KeyError(key)
        return _unpacked(zlib.decompress(rows[0][0]).decode())


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise LibraryError(f"the conversation could not be saved or read: {error}") from error


def packed(source: Source) -> str:
    """A source as text."""
    return json.dumps(encode(source), ensure_ascii=False, sort_keys=True)


@lru_cache(maxsize=64)
def _unpacked(data: str) -> Source:
    try:
        source: Source = decode(Source, json.loads(data))
    except (ValueError, TypeError, KeyError) as error:
        raise LibraryError(f"a source that was quoted was stored damaged: {error}") from error
    return source
