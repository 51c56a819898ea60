"""A library in one SQLite file: sources, passages, vectors and words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rag.errors import LibraryError
from rag.protocols import Matrix, Origin, RootState
from rag.settings import Settings
from rag.store import writing
from rag.store.database import TIMEOUT_S, Database
from rag.store.dense import check_rows
from rag.store.locate import FILE
from rag.store.reading import SqliteReader
from rag.store.records import aliases_of, check_tiles
from rag.store.root_state import values_of
from rag.types import Passage, Source, Unreadable


class SqliteStore(SqliteReader):
    """The store of a library on disk (see ``protocols.Store``). Safe to share between threads.

    Every read sees one committed state; ``reading()`` holds one state over several calls. Vectors
    are loaded at the first dense search. Every failure of the file is a LibraryError.
    """

    @classmethod
    def create(
        cls, path: Path, *, embedder: str, dim: int, segmenter: str, settings: Settings
    ) -> SqliteStore:
        """Start an empty library in the folder ``path``. LibraryError if there is one."""
        database = Database(path / FILE)
        recorded = {
            "embedder": embedder,
            "dim": str(dim),
            "segmenter": segmenter,
            "settings": json.dumps(asdict(settings)),
            "generation": "0",
        }
        try:
            database.create(recorded)
        except BaseException:
            database.close()
            raise
        return cls(database)

    @classmethod
    def open(cls, path: Path, *, timeout: float = TIMEOUT_S) -> SqliteStore:
        """Open the library in the folder ``path``.

        timeout: seconds to wait for another process that is writing. Raises LibraryError when
        there is none, or it is damaged, of another format, or cannot be read.
        """
        database = Database(path / FILE, timeout=timeout)
        try:
            database.prepare()
            return cls(database)
        except BaseException:
            database.close()
            raise

    def set_meta(self, key: str, value: str) -> None:
        """Record a value."""
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def put(
        self,
        source: Source,
        passages: Sequence[Passage],
        vectors: Matrix,
        origin: Origin,
        /,
        *,
        folded: Sequence[str] | None = None,
    ) -> None:
        """Add or replace one source, all in one transaction.

        vectors: (n, dim) unit rows. folded: per passage the text that words are searched in and
        vectors are reused by (default: the passage's own). An alias of the same id gives way.
        Raises ValueError for passages that do not tile the source or vectors of another shape or
        length, LibraryError when the id belongs to another root or the file cannot be written.
        """
        check_tiles(source, passages)
        rows = check_rows(vectors, len(passages), self.dim)
        texts = [p.text for p in passages] if folded is None else folded
        if len(texts) != len(passages):
            raise ValueError(f"{len(passages)} passages but {len(texts)} folded texts")
        with self._database.write() as connection:
            old = connection.execute(
                "SELECT no, root FROM sources WHERE id = ?", (source.id,)
            ).fetchone()
            if old is not None and old[1] != origin.root:
                raise LibraryError(
                    f"{source.id!r} is already in the library from {old[1]!r}; a source of "
                    f"{origin.root!r} needs another id"
                )
            kept = aliases_of(connection).get(old[0], ()) if old is not None else ()
            if old is not None:
                writing.delete_source(connection, old[0])
            connection.execute("DELETE FROM aliases WHERE id = ?", (source.id,))
            number = writing.insert_source(connection, source, passages, rows, texts, origin)
            writing.replace_aliases(connection, number, source.aliases or kept)
            writing.bump(connection)

    def remove(self, ids: Sequence[str], /) -> None:
        """Remove sources and their aliases; an alias in ``ids`` goes alone. Unknown ids pass."""
        if not ids:
            return
        with self._database.write() as connection:
            for id_ in ids:
                number = writing.number_of(connection, id_)
                if number is not None:
                    writing.delete_source(connection, number)
                connection.execute("DELETE FROM aliases WHERE id = ?", (id_,))
            writing.bump(connection)

    def set_aliases(self, id_: str, aliases: Sequence[str], /) -> None:
        """Name the files with the same bytes as a source, in place of those named before."""
        with self._database.write() as connection:
            number = self._number(connection, id_)
            before = aliases_of(connection).get(number, ())
            if before != tuple(sorted(aliases)):
                writing.replace_aliases(connection, number, aliases)
                writing.bump(connection)

    def touch(self, id_: str, /, *, size: int, mtime_ns: int) -> None:
        """Note a file's new date when its bytes are the same; no change of the library."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE sources SET size = ?, mtime_ns = ? WHERE no = ?",
                (size, mtime_ns, self._number(connection, id_)),
            )

    def rename(self, id_: str, to: str, /, *, title: str | None = None) -> None:
        """Give a source another id (its file moved). LibraryError if ``to`` is taken."""
        with self._database.write() as connection:
            number = self._number(connection, id_)
            if writing.number_of(connection, to) not in (None, number):
                raise LibraryError(f"{to!r} is already in the library; remove it first")
            connection.execute("DELETE FROM aliases WHERE id = ?", (to,))
            connection.execute(
                "UPDATE sources SET id = ?, title = coalesce(?, title) WHERE no = ?",
                (to, title, number),
            )
            writing.bump(connection)

    def set_unreadable(self, unreadable: Sequence[Unreadable], /, *, root: str) -> None:
        """Record what could not be read of one root, in place of what was recorded for it."""
        with self._database.write() as connection:
            before = connection.execute(
                "SELECT id, reason FROM unreadable WHERE root = ? ORDER BY id", (root,)
            ).fetchall()
            if before != sorted((u.id, u.reason) for u in unreadable):
                writing.replace_unreadable(connection, root, unreadable)
                writing.bump(connection)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Make all changes of this thread in the block one: seen together or not at all."""
        with self._database.write():
            yield

    def set_root(self, state: RootState, /) -> None:
        """Record how far the run over a root has come. What that leaves out is a change."""
        with self._database.write() as connection:
            before = next((r for r in self.roots() if r.label == state.label), None)
            if before == state:
                return
            values = values_of(state)
            marks = ", ".join("?" * len(values))
            connection.execute(f"INSERT OR REPLACE INTO roots VALUES ({marks})", values)
            if (before.skipped if before else ()) != state.skipped:
                writing.bump(connection)

    def take_over(self, labels: Sequence[str], /, into: str) -> None:
        """Make the sources of some roots those of another one, which holds them."""
        with self._database.write() as connection:
            for label in labels:
                connection.execute("UPDATE sources SET root = ? WHERE root = ?", (into, label))
                connection.execute("DELETE FROM unreadable WHERE root = ?", (label,))
                connection.execute("DELETE FROM roots WHERE label = ?", (label,))
            writing.bump(connection)

    def remove_root(self, label: str, /) -> tuple[str, ...]:
        """Remove a root with all its sources; return their ids."""
        with self._database.write() as connection:
            rows = connection.execute("SELECT no, id FROM sources WHERE root = ?", (label,))
            sources = rows.fetchall()
            for number, _ in sources:
                writing.delete_source(connection, number)
            connection.execute("DELETE FROM unreadable WHERE root = ?", (label,))
            connection.execute("DELETE FROM roots WHERE label = ?", (label,))
            writing.bump(connection)
        return tuple(id for _, id in sources)

    def cache_vectors(self, texts: Sequence[str], vectors: Matrix, /) -> None:
        """Save vectors as they are made, before their sources are put, so a kill loses little."""
        rows = check_rows(vectors, len(texts), self.dim)
        with self._database.write() as connection:
            writing.save_vectors(connection, texts, rows)

    def clear_saved_vectors(self) -> None:
        """Forget saved vectors that no source came to use."""
        with self._database.read() as connection:
            if connection.execute("SELECT 1 FROM saved_vectors LIMIT 1").fetchone() is None:
                return
        with self._database.write() as connection:
            connection.execute("DELETE FROM saved_vectors")
