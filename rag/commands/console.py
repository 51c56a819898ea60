"""What the commands share: progress on stderr, results on stdout, errors in one line."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from rag.progress import Progress, Report, silent

if TYPE_CHECKING:
    from rich.progress import TaskID


@contextmanager
def progress_bars(stream: IO[str] | None = None, *, quiet: bool = False) -> Iterator[Report]:
    """Give a Report that draws one bar per stage, with its rate and the time left, on stderr.

    Where stderr is no terminal, each stage leaves one line when it ends.
    """
    if quiet:
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    from rag.render.citation import visible

    console = Console(file=stream or sys.stderr)
    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(bar_width=28),
        TextColumn("{task.completed:>6.0f}/{task.total:.0f} {task.fields[unit]}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[detail]}", markup=False),
    )
    tasks: dict[str, TaskID] = {}
    began: dict[str, float] = {}
    with Bars(*columns, console=console, transient=console.is_terminal) as bars:

        def report(event: Progress) -> None:
            if event.stage not in tasks:
                tasks[event.stage] = bars.add_task(event.stage, unit=event.unit, rate="", detail="")
                began[event.stage] = time.monotonic()
            task = tasks[event.stage]
            # Over the whole stage: reports come in bursts, which an instant's rate would mistake.
            seconds = time.monotonic() - began[event.stage]
            speed = event.done / seconds if seconds > 0.1 else 0.0
            bars.update(
                task,
                completed=event.done,
                total=event.total or 0,
                unit=event.unit,
                detail=visible(event.detail, keep=""),
                rate=f"{speed:,.0f} {event.unit}/s" if speed else "",
            )

        yield report


def say(text: str) -> None:
    """Write a line for people to stderr. It stays one line, whatever names it holds."""
    from rag.render.citation import visible

    print(visible(text, keep="\t"), file=sys.stderr)


def emit(text: str) -> None:
    """Write a result to stdout as exact UTF-8, with no newline translation and nothing appended."""
    out = getattr(sys.stdout, "buffer", None)
    if out is None:
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    out.write(text.encode("utf-8"))
    out.flush()
