"""A library of every released format opens, is upgraded, answers, and is brought up to date."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rag.embed import HashEmbedder
from rag.errors import LibraryError
from rag.library import Library
from rag.reader import FallbackReader
from rag.store.locate import FILE
from rag.store.schema import SCHEMA, SCHEMA_VERSION
from rag.types import Answer

FIXTURES = Path(__file__).parents[1] / "fixtures"
OLD = sorted(FIXTURES.glob("library-*"))


@pytest.fixture(params=OLD, ids=lambda folder: folder.name)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a stored library's folder, with the documents it was built from."""
    return Path(shutil.copytree(request.param, tmp_path / "old"))


def tables(file: Path) -> dict[str, list[tuple[str, str]]]:
    """The columns of every table: name and type."""
    with closing(sqlite3.connect(file)) as connection:
        names = [r[0] for r in connection.execute("SELECT name FROM sqlite_schema ORDER BY name")]
        return {
            name: sorted(
                (row[1], row[2]) for row in connection.execute(f"PRAGMA table_info('{name}')")
            )
            for name in names
        }


def test_there_is_a_library_of_the_first_release() -> None:
    assert "library-0.1.0" in [folder.name for folder in OLD]


def test_it_has_the_tables_of_a_new_one(old: Path, tmp_path: Path) -> None:
    Library.open(old).close()
    with closing(sqlite3.connect(tmp_path / "new.db")) as fresh:
        fresh.executescript(SCHEMA)
    assert tables(old / FILE) == tables(tmp_path / "new.db")
    with closing(sqlite3.connect(old / FILE)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)


def test_it_opens_and_answers(old: Path) -> None:
    with Library.open(old, reader=FallbackReader(HashEmbedder(256))) as library:
        assert [r.id for r in library.sources()][:2] == ["mill.html", "notes/ferry.md"]
        assert [u.id for u in library.unreadable()] == ["empty.txt"]
        assert library.source("quay.pdf").page_at(70) == 2
        for record in library.sources():
            passages = library.passages(record.id)
            assert "".join(p.text for p in passages) == library.source(record.id).text
        result = library.ask("What is the harbour toll for a sloop?", threshold=0.0)
    assert isinstance(result, Answer)
    assert "95 crowns" in result.quotes[0].text


def test_where_nothing_can_be_written_the_advice_is_to_copy_it(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.store.database.Database._is_frozen", lambda _: True)
    with pytest.raises(LibraryError, match=r"older format 1.*copy it"):
        Library.open(old)
    assert sqlite3.connect(old / FILE).execute("PRAGMA user_version").fetchone() == (1,)


def test_it_is_brought_up_to_date_by_reading_its_sources_again(old: Path) -> None:
    with Library.build(old / "docs", at=old, embedder=HashEmbedder(256)) as library:
        (report,) = library.reports
        assert len(library.sources()) == 4
        assert report.unchanged == 0
        assert library.examine() == ()
        # What was the source stays it, although a new library would choose the shorter name.
        assert library.source("toll.txt").id == "toll-copy.txt"
        assert len(library.store.roots()) == 1
