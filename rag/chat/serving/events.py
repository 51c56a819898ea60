"""What Gradio calls: a handler changes the session and returns the parts of the page it changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.chat import actions
from rag.chat.actions.effects import Effect
from rag.chat.serving.stream import stream
from rag.chat.serving.stream import words as progress_words
from rag.chat.state.desk import Desk, problem_of
from rag.chat.state.memory import remember, restore
from rag.chat.state.session import Session, Turn
from rag.chat.state.uploads import NAME
from rag.chat.views import lists, thread, viewer
from rag.chat.views.thread import status as _status
from rag.errors import RagError, UsageError

if TYPE_CHECKING:
    import gradio as gr

Parts = dict[str, Any]
"""New values by the name of a component; what is missing stays as it is."""
HITS = 12


class Events:
    """The handlers, over one desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    # -- beginning --------------------------------------------------------------------------------

    def load(self, stored: object, request: gr.Request) -> Parts:
        """Begin a session, from what the browser remembers."""
        session = restore(self.desk, stored, request.username)
        shown = "source" if session.turns else "documents"
        return self.paint(session) | {"session": session, "tab": shown}

    def session(self, state: Session | None, request: gr.Request) -> Session:
        """The visitor's session. UsageError when it belongs to another user."""
        if state is None:
            return restore(self.desk, None, request.username)
        if state.user != request.username:
            raise UsageError("this session belongs to another user; reload the page")
        return state

    # -- asking -----------------------------------------------------------------------------------

    def ask(self, text: str, state: Session | None, request: gr.Request) -> Iterator[Parts]:
        """Ask what was typed."""
        session = self.session(state, request)
        if not text.strip():
            yield {"session": session, "status": _status("Type a question first.")}
            return
        turn = self.desk.begin(session, text)
        yield from self.answer(session, turn, {"question": ""})

    def answer(self, session: Session, turn: Turn, extra: Parts | None = None) -> Iterator[Parts]:
        """Ask a turn, telling how far it is, and show what came back."""
        session.put(turn.waiting())
        first = self.paint(session) | {
            "session": session,
            "status": _status("Searching", busy=True),
        }
        yield first | (extra or {})
        yield from _told(stream(lambda report: self.desk.ask(session, turn, report)))
        yield self.paint(session) | {"status": "", "tab": "source"} | _memory(session)

    def act(
        self, event: gr.EventData, state: Session | None, request: gr.Request
    ) -> Iterator[Parts]:
        """Do what a button asks for."""
        session = self.session(state, request)
        data: Mapping[str, Any] = event._data or {}
        try:
            effect = actions.act(self.desk, session, data)
        except RagError as error:
            yield {"session": session, "status": _status(_sentence(error), kind="cv-bad")}
            return
        if effect.ask is not None:
            yield from self.answer(session, effect.ask)
            return
        yield self.paint(session) | _outcome(session, effect)

    # -- documents --------------------------------------------------------------------------------

    def choose(self, name: str, state: Session | None, request: gr.Request) -> Parts:
        """Ask another library from now on."""
        session = self.session(state, request)
        if name in self.desk.names(session):
            session.library = name
        return self.paint(session) | {"session": session, "hits": ""} | _memory(session)

    def upload(
        self, files: Sequence[str] | None, state: Session | None, request: gr.Request
    ) -> Iterator[Parts]:
        """Take uploaded files into the visitor's own library."""
        session = self.session(state, request)
        paths = [Path(file) for file in files or ()]
        if not paths:
            yield {"session": session}
            return
        if session.own is None:
            session.own = self.desk.uploads.create(session.user)
        own = session.own
        yield {"session": session, "files": None, "uploaded": _status("Reading", busy=True)}
        try:
            work = stream(lambda report: self.desk.uploads.add(own, paths, report))
            rows = yield from _told(work, "uploaded")
        except Exception as error:  # noqa: BLE001 - a visitor must see every failure as one
            yield {"uploaded": _status(_sentence(problem_of(error)), kind="cv-bad")}
            return
        if own.library is not None:
            session.library = NAME
        yield self.paint(session) | {"uploaded": lists.upload_report(rows)} | _memory(session)

    def search(self, text: str, state: Session | None, request: gr.Request) -> Parts:
        """List the passages nearest to some words, without asking."""
        session = self.session(state, request)
        if not text.strip():
            return {"session": session, "hits": ""}
        try:
            shelf = self.desk.shelf(session)
            session.hits = shelf.library.search(text, k=HITS, sources=session.filter())
        except RagError as error:
            return {"session": session, "hits": _status(_sentence(error), kind="cv-bad")}
        session.hits_library = shelf.name
        return {"session": session, "hits": lists.hits(text, session.hits)}

    # -- painting ---------------------------------------------------------------------------------

    def paint(self, session: Session) -> Parts:
        """The parts of the page that differ from what this session last showed."""
        shelf = self.desk.shelf(session)
        view = session.view
        records = shelf.library.sources()
        parts: Parts = {
            "thread": self._thread(session),
            "viewer": self._viewer(session) if view is not None else viewer.empty(),
            "documents": lists.sources(
                records,
                shelf.library.unreadable(),
                session.filter(),
                removable=shelf.name == NAME,
            ),
            "tray": lists.tray(session.kept),
            "kept": f"Kept ({len(session.kept)})" if session.kept else "Kept",
            "libraries": {"choices": self.desk.names(session), "value": session.library},
        }
        return {name: value for name, value in parts.items() if _fresh(session, name, value)}

    def _thread(self, session: Session) -> str:
        if not session.turns:
            records = self.desk.shelf(session).library.sources()
            passages = sum(record.passages for record in records)
            examples = self.desk.examples if session.library != NAME else ()
            return thread.welcome(examples, len(records), passages)
        view = session.view
        shown = (
            (view.turn, view.index)
            if view is not None and view.turn is not None and view.index is not None
            else None
        )
        return thread.thread(session.turns, session.is_kept, shown)

    def _viewer(self, session: Session) -> str:
        assert session.view is not None
        view = session.view
        turn = session.turn(view.turn) if view.turn is not None else None
        quotes = turn.quotes if turn is not None else ()
        try:
            shelf = self.desk.shelf(session, view.library)
            if session.drawn is None or session.drawn[:2] != (view, quotes):
                session.drawn = (view, quotes, viewer.render(view, shelf, quotes))
            return session.drawn[2]
        except RagError as error:
            return _status(_sentence(error), kind="cv-bad")


def _told(work: Generator[Any, None, Any], name: str = "status") -> Generator[Parts, None, Any]:
    """Show the progress of some work in a component; return what the work returns."""
    while True:
        try:
            event = next(work)
        except StopIteration as end:
            return end.value
        yield {name: _status(progress_words(event).capitalize(), busy=True)}


def _outcome(session: Session, effect: Effect) -> Parts:
    parts: Parts = {"session": session, "status": _status(effect.say) if effect.say else ""}
    if effect.show:
        parts["tab"] = effect.show
    if effect.download is not None:
        parts["download"] = effect.download.payload()
    return parts | _memory(session)


def _memory(session: Session) -> Parts:
    kept = remember(session)
    return {"memory": kept} if _fresh(session, "memory", kept) else {}


def _fresh(session: Session, name: str, value: object) -> bool:
    digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
    old, session.sent[name] = session.sent.get(name), digest
    return old != digest


def _sentence(error: Exception | str) -> str:
    text = str(error)
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", ")")) else ".")
