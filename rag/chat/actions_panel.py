"""The buttons of the panel beside the conversation: source viewer, documents, kept quotes."""

from __future__ import annotations

from dataclasses import replace

from rag.chat.desk import Desk, view_of
from rag.chat.effects import Data, Effect, number, view_of_hit
from rag.chat.exports import export_kept, export_turns, original
from rag.chat.session import Kept, Session, View
from rag.chat.uploads import NAME
from rag.errors import UsageError

ZOOM = (0.75, 1.0, 1.25, 1.5, 2.0, 2.5)


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
    session.view = view_of_hit(session.hits_library, hit)
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
