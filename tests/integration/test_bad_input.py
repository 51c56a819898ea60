"""Bad input through the whole road: named with its reason, the rest goes on, nothing is lost."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.embed import HashEmbedder
from rag.errors import LibraryError, PruneRefused, UsageError
from rag.extract import FoundFile, find_files
from rag.library import Library
from rag.reader import FallbackReader
from rag.store.digests import digest_of
from rag.types import Answer

GOOD = "The court sits in The Hague. It was founded by treaty in 1998.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "documents"
    path.mkdir()
    (path / "good.txt").write_text(GOOD, "utf-8")
    return path


@pytest.fixture
def build(tmp_path: Path) -> Iterator[object]:
    """Build a library with the fake embedder; everything built is closed at the end."""
    opened: list[Library] = []
    embedder = HashEmbedder()

    def make(*paths: Path, **options: object) -> Library:
        library = Library.build(
            paths,
            at=tmp_path / "library",
            embedder=options.pop("embedder", embedder),  # type: ignore[arg-type]
            reader=FallbackReader(embedder),
            **options,  # type: ignore[arg-type]
        )
        opened.append(library)
        return library

    yield make
    for library in opened:
        library.close()


def reasons(library: Library) -> dict[str, str]:
    return {item.id: item.reason for item in library.unreadable()}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \n\t\n", "no text"),
        ("zero.pdf", b"", "empty"),
        ("photo.txt", bytes.fromhex("ffd8ffe000104a46494600010100000100010000") * 40, "JPEG"),
        ("broken.pdf", b"%PDF-1.7\nnothing follows", "PDF"),
        ("not.docx", b"PK\x03\x04 not a zip after all", "zip"),
    ],
)
def test_an_unreadable_file_is_named_and_the_rest_goes_on(
    folder: Path, build: object, name: str, content: bytes, says: str
) -> None:
    (folder / name).write_bytes(content)
    library = build(folder)  # type: ignore[operator]
    assert [r.id for r in library.sources()] == ["good.txt"]
    assert set(reasons(library)) == {name}
    assert says.lower() in reasons(library)[name].lower()
    assert [u.id for u in library.reports[0].unreadable] == [name]
    assert [u.id for u in library.searched().unreadable] == [name]


def test_bytes_that_are_no_text_in_any_encoding_name_the_option(
    folder: Path, build: object
) -> None:
    (folder / "bytes.txt").write_bytes(bytes(range(128, 256)) * 3)
    library = build(folder)  # type: ignore[operator]
    known = {r.id: r for r in library.sources()}
    if "bytes.txt" in known:  # a detector may be sure of itself: then it must say so
        assert known["bytes.txt"].metadata
        assert known["bytes.txt"].notes
    else:
        assert "--encoding" in reasons(library)["bytes.txt"]


def test_windows_1252_is_recognised_and_said(folder: Path, build: object) -> None:
    text = "The café’s owner said “naïve” résumés cost £5 – not €5. " * 8
    (folder / "old.txt").write_bytes(text.encode("cp1252"))
    library = build(folder)  # type: ignore[operator]
    source = library.source("old.txt")
    assert source.text == text
    assert source.meta("encoding") == "cp1252"
    assert any("cp1252" in note for note in source.notes)


def test_utf_16_with_a_byte_order_mark(folder: Path, build: object) -> None:
    (folder / "wide.txt").write_bytes("The fee is €5.\r\nIt is paid once.".encode("utf-16"))
    library = build(folder)  # type: ignore[operator]
    assert library.source("wide.txt").text == "The fee is €5.\r\nIt is paid once."


def test_a_file_that_vanishes_while_it_is_indexed(
    folder: Path, build: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "gone.txt").write_text("Soon gone.", "utf-8")

    def listed(root: Path, **options: Any) -> object:
        found = find_files(root, **options)
        (folder / "gone.txt").unlink()
        return found

    monkeypatch.setattr("rag.store.sync.find_files", listed)
    library = build(folder)  # type: ignore[operator]
    assert "gone" in reasons(library)["gone.txt"]
    assert [r.id for r in library.sources()] == ["good.txt"]


def test_a_file_that_vanishes_between_digest_and_reading(
    folder: Path, build: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "gone.txt").write_text("Soon gone.", "utf-8")

    def digested(file: FoundFile) -> object:
        found = digest_of(file)
        if file.id == "gone.txt":
            file.path.unlink()
        return found

    monkeypatch.setattr("rag.store.sync.digest_of", digested)
    library = build(folder)  # type: ignore[operator]
    assert set(reasons(library)) == {"gone.txt"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_without_permission(folder: Path, build: object) -> None:
    closed = folder / "closed"
    closed.mkdir()
    closed.chmod(0)
    try:
        library = build(folder)  # type: ignore[operator]
    finally:
        closed.chmod(0o755)
    assert "closed/" in reasons(library)


def test_sources_out_of_reach_are_kept_and_named(
    folder: Path, build: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "a.txt").write_text("A first line of text.", "utf-8")
    build(folder)  # type: ignore[operator]
    real = os.scandir

    def refused(path: object = ".") -> object:
        if Path(str(path)).name == "inner":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", refused)
    library = build(folder)  # type: ignore[operator]
    assert [r.id for r in library.sources()] == ["good.txt", "inner/a.txt"]
    assert "inner/" in reasons(library)


def test_no_sources_at_all_makes_no_library(tmp_path: Path, build: object) -> None:
    empty = tmp_path / "nothing"
    empty.mkdir()
    (empty / "table.xlsx").write_bytes(b"PK")
    with pytest.raises(LibraryError, match="no source could be read"):
        build(empty)  # type: ignore[operator]
    assert not Library.exists(tmp_path / "library")


def test_a_path_that_does_not_exist(tmp_path: Path, build: object) -> None:
    with pytest.raises(UsageError, match="no such file or folder"):
        build(tmp_path / "absent")  # type: ignore[operator]
    assert not Library.exists(tmp_path / "library")


def test_another_embedder_is_refused_by_name(folder: Path, build: object, tmp_path: Path) -> None:
    build(folder)  # type: ignore[operator]
    other = HashEmbedder(dim=64)
    with pytest.raises(LibraryError, match="embedder"):
        Library.open(tmp_path / "library", embedder=other)


def test_a_folder_that_is_no_library_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="rag index"):
        Library.open(tmp_path)


def test_a_damaged_library_is_an_error_and_no_abstention(tmp_path: Path) -> None:
    (tmp_path / "library.db").write_bytes(b"this is not a database" * 100)
    with pytest.raises(LibraryError):
        Library.open(tmp_path).sources()


def test_a_full_disk_while_indexing(
    folder: Path, build: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = build(folder)  # type: ignore[operator]

    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    (folder / "second.txt").write_text("A second source of text.", "utf-8")
    monkeypatch.setattr("rag.store.writing.insert_source", full)
    with pytest.raises(LibraryError, match="full"):
        library.sync(folder)
    monkeypatch.undo()
    assert [r.id for r in library.sources()] == ["good.txt"]
    assert library.sync(folder).added == ("second.txt",)


@pytest.mark.parametrize("question", ["", "   ", "\n", "?!"])
def test_an_empty_question(folder: Path, build: object, question: str) -> None:
    library = build(folder)  # type: ignore[operator]
    with pytest.raises(UsageError, match="empty"):
        library.ask(question)


def test_a_question_of_100_000_characters(folder: Path, build: object) -> None:
    library = build(folder)  # type: ignore[operator]
    with pytest.raises(UsageError, match="100,000 characters"):
        library.ask("a" * 100_000)
    with pytest.raises(UsageError, match="characters"):
        library.search("court " * 20_000)


def test_an_unknown_source_in_the_filter(folder: Path, build: object) -> None:
    library = build(folder)  # type: ignore[operator]
    with pytest.raises(UsageError, match=r"absent\.txt"):
        library.ask("Where does the court sit?", sources=["absent.txt"])


def test_losing_more_than_a_fifth_needs_to_be_meant(folder: Path, build: object) -> None:
    for n in range(9):
        (folder / f"{n}.txt").write_text(f"Source number {n} speaks of {n} things.", "utf-8")
    library = build(folder)  # type: ignore[operator]
    for n in range(3):
        (folder / f"{n}.txt").unlink()
    with pytest.raises(PruneRefused, match="--prune"):
        library.sync(folder)
    assert len(library.sources()) == 10
    assert library.sync(folder, prune=True).removed == ("0.txt", "1.txt", "2.txt")
    (folder / "3.txt").unlink()
    assert library.sync(folder).removed == ("3.txt",)


def test_moving_a_file_is_no_loss(folder: Path, build: object) -> None:
    library = build(folder)  # type: ignore[operator]
    (folder / "good.txt").rename(folder / "renamed.txt")
    report = library.sync(folder)
    assert report.renamed == (("good.txt", "renamed.txt"),)
    assert (report.added, report.removed) == ((), ())
    assert report.embedded == 0


def test_the_same_bytes_twice_are_one_source(folder: Path, build: object) -> None:
    (folder / "twin.txt").write_text(GOOD, "utf-8")
    library = build(folder)  # type: ignore[operator]
    assert [r.id for r in library.sources()] == ["good.txt"]
    assert library.source("twin.txt").id == "good.txt"
    (folder / "good.txt").unlink()
    library.sync(folder)
    assert [(r.id, r.aliases) for r in library.sources()] == [("twin.txt", ())]


def test_two_roots_sync_each_by_itself(folder: Path, build: object, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "good.txt").write_text("Another file of the same name.", "utf-8")
    build(folder)  # type: ignore[operator]
    library = build(other)  # type: ignore[operator]
    assert [r.id for r in library.sources()] == ["good.txt", "other/good.txt"]
    again = build(other)  # type: ignore[operator]
    assert again.reports[0].unchanged == 1
    assert [r.id for r in again.sources()] == ["good.txt", "other/good.txt"]


def test_nothing_is_embedded_twice(folder: Path, build: object) -> None:
    library = build(folder)  # type: ignore[operator]
    assert library.sync(folder).embedded == 0
    (folder / "good.txt").write_text(GOOD + "\nA new paragraph follows here.\n", "utf-8")
    report = library.sync(folder)
    assert (report.changed, report.embedded, report.passages) == (("good.txt",), 1, 2)


def test_a_large_text_is_read_whole(folder: Path, build: object) -> None:
    paragraph = "A line of plain words that says nothing much about anything. " * 12
    text = "\n\n".join(f"{n}. {paragraph}" for n in range(1_500))
    (folder / "large.txt").write_text(text, "utf-8")
    library = build(folder)  # type: ignore[operator]
    assert library.source("large.txt").text == text
    assert "".join(p.text for p in library.passages("large.txt")) == text


def test_a_quote_is_the_slice_of_the_file(folder: Path, build: object) -> None:
    library = build(folder)  # type: ignore[operator]
    result = library.ask("Where does the court sit?", threshold=0.0)
    assert isinstance(result, Answer)
    raw = (folder / "good.txt").read_bytes().decode("utf-8")
    for quote in result.quotes:
        assert quote.text == raw[quote.span.start : quote.span.end]
