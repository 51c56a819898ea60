"""What an action may lead to, and how what a browser sent is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rag.chat.actions.exports import Download
from rag.chat.state.desk import Desk
from rag.chat.state.dialogue import Turn
from rag.chat.state.session import Session, View
from rag.errors import UsageError
from rag.types import Hit

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Effect:
    """What an action leads to, besides a changed session.

    say: a line for the person. show: the pane to bring to the front (sources, talk, reader, kept).
    undo: takes the change back and says so. download: a file to hand over. reply: for the script.
    """

    say: str = ""
    show: str = ""
    undo: Callable[[], str] | None = None
    download: Download | None = None
    reply: Mapping[str, Any] = field(default_factory=dict)


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


def text(data: Data, key: str, most: int) -> str:
    """A line that a browser sent, white space folded. UsageError when it is longer than ``most``
    characters.
    """
    value = " ".join(str(data.get(key, "")).split())
    if len(value) > most:
        raise UsageError(f"at most {most} characters are taken here")
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
