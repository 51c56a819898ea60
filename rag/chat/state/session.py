"""What one visitor has in hand: questions and results, kept quotes, what the viewer shows.

A session lives in the server's memory under Gradio's session and is reachable from no other.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rag.types import Answer, Hit, Place, Quote, Result

if TYPE_CHECKING:
    from rag.chat.state.uploads import OwnLibrary


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what came back. number: 1-based and never reused in a session.

    library: the name of the library that was asked. problem: what went wrong; then there is no
    result (a failure is neither an answer nor an abstention). within: the source filter. terms:
    the carried terms a person chose, None while the conversation chooses. every: all quotes were
    asked for, not only the best. readings: where a pronoun may mean one of two names, the result of
    each reading; ``result`` is then the first.
    """

    number: int
    library: str
    question: str
    result: Result | None
    problem: str = ""
    within: tuple[str, ...] | None = None
    terms: tuple[str, ...] | None = None
    every: bool = False
    readings: tuple[Result, ...] = ()

    def waiting(self) -> Turn:
        """The turn while it is being asked."""
        return replace(self, result=None, problem="", readings=())

    @property
    def quotes(self) -> tuple[Quote, ...]:
        return self.result.quotes if isinstance(self.result, Answer) else ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A quote put aside, with the answer it came from and the library that gave it."""

    library: str
    answer: Answer
    quote: Quote

    @property
    def key(self) -> tuple[str, str, int, int]:
        span = self.quote.span
        return self.library, self.quote.source.id, span.start, span.end


@dataclass(frozen=True, slots=True)
class View:
    """What the source viewer shows.

    turn, index: the quote it was opened from (index from 0), None when opened otherwise. place,
    paragraph, highlight: what is marked. page: the page on show, None for text. zoom: 1.0 is the
    width of the panel. as_text: show a paged source as text.
    """

    library: str
    place: Place
    paragraph: int
    highlight: tuple[int, int] | None = None
    turn: int | None = None
    index: int | None = None
    page: int | None = None
    zoom: float = 1.0
    as_text: bool = False
    wide: int = 0


@dataclass
class Session:
    """The state of one visitor; ``lock`` guards the list of turns, which two events may change.

    within: chosen sources by library. own: the visitor's uploads. hits: what was last searched for,
    in hits_library. drawn: what the viewer last showed. sent: digests of what each
    part of the page last showed.
    """

    user: str | None = None
    library: str = ""
    turns: list[Turn] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    view: View | None = None
    within: dict[str, frozenset[str]] = field(default_factory=dict)
    own: OwnLibrary | None = None
    hits: tuple[Hit, ...] = ()
    hits_library: str = ""
    drawn: tuple[View, tuple[Quote, ...], str] | None = None
    sent: dict[str, str] = field(default_factory=dict)
    last_number: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def __deepcopy__(self, memo: object) -> Session:
        # Gradio copies initial values; a lock cannot be copied and a visitor must not be.
        return self

    def turn(self, number: int) -> Turn | None:
        """The turn of that number, or None when it was removed."""
        return next((turn for turn in self.turns if turn.number == number), None)

    def add(self, turn: Turn) -> Turn:
        """Append a turn under a fresh number and return it."""
        with self.lock:
            self.last_number += 1
            turn = replace(turn, number=self.last_number)
            self.turns = [*self.turns, turn]
        return turn

    def put(self, turn: Turn) -> None:
        """Replace the turn of the same number; nothing where that turn is no longer there."""
        with self.lock:
            self.turns = [turn if old.number == turn.number else old for old in self.turns]

    def is_kept(self, library: str, quote: Quote) -> bool:
        """Whether the quote lies in the tray."""
        key = (library, quote.source.id, quote.span.start, quote.span.end)
        return any(kept.key == key for kept in self.kept)

    def results_before(self, turn: Turn) -> tuple[Result, ...]:
        """What came back for the earlier questions to the same library, oldest first."""
        return tuple(
            earlier.result
            for earlier in self.turns
            if earlier.number < turn.number
            and earlier.library == turn.library
            and earlier.result is not None
        )

    def filter(self) -> frozenset[str] | None:
        """Ids of the chosen sources of the current library; None is all of them."""
        return self.within.get(self.library) or None
