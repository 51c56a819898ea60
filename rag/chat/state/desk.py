"""What all visitors of the chat share, and how a question is asked. Nothing here knows Gradio."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from rag.chat.state.session import Session, Turn, View
from rag.chat.state.shelves import Shelf
from rag.chat.state.uploads import NAME, Uploads
from rag.errors import RagError, UsageError
from rag.progress import Report, silent
from rag.types import Quote


@dataclass(frozen=True)
class Desk:
    """What all visitors share: the libraries, the uploads, the example questions."""

    shelves: dict[str, Shelf]
    uploads: Uploads
    examples: tuple[str, ...] = ()

    # -- libraries --------------------------------------------------------------------------------

    def names(self, session: Session) -> list[str]:
        """The libraries this visitor may ask, in order."""
        own = session.own
        return [*self.shelves, *([NAME] if own is not None and own.library is not None else [])]

    def shelf(self, session: Session, name: str | None = None) -> Shelf:
        """A library by name, the current one if None. UsageError when the visitor has no such."""
        wanted = session.library if name is None else name
        own = session.own
        if wanted == NAME and own is not None and own.shelf is not None:
            return own.shelf
        if wanted not in self.shelves:
            raise UsageError(f"there is no library {wanted!r}")
        return self.shelves[wanted]

    # -- asking -----------------------------------------------------------------------------------

    def begin(self, session: Session, question: str) -> Turn:
        """A new turn for a question, not asked yet."""
        chosen = session.filter()
        return session.add(
            Turn(
                number=0,
                library=session.library,
                question=question.strip(),
                result=None,
                within=None if chosen is None else tuple(sorted(chosen)),
            )
        )

    def ask(self, session: Session, turn: Turn, progress: Report = silent) -> Turn:
        """Ask a turn's question and store what came back, a failure included."""
        try:
            done = self._answered(session, turn, progress)
        except Exception as error:  # noqa: BLE001 - a visitor must see every failure as one
            done = replace(turn, result=None, problem=problem_of(error), readings=())
        session.put(done)
        first = done.quotes[0] if done.quotes else None
        if first is not None and session.turn(turn.number) is not None:
            session.view = view_of(done, 0, first)
        return done

    def _answered(self, session: Session, turn: Turn, progress: Report) -> Turn:
        from rag.conversation.conversation import Conversation

        library = self.shelf(session, turn.library).library
        conversation = Conversation.after(library, session.results_before(turn))
        result = conversation.ask(
            turn.question,
            carry=turn.terms,
            sources=turn.within,
            every=turn.every,
            progress=progress,
        )
        return replace(turn, result=result, readings=conversation.turns[-1].readings, problem="")


def problem_of(error: Exception) -> str:
    """What a person is told of a failure; one that nobody foresaw is logged with its traceback."""
    if isinstance(error, RagError):
        return str(error)
    logging.getLogger(__name__).error("unforeseen failure", exc_info=error)
    return f"something went wrong inside: {type(error).__name__}: {error}"


def view_of(turn: Turn, index: int, quote: Quote) -> View:
    """A view that opens at a quote of an answer."""
    mark = quote.highlight
    return View(
        library=turn.library,
        place=quote.place,
        paragraph=quote.paragraph,
        highlight=(mark.start, mark.end) if mark is not None else None,
        turn=turn.number,
        index=index,
        page=quote.place.page,
    )
