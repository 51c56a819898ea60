"""Does a library agree with itself? Truth against both derived indexes, row by row.

Truth are the sources with their texts and passages. Vectors and words are derived from them: words
can be made again from the texts, vectors only by the embedder, with the next run of ``rag index``.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.errors import LibraryError
from rag.segment import folded
from rag.settings import Settings
from rag.store.dense import HALF, are_unit
from rag.store.locate import FILE
from rag.store.places import PLACES, Places
from rag.store.reading import SqliteReader
from rag.store.records import (
    PASSAGE_COLUMNS,
    RECORD_COLUMNS,
    check_tiles,
    passage_from,
    record_from,
    source_from,
)
from rag.store.writing import text_digest
from rag.types import Passage

NEEDED = ("embedder", "dim", "generation", "segmenter", "settings")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that does not agree. part: what it is about ("text", "vectors", "words", "files",
    "leftovers", ...). subject: a source's id, or "". what: a sentence for people.
    """

    part: str
    subject: str
    what: str


def examine(store: SqliteReader) -> tuple[Finding, ...]:
    """Everything in a library that does not agree; () for one that is sound."""
    return tuple(finding for check in CHECKS for finding in _run(check, store))


Check = Callable[[SqliteReader, sqlite3.Connection], Iterator[Finding]]


def _run(check: Check, store: SqliteReader) -> Iterator[Finding]:
    """One check; what it cannot even read is a finding too."""
    try:
        with store.connection() as connection:
            yield from check(store, connection)
    except LibraryError as error:
        yield Finding("file" if check is _pages else "records", "", str(error))


def _pages(_: SqliteReader, connection: sqlite3.Connection) -> Iterator[Finding]:
    for (line,) in connection.execute("PRAGMA integrity_check(20)"):
        if line != "ok":
            yield Finding("file", "", f"SQLite says: {line}")


def _meta(_: SqliteReader, connection: sqlite3.Connection) -> Iterator[Finding]:
    held = dict(connection.execute("SELECT key, value FROM meta"))
    for key in NEEDED:
        if key not in held:
            yield Finding("records", "", f"the library does not say its {key}")
    for key in ("dim", "generation"):
        if not str(held.get(key, "0")).isdecimal():
            yield Finding("records", "", f"its {key} is not a number: {held[key]!r}")
    try:
        Settings(**json.loads(held.get("settings", "{}")))
    except Exception as error:  # noqa: BLE001 (whatever stands there, it is not settings)
        yield Finding("records", "", f"its settings cannot be read: {error}")


def _sources(store: SqliteReader, connection: sqlite3.Connection) -> Iterator[Finding]:
    """Texts, passages, vectors and words, a source at a time."""
    rows = connection.execute(f"SELECT {RECORD_COLUMNS} FROM sources ORDER BY no").fetchall()
    for row in rows:
        number, id = row[0], str(row[1])
        try:
            passages = whole(connection, row)
        except LibraryError as error:
            yield Finding("text", id, str(error))
            continue
        except ValueError as error:
            yield Finding("passages", id, str(error))
            continue
        yield from _counts(connection, row)
        yield from _derived(connection, number, id, passages, store.dim)


def whole(connection: sqlite3.Connection, row: tuple[object, ...]) -> dict[int, Passage]:
    """The passages of a row of RECORD_COLUMNS, by key.

    Raises LibraryError when its text or record is damaged, ValueError when the passages do not tile
    the text.
    """
    content = connection.execute(
        "SELECT layout, text FROM texts WHERE no = ?", (row[0],)
    ).fetchone()
    if content is None:
        raise LibraryError("its text is not there")
    source = source_from(record_from(row, ()), *content)
    rows = connection.execute(
        f"SELECT {PASSAGE_COLUMNS} FROM passages WHERE no = ? ORDER BY position", (row[0],)
    ).fetchall()
    try:
        passages = {r[0]: passage_from(r, source) for r in rows}
    except LibraryError as error:
        raise ValueError(str(error)) from error
    check_tiles(source, tuple(passages.values()))
    return passages


def _counts(connection: sqlite3.Connection, row: tuple[object, ...]) -> Iterator[Finding]:
    record = record_from(row, ())
    (passages,) = connection.execute(
        "SELECT count(*) FROM passages WHERE no = ?", (row[0],)
    ).fetchone()
    layout, text = connection.execute(
        "SELECT layout, text FROM texts WHERE no = ?", (row[0],)
    ).fetchone()
    held = (len(text), len(json.loads(layout)["pages"]), passages)
    told = (record.characters, record.pages, record.passages)
    for name, there, said in zip(("characters", "pages", "passages"), held, told, strict=True):
        if there != said:
            yield Finding("counts", record.id, f"says it has {said} {name} and has {there}")


def _derived(
    connection: sqlite3.Connection, number: int, id: str, passages: dict[int, Passage], dim: int
) -> Iterator[Finding]:
    """The vectors and words of one source against its passages."""
    texts = {key: folded(passage) for key, passage in passages.items()}
    vectors = {
        key: (digest, blob)
        for key, digest, blob in connection.execute(
            "SELECT key, digest, vector FROM vectors WHERE no = ?", (number,)
        )
    }
    lacking = texts.keys() - vectors.keys()
    if lacking:
        yield Finding("vectors", id, f"{len(lacking)} passages have no vector")
    other = [k for k in vectors if k in texts and vectors[k][0] != text_digest(texts[k])]
    if other:
        yield Finding("vectors", id, f"{len(other)} vectors are of another text")
    bad = [key for key, (_, blob) in vectors.items() if not is_vector(blob, dim)]
    if bad:
        yield Finding("vectors", id, f"{len(bad)} vectors are damaged")
    words = dict(
        connection.execute(
            "SELECT rowid, folded FROM words WHERE rowid IN "
            "(SELECT key FROM passages WHERE no = ?)",
            (number,),
        )
    )
    wrong = [key for key, text in texts.items() if words.get(key) != text]
    if wrong:
        yield Finding("words", id, f"the words of {len(wrong)} passages are not those of the text")


def is_vector(blob: object, dim: int) -> bool:
    """Whether a stored vector has its length, is finite and of unit length."""
    if not isinstance(blob, bytes) or len(blob) != dim * HALF.itemsize:
        return False
    return are_unit(np.frombuffer(blob, dtype=HALF).astype(np.float32)[None, :])


# What belongs to nothing: a sentence, and the rows. Repair deletes these rows.
ORPHANS = (
    ("text", "texts of no source", "texts", "no NOT IN (SELECT no FROM sources)"),
    ("passages", "passages of no source", "passages", "no NOT IN (SELECT no FROM sources)"),
    ("vectors", "vectors of no passage", "vectors", "key NOT IN (SELECT key FROM passages)"),
    (
        "vectors",
        "vectors of another source than their passage",
        "vectors",
        "no <> (SELECT p.no FROM passages p WHERE p.key = vectors.key)",
    ),
    ("words", "words of no passage", "words", "rowid NOT IN (SELECT key FROM passages)"),
    ("aliases", "names of no source", "aliases", "no NOT IN (SELECT no FROM sources)"),
    (
        "aliases",
        "names that are sources of their own",
        "aliases",
        "id IN (SELECT id FROM sources)",
    ),
    ("leftovers", "vectors saved by a run that stopped", "saved_vectors", "1"),
)


def _orphans(_: SqliteReader, connection: sqlite3.Connection) -> Iterator[Finding]:
    for part, what, table, where in ORPHANS:
        (count,) = connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()
        if count:
            yield Finding(part, "", f"{count} {what}")


def _index_of_words(store: SqliteReader, connection: sqlite3.Connection) -> Iterator[Finding]:
    """The word index against the texts it stores, by FTS5 itself."""
    if not words_agree(connection):
        yield Finding("words", "", "the index of words does not agree with its texts")


def words_agree(connection: sqlite3.Connection) -> bool:
    """Whether FTS5 finds its index to agree with what it indexed."""
    try:
        connection.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 0)")
    except sqlite3.DatabaseError as error:
        return "readonly" in str(error) or "locked" in str(error)  # it was not checked
    return True


def _numbers(_: SqliteReader, connection: sqlite3.Connection) -> Iterator[Finding]:
    """Keys and numbers are never used again: the counters must stand above all that are there."""
    for table, column in (("passages", "key"), ("sources", "no")):
        row = connection.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)
        ).fetchone()
        (most,) = connection.execute(f"SELECT coalesce(max({column}), 0) FROM {table}").fetchone()
        if most > (row[0] if row else 0):
            yield Finding("records", "", f"the counter of {table} stands below the last of them")


def _roots(store: SqliteReader, connection: sqlite3.Connection) -> Iterator[Finding]:
    runs = {run.label: run for run in store.roots()}
    for (label,) in connection.execute("SELECT DISTINCT root FROM sources"):
        if runs and label not in runs:
            yield Finding("roots", "", f"sources come from {label}, of which nothing is recorded")
    for label in Places.of(store.folder).roots:
        if label not in runs:
            yield Finding("leftovers", "", f"{PLACES} names {label}, which the library has not")
    for sentence in store.unfinished():
        yield Finding("runs", "", sentence)


def _files(store: SqliteReader, _: sqlite3.Connection) -> Iterator[Finding]:
    """The files that sources were read from, where these lie now, byte by byte."""
    places = Places.of(store.folder).roots
    for record in store.records():
        root = places.get(record.root)
        if root is None or not root.exists():
            continue
        file = root / record.id.removeprefix(f"{root.name}/") if root.is_dir() else root
        file = root / record.id if (root / record.id).is_file() else file
        if not file.is_file():
            continue  # gone, or inside an archive: `rag index` tells of it
        status = file.stat()
        if (status.st_size, status.st_mtime_ns) != (record.size, record.mtime_ns):
            yield Finding("files", record.id, "the file was changed since it was read")
        elif _digest(file) not in ("", record.file_sha256):
            yield Finding(
                "files",
                record.id,
                "the file holds other bytes than were read, with the same size and date; "
                "`rag index --checksum` reads it again",
            )


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def leftovers(folder: Path) -> tuple[Path, ...]:
    """Files beside a library that a run or a backup left behind when it was stopped."""
    known = {FILE, f"{FILE}-wal", f"{FILE}-shm", PLACES}
    return tuple(
        path
        for path in sorted(folder.iterdir())
        if path.is_file()
        and path.name not in known
        and (path.suffix == ".part" or path.name.startswith((f"{PLACES}.", f"{FILE}.", "tmp")))
    )


def _leftovers(store: SqliteReader, _: sqlite3.Connection) -> Iterator[Finding]:
    for path in leftovers(store.folder):
        yield Finding("leftovers", "", f"{path.name} was left behind by a run that stopped")


CHECKS: tuple[Check, ...] = (
    _pages,
    _meta,
    _sources,
    _orphans,
    _index_of_words,
    _numbers,
    _roots,
    _files,
    _leftovers,
)
