"""Quotes of an answer: shown, kept, widened."""

from __future__ import annotations

from dataclasses import replace

from rag.chat.actions.adjust import WAYS, adjusted
from rag.chat.actions.effects import Action, Data, Effect, number, turn_of, view_of_hit
from rag.chat.state.desk import Desk, view_of
from rag.chat.state.dialogue import Kept, Turn, key_of
from rag.chat.state.session import Session, View
from rag.errors import UsageError
from rag.types import Abstention, Quote


def _quote(session: Session, data: Data) -> tuple[Turn, int, Quote]:
    turn = turn_of(session, data)
    index = number(data, "quote", len(turn.quotes))
    return turn, index, turn.quotes[index]


def open_quote(desk: Desk, session: Session, data: Data) -> Effect:
    """Show a quote in its source."""
    turn, index, quote = _quote(session, data)
    session.view = view_of(turn, index, quote)
    return Effect(show="reader")


def open_also(desk: Desk, session: Session, data: Data) -> Effect:
    """Show a further place of a quote's words."""
    turn, _, quote = _quote(session, data)
    other = quote.also[number(data, "also", len(quote.also))]
    session.view = View(turn.library, other.place, other.paragraph, page=other.place.page)
    return Effect(show="reader")


def open_nearest(desk: Desk, session: Session, data: Data) -> Effect:
    """Show a passage that an abstention names as near."""
    turn = turn_of(session, data)
    if not isinstance(turn.result, Abstention):
        raise UsageError("that is no longer there; reload the page")
    near = turn.result.nearest
    session.view = view_of_hit(turn.library, near[number(data, "hit", len(near))])
    return Effect(show="reader")


def keep(desk: Desk, session: Session, data: Data) -> Effect:
    """Put a quote into the tray, or take it out again."""
    turn, _, quote = _quote(session, data)
    workspace, before = session.workspace, list(session.kept)

    def undo() -> str:
        workspace.keep(before)
        return "The quote is back."

    if session.is_kept(turn.library, quote):
        key = key_of(turn.library, quote)
        workspace.keep([kept for kept in before if kept.key != key])
        return Effect(say="Taken out of the kept quotes.", undo=undo)
    assert turn.result is not None  # there are no quotes without a result
    workspace.keep([*before, Kept(turn.library, turn.result, quote)])
    return Effect(say=f"Kept. {len(session.kept)} in the tray.")


def adjust(desk: Desk, session: Session, data: Data) -> Effect:
    """Widen or narrow a quote by a sentence."""
    turn, index, _ = _quote(session, data)
    way = next((w for w in WAYS if w == data.get("by")), None)
    if way is None or turn.result is None:
        raise UsageError("a quote is widened or narrowed by a sentence; reload the page")
    shelf = desk.shelf(session.workspace, turn.library)
    turn = replace(turn, result=adjusted(turn.result, index, way, shelf))
    session.workspace.save(session.dialogue, turn)
    session.view = view_of(turn, index, turn.quotes[index])
    return Effect(say="The quote is a sentence " + ("wider." if "wider" in way else "narrower."))


ACTIONS: dict[str, Action] = {
    "open": open_quote,
    "also": open_also,
    "near": open_nearest,
    "keep": keep,
    "adjust": adjust,
}
