"""Serves a small library to the tests of the chat, in a process of its own: the page's framework
opens loops and sockets that outlive a test.

    python chat_server.py FOLDER PORT [--auth-file FILE] [--data FOLDER]
"""

from __future__ import annotations

import argparse
import contextlib
import re
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import chat_files

from rag.chat.serving.serve import serve
from rag.chat.state.shelves import Shelf
from rag.embed import HashEmbedder
from rag.library import Library
from rag.protocols import PassageText, Reading
from rag.reader import FallbackReader
from rag.types import Span

EXAMPLES = ("When was the harbour of Lindholm opened?", "How high is the lighthouse?")


class MarkingReader(FallbackReader):
    """The fallback reader, made to name answer words (a number) and to show its probability."""

    calibrated = True
    confidence = None
    threshold = 0.3

    def read(self, question: str, passages: Sequence[PassageText], /) -> tuple[Reading, ...]:
        readings = super().read(question, passages)
        return tuple(map(_marked, passages, readings))


def _marked(passage: PassageText, reading: Reading) -> Reading:
    if not passage.sentences:
        return reading
    best = max(zip(reading.sentences, passage.sentences, strict=True))[1]
    found = re.search(r"\d[\w,]*( \w+ \d{4})?", passage.text[best.start : best.end])
    if found is None:
        return reading
    return replace(reading, answer=Span(best.start + found.start(), best.start + found.end()))


def main(folder: Path, port: int, auth_file: Path | None, data: Path | None) -> None:
    embedder = HashEmbedder()
    reader = MarkingReader(embedder)
    if not (folder / "harbour" / "harbour.md").exists():
        chat_files.write(folder / "harbour")
    (folder / "letters").mkdir(exist_ok=True)
    (folder / "letters" / "letter.txt").write_text(chat_files.LETTERS, encoding="utf-8")
    shelves = [
        Shelf(
            name.capitalize(),
            Library.build(
                folder / name, at=folder / f"{name}-library", embedder=embedder, reader=reader
            ),
            (folder / name,),
        )
        for name in ("harbour", "letters")
    ]

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    with contextlib.suppress(KeyboardInterrupt):
        serve(shelves, port=port, examples=EXAMPLES, auth_file=auth_file, data=data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--auth-file", type=Path)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    main(given.folder, given.port, given.auth_file, given.data)
