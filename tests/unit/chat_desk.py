"""A desk over one small library, for the tests of the chat that need no browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.chat.state.desk import Desk
from rag.chat.state.dialogue import Turn
from rag.chat.state.session import Session
from rag.chat.state.shelves import Shelf, shelves_of
from rag.chat.state.workspaces import Workspaces
from rag.embed import HashEmbedder
from rag.library import Library
from rag.reader import FallbackReader

TEXT = """\
The harbour

The harbour was opened in 1884. The engineer was Clara Voss. She drew the plans in eleven weeks.

The lighthouse is 31 metres high. It was lit in 1886.
"""
HIGH = "How high is the lighthouse?"
ANSWER = "The lighthouse is 31 metres high."


def built(folder: Path, text: str = TEXT) -> Library:
    """A library of one text under ``folder``."""
    (folder / "files").mkdir(parents=True, exist_ok=True)
    (folder / "files" / "harbour.txt").write_text(text, encoding="utf-8")
    embedder = HashEmbedder()
    reader = FallbackReader(embedder)
    return Library.build(folder / "files", at=folder / "lib", embedder=embedder, reader=reader)


@contextmanager
def opened(
    library: Library, data: Path | None = None, *, name: str = "Harbour", accounts: bool = False
) -> Iterator[Desk]:
    """A desk over the library, closed at the end."""
    shelves = shelves_of([Shelf(name, library, (library.path.parent / "files",))])
    desk = Desk(shelves, Workspaces(library, data, accounts=accounts))
    try:
        yield desk
    finally:
        desk.close()


def ask(desk: Desk, session: Session, question: str = HIGH) -> Turn:
    """Ask and wait for what comes back."""
    return answered(session, desk.ask(session, question).number)


def answered(session: Session, number: int) -> Turn:
    """A turn once it is no longer under way."""
    for _ in range(1000):
        turn = session.turn(number)
        assert turn is not None
        if not turn.pending:
            return turn
        time.sleep(0.01)
    raise AssertionError(f"question {number} is still under way")
