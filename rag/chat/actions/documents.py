"""The sources of a library: which are asked, which are read, which come and go."""

from __future__ import annotations

from rag.chat.actions.effects import Action, Data, Effect, number, text, view_of_hit
from rag.chat.state.desk import Desk
from rag.chat.state.session import Session, View
from rag.chat.state.uploads import NAME
from rag.errors import UsageError

HITS = 12
MAX_FILTER = 200


def choose(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask another library from now on."""
    name = str(data.get("library", ""))
    desk.choose(session, name)
    return Effect(say=f"Questions now go to {name}.")


def pick(desk: Desk, session: Session, data: Data) -> Effect:
    """Tick a source or take its tick away; ticked sources are asked, and all where none is."""
    shelf = desk.shelf(session.workspace, session.library)
    source = shelf.library.source(str(data.get("source", ""))).id
    session.within[shelf.name] = session.within.get(shelf.name, frozenset()) ^ {source}
    return Effect()


def pick_all(desk: Desk, session: Session, data: Data) -> Effect:
    """Ask all sources again."""
    session.within.pop(session.library, None)
    return Effect()


def narrow(desk: Desk, session: Session, data: Data) -> Effect:
    """Show the sources whose name holds what was typed, and the passages nearest to it."""
    session.filter, session.page = text(data, "text", MAX_FILTER), 0
    session.hits, session.hits_library = (), session.library
    if session.filter:
        shelf = desk.shelf(session.workspace, session.library)
        session.hits = shelf.library.search(session.filter, k=HITS, sources=session.chosen())
    return Effect()


def turn_page(desk: Desk, session: Session, data: Data) -> Effect:
    """Show another page of the list."""
    session.page = max(0, number(data, "to"))
    return Effect()


def read(desk: Desk, session: Session, data: Data) -> Effect:
    """Show a source from its beginning."""
    shelf = desk.shelf(session.workspace, session.library)
    first = shelf.library.passages(shelf.library.source(str(data.get("source", ""))).id)[0]
    session.view = View(shelf.name, first.place, first.paragraph, page=first.place.page)
    return Effect(show="reader")


def open_hit(desk: Desk, session: Session, data: Data) -> Effect:
    """Show a passage that was searched for."""
    hit = session.hits[number(data, "hit", len(session.hits))]
    session.view = view_of_hit(session.hits_library, hit)
    return Effect(show="reader")


def remove(desk: Desk, session: Session, data: Data) -> Effect:
    """Take one of the visitor's own documents away."""
    own = session.workspace.own
    if session.library != NAME or own.library is None:
        raise UsageError("only your own documents can be removed here")
    source = str(data.get("source", ""))
    names = own.remove(source)
    session.within.pop(NAME, None)
    _settle(desk, session)

    def undo() -> str:
        own.bring_back(names, desk.workspaces.base)
        session.workspace.changed()
        return f"{source} is back."

    return Effect(say=f"{source} is removed; quotes from it stay.", undo=undo)


def _settle(desk: Desk, session: Session) -> None:
    """An emptied library cannot be asked on; the conversation's own is not changed for another."""
    if session.workspace.own.library is None:
        session.library = "" if session.dialogue.turns else next(iter(desk.shelves))
    session.workspace.changed()


def cancel(desk: Desk, session: Session, data: Data) -> Effect:
    """End the reading of documents."""
    job = next((job for job in session.workspace.jobs if job.id == data.get("job")), None)
    if job is None:
        raise UsageError("that is over already")
    job.stop.set()
    return Effect(say="Stopping.")


def dismiss(desk: Desk, session: Session, data: Data) -> Effect:
    """Clear the report on documents that were read."""
    session.workspace.jobs = [job for job in session.workspace.jobs if not job.done]
    session.workspace.changed()
    return Effect()


ACTIONS: dict[str, Action] = {
    "library": choose,
    "pick": pick,
    "pick-all": pick_all,
    "narrow": narrow,
    "sources-page": turn_page,
    "read": read,
    "hit": open_hit,
    "remove": remove,
    "cancel": cancel,
    "dismiss": dismiss,
}
