"""The conversation as HTML: questions with what came back for them. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.chat.state.session import Turn
from rag.chat.views.jinja import render
from rag.types import Quote

IsKept = Callable[[str, Quote], bool]


def thread(turns: Sequence[Turn], is_kept: IsKept, current: tuple[int, int] | None = None) -> str:
    """All turns, oldest first. current: (turn, quote) that the source viewer shows."""
    return "".join(turn_card(turn, is_kept, current) for turn in turns)


def turn_card(turn: Turn, is_kept: IsKept, current: tuple[int, int] | None = None) -> str:
    """One question with what came back."""
    return render("turn.html", turn=turn, is_kept=is_kept, current=current)


def welcome(examples: Sequence[str], sources: int, passages: int) -> str:
    """What one sees before the first question."""
    return render("welcome.html", examples=examples, sources=sources, passages=passages)


def status(line: str, *, busy: bool = False, kind: str = "") -> str:
    """A line that says what is under way or what was done."""
    return render("status.html", line=line, busy=busy, kind=kind)
