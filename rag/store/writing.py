"""The changes a library goes through, each a few statements inside a caller's transaction."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.errors import LibraryError
from rag.protocols import Origin
from rag.store.records import PASSAGE_COLUMNS, layout_of, passage_values, record_values
from rag.types import Passage, Source, Unreadable


def text_digest(text: str) -> bytes:
    """The key of a text's vector. Lone surrogates, which no source holds, are let through."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def number_of(connection: sqlite3.Connection, id_: str) -> int | None:
    """The number of the source with this id, or None."""
    row = connection.execute("SELECT no FROM sources WHERE id = ?", (id_,)).fetchone()
    return None if row is None else int(row[0])


def bump(connection: sqlite3.Connection) -> None:
    """Count a change."""
    connection.execute(
        "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'generation'"
    )


def delete_source(connection: sqlite3.Connection, number: int) -> None:
    """Remove every trace of a source but the vectors saved for later."""
    keys = "SELECT key FROM passages WHERE no = ?"
    connection.execute(f"DELETE FROM words WHERE rowid IN ({keys})", (number,))
    connection.execute(f"DELETE FROM vectors WHERE key IN ({keys})", (number,))
    for table in ("passages", "aliases", "texts", "sources"):
        connection.execute(f"DELETE FROM {table} WHERE no = ?", (number,))


def insert_source(
    connection: sqlite3.Connection,
    source: Source,
    passages: Sequence[Passage],
    vectors: NDArray[np.float16],
    folded: Sequence[str],
    origin: Origin,
) -> int:
    """Add a source with its passages, vectors and words; return its number."""
    values = record_values(source, origin, len(passages))
    marks = ", ".join("?" * len(values))
    number = connection.execute(
        "INSERT INTO sources (id, root, title, sha256, file_sha256, media_type, extractor, size, "
        "mtime_ns, characters, pages, passages, metadata, notes, tiling, encoding) "
        f"VALUES ({marks})",
        values,
    ).lastrowid
    assert number is not None  # it is, after an INSERT
    connection.execute(
        "INSERT INTO texts (no, layout, text) VALUES (?, ?, ?)",
        (number, layout_of(source), source.text),
    )
    first = 1 + _highest_key(connection)
    connection.executemany(
        f"INSERT INTO passages ({PASSAGE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (passage_values(first + n, number, n, p) for n, p in enumerate(passages)),
    )
    digests = [text_digest(text) for text in folded]
    connection.executemany(
        "INSERT INTO vectors (key, no, digest, vector) VALUES (?, ?, ?, ?)",
        ((first + n, number, digest, vectors[n].tobytes()) for n, digest in enumerate(digests)),
    )
    connection.executemany(
        "INSERT INTO words (rowid, folded) VALUES (?, ?)",
        ((first + n, text) for n, text in enumerate(folded)),
    )
    connection.executemany(
        "DELETE FROM saved_vectors WHERE digest = ?", ((digest,) for digest in digests)
    )
    return number


def _highest_key(connection: sqlite3.Connection) -> int:
    """The highest passage key ever given out: a key is never used for a second passage."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone()
    return 0 if row is None else int(row[0])


def replace_aliases(connection: sqlite3.Connection, number: int, aliases: Sequence[str]) -> None:
    """Set the ids of the files with the same bytes as a source. LibraryError for a source's id."""
    connection.execute("DELETE FROM aliases WHERE no = ?", (number,))
    for id_ in aliases:
        if number_of(connection, id_) is not None:
            raise LibraryError(
                f"{id_!r} is a source of its own; remove it before naming it an alias"
            )
        connection.execute("INSERT OR REPLACE INTO aliases (id, no) VALUES (?, ?)", (id_, number))


def replace_unreadable(
    connection: sqlite3.Connection, root: str, unreadable: Sequence[Unreadable]
) -> None:
    """Set what could not be read of one root."""
    connection.execute("DELETE FROM unreadable WHERE root = ?", (root,))
    connection.executemany(
        "INSERT OR REPLACE INTO unreadable (root, id, reason) VALUES (?, ?, ?)",
        ((root, item.id, item.reason) for item in unreadable),
    )


def save_vectors(
    connection: sqlite3.Connection, texts: Sequence[str], vectors: NDArray[np.float16]
) -> None:
    """Keep the vectors of texts that are not stored yet."""
    connection.executemany(
        "INSERT OR REPLACE INTO saved_vectors (digest, vector) VALUES (?, ?)",
        ((text_digest(text), vectors[n].tobytes()) for n, text in enumerate(texts)),
    )


def find_vector(connection: sqlite3.Connection, text: str) -> bytes | None:
    """The vector of a text, from the passages or from those saved; None when there is none."""
    digest = text_digest(text)
    for table in ("vectors", "saved_vectors"):
        row = connection.execute(
            f"SELECT vector FROM {table} WHERE digest = ? LIMIT 1", (digest,)
        ).fetchone()
        if row is not None:
            return bytes(row[0])
    return None
