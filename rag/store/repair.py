"""Make a library agree with itself again, without a model.

What can be derived from the texts is derived again. A source whose text is damaged is taken out. A
passage without a sound vector is found by its words alone until ``rag index`` has read its source
again.
"""

from __future__ import annotations

import sqlite3

from rag.errors import LibraryError
from rag.segment import folded
from rag.store import writing
from rag.store.doctor import ORPHANS, Finding, examine, is_vector, leftovers, whole
from rag.store.places import Places
from rag.store.records import RECORD_COLUMNS
from rag.store.sqlite import SqliteStore
from rag.types import Passage


def repair(store: SqliteStore) -> tuple[Finding, ...]:
    """Repair what can be repaired; return what was done about what was found.

    Raises LibraryError when the file itself is damaged: a backup must be restored then.
    """
    found = examine(store)
    broken = [f for f in found if f.part == "file"]
    if broken:
        raise LibraryError(
            f"{store.folder}: {broken[0].what}; this cannot be repaired. Restore a backup, or "
            "remove the folder and run `rag index` again"
        )
    with store.changing(), store.connection() as connection:
        for _, _, table, where in ORPHANS:
            connection.execute(f"DELETE FROM {table} WHERE {where}")
        done = _sources(connection, store.dim)
        _words(connection)
        _counters(connection)
        writing.bump(connection)
    for path in leftovers(store.folder):
        path.unlink(missing_ok=True)
    places, labels = Places.of(store.folder), {run.label for run in store.roots()}
    if not labels.issuperset(places.roots):
        roots = {k: v for k, v in places.roots.items() if k in labels}
        Places(places.folder, roots, places.model).write()
    return tuple(done)


def _sources(connection: sqlite3.Connection, dim: int) -> list[Finding]:
    done = []
    rows = connection.execute(f"SELECT {RECORD_COLUMNS} FROM sources ORDER BY no").fetchall()
    for row in rows:
        number, id = row[0], str(row[1])
        try:
            passages = whole(connection, row)
        except (LibraryError, ValueError) as error:
            writing.delete_source(connection, number)
            what = f"taken out ({error}); `rag index` reads it again"
            done.append(Finding("text", id, what))
            continue
        connection.execute(
            "UPDATE sources SET characters = (SELECT length(text) FROM texts WHERE no = ?1), "
            "pages = (SELECT json_array_length(layout, '$.pages') FROM texts WHERE no = ?1), "
            "passages = ?2 WHERE no = ?1",
            (number, len(passages)),
        )
        if _vectors(connection, number, passages, dim):
            connection.execute("UPDATE sources SET tiling = '' WHERE no = ?", (number,))
            done.append(
                Finding(
                    "vectors",
                    id,
                    "`rag index` makes the vectors that it lacks; until then "
                    "these passages are found by their words alone",
                )
            )
    return done


def _vectors(
    connection: sqlite3.Connection, number: int, passages: dict[int, Passage], dim: int
) -> bool:
    """Take out vectors that are not sound, find them elsewhere; whether some are lacking then."""
    digests = {key: writing.text_digest(folded(p)) for key, p in passages.items()}
    rows = connection.execute(
        "SELECT key, digest, vector FROM vectors WHERE no = ?", (number,)
    ).fetchall()
    sound = {key for key, digest, blob in rows if is_vector(blob, dim) and digests[key] == digest}
    connection.executemany(
        "DELETE FROM vectors WHERE key = ?", [(row[0],) for row in rows if row[0] not in sound]
    )
    lacking = False
    for key in digests.keys() - sound:
        blob = writing.find_vector(connection, folded(passages[key]))
        if blob is None or not is_vector(blob, dim):
            lacking = True
            continue
        connection.execute(
            "INSERT INTO vectors (key, no, digest, vector) VALUES (?, ?, ?, ?)",
            (key, number, digests[key], blob),
        )
    return lacking


def _words(connection: sqlite3.Connection) -> None:
    """Make the words of every passage anew from its text."""
    connection.execute("DELETE FROM words")
    rows = connection.execute(f"SELECT {RECORD_COLUMNS} FROM sources ORDER BY no").fetchall()
    for row in rows:
        passages = whole(connection, row)
        connection.executemany(
            "INSERT INTO words (rowid, folded) VALUES (?, ?)",
            [(key, folded(passage)) for key, passage in passages.items()],
        )
    connection.execute("INSERT INTO words (words) VALUES ('rebuild')")


def _counters(connection: sqlite3.Connection) -> None:
    for table, column in (("passages", "key"), ("sources", "no")):
        (most,) = connection.execute(f"SELECT coalesce(max({column}), 0) FROM {table}").fetchone()
        changed = connection.execute(
            "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (most, table)
        ).rowcount
        if not changed:
            connection.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, most)
            )
