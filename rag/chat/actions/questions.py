"""Questions asked again: as they were, in full, with other carried terms."""

from __future__ import annotations

from dataclasses import replace

from rag.chat.actions.effects import Action, Data, Effect, number, turn_of
from rag.chat.state.desk import Desk
from rag.chat.state.session import Session
from rag.errors import UsageError

MAX_TERM = 80


def again(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask a question once more, after a failure."""
    return Effect(ask=turn_of(session, data))


def every(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask for every quote instead of the best."""
    return Effect(ask=replace(turn_of(session, data), every=True))


def fresh(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask a question again as if nothing had come before it."""
    return Effect(ask=replace(turn_of(session, data), terms=()))


def drop(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask again without one carried term."""
    turn = turn_of(session, data)
    held = turn.result.carried if turn.result is not None else ()
    terms = tuple(c.term for c in held if c.term != data.get("term"))
    return Effect(ask=replace(turn, terms=terms))


def term(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask again with one more term."""
    turn = turn_of(session, data)
    added = " ".join(str(data.get("term", "")).split())
    if not added or len(added) > MAX_TERM:
        raise UsageError(f"a term is a word or a few, at most {MAX_TERM} characters")
    held = tuple(c.term for c in turn.result.carried) if turn.result is not None else ()
    return Effect(ask=replace(turn, terms=(*held, added) if added not in held else held))


def reading(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask again in one of the readings of a pronoun."""
    turn = turn_of(session, data)
    chosen = turn.readings[number(data, "reading", len(turn.readings))]
    return Effect(ask=replace(turn, terms=tuple(c.term for c in chosen.carried)))


def example(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask one of the example questions."""
    text = str(data.get("text", ""))
    if text not in desk.examples:
        raise UsageError("that example is no longer offered; reload the page")
    return Effect(ask=desk.begin(session, text))


ACTIONS: dict[str, Action] = {
    "again": again,
    "every": every,
    "fresh": fresh,
    "drop": drop,
    "term": term,
    "reading": reading,
    "example": example,
}
