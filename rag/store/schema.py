"""The tables of a library file, in the present format."""

from __future__ import annotations

APPLICATION_ID = 0x43265631  # "C&V1": tells a library from any other SQLite file
SCHEMA_VERSION = 2  # a change of the tables raises it and adds a step to rag/store/upgrades

# sources.tiling: what cut the text into passages; another value there than the present one has the
# file read again. sources.encoding: the one a person named for this file, '' for none.
# texts.layout and passages.extra: JSON of every other field (rag/store/fields.py).
# roots: the last run over each (rag/store/root_state.py).
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
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
CREATE TABLE sources (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    root TEXT NOT NULL,
    title TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    file_sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL,
    extractor TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    characters INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    passages INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    notes TEXT NOT NULL,
    tiling TEXT NOT NULL DEFAULT '',
    encoding TEXT NOT NULL DEFAULT ''
);
CREATE TABLE texts (no INTEGER PRIMARY KEY, layout TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE aliases (id TEXT PRIMARY KEY, no INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX aliases_no ON aliases (no);
CREATE TABLE passages (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    no INTEGER NOT NULL,
    position INTEGER NOT NULL,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    paragraph INTEGER NOT NULL,
    boilerplate INTEGER NOT NULL,
    extra TEXT
);
CREATE UNIQUE INDEX passages_position ON passages (no, position);
CREATE TABLE vectors (
    key INTEGER PRIMARY KEY, no INTEGER NOT NULL, digest BLOB NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX vectors_digest ON vectors (digest);
CREATE TABLE saved_vectors (digest BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE unreadable (
    root TEXT NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (root, id)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (folded, tokenize = 'porter unicode61');
"""
