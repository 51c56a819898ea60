"""Models are loaded by one thread at a time: a half-imported library is nobody's."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from rag.embed import HashEmbedder, embedder
from rag.embed.quiet import LOADING
from rag.library import Library
from rag.reader import TrainedReader, trained


def test_a_reader_and_an_embedder_never_load_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    inside: list[str] = []
    most: list[int] = []
    pause = threading.Event()

    def busy(name: str) -> None:
        inside.append(name)
        most.append(len(inside))
        pause.wait(0.2)
        inside.remove(name)

    def model(*_: Any, **__: Any) -> Any:
        busy("embedder")
        return MagicMock()

    def parts(_folder: Path) -> Any:
        busy("reader")
        return None, {"encoder": MagicMock()}, None

    monkeypatch.setattr("sentence_transformers.SentenceTransformer", model)
    monkeypatch.setattr(trained, "load_reader_parts", parts)
    work = [
        threading.Thread(target=lambda: TrainedReader(bf16=False)),
        threading.Thread(target=lambda: embedder.load(embedder.find_model(None))),
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert most == [1, 1]


def test_a_reader_waits_for_a_library_that_is_being_imported() -> None:
    done = threading.Event()

    def build() -> None:
        TrainedReader()
        done.set()

    with LOADING:
        thread = threading.Thread(target=build)
        thread.start()
        assert not done.wait(0.3)
    thread.join()
    assert done.is_set()


def test_threads_that_want_the_reader_at_once_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []

    def slow() -> object:
        threading.Event().wait(0.1)
        made.append(object())
        return made[-1]

    monkeypatch.setattr("rag.library.TrainedReader", slow)
    (tmp_path / "a.txt").write_text("Some words of a source.\n", encoding="utf-8")
    with Library.build(tmp_path, at=tmp_path / "lib", embedder=HashEmbedder()) as library:
        got: list[object] = []
        threads = [threading.Thread(target=lambda: got.append(library.reader)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(made) == 1
    assert got == made * 4
