"""The source beside the conversation: stepping, pages, zoom, finding, the file itself."""

from __future__ import annotations

from dataclasses import replace

from rag.chat.actions.effects import Action, Data, Effect, number, text
from rag.chat.actions.exports import original
from rag.chat.state.desk import Desk, view_of
from rag.chat.state.session import Session, View
from rag.errors import UsageError

ZOOM = (0.75, 1.0, 1.25, 1.5, 2.0, 2.5)
MAX_FIND = 100


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
    return Effect(show="reader")


def page(desk: Desk, session: Session, data: Data) -> Effect:
    """Turn the page, or go to the one that was typed."""
    view = _view(session)
    total = len(view.place.source.pages)
    if not total:
        raise UsageError("this source has no pages")
    if "to" in data:
        shown = number(data, "to")
        if not 1 <= shown <= total:
            raise UsageError(f"the pages are 1 to {total}")
    else:
        shown = min(total, max(1, (view.page or 1) + number(data, "by")))
    session.view = replace(view, page=shown)
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


def find(desk: Desk, session: Session, data: Data) -> Effect:
    """Mark words in the whole text of the source; nothing typed ends it."""
    view = _view(session)
    sought = text(data, "text", MAX_FIND)
    session.view = replace(view, find=sought, as_text=bool(sought) or view.as_text)
    return Effect()


def open_original(desk: Desk, session: Session, data: Data) -> Effect:
    """Hand over the file a source was read from."""
    view = _view(session)
    shelf = desk.shelf(session.workspace, view.library)
    return Effect(download=original(shelf, view.place.source, view.page))


ACTIONS: dict[str, Action] = {
    "step": step,
    "page": page,
    "zoom": zoom,
    "as-text": as_text,
    "wide": wide,
    "find": find,
    "original": open_original,
}
