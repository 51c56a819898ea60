"""Questions with what came back, and quotes put aside: what a person would not want to lose."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from rag.types import Abstention, Answer, Quote, Result

UNNAMED = "New conversation"
MAX_NAME = 80


def fresh_id() -> str:
    """An id that nobody can guess."""
    return secrets.token_urlsafe(12)


def today() -> str:
    """The date now, as a person writes it in a note (UTC)."""
    return datetime.now(UTC).strftime("%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what came back. number: 1-based and never reused in a conversation.

    id: of its own, made by the page that asked, so that a question sent twice is asked once.
    library: the name of the library that was asked. problem: what went wrong; then there is no
    result (a failure is neither an answer nor an abstention). within: the source filter. terms:
    the carried terms a person chose, None while the conversation chooses. every: all quotes were
    asked for, not only the best. readings: where a pronoun may mean one of two names, the result of
    each reading; ``result`` is then the first. asked: the date of the question.
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
    id: str = field(default_factory=fresh_id)
    asked: str = field(default_factory=today)

    def waiting(self) -> Turn:
        """The turn while it is being asked."""
        return replace(self, result=None, problem="", readings=())

    @property
    def pending(self) -> bool:
        """Whether nothing came back yet."""
        return self.result is None and not self.problem

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The quotes on show: an answer's, or those closest where none was sure enough."""
        if isinstance(self.result, Answer):
            return self.result.quotes
        return self.result.candidates if isinstance(self.result, Abstention) else ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A quote put aside, with what it came back for, the library that gave it, and a note."""

    library: str
    result: Result
    quote: Quote
    note: str = ""
    id: str = field(default_factory=fresh_id)

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What makes it the same quote as another."""
        return key_of(self.library, self.quote)


def key_of(library: str, quote: Quote) -> tuple[str, str, int, int]:
    """What makes two quotes of a library the same."""
    return library, quote.source.id, quote.span.start, quote.span.end


@dataclass
class Dialogue:
    """A conversation as it is saved; ``lock`` guards the list of turns, which tabs share.

    library: the name of the library it asks; home: which one that is, however it is called (see
    ``Shelf.home``).
    """

    library: str
    home: str
    name: str = UNNAMED
    id: str = field(default_factory=fresh_id)
    turns: list[Turn] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def turn(self, number: int) -> Turn | None:
        """The turn of that number, or None when there is none."""
        return next((turn for turn in self.turns if turn.number == number), None)

    def add(self, turn: Turn) -> Turn:
        """Append a turn under a fresh number; the one that is there already when its id is."""
        with self.lock:
            known = next((old for old in self.turns if old.id == turn.id), None)
            if known is not None:
                return known
            turn = replace(turn, number=self.turns[-1].number + 1 if self.turns else 1)
            self.turns = [*self.turns, turn]
        return turn

    def put(self, turn: Turn) -> None:
        """Replace the turn of the same number; nothing where there is none."""
        with self.lock:
            self.turns = [turn if old.number == turn.number else old for old in self.turns]

    def results_before(self, turn: Turn) -> tuple[Result, ...]:
        """What came back for the earlier questions to the same library, oldest first."""
        return tuple(
            earlier.result
            for earlier in self.turns
            if earlier.number < turn.number
            and earlier.library == turn.library
            and earlier.result is not None
        )
