"""What an action of the chat is given and what it leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rag.chat.actions.exports import Download
from rag.chat.state.desk import Desk
from rag.chat.state.session import Session, Turn, View
from rag.errors import UsageError
from rag.types import Hit

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Effect:
    """What an action leads to, besides a changed session.

    say: a line for the person. show: the panel to bring to the front (source, documents, kept).
    ask: a turn that must be asked (again). download: a file to hand over.
    """

    say: str = ""
    show: str = ""
    ask: Turn | None = None
    download: Download | None = None


Action = Callable[[Desk, Session, Data], Effect]


def number(data: Data, key: str, below: int | None = None) -> int:
    """A whole number that a browser sent. UsageError unless it is one, and in ``[0, below)``."""
    try:
        value = int(str(data.get(key, "")))
    except ValueError:
        raise UsageError(f"{key} is missing; reload the page") from None
    if below is not None and not 0 <= value < below:
        raise UsageError("that is no longer there; reload the page")
    return value


def view_of_hit(library: str, hit: Hit) -> View:
    """A view that opens at a passage."""
    return View(library, hit.passage.place, hit.passage.paragraph, page=hit.passage.place.page)


def turn_of(session: Session, data: Data) -> Turn:
    """The turn that a click is about. UsageError when it is no longer there."""
    turn = session.turn(number(data, "turn"))
    if turn is None:
        raise UsageError("that question is no longer here; reload the page")
    return turn
