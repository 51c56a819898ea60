"""Lists as HTML: the sources of a library, what could not be read, passages found, kept quotes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.chat.state.session import Kept
from rag.chat.views.jinja import render
from rag.types import Hit, Unreadable

if TYPE_CHECKING:
    from rag.protocols import SourceRecord

EXPORTS = (("Markdown", "md"), ("HTML", "html"), ("JSON", "json"), ("RIS", "ris"))


def header() -> str:
    """The head of the page."""
    return render("header.html", exports=EXPORTS)


def sources(
    records: Sequence[SourceRecord],
    unreadable: Sequence[Unreadable],
    chosen: frozenset[str] | None,
    *,
    removable: bool,
) -> str:
    """The sources, each with a box that limits questions to it. chosen: None for all of them."""
    return render(
        "sources.html",
        records=records,
        unreadable=unreadable,
        chosen=chosen,
        removable=removable,
    )


def hits(question: str, hits: Sequence[Hit]) -> str:
    """Passages nearest to some words, best first."""
    return render("hits.html", question=question, hits=hits)


def tray(kept: Sequence[Kept]) -> str:
    """Kept quotes under their questions, and how to take them away."""
    return render("tray.html", kept=kept, exports=EXPORTS)


def upload_report(rows: Sequence[tuple[str, bool, str]]) -> str:
    """Per uploaded file: its name, whether it can be asked now, and what happened."""
    return render("uploaded.html", rows=rows)
