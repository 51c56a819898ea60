"""The library file: killed, damaged, locked, full, read-only, shared, backed up."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest

from rag.errors import LibraryError
from rag.protocols import Origin
from rag.settings import Settings
from rag.store.sqlite import FILE, SqliteStore
from tests.stores import EMBEDDER, made, put, sqlite_store

TEXTS = ("Pigs fly at night.\n", "A pig sleeps.\n", "Cows graze.")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A closed library of two sources."""
    store = sqlite_store(tmp_path / "library")
    put(store, "pigs", TEXTS)
    put(store, "sea", ("The sea is deep.",))
    store.close()
    return tmp_path / "library"


@pytest.fixture
def store(library: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(library, timeout=0.05)
    yield opened
    opened.close()


def test_records_what_it_was_built_with(tmp_path: Path) -> None:
    settings = Settings(passage_tokens=99, threshold=0.25)
    SqliteStore.create(
        tmp_path, embedder="model@abc", dim=3, segmenter="rules 2", settings=settings
    ).close()
    store = SqliteStore.open(tmp_path)
    assert (store.embedder, store.dim, store.segmenter) == ("model@abc", 3, "rules 2")
    assert store.embedder_spec == "model"
    assert store.settings == settings
    assert store.generation == 0
    store.close()


def test_another_embedder_is_refused_by_name(store: SqliteStore) -> None:
    store.require_embedder(EMBEDDER.name)
    with pytest.raises(LibraryError, match=r"hashed-words-24.*other@1.*build a new library"):
        store.require_embedder("other@1")


def test_only_the_file_is_left_after_closing(library: Path) -> None:
    assert [p.name for p in library.iterdir()] == [FILE]


@pytest.mark.parametrize("name", ["a b", "what?mode=ro", "50%20 #1", "Ünï çödé 🐖", "'; --"])
def test_a_folder_may_have_any_name(library: Path, name: str) -> None:
    moved = library.rename(library.with_name(name))
    store = SqliteStore.open(moved)
    put(store, "new", TEXTS)
    assert len(store.records()) == 3
    store.close()
    assert [p.name for p in moved.iterdir()] == [FILE]


def test_twenty_thousand_passages_open_well_under_a_second(tmp_path: Path) -> None:
    """In processor time, which other processes do not change. Texts short, vectors full size."""
    vectors = np.random.default_rng(0).standard_normal((1000, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    store = SqliteStore.create(
        tmp_path, embedder="random", dim=384, segmenter="none", settings=Settings()
    )
    for n in range(20):
        source, passages = made(f"{n}", [f"Passage {n * 1000 + i} here. " for i in range(1000)])
        store.put(source, passages, np.roll(vectors, n, 1), Origin("r", 1, 1))
    store.close()
    start = time.process_time()
    store = SqliteStore.open(tmp_path)
    assert store.counts()[1] == 20_000
    assert len(store.search_dense(vectors[0], 50)) == 50
    assert len(store.search_words("which passage is 777 or 888?", 50)) == 50
    assert time.process_time() - start < 1.0
    store.close()


def test_no_path_of_this_machine_is_stored(library: Path) -> None:
    raw = (library / FILE).read_bytes()
    assert str(library).encode() not in raw
    assert str(Path.home()).encode() + b"/" not in raw


# What cannot be opened


def test_a_missing_library_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="rag index"):
        SqliteStore.open(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_second_library_in_the_same_folder_is_refused(library: Path) -> None:
    with pytest.raises(LibraryError, match="a library already"):
        sqlite_store(library)
    store = SqliteStore.open(library)
    assert len(store.records()) == 2
    store.close()


def test_a_library_never_finished_can_be_created_again(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    with pytest.raises(LibraryError, match="no library at"):
        SqliteStore.open(tmp_path)
    sqlite_store(tmp_path).close()
    SqliteStore.open(tmp_path).close()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"Not a database at all. " * 400)
    with pytest.raises(LibraryError, match="not a library"):
        SqliteStore.open(tmp_path)


def test_a_database_of_another_program(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / FILE)
    other.execute("CREATE TABLE bookmarks (url)")
    other.close()
    with pytest.raises(LibraryError, match="not a library of this program"):
        SqliteStore.open(tmp_path)


def test_a_newer_format(library: Path) -> None:
    other = sqlite3.connect(library / FILE)
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(LibraryError, match=r"format 99.*update the program"):
        SqliteStore.open(library)


def test_settings_of_a_newer_version(library: Path) -> None:
    store = SqliteStore.open(library)
    store.set_meta("settings", '{"passage_tokens": 1, "from_the_future": 2}')
    with pytest.raises(LibraryError, match="from_the_future"):
        _ = store.settings
    store.close()


def test_a_truncated_file(library: Path) -> None:
    raw = (library / FILE).read_bytes()
    (library / FILE).write_bytes(raw[: len(raw) // 2])
    with pytest.raises(LibraryError, match="damaged"):
        SqliteStore.open(library)


def test_an_altered_text_is_never_given_out(library: Path) -> None:
    raw = (library / FILE).read_bytes()
    assert raw.count(b"Pigs fly at night.\nA pig") == 1
    (library / FILE).write_bytes(raw.replace(b"Pigs fly at night.\nA", b"Pigs fly by night.\nA"))
    store = SqliteStore.open(library)
    (hit, *_) = store.search_words("fly", 1)
    with pytest.raises(LibraryError, match="damaged"):
        store.passage(hit.key)
    with pytest.raises(LibraryError, match="damaged"):
        store.source("pigs")
    store.close()


@pytest.mark.parametrize("vector", [b"", b"\0\0", bytes(48), b"\xff" * 48])
def test_damaged_vectors_are_an_error_and_not_an_empty_result(library: Path, vector: bytes) -> None:
    other = sqlite3.connect(library / FILE)
    other.execute("UPDATE vectors SET vector = ? WHERE key = 2", (vector,))
    other.commit()
    other.close()
    store = SqliteStore.open(library)
    with pytest.raises(LibraryError, match="vectors are damaged"):
        store.search_dense(EMBEDDER.embed_query("pigs"), 5)
    store.close()


@pytest.mark.parametrize("table", ["words", "vectors", "passages", "sources", "texts"])
def test_a_missing_table_is_an_error_and_not_an_empty_result(library: Path, table: str) -> None:
    other = sqlite3.connect(library / FILE)
    other.execute(f"DROP TABLE {table}")
    other.close()
    store = SqliteStore.open(library)
    with pytest.raises(LibraryError, match="damaged"):
        _use(store)
    store.close()


def _use(store: SqliteStore) -> None:
    assert len(store.search_words("pigs", 5, frozenset({"pigs"}))) == 2
    assert len(store.search_dense(EMBEDDER.embed_query("pigs"), 5)) == 4
    assert store.source("pigs").text == "".join(TEXTS)


def test_a_closed_store_says_so(store: SqliteStore) -> None:
    store.close()
    store.close()
    with pytest.raises(LibraryError, match="closed"):
        store.search_words("pigs", 5)


# What cannot be written


def test_another_process_that_writes(store: SqliteStore, library: Path) -> None:
    other = sqlite3.connect(library / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LibraryError, match="another process"):
        put(store, "new", TEXTS)
    assert len(store.search_words("pigs", 5)) == 2
    other.execute("ROLLBACK")
    other.close()
    put(store, "new", TEXTS)
    assert len(store.search_words("pigs", 5)) == 4


def test_a_full_disk_keeps_what_was_there(store: SqliteStore) -> None:
    with store._database.write() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    store._database._idle[0].execute(f"PRAGMA max_page_count = {pages}")
    generation = store.generation
    many = [f"Sentence number {n} of something long enough to need room. " * 5 for n in range(60)]
    with pytest.raises(LibraryError, match="disk is full"):
        put(store, "large", many)
    with pytest.raises(LibraryError, match="disk is full"):
        store.cache_vectors(many * 9, EMBEDDER.embed_passages(many * 9))
    assert [r.id for r in store.records()] == ["pigs", "sea"]
    assert store.generation == generation
    assert len(store.search_words("pigs", 5)) == 2
    store._database._idle[0].execute("PRAGMA max_page_count = 1000000")
    put(store, "large", many)
    assert len(store.records()) == 3


def test_a_folder_that_cannot_be_written_is_read(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    store = SqliteStore.open(library)
    assert len(store.search_words("pigs", 5)) == 2
    assert len(store.search_dense(EMBEDDER.embed_query("pigs"), 9)) == 4
    with pytest.raises(LibraryError, match="permissions"):
        put(store, "new", TEXTS)
    store.close()
    assert [p.name for p in library.iterdir()] == [FILE]


@pytest.mark.skipif(os.geteuid() == 0, reason="every folder is writable for this user")
def test_a_folder_without_write_permission(library: Path) -> None:
    library.chmod(0o555)
    try:
        store = SqliteStore.open(library)
        assert len(store.search_words("pigs", 5)) == 2
        store.close()
    finally:
        library.chmod(0o755)


def test_a_library_where_a_file_lies(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(LibraryError, match="cannot be created"):
        sqlite_store(tmp_path / "file")


# Killed at any moment

BUILDER = """
import sys
from pathlib import Path
from rag.store.sqlite import SqliteStore
from tests.stores import EMBEDDER, put
store = SqliteStore.open(Path(sys.argv[1]))
first = len(store.records())
print("ready", flush=True)
for n in range(first, 100_000):
    texts = [f"Source {n} passage {i}, pigs." for i in range(n % 7 + 1)]
    store.cache_vectors(texts, EMBEDDER.embed_passages(texts))
    put(store, f"{n:06}", texts)
    print(n, flush=True)
"""


def test_killed_at_any_moment_it_holds_everything_up_to_the_last_source(tmp_path: Path) -> None:
    sqlite_store(tmp_path / "library").close()
    chance = random.Random(7)
    held = 0
    for _ in range(4):
        reported = _killed_build(tmp_path / "library", chance.uniform(0.01, 0.3))
        store = SqliteStore.open(tmp_path / "library")
        ids = [r.id for r in store.records()]
        assert ids == [f"{n:06}" for n in range(len(ids))]
        assert len(ids) >= reported + 1
        assert len(ids) > held
        expected = sum(n % 7 + 1 for n in range(len(ids)))
        assert store.counts()[1] == expected
        assert len(store.search_words("pigs", 10**6)) == expected
        assert len(store.search_dense(EMBEDDER.embed_query("pigs"), 10**6)) == expected
        for id_ in ids[held:]:
            assert "".join(p.text for p in store.passages(id_)) == store.source(id_).text
        with store._database.read() as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        held = len(ids)
        store.close()


def _killed_build(library: Path, seconds: float) -> int:
    """Build in another process, kill it, return the last source that it reported."""
    process = subprocess.Popen(
        [sys.executable, "-c", BUILDER, str(library)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    assert process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    lines = process.stdout.read().splitlines()
    process.stdout.close()
    process.wait()
    return max((int(line) for line in lines if line.isdecimal()), default=0)


def test_vectors_saved_before_a_kill_are_found(library: Path) -> None:
    store = SqliteStore.open(library)
    texts = ["A passage of a huge source.", "Another."]
    vectors = EMBEDDER.embed_passages(texts)
    store.cache_vectors(texts, vectors)
    generation = store.generation
    store.close()
    store = SqliteStore.open(library)
    found = store.vectors_for([*texts, "a third"])
    assert list(found) == texts
    assert np.array_equal(found[texts[0]], vectors[0].astype(np.float16).astype(np.float32))
    assert store.generation == generation
    put(store, "huge", texts)
    assert _saved(store) == 0
    assert list(store.vectors_for(texts)) == texts
    store.cache_vectors(["left over"], EMBEDDER.embed_passages(["left over"]))
    store.clear_saved_vectors()
    assert _saved(store) == 0
    store.close()


def _saved(store: SqliteStore) -> int:
    with store._database.read() as connection:
        (n,) = connection.execute("SELECT count(*) FROM saved_vectors").fetchone()
    return int(n)


# Shared


def test_a_change_by_another_process_is_seen(store: SqliteStore, library: Path) -> None:
    query = EMBEDDER.embed_query("pigs")
    assert len(store.search_dense(query, 99)) == 4
    other = SqliteStore.open(library)
    put(other, "new", TEXTS)
    other.close()
    assert len(store.search_dense(query, 99)) == 7
    assert len(store.records()) == 3


def test_reading_holds_one_state(store: SqliteStore, library: Path) -> None:
    query = EMBEDDER.embed_query("pigs")
    other = SqliteStore.open(library)
    with store.reading():
        hits = store.search_dense(query, 99)
        other.remove(["pigs"])
        assert store.search_dense(query, 99) == hits
        assert len(store.passages_by_key([hit.key for hit in hits])) == 4
        assert store.source("pigs").text.startswith("Pigs")
    other.close()
    assert len(store.search_dense(query, 99)) == 1
    with pytest.raises(LibraryError, match="no longer"):
        store.passages_by_key([hit.key for hit in hits])


def test_readers_go_on_while_a_writer_works(store: SqliteStore, library: Path) -> None:
    """Every state a reader sees is one that was committed: n sources with 3 passages each."""
    writer = SqliteStore.open(library)
    writer.remove(["pigs", "sea"])
    done = threading.Event()
    wrong: list[object] = []
    seen = set()

    def read() -> None:
        query = EMBEDDER.embed_query("pigs")
        while not done.is_set():
            try:
                with store.reading():
                    records = store.records()
                    hits = store.search_dense(query, 10**6)
                    words = store.search_words("pig", 10**6)
                    passages = store.passages_by_key([hit.key for hit in hits])
                counts = (len(hits), len(words) * 3 // 2, len(passages), 3 * len(records))
                seen.add(len(records))
                if len(set(counts)) != 1:
                    wrong.append(counts)
            except Exception as error:  # noqa: BLE001 (whatever a thread meets must fail the test)
                wrong.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(15):
        put(writer, f"s{n}", TEXTS)
        time.sleep(0.01)
    writer.remove(["s3", "s4"])
    done.set()
    for thread in threads:
        thread.join()
    writer.close()
    assert wrong == []
    assert len(seen) > 1


def test_connections_are_reused(store: SqliteStore) -> None:
    for _ in range(50):
        store.search_words("pigs", 1)
    assert len(store._database._idle) == 1


# Sources kept in memory


def test_a_replaced_source_is_read_anew(store: SqliteStore) -> None:
    assert store.source("pigs").text == "".join(TEXTS)
    put(store, "pigs", ("Something else.",))
    assert store.source("pigs").text == "Something else."
    store.rename("pigs", "moved/pigs.txt", title="Pigs, moved")
    assert store.source("moved/pigs.txt").title == "Pigs, moved"
    assert store.passages("moved/pigs.txt")[0].source.id == "moved/pigs.txt"
    with pytest.raises(LibraryError, match="sea"):
        store.rename("moved/pigs.txt", "sea")


def test_a_new_date_is_no_change(store: SqliteStore) -> None:
    before = store.generation
    store.touch("pigs", size=9, mtime_ns=10)
    record = store.records()[0]
    assert (record.size, record.mtime_ns, store.generation) == (9, 10, before)


# Backup


def test_a_backup_is_a_whole_library(store: SqliteStore, tmp_path: Path) -> None:
    target = tmp_path / "copy" / FILE
    target.parent.mkdir()
    store.backup(target)
    put(store, "later", TEXTS)
    copy = SqliteStore.open(target.parent)
    assert [r.id for r in copy.records()] == ["pigs", "sea"]
    assert len(copy.search_dense(EMBEDDER.embed_query("pigs"), 9)) == 4
    put(copy, "more", TEXTS)
    copy.close()
    assert [p.name for p in target.parent.iterdir()] == [FILE]


def test_a_backup_overwrites_nothing(store: SqliteStore, tmp_path: Path) -> None:
    target = tmp_path / "precious.db"
    target.write_text("keep me")
    with pytest.raises(LibraryError, match="not overwritten"):
        store.backup(target)
    assert target.read_text() == "keep me"


def test_a_backup_to_a_full_disk_does_not_blame_the_library(
    store: SqliteStore, tmp_path: Path
) -> None:
    def full() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    code = (
        "import sys\nfrom pathlib import Path\nfrom rag.store.sqlite import SqliteStore\n"
        "SqliteStore.open(Path(sys.argv[1])).backup(Path(sys.argv[2]))\n"
    )
    copy = tmp_path / "copy.db"
    done = subprocess.run(
        [sys.executable, "-c", code, str(store.folder), str(copy)],
        capture_output=True,
        text=True,
        preexec_fn=full,
    )
    assert f"{copy}: the backup was not made" in done.stderr
    assert "The library is as it was" in done.stderr
    assert not copy.exists()
    assert list(tmp_path.glob("*.part")) == []


def test_a_backup_to_nowhere_leaves_nothing(store: SqliteStore, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="nowhere"):
        store.backup(tmp_path / "nowhere" / "copy.db")


def test_a_copied_folder_is_the_same_library(library: Path, tmp_path: Path) -> None:
    shutil.copytree(library, tmp_path / "elsewhere")
    store = SqliteStore.open(tmp_path / "elsewhere")
    assert len(store.records()) == 2
    store.close()


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM sources",
        "UPDATE meta SET value = 'x' WHERE key = 'generation'",
        "DELETE FROM meta WHERE key = 'generation'",
        "UPDATE meta SET value = 'x' WHERE key = 'dim'",
        "UPDATE sources SET characters = 'x', passages = 'y'",
        "UPDATE passages SET start = 'x'",
        "UPDATE roots SET skipped = 'x'",
    ],
)
def test_a_damaged_row_is_told_in_words_whatever_it_is(library: Path, damage: str) -> None:
    with closing(sqlite3.connect(library / FILE)) as connection:
        connection.execute("INSERT INTO roots VALUES ('r', 'r', 1, 1, 0, 1, 1, '[]')")
        connection.execute(damage)
        connection.commit()
    try:
        store = SqliteStore.open(library)
    except LibraryError:
        return
    looks: tuple[Callable[[], object], ...] = (
        store.records,
        store.unfinished,
        store.skipped,
        lambda: store.passages("pigs"),
        lambda: store.search_dense(EMBEDDER.embed_query("pigs"), 5),
        lambda: store.passages_by_key([s.key for s in store.search_words("pigs", 5)]),
    )
    for look in looks:
        with suppress(LibraryError):
            look()
    store.close()
