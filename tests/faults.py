"""Faults put into runs of the program, and what must hold after each of them.

A run of the command is disturbed (killed, out of disk or memory, the library busy, files changing
while they are read, bytes of the library cut off or flipped). Then the library is looked at: it
opens, no source is lost or there twice, every text is one that its file had, derived indexes agree.
At the end an undisturbed run must make it right.
"""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rag.embed import HashEmbedder
from rag.errors import LibraryError
from rag.library import Library
from rag.store.locate import FILE
from rag.types import digest

MODEL = "hashed-words-32"
EMBEDDER = HashEmbedder(32)
FIXTURE = Path(__file__).parent / "fixtures" / "library-0.1.0"
WORDS = "a paragraph of words that is long enough to stand alone in a text among many others " * 2
SHORT_OF_MEMORY = (120, 700)  # megabytes of address space
TOLD = {"runs", "files", "leftovers"}  # findings that only say what is not finished


class World:
    """A folder of files, a library beside it, and every text that was ever under a name."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.path, self.chance = path, chance
        self.docs, self.library = path / "docs", path / "library"
        self.texts: set[str] = set()  # digests of all texts that a file ever had
        self.serial = 0
        self.docs.mkdir(parents=True)
        for _ in range(10):
            self.add()

    def write(self, file: Path) -> None:
        self.serial += 1
        text = "\n\n".join(
            f"Number {self.serial}, part {n}: {WORDS}" for n in range(self.chance.randint(1, 30))
        )
        self.texts.add(digest(text))
        # In one step, as a careful editor does: what is read is never half of a text.
        part = file.with_name(f".{file.name}.part")
        part.write_text(text, "utf-8")
        part.replace(file)

    def add(self) -> None:
        self.write(self.docs / f"{self.serial}.txt")

    def files(self) -> list[Path]:
        return sorted(self.docs.glob("*.txt"))

    def change(self) -> None:
        """Edit, rename, add and delete a few files."""
        for file in self.chance.sample(self.files(), 4):
            what = self.chance.choice(["edit", "rename", "delete"])
            if what == "edit":
                self.write(file)
            elif what == "rename":
                self.serial += 1
                file.rename(self.docs / f"{self.serial}-renamed.txt")
            elif len(self.files()) > 8:
                file.unlink()
        for _ in range(self.chance.randint(0, 3)):
            self.add()

    def build(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.library)
        Library.build(self.docs, at=self.library, embedder=EMBEDDER).close()


@dataclass
class Tally:
    """What was done and what went wrong."""

    faults: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    disturbed: int = 0  # runs that did not end well, as they should not

    @property
    def count(self) -> int:
        return sum(self.faults.values())


def command(world: World, operation: str) -> list[str]:
    rag = [sys.executable, "-m", "rag"]
    library = ["-i", str(world.library)]
    if operation in ("build", "sync"):
        return [*rag, "index", str(world.docs), *library, "--model", MODEL, "-q"]
    if operation == "remove":
        with Library.open(world.library) as opened:
            ids = [record.id for record in opened.sources()]
        chosen = world.chance.sample(ids, 2)
        return [*rag, "sources", *library, *(w for id in chosen for w in ("--remove", id))]
    if operation == "backup":
        return [*rag, "backup", str(world.path / "copy.db"), *library]
    return [*rag, "info", *library]  # which upgrades


def prepare(world: World, operation: str) -> None:
    """Bring the world to where the operation begins."""
    (world.path / "copy.db").unlink(missing_ok=True)
    shutil.rmtree(world.library, ignore_errors=True)
    if operation == "upgrade":
        world.library.mkdir()
        shutil.copy(FIXTURE / FILE, world.library / FILE)
    elif operation != "build":
        world.build()
        if operation == "sync":
            world.change()


# Faults: each runs the command disturbed, and returns its exit code and what it said.

Outcome = tuple[int, str]


def _run(words: list[str], before: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=before
    )


def _ended(process: subprocess.Popen[str]) -> Outcome:
    _, err = process.communicate(timeout=120)
    return process.returncode, err


def kill(world: World, words: list[str]) -> Outcome:
    """SIGKILL at any moment, also in the middle of a write."""
    process = _run(words)
    time.sleep(world.chance.uniform(0.15, 1.6))
    process.send_signal(signal.SIGKILL)
    return _ended(process)


def interrupt(world: World, words: list[str]) -> Outcome:
    """Ctrl-C at any moment after the program has begun."""
    process = _run(words)
    time.sleep(world.chance.uniform(0.4, 1.6))
    process.send_signal(signal.SIGINT)
    return _ended(process)


def full_disk(world: World, words: list[str]) -> Outcome:
    """No file may grow beyond a size."""
    most = world.chance.randint(1, 60) * 4096

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    return _ended(_run(words, limit))


def short_of_memory(world: World, words: list[str]) -> Outcome:
    """The program gets no more memory."""
    most = world.chance.randint(*SHORT_OF_MEMORY) * 2**20
    return _ended(_run(words, lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most))))


def busy(world: World, words: list[str]) -> Outcome:
    """Another process writes to the library now and then."""
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            if (world.library / FILE).exists():
                with (
                    contextlib.suppress(sqlite3.Error),
                    contextlib.closing(
                        sqlite3.connect(world.library / FILE, timeout=1)
                    ) as connection,
                ):
                    connection.execute("BEGIN IMMEDIATE")
                    time.sleep(0.1)
                    connection.rollback()
            time.sleep(0.02)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        return _ended(_run(words))
    finally:
        done.set()
        thread.join()


def changing(world: World, words: list[str]) -> Outcome:
    """Files come, go and change while they are read."""
    process = _run(words)
    until = time.monotonic() + world.chance.uniform(0.3, 1.5)
    while process.poll() is None and time.monotonic() < until:
        world.change()
        time.sleep(0.03)
    return _ended(process)


FAULTS = {f.__name__: f for f in (kill, interrupt, full_disk, short_of_memory, busy, changing)}
OPERATIONS = ("build", "sync", "remove", "backup", "upgrade")


def disturb(world: World, operation: str, fault: str, tally: Tally) -> None:
    """One fault in one operation, and all that must hold then."""
    where = f"{fault} in {operation}"
    tally.faults[where] = tally.faults.get(where, 0) + 1
    prepare(world, operation)
    before = _held(world) if operation not in ("build", "upgrade") else {}
    words = command(world, operation)
    code, said = FAULTS[fault](world, words)
    tally.disturbed += code != 0
    begun = fault != "interrupt" or "in main" in said  # before that Python itself is interrupted
    if "Traceback" in said and begun:
        tally.problems.append(f"{where}: a traceback: {said[-600:]}")
    try:
        for problem in _after(world, operation, words, before):
            tally.problems.append(f"{where}: {problem}")
    except LibraryError as error:
        tally.problems.append(f"{where}: does not open: {error}")


def _held(world: World) -> dict[str, str]:
    """The library's sources: digest of the text by id."""
    if not Library.exists(world.library):
        return {}
    with Library.open(world.library) as library:
        return {record.id: record.sha256 for record in library.sources()}


def _after(world: World, operation: str, words: list[str], before: dict[str, str]) -> Iterator[str]:
    if operation == "upgrade":
        yield from _upgraded(world)
        return
    now = _held(world)
    there = {digest(file.read_text("utf-8")) for file in world.files()}
    removed = {words[n + 1] for n, word in enumerate(words) if word == "--remove"}
    for id, sha256 in before.items():
        if id not in removed and sha256 in there and sha256 not in now.values():
            yield f"{id} is lost"
    if len(set(now.values())) < len(now):
        yield "a source is there twice"
    if not set(now.values()) <= world.texts:
        yield "a text that no file ever had"
    if removed and len(removed & set(now)) == 1:
        yield "one of two sources that were to be removed together is there"
    if now:
        yield from _sound(world.library)
    copy = world.path / "copy.db"
    if operation == "backup" and copy.exists():
        folder = world.path / "restored"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        shutil.copy(copy, folder / FILE)
        yield from _sound(folder)
        with Library.open(folder) as library:
            if {r.id: r.sha256 for r in library.sources()} != before:
                yield "the copy is not the library"
    yield from _made_good(world)


def _sound(library: Path) -> Iterator[str]:
    with Library.open(library, embedder=EMBEDDER) as opened:
        for finding in opened.examine():
            if finding.part not in TOLD:
                yield f"{finding.part}: {finding.subject} {finding.what}"
        if opened.sources():
            for hit in opened.search("which number has this part", k=20):
                span, source = hit.passage.span, hit.passage.source
                if source.text[span.start : span.end] != hit.passage.text:
                    yield "a wrong quote"


def _made_good(world: World) -> Iterator[str]:
    """An undisturbed run makes the library agree with the folder."""
    Library.build(world.docs, at=world.library, embedder=EMBEDDER, prune=True).close()
    files = {file.name: digest(file.read_text("utf-8")) for file in world.files()}
    if _held(world) != files:
        yield "after another run the library is not what is in the folder"
    with Library.open(world.library) as library:
        if library.searched().unfinished:
            yield "after another run it still says that it is not finished"
        yield from (f"after another run: {f.part}: {f.what}" for f in library.examine())


def _upgraded(world: World) -> Iterator[str]:
    with Library.open(world.library, embedder=HashEmbedder(256)) as library:
        if [r.id for r in library.sources()] != [
            "mill.html",
            "notes/ferry.md",
            "quay.pdf",
            "toll-copy.txt",
        ]:
            yield "sources were lost in the upgrade"
        for record in library.sources():
            text = library.source(record.id).text
            if "".join(p.text for p in library.passages(record.id)) != text:
                yield f"{record.id}: passages do not give the text"


def damage(world: World, tally: Tally) -> None:
    """Cut off or flip bytes of a library: what is given out then is right, or an error in words."""
    how = world.chance.choice(["truncated", "flipped", "zeroed"])
    tally.faults[f"bytes {how}"] = tally.faults.get(f"bytes {how}", 0) + 1
    if not Library.exists(world.library) or len(_held(world)) < 5:
        world.build()
    file = world.path / "damaged" / FILE
    shutil.rmtree(file.parent, ignore_errors=True)
    file.parent.mkdir()
    data = bytearray((world.library / FILE).read_bytes())
    if how == "truncated":
        data = data[: world.chance.randrange(len(data))]
    else:
        start = world.chance.randrange(len(data))
        length = world.chance.choice([1, 16, 500, 4096])
        for n in range(start, min(start + length, len(data))):
            data[n] = 0 if how == "zeroed" else data[n] ^ (1 << world.chance.randrange(8))
    file.write_bytes(data)
    for problem in _told_or_right(world, file.parent):
        tally.problems.append(f"bytes {how}: {problem}")


def _told_or_right(world: World, library: Path) -> Iterator[str]:
    """Every look at a damaged library gives a right text, or a LibraryError."""
    try:
        with Library.open(library, embedder=EMBEDDER) as opened:
            opened.examine()
            for look in (
                lambda: opened.search("which number has this part", k=20),
                lambda: opened.store.search_words("number part", 20),
                opened.searched,
                opened.sources,
            ):
                with contextlib.suppress(LibraryError):
                    look()
            for record in opened.sources():
                with contextlib.suppress(LibraryError):
                    if digest(opened.source(record.id).text) not in world.texts:
                        yield "a text that no file ever had"
                    passages = opened.passages(record.id)
                    text = opened.source(record.id).text
                    if any(p.text not in text for p in passages):
                        yield "a wrong quote"
    except LibraryError:
        return
    except Exception as error:  # noqa: BLE001 (anything else would be a traceback)
        yield f"a traceback: {type(error).__name__}: {error}"


@contextlib.contextmanager
def world(seed: int) -> Iterator[World]:
    """A world of its own for a while."""
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    try:
        yield World(folder, random.Random(seed))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def environment_is_ours() -> None:
    """Subprocesses find the package that is tested."""
    os.environ["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
