"""Kept quotes and whole conversations as files, through the renderers and receipts."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from rag.chat.state.dialogue import Kept, Turn
from rag.chat.state.shelves import Shelf
from rag.errors import UsageError
from rag.types import Answer, Result, Source

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
    "md": "text/markdown;charset=utf-8",
    "html": "text/html;charset=utf-8",
    "json": "application/json;charset=utf-8",
    "ris": "application/x-research-info-systems;charset=utf-8",
    "bib": "application/x-bibtex;charset=utf-8",
    "csl": "application/vnd.citationstyles.csl+json;charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
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
    return _file("kept-quotes", [(_alone(item), item.note) for item in kept], form)


def export_turns(turns: Sequence[Turn], form: str) -> Download:
    """The whole conversation in one form, in order; questions that failed are left out."""
    results = [(turn.result, "") for turn in turns if turn.result is not None]
    if not results:
        raise UsageError("nothing was asked yet")
    return _file("conversation", results, form)


def _file(name: str, noted: Sequence[tuple[Result, str]], form: str) -> Download:
    if form not in MEDIA:
        raise UsageError(f"there is no form {form!r}; choose one of {', '.join(MEDIA)}")
    ending = "csl.json" if form == "csl" else form
    return Download(f"{name}.{ending}", MEDIA[form], _data(noted, form))


def _data(noted: Sequence[tuple[Result, str]], form: str) -> bytes:
    from rag import render
    from rag.receipts import receipt

    results = tuple(result for result, _ in noted)
    if form == "docx":
        from rag.chat.actions.word import document

        return document(noted)
    if form == "json":
        # Each result beside its receipt, with which anyone can check it against the files.
        items = [
            {"note": note, "result": render.to_json(result), "receipt": receipt(result)}
            for result, note in noted
        ]
        return (json.dumps(items, ensure_ascii=False, indent=2) + "\n").encode()
    if form == "md":
        return "\n".join(
            _noted(render.to_markdown(result), note) for result, note in noted
        ).encode()
    make = {
        "ris": render.to_ris,
        "bib": render.to_bibtex,
        "csl": render.to_csl,
        "html": render.to_html,
    }[form]
    return make(results).encode()


def _noted(markdown: str, note: str) -> str:
    from rag.render.markdown import escaped

    return f"{markdown}\nNote: {escaped(note)}\n" if note else markdown


def _alone(item: Kept) -> Result:
    """The result of a kept quote with that quote alone."""
    if isinstance(item.result, Answer):
        return replace(item.result, quotes=(item.quote,))
    return replace(item.result, candidates=(item.quote,))
