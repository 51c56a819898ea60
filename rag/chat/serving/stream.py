"""Run something that reports its progress, and hand the reports on while it runs."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from typing import TypeVar

from rag.progress import Progress, Report

T = TypeVar("T")


def stream(work: Callable[[Report], T]) -> Generator[Progress, None, T]:
    """Yield each Progress while ``work(report)`` runs in a thread; return what it returns.

    An exception of the work is raised here. Of reports that wait, only the newest is given.
    """
    events: queue.SimpleQueue[Progress | None] = queue.SimpleQueue()
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(work(events.put))
        except BaseException as error:  # noqa: BLE001 - it is raised again in the caller's thread
            failure.append(error)
        finally:
            events.put(None)

    thread = threading.Thread(target=run, name="chat-work", daemon=True)
    thread.start()
    while (event := _newest(events)) is not None:
        yield event
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]


def _newest(events: queue.SimpleQueue[Progress | None]) -> Progress | None:
    event = events.get()
    while event is not None and not events.empty():
        event = events.get()
    return event


def words(event: Progress) -> str:
    """A report as a line: ``embedding: 120 of 800 passages``."""
    total = "" if event.total is None else f" of {event.total:,}"
    amount = f": {event.done:,}{total} {event.unit}" if event.total or event.done else ""
    detail = f" ({event.detail})" if event.detail else ""
    return f"{event.stage}{amount}{detail}"
