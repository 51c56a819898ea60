"""Format 1 (0.1.0) to 2: what is known of each root, how a source was cut, fields added later."""

from __future__ import annotations

import sqlite3

STATEMENTS = """
ALTER TABLE sources ADD COLUMN tiling TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN encoding TEXT NOT NULL DEFAULT '';
ALTER TABLE passages ADD COLUMN extra TEXT;
CREATE TABLE roots (
    label TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    files INTEGER NOT NULL,
    done INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    whole INTEGER NOT NULL,
    skipped TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO roots
    SELECT root, rtrim(substr(root, 1, length(root) - 9), '-'), count(*), count(*), 0, 1, 1, '[]'
    FROM (SELECT root FROM sources UNION ALL SELECT root FROM unreadable) GROUP BY root;
"""


def upgrade(connection: sqlite3.Connection) -> None:
    """Add the columns and the table; nothing that was there is changed."""
    for statement in STATEMENTS.split(";"):
        connection.execute(statement)
