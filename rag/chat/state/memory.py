"""What a browser remembers of a conversation, so that a reload restores it.

The browser holds results in the JSON form of ``rag.render``, which is read back against the
library: a quote whose source changed is not shown again, and it is said why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rag.chat.state.desk import Desk, view_of
from rag.chat.state.session import Kept, Session, Turn
from rag.errors import RagError, UsageError, VerificationError
from rag.render import from_json, to_json
from rag.types import Answer

FORMAT = 1
MAX_TURNS = 40  # a browser grants a page about 5 MB; older turns are not restored
MAX_KEPT = 200


def remember(session: Session) -> dict[str, Any]:
    """The session as JSON values for the browser."""
    return {
        "format": FORMAT,
        "user": session.user,
        "own": session.own.token if session.own is not None else None,
        "library": session.library,
        "turns": [_turn_json(turn) for turn in session.turns[-MAX_TURNS:]],
        "kept": [_kept_json(item) for item in session.kept[-MAX_KEPT:]],
    }


def restore(desk: Desk, stored: object, user: str | None) -> Session:
    """A session from what a browser remembered; a fresh one where that is nothing usable.

    What another user of the same browser left behind is not taken over.
    """
    session = Session(user=user, library=next(iter(desk.shelves)))
    if not isinstance(stored, Mapping) or stored.get("format") != FORMAT:
        return session
    if stored.get("user") != user:
        return session
    session.own = desk.uploads.find(stored.get("own"), user)
    library = stored.get("library")
    if library in desk.names(session):
        session.library = str(library)
    for row in _rows(stored, "turns"):
        _restore_turn(desk, session, row)
    for row in _rows(stored, "kept"):
        _restore_kept(desk, session, row)
    answered = next((turn for turn in reversed(session.turns) if turn.quotes), None)
    if answered is not None:
        session.view = view_of(answered, 0, answered.quotes[0])
    return session


def _rows(stored: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    rows = stored.get(key)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _turn_json(turn: Turn) -> dict[str, Any]:
    return {
        "library": turn.library,
        "question": turn.question,
        "problem": turn.problem,
        "within": list(turn.within) if turn.within is not None else None,
        "terms": list(turn.terms) if turn.terms is not None else None,
        "every": turn.every,
        "result": to_json(turn.result) if turn.result is not None else None,
    }


def _kept_json(item: Kept) -> dict[str, Any]:
    span = item.quote.span
    return {
        "library": item.library,
        "answer": to_json(item.answer),
        "span": [item.quote.source.id, span.start, span.end],
    }


def _restore_turn(desk: Desk, session: Session, row: Mapping[str, Any]) -> None:
    result, problem = None, str(row.get("problem") or "")
    question, library = str(row.get("question") or ""), str(row.get("library") or "")
    try:
        if row.get("result") is not None:
            lookup = desk.shelf(session, library).library.source
            result = from_json(row["result"], lookup)
    except (VerificationError, UsageError) as error:
        problem = f"This answer can no longer be shown, because its sources changed: {error}"
    except RagError as error:
        problem = str(error)
    if result is None and not problem:
        problem = "This question was not answered before the page was closed."
    session.add(
        Turn(
            number=0,
            library=library,
            question=question,
            result=result,
            problem=problem,
            within=_words(row.get("within")),
            terms=_words(row.get("terms")),
            every=bool(row.get("every")),
        )
    )


def _words(value: object) -> tuple[str, ...] | None:
    return tuple(str(item) for item in value) if isinstance(value, list) else None


def _restore_kept(desk: Desk, session: Session, row: Mapping[str, Any]) -> None:
    library = str(row.get("library") or "")
    try:
        answer = from_json(row["answer"], desk.shelf(session, library).library.source)
        id, start, end = row["span"]
    except (RagError, KeyError, TypeError, ValueError):
        return  # its source is gone; nothing could be shown or exported
    if not isinstance(answer, Answer):
        return
    for quote in answer.quotes:
        if (quote.source.id, quote.span.start, quote.span.end) == (id, start, end):
            session.kept.append(Kept(library, answer, quote))
