"""Reading a library in one SQLite file: what it records, its sources, and the two searches."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from rag.errors import LibraryError, UsageError
from rag.protocols import RootState, Scored, SourceRecord, Vector
from rag.settings import Settings
from rag.store import words, writing
from rag.store.database import Database
from rag.store.dense import HALF, DenseIndex, check_query
from rag.store.places import Places
from rag.store.records import (
    PASSAGE_COLUMNS,
    REBUILD,
    RECORD_COLUMNS,
    SourceCache,
    aliases_of,
    damage_told,
    passage_from,
    record_from,
    source_from,
)
from rag.store.root_state import ROOT_COLUMNS, root_from, shortcomings
from rag.types import Passage, Source, Unreadable


class SqliteReader:
    """Everything of ``SqliteStore`` that changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.RLock()
        self._dense: DenseIndex | None = None
        self._sources = SourceCache()
        self.embedder = self._required("embedder")
        with damage_told():
            self.dim = int(self._required("dim"))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold one state of the library for all calls of this thread in the block.

        What a search found is then still there when it is read, whatever a writer does meanwhile.
        """
        with self._database.read():
            yield

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """The connection of this thread's transaction, for checks of the rows themselves."""
        with self._database.read() as connection:
            yield connection

    @property
    def folder(self) -> Path:
        """The folder of the library."""
        return self._database.file.parent

    def close(self) -> None:
        """Close the file. Safe to repeat; every later call is a LibraryError."""
        self._database.close()
        self._dense = None

    # What the library records of itself

    def get_meta(self, key: str) -> str | None:
        """A recorded value, or None."""
        with self._database.read() as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def _required(self, key: str) -> str:
        value = self.get_meta(key)
        if value is None:
            raise LibraryError(
                f"{self._database.file}: it is damaged ({key} is missing); {REBUILD}"
            )
        return value

    @property
    def generation(self) -> int:
        """Counts committed changes."""
        with damage_told():
            return int(self._required("generation"))

    @property
    def embedder_spec(self) -> str:
        """What to load the embedder by: its recorded name less the digest of its weights."""
        return self.embedder.partition("@")[0]

    @property
    def segmenter(self) -> str:
        """Name of the sentence rules the library was last built with; a newer one is no error."""
        return self._required("segmenter")

    @property
    def settings(self) -> Settings:
        """The settings the library was built with. LibraryError for one this version lacks."""
        with damage_told():
            recorded = json.loads(self._required("settings"))
        try:
            return Settings(**recorded)
        except UsageError as error:
            raise LibraryError(
                f"{self._database.file}: it is damaged ({error}); {REBUILD}"
            ) from error
        except TypeError as error:
            raise LibraryError(
                f"{self._database.file}: built by a newer version of this program ({error}); "
                "update the program"
            ) from error

    def require_embedder(self, name: str) -> None:
        """Raise LibraryError unless the library's vectors were made by the embedder ``name``."""
        if not same_vectors(name, self.embedder):
            raise LibraryError(
                f"{self._database.file.parent}: this library was built with the embedder "
                f"{self.embedder!r}, not {name!r}, and their vectors cannot be compared. Open it "
                "with the embedder it was built with, or build a new library in another folder"
            )

    # Sources and passages

    def records(self) -> tuple[SourceRecord, ...]:
        """The sources without their texts, by id."""
        with self._database.read() as connection:
            aliases = aliases_of(connection)
            rows = connection.execute(f"SELECT {RECORD_COLUMNS} FROM sources ORDER BY id")
            return tuple(record_from(row, aliases.get(row[0], ())) for row in rows)

    def unreadable(self, root: str | None = None) -> tuple[Unreadable, ...]:
        """What could not be read, of one root or of all, by id."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT id, reason FROM unreadable WHERE ?1 IS NULL OR root = ?1 ORDER BY id, root",
                (root,),
            )
            return tuple(Unreadable(id_, reason) for id_, reason in rows)

    def skipped(self) -> tuple[str, ...]:
        """The ids of files of formats that are not read, of all roots, in order."""
        return tuple(sorted(id for run in self.roots() for id in run.skipped))

    def roots(self) -> tuple[RootState, ...]:
        """The last run over each root, by label."""
        with self._database.read() as connection:
            rows = connection.execute(f"SELECT {ROOT_COLUMNS} FROM roots ORDER BY label").fetchall()
        return tuple(root_from(row) for row in rows)

    def unfinished(self) -> tuple[str, ...]:
        """Why the library does not hold all it should, a sentence each; () when it does."""
        with self._database.read():
            runs = self.roots()
            if not runs and self.counts() == (0, 0):
                return ("indexing was not finished: no file was read yet",)
            places = Places.of(self.folder).roots
            gone = {r.label for r in runs if r.label in places and not places[r.label].exists()}
            numbers = self._sources_of(gone) if gone else {}
        return tuple(
            sentence for run in runs for sentence in shortcomings(run, numbers.get(run.label))
        )

    def _sources_of(self, roots: Iterable[str]) -> dict[str, int]:
        """How many sources came from each of these roots."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT root, count(*) FROM sources GROUP BY root")
            return {root: count for root, count in rows if root in roots}

    def counts(self, within: frozenset[str] | None = None) -> tuple[int, int]:
        """(sources, passages) there are, in all or of the given ids or aliases."""
        sql = "SELECT count(*), coalesce(sum(passages), 0) FROM sources"
        with self._database.read() as connection:
            if within is None:
                row = connection.execute(sql).fetchone()
            else:
                numbers = self._numbers(connection, within)
                sql += " WHERE no IN (SELECT value FROM json_each(?))"
                row = connection.execute(sql, (numbers,)).fetchone()
        return int(row[0]), int(row[1])

    def source(self, id_: str, /) -> Source:
        """The source with this id, or of which it is an alias. LibraryError if there is none."""
        with self._database.read() as connection:
            return self._source(connection, self._number(connection, id_))

    def passages(self, id_: str, /) -> tuple[Passage, ...]:
        """The passages of a source, in order. LibraryError if there is no such source."""
        with self._database.read() as connection:
            number = self._number(connection, id_)
            source = self._source(connection, number)
            rows = connection.execute(
                f"SELECT {PASSAGE_COLUMNS} FROM passages WHERE no = ? ORDER BY position", (number,)
            )
            return tuple(passage_from(row, source) for row in rows)

    def passage(self, key: int, /) -> Passage:
        """The passage with this key. LibraryError when it is no longer there."""
        return self.passages_by_key((key,))[0]

    def passages_by_key(self, keys: Sequence[int], /) -> tuple[Passage, ...]:
        """The passages with these keys, in the order given. LibraryError for one not there."""
        with self._database.read() as connection:
            rows = {
                row[0]: row
                for row in connection.execute(
                    f"SELECT {PASSAGE_COLUMNS} FROM passages "
                    "WHERE key IN (SELECT value FROM json_each(?))",
                    (json.dumps([int(key) for key in keys]),),
                )
            }
            missing = [key for key in keys if key not in rows]
            if missing:
                raise LibraryError(f"passage {missing[0]} is no longer in the library; ask again")
            return tuple(
                passage_from(rows[key], self._source(connection, rows[key][1])) for key in keys
            )

    def _number(self, connection: sqlite3.Connection, id_: str) -> int:
        number = writing.number_of(connection, id_)
        if number is None:
            row = connection.execute("SELECT no FROM aliases WHERE id = ?", (id_,)).fetchone()
            if row is None:
                raise LibraryError(
                    f"{self._database.file.parent}: no source {id_!r} in the library"
                )
            number = int(row[0])
        return number

    def _numbers(self, connection: sqlite3.Connection, within: frozenset[str]) -> str:
        """The numbers of the sources with these ids or aliases, as a JSON array."""
        ids = json.dumps(sorted(within))
        rows = connection.execute(
            "SELECT no FROM sources WHERE id IN (SELECT value FROM json_each(?1)) UNION "
            "SELECT no FROM aliases WHERE id IN (SELECT value FROM json_each(?1))",
            (ids,),
        )
        return json.dumps([row[0] for row in rows])

    def _source(self, connection: sqlite3.Connection, number: int) -> Source:
        row = connection.execute(
            f"SELECT {RECORD_COLUMNS} FROM sources WHERE no = ?", (number,)
        ).fetchone()
        if row is None:
            raise LibraryError(
                f"{self._database.file}: it is damaged (passages of a source that is not there); "
                f"{REBUILD}"
            )
        aliases = tuple(
            r[0]
            for r in connection.execute(
                "SELECT id FROM aliases WHERE no = ? ORDER BY id", (number,)
            )
        )
        # Numbers are never used again and texts never changed; id, title and aliases may be.
        key = (number, row[1], row[3], aliases)
        with self._lock:
            source = self._sources.get(key)
        if source is None:
            content = connection.execute(
                "SELECT layout, text FROM texts WHERE no = ?", (number,)
            ).fetchone()
            if content is None:
                raise LibraryError(
                    f"{self._database.file}: it is damaged (no text of {row[1]!r}); {REBUILD}"
                )
            source = source_from(record_from(row, aliases), *content)
            with self._lock:
                self._sources.add(key, source)
        return source

    def backup(self, file: Path) -> None:
        """Write a copy of the library, of one moment. LibraryError if ``file`` exists."""
        self._database.backup(file)

    # Searches

    def search_dense(
        self, query: Vector, k: int, /, within: frozenset[str] | None = None
    ) -> tuple[Scored, ...]:
        """The best ``min(k, n)`` passages by (-cosine, key). ValueError for a wrong query."""
        check_query(query, self.dim)
        with self._database.read() as connection:
            numbers = None
            if within is not None:
                numbers = np.array(json.loads(self._numbers(connection, within)), dtype=np.int64)
            return self._index(connection).search(query, k, numbers)

    def cosines(self, query: Vector, keys: Sequence[int], /) -> tuple[float, ...]:
        """Cosine similarity of these passages, in the order given. KeyError for an unknown key."""
        with self._database.read() as connection:
            return self._index(connection).cosines(query, keys)

    def search_words(
        self, question: str, k: int, /, within: frozenset[str] | None = None
    ) -> tuple[Scored, ...]:
        """The best ``k`` passages or fewer by (-BM25, key); no question is an error."""
        with self._database.read() as connection:
            numbers = None if within is None else self._numbers(connection, within)
            found = words.search(connection, question, k, numbers)
        return tuple(Scored(key, score) for key, score in found)

    def similar_word(self, word: str, /) -> str | None:
        """A word of the library that ``word`` is most likely a misspelling of, or None."""
        with self._database.read() as connection:
            return words.similar(connection, word)

    def unknown_words(self, question: str, /) -> tuple[str, ...]:
        """Words of the question (stop words left out) that occur nowhere, in order, each once."""
        with self._database.read() as connection:
            return words.unknown(connection, question)

    def vectors_for(self, texts: Sequence[str], /) -> Mapping[str, Vector]:
        """The vectors already made of these (folded) texts, (dim,) float32 each."""
        with self._database.read() as connection:
            found = ((text, writing.find_vector(connection, text)) for text in texts)
            return {
                text: np.frombuffer(blob, dtype=HALF).astype(np.float32)
                for text, blob in found
                if blob is not None
            }

    def _index(self, connection: sqlite3.Connection) -> DenseIndex:
        """The dense index of the state that ``connection`` sees; built anew when it changed.

        An index is never changed, so searches of other threads go on with the one they hold.
        """
        generation = self.generation
        current = self._dense
        if current is not None and current.generation == generation:
            return current
        with self._lock:
            current = self._dense
            if current is not None and current.generation == generation:
                return current
            index = None if current is None else _other(connection, current, generation)
            index = index or DenseIndex.build(generation, _rows(connection, 0), self.dim)
            if current is None or current.generation < index.generation:
                self._dense = index  # a reader of an earlier state must not hold up the others
            return index


def same_vectors(name: str, other: str) -> bool:
    """Whether two embedders give the same vectors: their weights are, whatever they are called."""
    weights = name.partition("@")[2]
    return name == other or (weights != "" and weights == other.partition("@")[2])


def _rows(connection: sqlite3.Connection, after: int) -> list[tuple[int, int, bytes]]:
    """The vectors with keys above ``after``, by key."""
    return connection.execute(
        "SELECT key, no, vector FROM vectors WHERE key > ? ORDER BY key", (after,)
    ).fetchall()


def _other(connection: sqlite3.Connection, index: DenseIndex, generation: int) -> DenseIndex | None:
    """The index of the state that is read, made from another one; None to build it anew."""
    added = _rows(connection, index.last)
    (count,) = connection.execute("SELECT count(*) FROM vectors").fetchone()
    left = None
    if count != index.count + len(added) or generation < index.generation:
        rows = connection.execute(  # the small index over digests knows every key
            "SELECT key FROM vectors INDEXED BY vectors_digest WHERE key <= ?", (index.last,)
        )
        left = np.fromiter((row[0] for row in rows), np.int64)
    return index.changed(generation, added, left)
