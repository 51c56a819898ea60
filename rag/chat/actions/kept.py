"""Kept quotes: shown, noted on, ordered, handed over as a file."""

from __future__ import annotations

from dataclasses import replace

from rag.chat.actions.effects import Action, Data, Effect, number, text
from rag.chat.actions.exports import export_kept, export_turns
from rag.chat.state.desk import Desk
from rag.chat.state.dialogue import Kept
from rag.chat.state.session import Session, View
from rag.errors import UsageError

MAX_NOTE = 2000


def _kept(session: Session, data: Data) -> Kept:
    wanted = data.get("kept")
    found = next((item for item in session.kept if item.id == wanted), None)
    if found is None:
        raise UsageError("that quote is no longer kept")
    return found


def _undo(session: Session, said: str) -> Effect:
    """Say what was done to the kept quotes, with the way back."""
    workspace, before = session.workspace, list(session.kept)

    def undo() -> str:
        workspace.keep(before)
        return "The kept quotes are as before."

    return Effect(say=said, undo=undo)


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
    return Effect(show="reader")


def unkeep(desk: Desk, session: Session, data: Data) -> Effect:
    """Let go of a kept quote."""
    gone = _kept(session, data)
    effect = _undo(session, "Taken out of the kept quotes.")
    session.workspace.keep([kept for kept in session.kept if kept is not gone])
    return effect


def clear(desk: Desk, session: Session, data: Data) -> Effect:
    """Let go of every kept quote."""
    effect = _undo(session, f"{len(session.kept)} taken out of the kept quotes.")
    session.workspace.keep([])
    return effect


def note(desk: Desk, session: Session, data: Data) -> Effect:
    """Write a note to a kept quote."""
    kept = _kept(session, data)
    noted = replace(kept, note=text(data, "text", MAX_NOTE))
    session.workspace.keep([noted if item is kept else item for item in session.kept])
    return Effect(say="The note is saved.")


def move(desk: Desk, session: Session, data: Data) -> Effect:
    """Move a kept quote up or down."""
    kept, items = _kept(session, data), list(session.kept)
    at = items.index(kept)
    to = min(len(items) - 1, max(0, at + number(data, "by")))
    items.insert(to, items.pop(at))
    session.workspace.keep(items)
    return Effect()


def export(desk: Desk, session: Session, data: Data) -> Effect:
    """Hand over the kept quotes in one of the forms."""
    return Effect(download=export_kept(session.kept, str(data.get("form", ""))))


def export_all(desk: Desk, session: Session, data: Data) -> Effect:
    """Hand over the whole conversation in one of the forms."""
    return Effect(download=export_turns(session.turns, str(data.get("form", ""))))


ACTIONS: dict[str, Action] = {
    "kept": open_kept,
    "unkeep": unkeep,
    "clear-kept": clear,
    "note": note,
    "move": move,
    "export": export,
    "export-all": export_all,
}
