"""Quotes of an answer: shown, kept, widened."""

from __future__ import annotations

from dataclasses import replace

from rag.chat.actions.adjust import WAYS, adjusted
from rag.chat.actions.effects import Action, Data, Effect, number, turn_of, view_of_hit
from rag.chat.state.desk import Desk, view_of
from rag.chat.state.session import Kept, Session, Turn, View
from rag.errors import UsageError
from rag.types import Abstention, Answer, Quote


def _quote(session: Session, data: Data) -> tuple[Turn, int, Quote]:
    turn = turn_of(session, data)
    index = number(data, "quote", len(turn.quotes))
    return turn, index, turn.quotes[index]


def open_quote(desk: Desk, session: Session, data: Data) -> Effect:
    """Show a quote in its source."""
    turn, index, quote = _quote(session, data)
    session.view = view_of(turn, index, quote)
    return Effect(show="source")


def open_also(desk: Desk, session: Session, data: Data) -> Effect:
    """Show a further place of a quote's words."""
    turn, _, quote = _quote(session, data)
    other = quote.also[number(data, "also", len(quote.also))]
    session.view = View(turn.library, other.place, other.paragraph, page=other.place.page)
    return Effect(show="source")


def open_nearest(desk: Desk, session: Session, data: Data) -> Effect:
    """Show a passage that an abstention names as near."""
    turn = turn_of(session, data)
    if not isinstance(turn.result, Abstention):
        raise UsageError("that is no longer there; reload the page")
    near = turn.result.nearest
    session.view = view_of_hit(turn.library, near[number(data, "hit", len(near))])
    return Effect(show="source")


def keep(desk: Desk, session: Session, data: Data) -> Effect:
    """Put a quote into the tray, or take it out again."""
    turn, _, quote = _quote(session, data)
    if session.is_kept(turn.library, quote):
        key = (turn.library, quote.source.id, quote.span.start, quote.span.end)
        session.kept = [kept for kept in session.kept if kept.key != key]
        return Effect(say="Taken out of the kept quotes.")
    assert isinstance(turn.result, Answer)  # only an answer has quotes
    session.kept.append(Kept(turn.library, turn.result, quote))
    return Effect(say=f"Kept. {len(session.kept)} in the tray.")


def adjust(desk: Desk, session: Session, data: Data) -> Effect:
    """Widen or narrow a quote by a sentence."""
    turn, index, _ = _quote(session, data)
    way = next((w for w in WAYS if w == data.get("by")), None)
    if way is None or not isinstance(turn.result, Answer):
        raise UsageError("a quote is widened or narrowed by a sentence; reload the page")
    result = adjusted(turn.result, index, way, desk.shelf(session, turn.library))
    turn = replace(turn, result=result)
    session.put(turn)
    session.view = view_of(turn, index, result.quotes[index])
    return Effect(say="The quote is a sentence " + ("wider." if "wider" in way else "narrower."))


ACTIONS: dict[str, Action] = {
    "open": open_quote,
    "also": open_also,
    "near": open_nearest,
    "keep": keep,
    "adjust": adjust,
}
