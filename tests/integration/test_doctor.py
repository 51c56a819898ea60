"""``rag doctor`` finds every planted inconsistency, and repairs without a model what it can."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rag.embed import HashEmbedder
from rag.errors import LibraryError
from rag.library import Library
from rag.store.locate import FILE

EMBEDDER = HashEmbedder(32)
WORDS = "a paragraph of words long enough to stand alone between two others in a text of many " * 2


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A closed library of three sources, one of them with an alias, beside their folder."""
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in ("mill", "quay", "ferry"):
        text = "\n\n".join(f"The {name} number {n}: {WORDS}" for n in range(4))
        (docs / f"{name}.txt").write_text(text, "utf-8")
    (docs / "mill copy.txt").write_text((docs / "mill.txt").read_text("utf-8"), "utf-8")
    Library.build(docs, at=tmp_path / "library", embedder=EMBEDDER).close()
    return tmp_path / "library"


def altered(library: Path, *statements: str) -> None:
    with closing(sqlite3.connect(library / FILE)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def findings(library: Path) -> list[str]:
    with Library.open(library, embedder=EMBEDDER) as opened:
        return [f"{f.part}: {f.subject}: {f.what}" for f in opened.examine()]


MILL = "(SELECT no FROM sources WHERE id = 'mill.txt')"
FIRST = f"(SELECT min(key) FROM passages WHERE no = {MILL})"

# name: (what is done to the library, what the finding says, whether repair makes it sound at once)
PLANTED: dict[str, tuple[str | tuple[str, ...], str, bool]] = {
    "text altered": (
        f"UPDATE texts SET text = 'x' || substr(text, 2) WHERE no = {MILL}",
        "does not match its digest",
        True,
    ),
    "text cut": (
        f"UPDATE texts SET text = substr(text, 2) WHERE no = {MILL}",
        "text: mill.txt",
        True,
    ),
    "text gone": (f"DELETE FROM texts WHERE no = {MILL}", "its text is not there", True),
    "layout damaged": ("UPDATE texts SET layout = '{}'", "damaged", True),
    "layout no JSON": ("UPDATE texts SET layout = 'x'", "damaged", True),
    "page outside": (
        "UPDATE texts SET layout = json_set(layout, '$.pages', json('[0, 99999]'))",
        "pages",
        True,
    ),
    "metadata damaged": ("UPDATE sources SET metadata = '[1]'", "damaged", True),
    "wrong characters": (
        f"UPDATE sources SET characters = 7 WHERE no = {MILL}",
        "says it has 7 characters",
        True,
    ),
    "wrong pages": (f"UPDATE sources SET pages = 7 WHERE no = {MILL}", "says it has 7 pages", True),
    "wrong passages": (
        f"UPDATE sources SET passages = 7 WHERE no = {MILL}",
        "says it has 7 passages",
        True,
    ),
    "passage gone": (f"DELETE FROM passages WHERE key = {FIRST}", "gap or an overlap", True),
    "passage shifted": (
        f"UPDATE passages SET stop = stop - 1 WHERE key = {FIRST}",
        "gap or an overlap",
        True,
    ),
    "passage outside": (
        f"UPDATE passages SET stop = 999999 WHERE no = {MILL} AND position = 3",
        "outside",
        True,
    ),
    "passage of nothing": (
        "INSERT INTO passages VALUES (900, 99, 0, 0, 1, 1, 0, NULL)",
        "passages of no source",
        True,
    ),
    "vector gone": (f"DELETE FROM vectors WHERE key = {FIRST}", "1 passages have no vector", False),
    "vector of another text": (
        f"UPDATE vectors SET digest = x'00' WHERE key = {FIRST}",
        "are of another text",
        False,
    ),
    "vector too short": (
        f"UPDATE vectors SET vector = x'0000' WHERE key = {FIRST}",
        "damaged",
        False,
    ),
    "vector not of length one": (
        f"UPDATE vectors SET vector = zeroblob(64) WHERE key = {FIRST}",
        "damaged",
        False,
    ),
    "vector of nothing": (
        "INSERT INTO vectors SELECT 900, 99, digest, vector FROM vectors LIMIT 1",
        "vectors of no passage",
        True,
    ),
    "vector of another source": (
        f"UPDATE vectors SET no = 3 WHERE key = {FIRST}",
        "of another source",
        False,
    ),
    "words gone": (f"DELETE FROM words WHERE rowid = {FIRST}", "words of 1 passages", True),
    "words altered": (
        f"UPDATE words SET folded = 'mill' WHERE rowid = {FIRST}",
        "words of 1 passages",
        True,
    ),
    "words of nothing": (
        "INSERT INTO words (rowid, folded) VALUES (900, 'mill')",
        "words of no passage",
        True,
    ),
    "word index damaged": (
        "UPDATE words_data SET block = zeroblob(40) WHERE id > 10",
        "does not agree with its texts",
        True,
    ),
    "alias of nothing": ("INSERT INTO aliases VALUES ('x', 99)", "names of no source", True),
    "alias that is a source": (
        f"INSERT INTO aliases VALUES ('quay.txt', {MILL})",
        "sources of their own",
        True,
    ),
    "text of nothing": ("INSERT INTO texts VALUES (99, '{}', 'x')", "texts of no source", True),
    "counter too low": ("UPDATE sqlite_sequence SET seq = 1", "counter of passages", True),
    "saved vectors": (
        "INSERT INTO saved_vectors VALUES (x'00', x'00')",
        "a run that stopped",
        True,
    ),
    "settings damaged": (
        "UPDATE meta SET value = '{\"limit\": 0}' WHERE key = 'settings'",
        "settings cannot be read",
        False,
    ),
    "unfinished": ("UPDATE roots SET finished = 0", "indexing was not finished", False),
    "root not recorded": (
        "UPDATE sources SET root = 'x' WHERE id = 'quay.txt'",
        "nothing is recorded",
        False,
    ),
}


def test_a_sound_library_has_no_findings(library: Path) -> None:
    assert findings(library) == []


@pytest.mark.parametrize("name", PLANTED)
def test_it_finds_what_was_planted_and_repairs_what_it_can(library: Path, name: str) -> None:
    statements, says, sound = PLANTED[name]
    altered(library, *((statements,) if isinstance(statements, str) else statements))
    if name == "settings damaged":  # such a library is not opened at all
        with pytest.raises(LibraryError, match="limit"):
            Library.open(library)
        return
    found = findings(library)
    assert any(says in line for line in found), found
    with Library.open(library, embedder=EMBEDDER) as opened:
        opened.repair()
        ids = [record.id for record in opened.sources()]
        for id in ids:
            assert "".join(p.text for p in opened.passages(id)) == opened.source(id).text
        if ids:
            opened.search("number 1 of the ferry", k=3)
    assert not any(says in line for line in findings(library)) or not sound
    docs = library.parent / "docs"
    Library.build(docs, at=library, embedder=EMBEDDER).close()
    if name != "root not recorded":
        assert findings(library) == []
        with Library.open(library) as opened:
            assert [r.id for r in opened.sources()] == ["ferry.txt", "mill.txt", "quay.txt"]


def test_other_bytes_with_the_same_size_and_date(library: Path) -> None:
    file = library.parent / "docs" / "mill.txt"
    status = file.stat()
    file.write_text(file.read_text("utf-8").replace("number 1", "number 7"), "utf-8")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    (line,) = findings(library)
    assert line.startswith("files: mill.txt: the file holds other bytes")
    assert "--checksum" in line


def test_what_was_left_behind(library: Path) -> None:
    for name in ("copy.db.part", "places.json.123"):
        (library / name).write_text("x")
    assert len(findings(library)) == 2
    with Library.open(library) as opened:
        opened.repair()
    assert findings(library) == []


def test_a_damaged_page_is_found_and_not_repaired(library: Path) -> None:
    data = bytearray((library / FILE).read_bytes())
    page = len(data) // 2 // 4096 * 4096
    data[page : page + 200] = b"\xff" * 200
    (library / FILE).write_bytes(data)
    try:
        found = findings(library)
    except LibraryError:
        return  # it cannot even be opened, and says so
    assert any(line.startswith("file: ") for line in found)
    with Library.open(library) as opened, pytest.raises(LibraryError, match="backup"):
        opened.repair()
