"""Any history of a folder leaves the library file and the store in memory with the same content."""

from __future__ import annotations

import random
from pathlib import Path

from rag.embed import HashEmbedder
from rag.extract.workers import Limits
from rag.protocols import WritableStore
from rag.settings import Settings
from rag.store.plan import Wish
from rag.store.sqlite import SqliteStore
from rag.store.sync import sync_root
from tests.memory_store import MemoryStore

EMBEDDER = HashEmbedder(32)
WORDS = "a paragraph of words that is long enough to stand alone in a text among many others " * 2


def mutate(folder: Path, chance: random.Random) -> None:
    """Write, rename, copy, spoil and delete files."""
    files = sorted(path for path in folder.iterdir() if path.suffix == ".txt")
    for _ in range(chance.randint(1, 5)):
        number = chance.randint(0, 12)
        what = chance.choice(["write", "write", "rename", "copy", "spoil", "delete"])
        target = folder / f"{number}.txt"
        source = chance.choice(files) if files else target
        if what == "write" or not source.exists():
            parts = [f"Part {chance.randint(0, 30)}: {WORDS}" for _ in range(chance.randint(1, 4))]
            target.write_text("\n\n".join(parts), "utf-8")
        elif what == "rename":
            source.rename(target)
        elif what == "copy" and source != target:
            target.write_bytes(source.read_bytes())
        elif what == "spoil":
            target.write_bytes(b"\x00\x01\x02" * 40)
        else:
            source.unlink()


def test_the_library_file_and_the_oracle_agree_after_any_history(tmp_path: Path) -> None:
    for seed in range(4):
        place = tmp_path / str(seed)
        docs = place / "docs"
        docs.mkdir(parents=True)
        chance = random.Random(seed)
        sqlite = SqliteStore.create(
            place / "library", embedder=EMBEDDER.name, dim=32, segmenter="-", settings=Settings()
        )
        memory = MemoryStore(embedder=EMBEDDER.name, dim=32)
        (place / "memory").mkdir()
        stores: list[tuple[WritableStore, Path]] = [
            (sqlite, place / "library"),
            (memory, place / "memory"),
        ]
        for _ in range(6):
            mutate(docs, chance)
            reports = [
                sync_root(store, at, lambda: EMBEDDER, docs, Wish(180, prune=True), limits=Limits())
                for store, at in stores
            ]
            assert reports[0] == reports[1]
            assert sqlite.records() == memory.records()
            assert sqlite.unreadable() == memory.unreadable()
            assert sqlite.roots() == memory.roots()
            for record in memory.records():
                assert sqlite.source(record.id) == memory.source(record.id)
                assert sqlite.passages(record.id) == memory.passages(record.id)
            sqlite.clear_saved_vectors()
            memory.clear_saved_vectors()
        sqlite.close()
