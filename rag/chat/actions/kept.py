"""Kept quotes, and what is handed over as a file."""

from __future__ import annotations

from rag.chat.actions.effects import Action, Data, Effect, number
from rag.chat.actions.exports import export_kept, export_turns
from rag.chat.state.desk import Desk
from rag.chat.state.session import Kept, Session, View


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
    "kept": open_kept,
    "unkeep": unkeep,
    "export": export,
    "export-all": export_all,
    "clear": clear,
}
