"""Lists as HTML: sources, passages found, kept quotes, conversations, documents being read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from rag.chat.state.archive import Saved
from rag.chat.state.dialogue import Dialogue, Kept
from rag.chat.state.workspaces import Job
from rag.chat.views.jinja import render
from rag.types import Hit, Unreadable

if TYPE_CHECKING:
    from rag.protocols import SourceRecord

PAGE = 100  # sources on one page of the list
MOST_SAVED = 100  # conversations listed
EXPORTS = (
    ("Markdown", "md"),
    ("HTML", "html"),
    ("Word", "docx"),
    ("RIS", "ris"),
    ("BibTeX", "bib"),
    ("CSL", "csl"),
    ("JSON, to verify", "json"),
)


def libraries(names: Sequence[str], current: str) -> str:
    """The choice of a library."""
    return render("libraries.html", names=names, current=current)


def matching(records: Sequence[SourceRecord], filter: str) -> list[SourceRecord]:
    """The sources whose title or id holds every word of the filter, by folder."""
    wanted = filter.casefold().split()
    named = [r for r in records if all(word in f"{r.title} {r.id}".casefold() for word in wanted)]
    return sorted(named, key=lambda r: (str(PurePosixPath(r.id).parent), r.title.casefold()))


def documents(
    records: Sequence[SourceRecord],
    unreadable: Sequence[Unreadable],
    *,
    current: str,
    missing: str,
    chosen: frozenset[str] | None,
    filter: str,
    page: int,
    removable: bool,
) -> str:
    """One page of the sources, by folder, each with a box that limits questions to it.

    chosen: None for all. current: the library's name, "" when ``missing`` is not served now.
    """
    matched = matching(records, filter)
    pages = max(1, -(-len(matched) // PAGE))
    page = min(page, pages - 1)
    folders: dict[str, list[SourceRecord]] = {}
    for record in matched[page * PAGE : (page + 1) * PAGE]:
        folder = str(PurePosixPath(record.id).parent)
        folders.setdefault("" if folder == "." else folder, []).append(record)
    return render(
        "documents.html",
        folders=list(folders.items()),
        total=len(records),
        matching=len(matched),
        pages=pages,
        page=page,
        unreadable=unreadable,
        current=current,
        missing=missing,
        chosen=chosen,
        filter=filter,
        removable=removable,
    )


def hits(question: str, hits: Sequence[Hit]) -> str:
    """Passages nearest to some words, best first; nothing where nothing was sought."""
    return render("hits.html", question=question, hits=hits)


def tray(kept: Sequence[Kept]) -> str:
    """Kept quotes under their questions, with notes, in the person's order."""
    return render("tray.html", kept=kept, exports=EXPORTS)


def jobs(jobs: Sequence[Job]) -> str:
    """Documents being read, and what became of those that were."""
    return render("jobs.html", jobs=jobs)


def conversations(dialogue: Dialogue, saved: Sequence[Saved]) -> str:
    """The name of the conversation on show, and the others to turn to."""
    return render(
        "conversations.html",
        name=dialogue.name,
        current=dialogue.id,
        saved=bool(dialogue.turns),
        rows=saved[:MOST_SAVED],
        more=max(0, len(saved) - MOST_SAVED),
        exports=EXPORTS,
    )


def scope(current: str, asked: int | None, total: int) -> str:
    """What the next question is put to. asked: None for all sources."""
    return render("scope.html", current=current, asked=asked, total=f"{total:,}")
