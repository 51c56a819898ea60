"""Every button of the chat as a plain function on a session: quotes and questions here.

What a browser sends is not trusted: numbers are checked, names are looked up, and anything else is
a UsageError, which is shown to the person.
"""

from __future__ import annotations

from dataclasses import replace

from rag.chat import actions_panel as panel
from rag.chat.adjust import WAYS, adjusted
from rag.chat.desk import Desk, view_of
from rag.chat.effects import Action, Data, Effect, number, view_of_hit
from rag.chat.session import Kept, Session, Turn, View
from rag.errors import UsageError
from rag.types import Abstention, Answer, Quote

MAX_TERM = 80


def act(desk: Desk, session: Session, data: Data) -> Effect:
    """Do what a click asked for. UsageError when it cannot be done."""
    action = ACTIONS.get(str(data.get("act")))
    if action is None:
        raise UsageError("this button is not known; reload the page")
    return action(desk, session, data)


def _turn(session: Session, data: Data) -> Turn:
    turn = session.turn(number(data, "turn"))
    if turn is None:
        raise UsageError("that question is no longer here; reload the page")
    return turn


def _quote(session: Session, data: Data) -> tuple[Turn, int, Quote]:
    turn = _turn(session, data)
    index = number(data, "quote", len(turn.quotes))
    return turn, index, turn.quotes[index]


# -- quote cards ----------------------------------------------------------------------------------


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
    turn = _turn(session, data)
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


# -- questions ------------------------------------------------------------------------------------


def again(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask a question once more, after a failure."""
    return Effect(ask=_turn(session, data))


def every(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask for every quote instead of the best."""
    return Effect(ask=replace(_turn(session, data), every=True))


def fresh(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask a question again as if nothing had come before it."""
    return Effect(ask=replace(_turn(session, data), terms=()))


def drop(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask again without one carried term."""
    turn = _turn(session, data)
    held = turn.result.carried if turn.result is not None else ()
    terms = tuple(c.term for c in held if c.term != data.get("term"))
    return Effect(ask=replace(turn, terms=terms))


def term(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask again with one more term."""
    turn = _turn(session, data)
    added = " ".join(str(data.get("term", "")).split())
    if not added or len(added) > MAX_TERM:
        raise UsageError(f"a term is a word or a few, at most {MAX_TERM} characters")
    held = tuple(c.term for c in turn.result.carried) if turn.result is not None else ()
    return Effect(ask=replace(turn, terms=(*held, added) if added not in held else held))


def reading(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask again in one of the readings of a pronoun."""
    turn = _turn(session, data)
    chosen = turn.readings[number(data, "reading", len(turn.readings))]
    return Effect(ask=replace(turn, terms=tuple(c.term for c in chosen.carried)))


def example(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask one of the example questions."""
    text = str(data.get("text", ""))
    if text not in desk.examples:
        raise UsageError("that example is no longer offered; reload the page")
    return Effect(ask=desk.begin(session, text))


ACTIONS: dict[str, Action] = {
    "open": open_quote,
    "also": open_also,
    "near": open_nearest,
    "keep": keep,
    "adjust": adjust,
    "again": again,
    "every": every,
    "fresh": fresh,
    "drop": drop,
    "term": term,
    "example": example,
    "reading": reading,
    "step": panel.step,
    "page": panel.page,
    "zoom": panel.zoom,
    "as-text": panel.as_text,
    "wide": panel.wide,
    "original": panel.open_original,
    "pick": panel.pick,
    "pick-all": panel.pick_all,
    "read": panel.read,
    "remove": panel.remove,
    "hit": panel.open_hit,
    "kept": panel.open_kept,
    "unkeep": panel.unkeep,
    "export": panel.export,
    "export-all": panel.export_all,
    "clear": panel.clear,
}
