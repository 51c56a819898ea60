"""The SQLite file of a library: its schema, its connections, and errors a person can act on.

One writer at a time (``BEGIN IMMEDIATE``), any number of readers, each on a connection of its own
from a small pool. The file is in WAL mode, so readers see the last committed state while a writer
works, and a process killed at any moment loses only its unfinished transaction.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import LibraryError
from rag.store.schema import APPLICATION_ID, SCHEMA, SCHEMA_VERSION
from rag.store.upgrades import OLDEST, upgrade

TIMEOUT_S = 10.0
_MAGIC = b"SQLite format 3\0"
_LEAF = 13  # an SQLite page that holds its rows itself; the first page lists the tables


def explain(error: sqlite3.Error, file: Path) -> LibraryError:
    """Say what went wrong with the file and what to do about it."""
    name = (getattr(error, "sqlite_errorname", None) or "").removeprefix("SQLITE_")
    text = str(error)
    if name.startswith("BUSY") or "locked" in text:
        why = "another process is writing to it; wait until that has ended and try again"
    elif name.startswith("FULL"):
        why = (
            "the disk is full; what was not yet complete was not stored and everything before it "
            "is kept. Free some space and run the same command again"
        )
    elif name.startswith("READONLY"):
        why = "it cannot be written to; check the permissions of the file and of its folder"
    elif name.startswith("CANTOPEN"):
        why = "it cannot be opened; check the permissions of the file and of its folder"
    elif name.startswith("NOTADB"):
        why = "this is not a library (not an SQLite file); name another folder or remove the file"
    elif name.startswith("CORRUPT") or "no such" in text:
        why = "it is damaged; restore a backup, or remove the folder and run `rag index` again"
    else:
        why = "it could not be read or written; check the disk and try again"
    return LibraryError(f"{file}: {why} ({text})")


def has_tables(file: Path) -> bool:
    """Whether a file was begun as a database: without a table it is the same as none.

    A run that is killed in its first moments leaves such a file. What is there but no SQLite file
    counts as begun, so that it is never taken for nothing and written over.
    """
    try:
        with file.open("rb") as stream:
            head = stream.read(105)
    except OSError:
        return file.is_file()  # there, and why it cannot be read is told when it is opened
    foreign = bool(head) and not _MAGIC.startswith(head[:16])
    begun = len(head) == 105 and (head[100] != _LEAF or head[103:105] != b"\0\0")
    if foreign or begun or not _log(file):
        return foreign or begun
    connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)
    try:
        return bool(connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])
    except sqlite3.Error:
        return True
    finally:
        connection.close()


def _log(file: Path) -> int:
    """Size of the log of changes beside a library file, in bytes."""
    log = file.with_name(file.name + "-wal")
    return log.stat().st_size if log.exists() else 0


def _explain_copy(error: sqlite3.Error, file: Path, to: Path) -> LibraryError:
    """Say what went wrong with a copy: the library is to blame only where it is damaged."""
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return explain(error, file)
    why = "the disk is full" if name.startswith("SQLITE_FULL") else "it could not be written"
    return LibraryError(
        f"{to}: the backup was not made: {why} ({error}); free some space there or name another "
        "place. The library is as it was"
    )


class Database:
    """Connections to one library file. Safe to share between threads."""

    def __init__(self, file: Path, *, timeout: float = TIMEOUT_S) -> None:
        self.file = file
        self._timeout = timeout
        self._idle: list[sqlite3.Connection] = []
        self._all: list[sqlite3.Connection] = []
        self._pool_lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._local = threading.local()
        self._closed = False
        self.frozen = self._is_frozen()

    def _is_frozen(self) -> bool:
        """Whether the file lies where nothing can be written: WAL needs files beside it.

        Such a library is read as an unchanging file, unless changes wait in a log beside it.
        """
        if os.access(self.file.parent, os.W_OK) and os.access(self.file, os.W_OK):
            return False
        return not _log(self.file)

    def _connect(self) -> sqlite3.Connection:
        options = "mode=ro&immutable=1" if self.frozen else "mode=rw"
        uri = f"{self.file.absolute().as_uri()}?{options}"
        connection = sqlite3.connect(
            uri, uri=True, timeout=self._timeout, isolation_level=None, check_same_thread=False
        )
        # NORMAL under WAL: a killed process loses nothing; a power cut may lose the last sources,
        # which the next sync adds again, and never damages the file.
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _acquire(self) -> sqlite3.Connection:
        with self._pool_lock:
            if self._closed:
                raise LibraryError(f"{self.file}: the library was closed; open it again")
            if self._idle:
                return self._idle.pop()
        connection = self._connect()
        with self._pool_lock:
            self._all.append(connection)
        return connection

    def _release(self, connection: sqlite3.Connection) -> None:
        with self._pool_lock:
            if self._closed:
                connection.close()
            else:
                self._idle.append(connection)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give a connection inside one read transaction: everything read is of one state.

        Nested calls of one thread share the outermost transaction. Raises LibraryError.
        """
        current: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if current is not None:
            with self.explained():
                yield current
            return
        with self.explained():
            connection = self._acquire()
            try:
                connection.execute("BEGIN")
                self._local.connection = connection
                yield connection
            finally:
                self._local.connection = None
                if connection.in_transaction:
                    connection.rollback()
                self._release(connection)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Give a connection inside one write transaction, committed at the end or undone whole.

        Nested calls of one thread share the outermost transaction, and so do reads inside it.
        """
        if getattr(self._local, "writing", False):
            with self.explained():
                yield self._local.connection
            return
        if self.frozen:
            raise LibraryError(
                f"{self.file}: it cannot be written to; check the permissions of the file and of "
                "its folder"
            )
        with self._write_lock, self.explained():
            connection = self._acquire()
            outer: sqlite3.Connection | None = getattr(self._local, "connection", None)
            try:
                connection.execute("BEGIN IMMEDIATE")
                self._local.connection, self._local.writing = connection, True
                yield connection
                connection.execute("COMMIT")
            finally:
                self._local.connection, self._local.writing = outer, False
                if connection.in_transaction:
                    connection.rollback()
                self._release(connection)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn SQLite's errors into LibraryError."""
        try:
            yield
        except sqlite3.Error as error:
            raise explain(error, self.file) from error

    def create(self, recorded: dict[str, str]) -> None:
        """Lay out a library that records ``recorded``. LibraryError when there is one already."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.touch()
        except OSError as error:
            raise LibraryError(
                f"{self.file}: the library cannot be created ({error.strerror}); check the "
                "permissions of the folder or name another"
            ) from error
        self.frozen = self._is_frozen()
        with self.explained():
            connection = self._acquire()
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            finally:
                self._release(connection)
        with self.write() as connection:
            if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                raise LibraryError(
                    f"{self.file}: there is a library already; open it, or remove its folder first"
                )
            for statement in SCHEMA.split(";"):
                connection.execute(statement)
            connection.executemany("INSERT INTO meta VALUES (?, ?)", recorded.items())
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def prepare(self) -> None:
        """Check that this is a library, and bring it to the present format.

        Raises LibraryError when there is none, when it is no library, or when its format is newer
        than this program or cannot be brought up to date.
        """
        if not has_tables(self.file):
            raise LibraryError(
                f"no library at {self.file.parent}: build one with "
                f"`rag index FOLDER -i {self.file.parent}`"
            )
        version = self._version()
        if version == SCHEMA_VERSION:
            return
        if not OLDEST <= version < SCHEMA_VERSION:
            raise LibraryError(
                f"{self.file}: the library has format {version}, this program reads format "
                f"{SCHEMA_VERSION}; update the program, or build the library again"
            )
        if self.frozen:
            raise LibraryError(
                f"{self.file}: the library has the older format {version} and lies where nothing "
                "can be written; copy it to a folder of your own and open it there"
            )
        with self.write() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version != SCHEMA_VERSION:  # unless another process was first
                upgrade(connection, version)

    def _version(self) -> int:
        with self.read() as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
        if application != APPLICATION_ID:
            raise LibraryError(f"{self.file}: an SQLite file, but not a library of this program")
        return int(version)

    def backup(self, to: Path) -> None:
        """Write a copy of the whole file, consistent at one moment. LibraryError if one exists."""
        if to.exists():
            raise LibraryError(f"{to}: there is a file already; it is not overwritten")
        part = to.with_name(to.name + ".part")
        try:
            with self.read() as connection:
                try:
                    target = sqlite3.connect(part)
                    try:
                        connection.backup(target)
                        target.execute("PRAGMA journal_mode = DELETE")
                    finally:
                        target.close()
                except sqlite3.Error as error:
                    raise _explain_copy(error, self.file, to) from error
            part.rename(to)
        except OSError as error:
            raise LibraryError(f"{to}: the backup cannot be written ({error.strerror})") from error
        finally:
            part.unlink(missing_ok=True)

    def close(self) -> None:
        """Close every connection; the last one folds the log into the file. Safe to repeat."""
        with self._pool_lock:
            self._closed = True
            idle, self._idle = self._idle, []
            self._all.clear()
        for connection in idle:
            connection.close()
