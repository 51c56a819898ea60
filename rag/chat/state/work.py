"""What is done behind the page: questions read and documents indexed, in lines of their own.

Nothing here hangs on a tab: a question goes on being read when the page that put it is closed, and
one that waited when the server ended is put again when its conversation is opened.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.chat.state.dialogue import Dialogue, Turn
from rag.chat.state.problems import problem_of
from rag.chat.state.workspaces import Job, Workspace
from rag.errors import RagError, UsageError
from rag.progress import Progress, Report

if TYPE_CHECKING:
    from rag.library import Library

READERS = 2  # questions read at once; more only share the same cores
MAX_WAITING = 200  # questions in line; more are told to try again
STOPPED = "Stopped before an answer was found."
Answer = Callable[[Workspace, Dialogue, Turn, Report], Turn]


class Stopped(RagError):
    """A person ended the work."""


@dataclass
class Running:
    """A question in line or being read. line: how far it is, empty while it waits."""

    line: str = ""
    stop: threading.Event = field(default_factory=threading.Event)


class Work:
    """The lines. answer: puts a turn's question to its library."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="chat-reader")
        self._indexer = ThreadPoolExecutor(1, thread_name_prefix="chat-indexer")
        self._running: dict[str, Running] = {}
        self._lock = threading.RLock()
        self._ended = False

    def end(self) -> None:
        """Take nothing more and stop what is under way; what waits stays waiting on disk."""
        self._ended = True
        with self._lock:
            for running in self._running.values():
                running.stop.set()
        for pool in (self._readers, self._indexer):
            pool.shutdown(wait=True, cancel_futures=True)

    # -- questions --------------------------------------------------------------------------------

    def ask(self, workspace: Workspace, dialogue: Dialogue, turn: Turn) -> None:
        """Put a turn in line, once. UsageError when the line is full."""
        with self._lock:
            if turn.id in self._running:
                return
            if len(self._running) >= MAX_WAITING:
                workspace.save(dialogue, replace(turn, problem="Too many questions wait already."))
                raise UsageError("too many questions wait already; try again in a minute")
            running = self._running[turn.id] = Running()
        workspace.save(dialogue, turn.waiting())
        self._readers.submit(self._read, workspace, dialogue, turn, running)

    def resume(self, workspace: Workspace, dialogue: Dialogue) -> None:
        """Put what still waits of a conversation in line again."""
        for turn in dialogue.turns:
            if turn.pending:
                self.ask(workspace, dialogue, turn)

    def stop(self, turn: Turn) -> None:
        """End a question. UsageError when it is not under way."""
        with self._lock:
            running = self._running.get(turn.id)
        if running is None:
            raise UsageError("that question is no longer under way")
        running.stop.set()

    def line(self, turn: Turn) -> str:
        """How far a question is, in words."""
        with self._lock:
            if turn.id not in self._running:
                return ""
            before = list(self._running).index(turn.id)
            running = self._running[turn.id]
        if running.line:
            return running.line
        return f"In line, {before} before this one" if before >= READERS else "Beginning"

    def _read(self, workspace: Workspace, dialogue: Dialogue, turn: Turn, running: Running) -> None:
        def report(event: Progress) -> None:
            if running.stop.is_set():
                raise Stopped(STOPPED)
            running.line = words(event).capitalize()
            workspace.changed()

        try:
            report(Progress("searching", 0, None))
            done = self._answer(workspace, dialogue, turn, report)
        except Stopped:
            done = replace(turn, result=None, readings=(), problem=STOPPED)
        except Exception as error:  # noqa: BLE001 - a visitor must see every failure as one
            done = replace(turn, result=None, readings=(), problem=problem_of(error))
        with self._lock:
            self._running.pop(turn.id, None)
        if not (self._ended and running.stop.is_set()):
            workspace.save(dialogue, done)

    # -- documents --------------------------------------------------------------------------------

    def add(self, workspace: Workspace, files: Sequence[tuple[str, Path]], base: Library) -> Job:
        """Put files in line to be read into the visitor's own library."""
        job = Job(tuple(name for name, _ in files))
        workspace.jobs = [*[old for old in workspace.jobs if not old.done], job]
        workspace.changed()
        self._indexer.submit(self._index, workspace, files, base, job)
        return job

    def _index(
        self, workspace: Workspace, files: Sequence[tuple[str, Path]], base: Library, job: Job
    ) -> None:
        begun = time.monotonic()

        def report(event: Progress) -> None:
            if job.stop.is_set() or self._ended:
                raise Stopped("Stopped; what was read before stays.")
            job.share = event.done / event.total if event.total else 0.0
            left = (time.monotonic() - begun) * (1 - job.share) / job.share if job.share else 0.0
            more = f", about {_seconds(left)} left" if left > 5 else ""
            job.line = f"{words(event).capitalize()}{more}"
            workspace.changed()

        try:
            job.rows = workspace.own.add(files, base, report)
        except Stopped as stopped:
            job.problem = str(stopped)
        except Exception as error:  # noqa: BLE001 - a visitor must see every failure as one
            job.problem = problem_of(error)
        job.done = True
        workspace.changed()


def words(event: Progress) -> str:
    """A report as a line: ``embedding: 120 of 800 passages``."""
    total = "" if event.total is None else f" of {event.total:,}"
    amount = f": {event.done:,}{total} {event.unit}" if event.total or event.done else ""
    detail = f" ({event.detail})" if event.detail else ""
    return f"{event.stage}{amount}{detail}"


def _seconds(left: float) -> str:
    return f"{left:.0f} seconds" if left < 90 else f"{left / 60:.0f} minutes"
