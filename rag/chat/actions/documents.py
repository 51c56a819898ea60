"""The sources of a library: which are asked, which are read, which go."""

from __future__ import annotations

from rag.chat.actions.effects import Action, Data, Effect, number, view_of_hit
from rag.chat.state.desk import Desk
from rag.chat.state.session import Session, View
from rag.chat.state.uploads import NAME
from rag.errors import UsageError


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


ACTIONS: dict[str, Action] = {
    "pick": pick,
    "pick-all": pick_all,
    "read": read,
    "remove": remove,
    "hit": open_hit,
}
