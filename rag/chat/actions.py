"""Every button of the chat as a plain function on a session.

What a browser sends is not trusted: numbers are checked, names are looked up, and anything else is
a UsageError, which is shown to the person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rag.chat.adjust import WAYS, adjusted
from rag.chat.desk import Desk, view_of
from rag.chat.exports import Download, export_kept, export_turns, original
from rag.chat.session import Kept, Session, Turn, View
from rag.chat.uploads import NAME
from rag.errors import UsageError
from rag.types import Abstention, Answer, Hit, Quote

Data = Mapping[str, Any]
ZOOM = (0.75, 1.0, 1.25, 1.5, 2.0, 2.5)
MAX_TERM = 80


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


def act(desk: Desk, session: Session, data: Data) -> Effect:
    """Do what a click asked for. UsageError when it cannot be done."""
    action = ACTIONS.get(str(data.get("act")))
    if action is None:
        raise UsageError("this button is not known; reload the page")
    return action(desk, session, data)


def number(data: Data, key: str, below: int | None = None) -> int:
    """A whole number that a browser sent. UsageError unless it is one, and in ``[0, below)``."""
    try:
        value = int(str(data.get(key, "")))
    except ValueError:
        raise UsageError(f"{key} is missing; reload the page") from None
    if below is not None and not 0 <= value < below:
        raise UsageError("that is no longer there; reload the page")
    return value


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
    session.view = _view_of_hit(turn.library, near[number(data, "hit", len(near))])
    return Effect(show="source")


def _view_of_hit(library: str, hit: Hit) -> View:
    return View(library, hit.passage.place, hit.passage.paragraph, page=hit.passage.place.page)


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


# -- source viewer --------------------------------------------------------------------------------


def _view(session: Session) -> View:
    if session.view is None:
        raise UsageError("no source is open")
    return session.view


def step(desk: Desk, session: Session, data: Data) -> Effect:
    """Go to the next or previous quote of the answer, around the ends."""
    view = _view(session)
    turn = session.turn(view.turn) if view.turn is not None else None
    if turn is None or view.index is None or not turn.quotes:
        raise UsageError("this place belongs to no answer")
    index = (view.index + number(data, "by")) % len(turn.quotes)
    session.view = replace(view_of(turn, index, turn.quotes[index]), zoom=view.zoom)
    return Effect()


def page(desk: Desk, session: Session, data: Data) -> Effect:
    """Turn the page."""
    view = _view(session)
    total = len(view.place.source.pages)
    if not total:
        raise UsageError("this source has no pages")
    shown = (view.page or 1) + number(data, "by")
    session.view = replace(view, page=min(total, max(1, shown)))
    return Effect()


def zoom(desk: Desk, session: Session, data: Data) -> Effect:
    """Draw the page larger or smaller."""
    view = _view(session)
    at = ZOOM.index(view.zoom) + number(data, "by")
    session.view = replace(view, zoom=ZOOM[min(len(ZOOM) - 1, max(0, at))])
    return Effect()


def as_text(desk: Desk, session: Session, data: Data) -> Effect:
    """Show the text of a page, or the page of a text."""
    view = _view(session)
    session.view = replace(view, as_text=not view.as_text)
    return Effect()


def wide(desk: Desk, session: Session, data: Data) -> Effect:
    """Show more of the text around the place."""
    view = _view(session)
    session.view = replace(view, wide=2 * view.wide + 1)
    return Effect()


def open_original(desk: Desk, session: Session, data: Data) -> Effect:
    """Hand over the file a source was read from."""
    view = _view(session)
    return Effect(
        download=original(desk.shelf(session, view.library), view.place.source, view.page)
    )


# -- documents ------------------------------------------------------------------------------------


def pick(desk: Desk, session: Session, data: Data) -> Effect:
    """Add a source to those that are asked, or take it out; none chosen means all."""
    shelf = desk.shelf(session)
    source = shelf.library.source(str(data.get("source", ""))).id
    session.within[shelf.name] = session.within.get(shelf.name, frozenset()) ^ {source}
    return Effect()


def pick_all(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask all sources again."""
    session.within.pop(session.library, None)
    return Effect()


def read(desk: Desk, session: Session, data: Data) -> Effect:
    """Show a source from its beginning."""
    shelf = desk.shelf(session)
    first = shelf.library.passages(shelf.library.source(str(data.get("source", ""))).id)[0]
    session.view = View(shelf.name, first.place, first.paragraph, page=first.place.page)
    return Effect(show="source")


def remove(desk: Desk, session: Session, data: Data) -> Effect:
    """Take one of the visitor's own documents away."""
    if session.library != NAME or session.own is None:
        raise UsageError("only your own documents can be removed here")
    source = str(data.get("source", ""))
    desk.uploads.remove(session.own, source)
    session.within.pop(NAME, None)
    if session.view is not None and (session.view.library, session.view.place.source.id) == (
        NAME,
        source,
    ):
        session.view = None
    if session.own.library is None:
        session.library = next(iter(desk.shelves))
    return Effect(say=f"{source} is removed.")


def open_hit(desk: Desk, session: Session, data: Data) -> Effect:
    """Show a passage that was searched for."""
    hit = session.hits[number(data, "hit", len(session.hits))]
    session.view = _view_of_hit(session.hits_library, hit)
    return Effect(show="source")


# -- kept quotes ----------------------------------------------------------------------------------


def _kept(session: Session, data: Data) -> Kept:
    return session.kept[number(data, "kept", len(session.kept))]


def open_kept(desk: Desk, session: Session, data: Data) -> Effect:
    """Show a kept quote in its source."""
    kept = _kept(session, data)
    mark = kept.quote.highlight
    session.view = View(
        kept.library,
        kept.quote.place,
        kept.quote.paragraph,
        highlight=(mark.start, mark.end) if mark is not None else None,
        page=kept.quote.place.page,
    )
    return Effect(show="source")


def unkeep(desk: Desk, session: Session, data: Data) -> Effect:
    """Let go of a kept quote."""
    gone = _kept(session, data)
    session.kept = [kept for kept in session.kept if kept is not gone]
    return Effect(say="Taken out of the kept quotes.")


def export(desk: Desk, session: Session, data: Data) -> Effect:
    """Hand over the kept quotes in one of the forms."""
    return Effect(download=export_kept(session.kept, str(data.get("form", ""))))


def export_all(desk: Desk, session: Session, data: Data) -> Effect:
    """Hand over the whole conversation in one of the forms."""
    return Effect(download=export_turns(session.turns, str(data.get("form", ""))))


def clear(desk: Desk, session: Session, data: Data) -> Effect:
    """Begin a new conversation; kept quotes stay."""
    session.turns, session.view = [], None
    return Effect(say="A new conversation.")


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
    "step": step,
    "page": page,
    "zoom": zoom,
    "as-text": as_text,
    "wide": wide,
    "original": open_original,
    "pick": pick,
    "pick-all": pick_all,
    "read": read,
    "remove": remove,
    "hit": open_hit,
    "kept": open_kept,
    "unkeep": unkeep,
    "export": export,
    "export-all": export_all,
    "clear": clear,
}
