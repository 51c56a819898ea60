"""Kept quotes and whole conversations as files, through the renderers and receipts."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from rag.chat.state.session import Kept, Turn
from rag.chat.state.shelves import Shelf
from rag.errors import UsageError
from rag.types import Answer, Quote, Result, Source

MAX_ORIGINAL = 64 * 1024 * 1024  # bytes; handed over through the page, which holds it in memory


@dataclass(frozen=True, slots=True)
class Download:
    """A file for the visitor. show: open it in a new tab (at ``page``) rather than save it."""

    name: str
    media_type: str
    data: bytes
    show: bool = False
    page: int | None = None

    def payload(self) -> dict[str, str | int | bool | None]:
        """The form in which a browser gets it."""
        return {
            "name": self.name,
            "type": self.media_type,
            "data": base64.b64encode(self.data).decode("ascii"),
            "show": self.show,
            "page": self.page,
        }


MEDIA = {
    "md": "text/markdown",
    "html": "text/html",
    "json": "application/json",
    "ris": "application/x-research-info-systems",
}


def original(shelf: Shelf, source: Source, page: int | None) -> Download:
    """The file a source was read from. UsageError when it is gone, changed or very large.

    Only a PDF is opened in the browser: a hostile HTML file would run as part of this page.
    """
    file = shelf.original(source)
    if file is None:
        raise UsageError(
            f"the file of {source.id!r} is not at hand or has changed since it was read"
        )
    if file.stat().st_size > MAX_ORIGINAL:
        raise UsageError(f"{source.id!r} is too large to be opened here; open it from its folder")
    name = PurePosixPath(source.id).name
    pdf = source.media_type == "application/pdf"
    kind = source.media_type if pdf else "application/octet-stream"
    return Download(name, kind, file.read_bytes(), show=pdf, page=page)


def export_kept(kept: Sequence[Kept], form: str) -> Download:
    """The kept quotes in one form. UsageError for an unknown form or an empty tray."""
    if not kept:
        raise UsageError("no quote is kept yet")
    return _file("kept-quotes", rendered(results_of(kept), form), form)


def export_turns(turns: Sequence[Turn], form: str) -> Download:
    """The whole conversation in one form, in order; questions that failed are left out."""
    results = tuple(turn.result for turn in turns if turn.result is not None)
    if not results:
        raise UsageError("nothing was asked yet")
    return _file("conversation", rendered(results, form), form)


def _file(name: str, text: str, form: str) -> Download:
    return Download(f"{name}.{form}", f"{MEDIA[form]};charset=utf-8", text.encode("utf-8"))


def rendered(results: Sequence[Result], form: str) -> str:
    """Results as one text. UsageError for an unknown form."""
    from rag import render
    from rag.receipts import receipt

    if form not in MEDIA:
        raise UsageError(f"there is no form {form!r}; choose one of {', '.join(MEDIA)}")
    if form == "json":
        # Each result beside its receipt, with which anyone can check it against the files.
        rows = [{"result": render.to_json(r), "receipt": receipt(r)} for r in results]
        return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
    if form == "ris":
        return render.to_ris(tuple(results))
    if form == "html":
        return render.to_html(tuple(results))
    return "\n".join(render.to_markdown(result) for result in results)


def results_of(kept: Sequence[Kept]) -> tuple[Answer, ...]:
    """The kept quotes as answers: those of one answer together, in the order they were kept."""
    grouped: dict[int, tuple[Answer, list[Kept]]] = {}
    for item in kept:
        grouped.setdefault(id(item.answer), (item.answer, []))[1].append(item)
    return tuple(
        replace(answer, quotes=tuple(_disjoint(items))) for answer, items in grouped.values()
    )


def _disjoint(items: Sequence[Kept]) -> list[Quote]:
    quotes: list[Quote] = []
    for item in items:
        clash = any(
            q.source.id == item.quote.source.id and q.span.overlaps(item.quote.span) for q in quotes
        )
        if not clash:
            quotes.append(item.quote)
    return quotes
