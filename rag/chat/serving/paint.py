"""Which parts of the page a change touches, as patches: a turn's update sends that turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rag.chat.state.desk import Desk, view_of
from rag.chat.state.dialogue import Turn
from rag.chat.state.problems import problem_of
from rag.chat.state.session import Session
from rag.chat.state.shelves import Shelf
from rag.chat.state.uploads import NAME
from rag.chat.views import lists, viewer
from rag.chat.views.thread import status, turn_card, welcome
from rag.errors import RagError, UsageError
from rag.types import Source

Patch = dict[str, Any]
"""A new text for a region of the page: {"id", "html"}, or {"turn", "html"} for a question."""
Region = tuple[str, object, Callable[[], str]]
"""A region's name, what it depends on (compared with what was sent), and how it is drawn."""


class Painter:
    """Draws what differs from what a tab last got."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def paint(self, session: Session) -> list[Patch]:
        """The patches that bring a tab up to date, in order."""
        session.seen = session.workspace.version
        self._open_answers(session)
        patches: list[Patch] = []
        if session.sent.get("dialogue") != session.dialogue.id:
            session.sent = {k: v for k, v in session.sent.items() if not k.startswith("turn-")}
            session.sent["dialogue"] = session.dialogue.id
            patches.append({"conversation": session.dialogue.id})
        for name, key, draw in self._regions(session):
            if name not in session.sent or session.sent[name] != key:
                html = self._drawn(draw)
                session.sent[name] = key
                turn = name.removeprefix("turn-")
                target = {"turn": int(turn)} if turn != name else {"id": f"cv-{name}"}
                patches.append(target | {"html": html})
        return patches

    def _drawn(self, draw: Callable[[], str]) -> str:
        try:
            return draw()
        except RagError as error:
            return status(problem_of(error), bad=True)

    def _open_answers(self, session: Session) -> None:
        """Open the answer that this tab waited for, and turn to the documents it added."""
        for turn in session.turns:
            if turn.id in session.awaiting and not turn.pending:
                session.awaiting.discard(turn.id)
                if turn.quotes:
                    session.view = view_of(turn, 0, turn.quotes[0])
        workspace = session.workspace
        session.library = session.library or self.desk.at_home(workspace, session.dialogue)
        for job in workspace.jobs:
            if job.id in session.awaiting and job.done:
                session.awaiting.discard(job.id)
                if workspace.own.library is not None:
                    self.desk.choose(session, NAME)

    def _regions(self, session: Session) -> Iterator[Region]:
        desk, workspace = self.desk, session.workspace
        shelf = self._shelf(session, session.library)
        records = shelf.records() if shelf is not None else ()
        names = desk.names(workspace)
        yield "libraries", (names, session.library), lambda: lists.libraries(names, session.library)
        yield from self._talk(session, shelf)
        yield (
            "scope",
            self._scope(session, len(records)),
            lambda: lists.scope(*self._scope(session, len(records))),
        )
        yield "viewer", self._view_key(session), lambda: self._viewer(session)
        jobs = [(job.id, job.line, job.share, job.done) for job in workspace.jobs]
        yield "jobs", jobs, lambda: lists.jobs(workspace.jobs)
        listed = (
            session.library,
            shelf.home if shelf is not None else "",
            shelf.library.store.generation if shelf is not None else 0,
            session.chosen(),
            session.filter,
            session.page,
        )
        yield "documents", listed, lambda: self._documents(session, shelf)
        yield (
            "hits",
            (session.hits, session.filter),
            lambda: lists.hits(session.filter, session.hits),
        )
        kept = list(workspace.kept)
        yield "tray", kept, lambda: lists.tray(kept)
        yield "kept-count", len(kept), lambda: f"Kept ({len(kept)})" if kept else "Kept"

    def _talk(self, session: Session, shelf: Shelf | None) -> Iterator[Region]:
        workspace = session.workspace
        if not session.turns:
            records = shelf.records() if shelf is not None else ()
            passages = shelf.passage_count() if shelf is not None else 0
            examples = (
                self.desk.examples if session.library == next(iter(self.desk.shelves)) else ()
            )
            yield (
                "welcome",
                (session.library, len(records), passages),
                lambda: welcome(session.library, examples, len(records), passages),
            )
        else:
            yield "welcome", "", str
        for turn in list(session.turns):
            yield self._turn(session, turn)
        saved = workspace.saved()
        dialogue = session.dialogue
        yield (
            "conversations",
            (dialogue.id, dialogue.name, saved),
            lambda: lists.conversations(dialogue, saved),
        )

    def _turn(self, session: Session, turn: Turn) -> Region:
        view = session.view
        shown = view.index if view is not None and view.turn == turn.number else None
        kept = [session.is_kept(turn.library, quote) for quote in turn.quotes]
        standing = [self.standing(session, turn.library, quote.source) for quote in turn.quotes]
        line = self.desk.work.line(turn) if turn.pending else ""
        library = session.library
        key = (turn, shown, kept, standing, line, library == turn.library)
        return (
            f"turn-{turn.number}",
            key,
            lambda: turn_card(
                turn, shown=shown, kept=kept, standing=standing, line=line, library=library
            ),
        )

    def _shelf(self, session: Session, name: str) -> Shelf | None:
        try:
            return self.desk.shelf(session.workspace, name)
        except UsageError:
            return None

    def standing(self, session: Session, library: str, source: Source) -> str:
        """What became of a quoted source since, "" while it is as it was quoted."""
        shelf = self._shelf(session, library)
        if shelf is None:
            return f"The library “{library}” is not served now; these are its words as quoted."
        now = shelf.digests().get(source.id)
        if now is None:
            return "This source is no longer in its library; these are its words as quoted."
        if now != source.sha256:
            return "This source has changed since; these are its words as quoted."
        return ""

    def _scope(self, session: Session, total: int) -> tuple[str, int | None, int]:
        chosen = session.chosen()
        return session.library, None if chosen is None else len(chosen), total

    def _view_key(self, session: Session) -> object:
        view = session.view
        if view is None:
            return None
        turn = session.turn(view.turn) if view.turn is not None else None
        standing = self.standing(session, view.library, view.place.source)
        return view, turn.quotes if turn is not None else (), standing

    def _viewer(self, session: Session) -> str:
        view = session.view
        if view is None:
            return viewer.empty()
        turn = session.turn(view.turn) if view.turn is not None else None
        quotes = turn.quotes if turn is not None else ()
        standing = self.standing(session, view.library, view.place.source)
        return viewer.render(view, self._shelf(session, view.library), quotes, standing)

    def _documents(self, session: Session, shelf: Shelf | None) -> str:
        return lists.documents(
            shelf.records() if shelf is not None else (),
            shelf.library.unreadable() if shelf is not None else (),
            current=session.library,
            missing=session.dialogue.library,
            chosen=session.chosen(),
            filter=session.filter,
            page=session.page,
            removable=session.library == NAME,
        )
