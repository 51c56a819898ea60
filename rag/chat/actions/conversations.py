"""Saved conversations: begun, opened, named, taken away and brought back."""

from __future__ import annotations

from rag.chat.actions.effects import Action, Data, Effect, text
from rag.chat.state.desk import Desk
from rag.chat.state.dialogue import MAX_NAME, Dialogue
from rag.chat.state.session import Session
from rag.errors import UsageError


def _dialogue(session: Session, data: Data) -> Dialogue:
    found = session.workspace.dialogue(str(data.get("conversation", "")))
    if found is None:
        raise UsageError("that conversation is no longer there")
    return found


def new(desk: Desk, session: Session, data: Data) -> Effect:
    """Begin a new conversation; the one before is saved."""
    before = session.dialogue
    library = session.library or next(iter(desk.shelves))
    desk.show(session, desk.fresh(library))
    if not before.turns:
        return Effect(show="talk")

    def undo() -> str:
        desk.show(session, before)
        return f"Back in “{before.name}”."

    return Effect(say=f"A new conversation. “{before.name}” is saved.", show="talk", undo=undo)


def open_saved(desk: Desk, session: Session, data: Data) -> Effect:
    """Go on with a saved conversation."""
    desk.show(session, _dialogue(session, data))
    return Effect(show="talk")


def rename(desk: Desk, session: Session, data: Data) -> Effect:
    """Give a conversation a name."""
    dialogue = _dialogue(session, data)
    name = text(data, "text", MAX_NAME)
    if not name:
        raise UsageError("a name has at least one character")
    dialogue.name = name
    session.workspace.save_name(dialogue)
    return Effect(say=f"It is called “{name}” now.")


def drop(desk: Desk, session: Session, data: Data) -> Effect:
    """Take a conversation away."""
    dialogue = _dialogue(session, data)
    workspace, here = session.workspace, session.dialogue is dialogue
    workspace.drop(dialogue.id)
    if here:
        library = session.library or next(iter(desk.shelves))
        desk.show(session, desk.fresh(library))

    def undo() -> str:
        workspace.drop(dialogue.id, back=True)
        if here:
            desk.show(session, dialogue)
        return f"“{dialogue.name}” is back."

    return Effect(say=f"“{dialogue.name}” is removed.", undo=undo)


def undo(desk: Desk, session: Session, data: Data) -> Effect:
    """Take the last change back."""
    if session.undo is None:
        raise UsageError("there is nothing to undo")
    back, session.undo = session.undo, None
    return Effect(say=back())


ACTIONS: dict[str, Action] = {
    "new": new,
    "conversation": open_saved,
    "rename": rename,
    "drop-conversation": drop,
    "undo": undo,
}
