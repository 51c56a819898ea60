"""Every button of the chat as a plain function on a session, by subject.

What a browser sends is not trusted: numbers are checked, names are looked up, and anything else is
a UsageError, which is shown to the person.
"""

from __future__ import annotations

from rag.chat.actions import conversations, documents, kept, questions, quotes, viewer
from rag.chat.actions.effects import Action, Data, Effect
from rag.chat.state.desk import Desk
from rag.chat.state.session import Session
from rag.errors import UsageError

ACTIONS: dict[str, Action] = {
    **quotes.ACTIONS,
    **questions.ACTIONS,
    **viewer.ACTIONS,
    **documents.ACTIONS,
    **kept.ACTIONS,
    **conversations.ACTIONS,
}


def act(desk: Desk, session: Session, data: Data) -> Effect:
    """Do what a click asked for. UsageError when it cannot be done."""
    action = ACTIONS.get(str(data.get("act")))
    if action is None:
        raise UsageError("this button is not known; reload the page")
    return action(desk, session, data)
