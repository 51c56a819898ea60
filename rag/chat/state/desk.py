"""What all visitors of the chat share, and how a question is asked. Nothing here knows Gradio."""

from __future__ import annotations

from dataclasses import replace

from rag.chat.state.dialogue import Dialogue, Turn, fresh_id
from rag.chat.state.session import Session, View
from rag.chat.state.shelves import Shelf
from rag.chat.state.uploads import NAME
from rag.chat.state.work import Work
from rag.chat.state.workspaces import Workspace, Workspaces
from rag.errors import UsageError
from rag.progress import Report
from rag.types import Quote

OWN = "own"  # the home of a visitor's own documents


class Desk:
    """The libraries by name, everybody's workspaces, the example questions, the work under way."""

    def __init__(
        self, shelves: dict[str, Shelf], workspaces: Workspaces, examples: tuple[str, ...] = ()
    ) -> None:
        self.shelves = shelves
        self.workspaces = workspaces
        self.examples = examples
        self.work = Work(self._answered)

    def close(self) -> None:
        """End what is under way and close every workspace."""
        self.work.end()
        self.workspaces.close()

    # -- tabs -------------------------------------------------------------------------------------

    def begin(self, user: str | None, token: object = None, dialogue: object = None) -> Session:
        """The session of a tab that opens: on the conversation named, else on the last one whose
        library is served. The others stay in the list.
        """
        workspace = self.workspaces.of(user, token)
        served = {self._home(name) for name in self.names(workspace)}
        last = next((row.id for row in workspace.saved() if row.home in served), "")
        wanted = dialogue if isinstance(dialogue, str) else last
        found = workspace.dialogue(wanted) if wanted else None
        if found is None:
            return Session(workspace, self.fresh(), next(iter(self.shelves)))
        session = Session(workspace, found, "")
        self.show(session, found)
        return session

    def fresh(self, library: str | None = None) -> Dialogue:
        """A conversation with a library, the first one if None. It is saved with its first turn."""
        name = library or next(iter(self.shelves))
        return Dialogue(name, self._home(name))

    def show(self, session: Session, dialogue: Dialogue) -> None:
        """Turn a tab to a conversation; its library is asked on, and no other in its place."""
        session.dialogue, session.view = dialogue, None
        session.library = self.at_home(session.workspace, dialogue)
        self.work.resume(session.workspace, dialogue)
        answered = next((t for t in reversed(dialogue.turns) if t.quotes), None)
        if answered is not None:
            session.view = view_of(answered, 0, answered.quotes[0])

    # -- libraries --------------------------------------------------------------------------------

    def at_home(self, workspace: Workspace, dialogue: Dialogue) -> str:
        """The name of the library that a conversation asks, "" when it is not served now."""
        home = {self._home(name): name for name in self.names(workspace)}
        return home.get(dialogue.home, "")

    def _home(self, name: str) -> str:
        return OWN if name == NAME else self.shelves[name].home

    def names(self, workspace: Workspace) -> list[str]:
        """The libraries this visitor may ask, in order."""
        return [*self.shelves, *([NAME] if workspace.own.library is not None else [])]

    def shelf(self, workspace: Workspace, name: str) -> Shelf:
        """A library by name. UsageError when the visitor has no such."""
        own = workspace.own.shelf if name == NAME else None
        shelf = own if name == NAME else self.shelves.get(name)
        if shelf is None:
            raise UsageError(f"the library {name!r} is not served now" if name else MISSING)
        return shelf

    def choose(self, session: Session, name: str) -> None:
        """Ask a library from now on. UsageError when the visitor has no such."""
        self.shelf(session.workspace, name)
        session.library, session.page, session.filter, session.hits = name, 0, "", ()
        dialogue = session.dialogue
        dialogue.library, dialogue.home = name, self._home(name)
        if dialogue.turns:
            session.workspace.save_name(dialogue)

    # -- asking -----------------------------------------------------------------------------------

    def ask(self, session: Session, question: str, id: str = "") -> Turn:
        """Put a question in line. id: given by the page, so that one sent twice is asked once."""
        self.shelf(session.workspace, session.library)
        chosen = session.chosen()
        turn = Turn(
            number=0,
            library=session.library,
            question=question.strip(),
            result=None,
            within=None if chosen is None else tuple(sorted(chosen)),
            id=id or fresh_id(),
        )
        added = session.dialogue.add(turn)
        if added is turn or added.pending:
            self.again(session, added)
        return added

    def again(self, session: Session, turn: Turn) -> None:
        """Put a turn in line once more."""
        session.awaiting.add(turn.id)
        self.work.ask(session.workspace, session.dialogue, turn)

    def _answered(
        self, workspace: Workspace, dialogue: Dialogue, turn: Turn, progress: Report
    ) -> Turn:
        from rag.conversation.conversation import Conversation

        library = self.shelf(workspace, turn.library).library
        conversation = Conversation.after(library, dialogue.results_before(turn))
        result = conversation.ask(
            turn.question,
            carry=turn.terms,
            sources=turn.within,
            every=turn.every,
            progress=progress,
        )
        return replace(turn, result=result, readings=conversation.turns[-1].readings, problem="")


MISSING = "the library of this conversation is not served now; choose another to go on"


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
