"""What a long operation tells while it runs: stages report, the command and the chat draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """One report. stage: a word for what is done; done, total in ``unit``; total None: unknown."""

    stage: str
    done: int
    total: int | None
    unit: str = "passages"
    detail: str = ""


Report = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """A Report that says nothing."""
