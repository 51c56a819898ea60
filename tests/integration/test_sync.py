"""Runs over folders: what is stored when, which root it is, what is said of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from rag.embed import HashEmbedder
from rag.errors import LibraryError, PruneRefused, UsageError
from rag.extract.workers import Limits
from rag.library import Library
from rag.progress import Progress
from rag.reader import FallbackReader
from rag.store.places import PLACES
from rag.store.sync import SyncReport

EMBEDDER = HashEmbedder()


class Shelf:
    """A library and the folders beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.at = path / "library"

    def write(self, name: str, text: str) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    def index(self, *paths: str, **options: Any) -> tuple[SyncReport, ...]:
        roots = [self.path / p for p in paths]
        with Library.build(roots, at=self.at, embedder=EMBEDDER, **options) as library:
            return library.reports

    def open(self) -> Library:
        return Library.open(self.at, embedder=EMBEDDER, reader=FallbackReader(EMBEDDER))

    def ids(self) -> list[str]:
        with self.open() as library:
            return [r.id for r in library.sources()]

    def unfinished(self) -> tuple[str, ...]:
        with self.open() as library:
            return library.searched().unfinished


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    for n, place in enumerate(["quay", "mill", "ferry"]):
        shelf.write(f"docs/{place}.txt", f"The {place} was built in 19{n}0 by the town.\n")
    return shelf


# Roots


def test_a_renamed_folder_is_the_same_root_and_nothing_is_embedded(shelf: Shelf) -> None:
    shelf.index("docs")
    (shelf.path / "docs").rename(shelf.path / "papers")
    (report,) = shelf.index("papers")
    assert (report.unchanged, report.embedded, report.added) == (3, 0, ())
    assert shelf.ids() == ["ferry.txt", "mill.txt", "quay.txt"]
    assert shelf.unfinished() == ()


def test_a_folder_renamed_and_changed_keeps_no_old_text(shelf: Shelf) -> None:
    shelf.index("docs")
    (shelf.path / "docs").rename(shelf.path / "papers")
    shelf.write("papers/mill.txt", "The mill burnt down.\n")
    (report,) = shelf.index("papers")
    assert (report.changed, report.unchanged) == (("mill.txt",), 2)
    with shelf.open() as library:
        assert library.source("mill.txt").text == "The mill burnt down.\n"


def test_a_copy_of_a_folder_is_another_root(shelf: Shelf) -> None:
    shelf.index("docs")
    shutil.copytree(shelf.path / "docs", shelf.path / "copy")
    shelf.index("copy")
    assert len(shelf.ids()) == 6


def test_another_folder_where_a_moved_one_lay_is_another_root(shelf: Shelf) -> None:
    shelf.index("docs")
    (shelf.path / "docs").rename(shelf.path / "papers")
    shelf.index("papers")
    shelf.write("docs/new.txt", "Something else altogether.\n")
    shelf.index("docs")
    assert shelf.ids() == ["ferry.txt", "mill.txt", "new.txt", "quay.txt"]


def test_a_library_moved_with_its_folders_still_knows_them(shelf: Shelf) -> None:
    shelf.index("docs")
    moved = shelf.path.with_name(f"{shelf.path.name}-moved")
    shelf.path.rename(moved)
    with Library.open(moved / "library", embedder=EMBEDDER) as library:
        assert library.searched().unfinished == ()
        assert library.sync(moved / "docs").unchanged == 3
        assert len(library.store.roots()) == 1


def test_a_folder_inside_and_a_file_inside_are_parts_of_it(shelf: Shelf) -> None:
    shelf.write("docs/sub/well.txt", "The well is deep.\n")
    shelf.index("docs")
    shelf.write("docs/sub/well.txt", "The well is dry.\n")
    shelf.write("docs/mill.txt", "Not looked at by a run over another part.\n")
    (report,) = shelf.index("docs/sub")
    assert report.changed == ("sub/well.txt",)
    (report,) = shelf.index("docs/quay.txt")
    assert report.unchanged == 1
    assert shelf.ids() == ["ferry.txt", "mill.txt", "quay.txt", "sub/well.txt"]
    assert shelf.unfinished() == ()


def test_a_folder_around_takes_over_those_inside(shelf: Shelf) -> None:
    shelf.write("docs/sub/well.txt", "The well is deep.\n")
    shelf.index("docs/sub")
    shelf.index("docs/mill.txt")
    assert shelf.ids() == ["mill.txt", "well.txt"]
    (report,) = shelf.index("docs")
    assert report.embedded == 2  # the quay and the ferry
    assert report.renamed == (("well.txt", "sub/well.txt"),)
    assert shelf.ids() == ["ferry.txt", "mill.txt", "quay.txt", "sub/well.txt"]
    with shelf.open() as library:
        assert [run.name for run in library.store.roots()] == ["docs"]


def test_a_vanished_root_is_told_and_can_be_removed(shelf: Shelf) -> None:
    shelf.write("more/well.txt", "The well is deep.\n")
    shelf.index("docs", "more")
    shutil.rmtree(shelf.path / "docs")
    (told,) = shelf.unfinished()
    assert "docs, where 3 sources came from, is gone" in told
    shelf.index("more")
    assert shelf.unfinished() == (told,)
    with shelf.open() as library:
        with pytest.raises(UsageError, match="no root is called"):
            library.remove_root("elsewhere")
        assert library.remove_root("docs") == ("ferry.txt", "mill.txt", "quay.txt")
        assert library.searched().unfinished == ()
    assert shelf.ids() == ["well.txt"]


def test_no_place_is_named_in_the_library_file(shelf: Shelf) -> None:
    shelf.index("docs")
    assert str(shelf.path).encode() not in (shelf.at / "library.db").read_bytes()
    assert str(shelf.path) not in (shelf.at / PLACES).read_text("utf-8")


def test_damaged_places_say_nothing(shelf: Shelf) -> None:
    shelf.index("docs")
    for damage in ("", "[]", '{"roots": 7}', "\0"):
        (shelf.at / PLACES).write_text(damage, "utf-8")
        assert shelf.unfinished() == ()
        (report,) = shelf.index("docs")
        assert report.unchanged == 3


# Copies, renames, what is gone


def test_a_copy_never_takes_over_the_original(shelf: Shelf) -> None:
    shelf.index("docs")
    for copy in ("mill (1).txt", "a.txt", "Copy of mill.txt"):
        shutil.copy(shelf.path / "docs/mill.txt", shelf.path / "docs" / copy)
        (report,) = shelf.index("docs")
        assert report.embedded == 0
        assert shelf.ids() == ["ferry.txt", "mill.txt", "quay.txt"]
    (shelf.path / "docs/mill.txt").unlink()
    (report,) = shelf.index("docs")
    assert report.renamed == (("mill.txt", "a.txt"),)
    assert shelf.ids() == ["a.txt", "ferry.txt", "quay.txt"]


def test_two_files_that_swap_their_names(shelf: Shelf) -> None:
    shelf.index("docs")
    docs = shelf.path / "docs"
    (docs / "mill.txt").rename(docs / "x")
    (docs / "quay.txt").rename(docs / "mill.txt")
    (docs / "x").rename(docs / "quay.txt")
    (report,) = shelf.index("docs")
    assert (report.changed, report.embedded) == (("mill.txt", "quay.txt"), 0)
    with shelf.open() as library:
        assert library.source("mill.txt").text.startswith("The quay")
        assert library.source("quay.txt").title == "quay"


def test_a_renamed_file_takes_its_new_name_as_title(shelf: Shelf) -> None:
    shelf.index("docs")
    (shelf.path / "docs/mill.txt").rename(shelf.path / "docs/windmill.txt")
    shelf.index("docs")
    with shelf.open() as library:
        assert library.source("windmill.txt").title == "windmill"


def test_one_of_three_may_go_and_what_is_new_is_added(shelf: Shelf) -> None:
    shelf.index("docs")
    (shelf.path / "docs/mill.txt").unlink()
    shelf.write("docs/new.txt", "A new paragraph.\n")
    (report,) = shelf.index("docs")
    assert (report.removed, report.added) == (("mill.txt",), ("new.txt",))


def test_many_that_are_gone_are_kept_and_the_rest_is_done(shelf: Shelf) -> None:
    for n in range(9):
        shelf.write(f"docs/{n}.txt", f"Number {n} is a number.\n")
    shelf.index("docs")
    for n in range(5):
        (shelf.path / f"docs/{n}.txt").unlink()
    shelf.write("docs/new.txt", "A new paragraph.\n")
    with pytest.raises(PruneRefused, match="5 sources are no longer there") as refused:
        shelf.index("docs")
    (report,) = refused.value.reports
    assert (report.added, report.missing) == (("new.txt",), tuple(f"{n}.txt" for n in range(5)))
    assert len(shelf.ids()) == 13
    (told,) = shelf.unfinished()
    assert told.startswith("5 sources were no longer in docs")
    shelf.index("docs", prune=True)
    assert (len(shelf.ids()), shelf.unfinished()) == (8, ())


def test_an_emptied_folder_never_costs_the_library(shelf: Shelf) -> None:
    shelf.index("docs")
    with shelf.open() as library:
        library.store.set_meta("calibration", '{"made": "by hand"}')
    for file in (shelf.path / "docs").iterdir():
        file.unlink()
    with pytest.raises(PruneRefused):
        shelf.index("docs")
    assert len(shelf.ids()) == 3
    shelf.index("docs", prune=True)
    with shelf.open() as library:
        assert library.sources() == ()
        assert library.store.get_meta("calibration") == '{"made": "by hand"}'


# What is read again


def test_nothing_to_do_changes_nothing(shelf: Shelf) -> None:
    shelf.index("docs")
    with shelf.open() as library:
        before = library.store.generation
    data = (shelf.at / "library.db").read_bytes()
    shelf.index("docs")
    with shelf.open() as library:
        assert library.store.generation == before
    assert (shelf.at / "library.db").read_bytes() == data


def test_bytes_changed_behind_the_back_are_found_by_checksum(shelf: Shelf) -> None:
    shelf.index("docs")
    file = shelf.path / "docs/mill.txt"
    status = file.stat()
    file.write_text(file.read_text("utf-8").replace("1910", "1911"), "utf-8")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert shelf.index("docs")[0].unchanged == 3
    assert shelf.index("docs", checksum=True)[0].changed == ("mill.txt",)


def test_sources_of_another_extractor_or_other_rules_are_read_again(shelf: Shelf) -> None:
    shelf.index("docs")
    with shelf.open() as library, library.store._database.write() as connection:
        connection.execute("UPDATE sources SET extractor = 'text 0' WHERE id = 'mill.txt'")
        connection.execute("UPDATE sources SET tiling = 'older' WHERE id = 'quay.txt'")
    (report,) = shelf.index("docs")
    assert (report.changed, report.unchanged, report.embedded) == (("mill.txt", "quay.txt"), 1, 0)
    assert shelf.index("docs")[0].unchanged == 3


def test_rebuild_reads_all_again_and_takes_another_size(shelf: Shelf) -> None:
    shelf.index("docs")
    (report,) = shelf.index("docs", rebuild=True)
    assert (len(report.changed), report.embedded) == (3, 0)
    with shelf.open() as library:
        settings = library.settings
    other = type(settings)(passage_tokens=40)
    with pytest.raises(UsageError, match="--rebuild"):
        shelf.index("docs", settings=other)
    shelf.index("docs", settings=other, rebuild=True)
    with shelf.open() as library:
        assert library.settings == other


def test_other_settings_of_a_library_that_is_there_are_taken(shelf: Shelf) -> None:
    shelf.index("docs")
    with shelf.open() as library:
        other = type(library.settings)(limit=7)
    shelf.index("docs", settings=other)
    with shelf.open() as library:
        assert library.settings.limit == 7


def test_one_paragraph_changed_is_one_passage_embedded(shelf: Shelf) -> None:
    words = "a paragraph long enough to stand on its own among the others of this text " * 2
    paragraphs = [f"Number {n} is {words}" for n in range(40)]
    shelf.write("docs/long.txt", "\n\n".join(paragraphs))
    shelf.index("docs")
    paragraphs[20] = f"Number twenty is now {words}"
    shelf.write("docs/long.txt", "\n\n".join(paragraphs))
    (report,) = shelf.index("docs")
    assert (report.embedded, report.passages) == (1, 40)


# Unfinished runs


class Stopped(Exception):
    """Raised by a report, as Ctrl-C would be."""


def stopping(stage: str, after: int) -> Any:
    def report(event: Progress) -> None:
        if event.stage == stage and event.done >= after:
            raise Stopped

    return report


def test_a_first_run_that_stops_keeps_what_it_stored_and_says_so(shelf: Shelf) -> None:
    text = "A paragraph that is long enough to stand for itself in a library of many.\n\n"
    for n in range(5):
        paragraphs = "".join(f"{n}, {m}: {text}" for m in range(150))
        shelf.write(f"docs/{n}.txt", paragraphs)
    with pytest.raises(Stopped):
        shelf.index("docs", progress=stopping("reading", 3))
    assert shelf.unfinished() == ("indexing was not finished: 2 of 8 files",)
    assert shelf.ids() == ["0.txt", "1.txt"]
    with shelf.open() as library:
        assert library.ask("What is 1, 30?", threshold=0.0).searched.unfinished
    (report,) = shelf.index("docs")
    assert (report.unchanged, len(report.added)) == (2, 6)
    assert shelf.unfinished() == ()


def test_a_later_run_that_stops_leaves_the_old_state_and_says_so(shelf: Shelf) -> None:
    shelf.index("docs")
    docs = shelf.path / "docs"
    (docs / "mill.txt").rename(docs / "windmill.txt")
    shelf.write("docs/new.txt", "A new paragraph.\n")
    with pytest.raises(Stopped):
        shelf.index("docs", progress=stopping("embedding", 1))
    assert shelf.ids() == ["ferry.txt", "mill.txt", "quay.txt"]
    assert shelf.unfinished() == ("indexing was not finished: 3 of 4 files",)
    (report,) = shelf.index("docs")
    assert (report.renamed, report.embedded) == ((("mill.txt", "windmill.txt"),), 0)
    assert shelf.ids() == ["ferry.txt", "new.txt", "quay.txt", "windmill.txt"]
    assert sorted(p.name for p in shelf.at.iterdir()) == ["library.db", PLACES]


def test_a_library_with_nothing_in_it_yet_answers_nothing(shelf: Shelf) -> None:
    with pytest.raises(Stopped):
        shelf.index("docs", progress=stopping("reading", 1))
    with shelf.open() as library:
        with pytest.raises(LibraryError, match="holds no source yet: indexing was not finished"):
            library.ask("When was the mill built?")
        with pytest.raises(LibraryError, match="rag index"):
            library.search("mill")
    shelf.index("docs")
    assert len(shelf.ids()) == 3


# Limits and names


def test_what_is_too_large_is_named_with_its_limit(shelf: Shelf) -> None:
    shelf.write("docs/more.txt", "word " * 50)
    (report,) = shelf.index("docs", limits=Limits(characters=60))
    assert report.added == ("ferry.txt", "mill.txt", "quay.txt")
    assert [u.reason for u in report.unreadable] == [
        "holds 250 characters of text; the limit is 60"
    ]


def test_links_that_lead_out_are_followed_only_when_told(shelf: Shelf) -> None:
    outside = shelf.write("elsewhere/secret.txt", "The secret is out.\n")
    (shelf.path / "docs/link.txt").symlink_to(outside)
    (shelf.path / "docs/folder").symlink_to(outside.parent)
    (shelf.path / "docs/inside.txt").symlink_to(shelf.path / "docs/mill.txt")
    (report,) = shelf.index("docs")
    assert [u.id for u in report.unreadable] == ["folder", "link.txt"]
    assert all("--follow-links" in u.reason for u in report.unreadable)
    assert report.aliases == (("inside.txt", "mill.txt"),)
    (report,) = shelf.index("docs", follow_links=True)
    assert report.added == ("link.txt",)


def test_pipes_and_devices_are_never_opened(shelf: Shelf) -> None:
    os.mkfifo(shelf.path / "docs/pipe.txt")
    (shelf.path / "docs/link.txt").symlink_to(shelf.path / "docs/pipe.txt")
    (shelf.path / "docs/null.txt").symlink_to("/dev/zero")
    os.mkfifo(shelf.path / "docs/README")
    (report,) = shelf.index("docs", follow_links=True)
    assert {u.id for u in report.unreadable} == {"pipe.txt", "link.txt", "null.txt", "README"}
    assert all("no regular file" in u.reason for u in report.unreadable)


def test_an_embedder_named_by_its_folder_is_found_again(shelf: Shelf, tmp_path: Path) -> None:
    from rag.embed import load_embedder
    from rag.embed.files import find_model

    folder = tmp_path / "models" / "mine"
    shutil.copytree(find_model().folder, folder)
    embedder = load_embedder(str(folder))
    Library.build(shelf.path / "docs", at=shelf.at, embedder=embedder).close()
    with Library.open(shelf.at) as library:
        assert library.search("When was the mill built?", k=1)[0].passage.source.id == "mill.txt"


def test_a_preview_says_what_would_be_done_and_does_nothing(shelf: Shelf) -> None:
    (report,) = Library.preview(shelf.path / "docs", at=shelf.at)
    assert report.added == ("ferry.txt", "mill.txt", "quay.txt")
    assert not shelf.at.exists()
    shelf.index("docs")
    docs = shelf.path / "docs"
    (docs / "mill.txt").rename(docs / "windmill.txt")
    (docs / "ferry.txt").unlink()
    shelf.write("docs/quay.txt", "The quay is closed.\n")
    data = (shelf.at / "library.db").read_bytes()
    (report,) = Library.preview(docs, at=shelf.at)
    assert report.renamed == (("mill.txt", "windmill.txt"),)
    assert (report.changed, report.removed) == (("quay.txt",), ("ferry.txt",))
    assert (shelf.at / "library.db").read_bytes() == data


def test_a_library_follows_its_folder(shelf: Shelf) -> None:
    shelf.index("docs")
    rag = [sys.executable, "-m", "rag", "index", str(shelf.path / "docs"), "-i", str(shelf.at)]
    process = subprocess.Popen([*rag, "--watch"], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        while "watching" not in process.stderr.readline():
            assert process.poll() is None
        time.sleep(1.0)  # the watch begins after it is announced
        shelf.write("docs/new.txt", "A new paragraph.\n")
        for _ in range(150):
            if "new.txt" in shelf.ids():
                break
            time.sleep(0.2)
        assert "new.txt" in shelf.ids()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) in (0, 130)
    finally:
        process.kill()
        process.communicate()
