"""From an older format of the library file to the present one, a step at a time.

A step is a module ``from_N`` with ``upgrade(connection)``, which turns format N into N + 1 inside
the caller's transaction. Steps are never changed once released: libraries of every age go through
them in order. tests/fixtures holds a library of each released format.
"""

from __future__ import annotations

import sqlite3
from importlib import import_module

from rag.store.schema import SCHEMA_VERSION

OLDEST = 1


def upgrade(connection: sqlite3.Connection, version: int) -> None:
    """Bring a library of format ``version`` up to the present one. The caller commits."""
    for number in range(version, SCHEMA_VERSION):
        import_module(f"rag.store.upgrades.from_{number}").upgrade(connection)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
