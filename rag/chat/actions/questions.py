"""Questions: asked, stopped, asked again in full or with other carried terms."""

from __future__ import annotations

import re
from dataclasses import replace

from rag.chat.actions.effects import Action, Data, Effect, number, text, turn_of
from rag.chat.state.desk import Desk
from rag.chat.state.dialogue import Turn
from rag.chat.state.session import Session
from rag.errors import UsageError

MAX_QUESTION = 2000
MAX_TERM = 80
_ID = re.compile(r"[\w-]{8,64}")


def ask(desk: Desk, session: Session, data: Data) -> Effect:
    """Put what was typed in line."""
    question = str(data.get("text", "")).strip()
    if not question:
        raise UsageError("type a question first")
    if len(question) > MAX_QUESTION:
        raise UsageError(f"a question has at most {MAX_QUESTION:,} characters")
    id = str(data.get("key", ""))
    desk.ask(session, question, id if _ID.fullmatch(id) else "")
    return Effect(show="talk")


def example(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask one of the example questions."""
    question = str(data.get("text", ""))
    if question not in desk.examples:
        raise UsageError("that example is no longer offered; reload the page")
    desk.ask(session, question)
    return Effect(show="talk")


def stop(desk: Desk, session: Session, data: Data) -> Effect:
    """End a question that is in line or being read."""
    desk.work.stop(turn_of(session, data))
    return Effect()


def _again(desk: Desk, session: Session, turn: Turn) -> Effect:
    if turn.pending:
        raise UsageError("that question is still being read")
    desk.again(session, turn)
    return Effect()


def again(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask a question once more, after a failure."""
    return _again(desk, session, turn_of(session, data))


def every(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask for every quote instead of the best."""
    return _again(desk, session, replace(turn_of(session, data), every=True))


def fresh(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask a question again as if nothing had come before it."""
    return _again(desk, session, replace(turn_of(session, data), terms=()))


def drop(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask again without one carried term."""
    turn = turn_of(session, data)
    carried = turn.result.carried if turn.result is not None else ()
    terms = tuple(c.term for c in carried if c.term != data.get("term"))
    return _again(desk, session, replace(turn, terms=terms))


def term(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask again with one more term."""
    turn = turn_of(session, data)
    added = text(data, "term", MAX_TERM)
    if not added:
        raise UsageError(f"a term is a word or a few, at most {MAX_TERM} characters")
    carried = tuple(c.term for c in turn.result.carried) if turn.result is not None else ()
    terms = carried if added in carried else (*carried, added)
    return _again(desk, session, replace(turn, terms=terms))


def reading(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask again in one of the readings of a pronoun."""
    turn = turn_of(session, data)
    chosen = turn.readings[number(data, "reading", len(turn.readings))]
    return _again(desk, session, replace(turn, terms=tuple(c.term for c in chosen.carried)))


ACTIONS: dict[str, Action] = {
    "ask": ask,
    "example": example,
    "stop": stop,
    "again": again,
    "every": every,
    "fresh": fresh,
    "drop": drop,
    "term": term,
    "reading": reading,
}
