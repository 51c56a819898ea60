"""The conversation as HTML: a question with what came back for it. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from rag.chat.state import uploads
from rag.chat.state.dialogue import Turn
from rag.chat.views.jinja import render
from rag.extract import usual_suffixes


def turn_card(
    turn: Turn,
    *,
    shown: int | None = None,
    kept: Sequence[bool] | None = None,
    standing: Sequence[str] | None = None,
    line: str = "",
    library: str | None = None,
) -> str:
    """One question with what came back.

    shown: the quote (from 0) that the reader shows. kept, standing: per quote whether it is kept,
    and what has become of its source since, "" for nothing. line: how far a waiting question is.
    library: the name of the one asked now; another is named.
    """
    count = len(turn.quotes)
    return render(
        "turn.html",
        turn=turn,
        shown=shown,
        kept=kept or [False] * count,
        standing=standing or [""] * count,
        line=line,
        library=turn.library if library is None else library,
    )


def limits() -> dict[str, object]:
    """What may be uploaded, for the templates that say so."""
    named = ("PDF", "Word", "HTML", "Markdown", "text")
    more = len(usual_suffixes().split()) - len(named)
    return {
        "kinds": f"{', '.join(named)} and {more} more kinds",
        "most_files": uploads.MAX_FILES,
        "file_mb": uploads.MAX_FILE // 2**20,
        "total_mb": uploads.MAX_BYTES // 2**20,
    }


def welcome(library: str, examples: Sequence[str], sources: int, passages: int) -> str:
    """What one sees before the first question: the two doors."""
    return render(
        "welcome.html",
        library=library,
        examples=examples,
        sources=sources,
        passages=passages,
        **limits(),
    )


def status(line: str, *, bad: bool = False, undo: bool = False) -> str:
    """A line that says what was done or went wrong, with the way back where there is one."""
    return render("status.html", line=line, bad=bad, undo=undo)
