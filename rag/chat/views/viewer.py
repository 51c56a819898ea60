"""The source viewer as HTML: a quote marked in its surroundings, or drawn on its page."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.chat.state.session import View
from rag.chat.views.jinja import render as template
from rag.chat.views.text import Mark
from rag.render.citation import citation as cite
from rag.types import Quote, Span

if TYPE_CHECKING:
    from rag.chat.state.shelves import Shelf
    from rag.extract.pdf_pages import PageBox

AROUND = 3_000  # characters of text shown on each side of a quote, and added by each "show more"
SCALE = 2.0  # pixels per point: sharp on a high-density screen, a few hundred kB a page


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page to draw. image: PNG; boxes: of the quote on this page, fractions of the page."""

    image: bytes
    boxes: tuple[PageBox, ...]

    @property
    def data(self) -> str:
        """The image in base64."""
        return base64.b64encode(self.image).decode("ascii")


def empty() -> str:
    """What stands in the viewer before a quote is opened."""
    return template("viewer_empty.html")


def render(view: View, shelf: Shelf, quotes: Sequence[Quote] = ()) -> str:
    """The viewer for a view. quotes: of the answer the view was opened from, in order."""
    source = view.place.source
    sheet, note = _sheet(view, shelf)
    shown = window(view)
    return template(
        "viewer.html",
        view=view,
        source=source,
        cited=cite(view.place, view.paragraph),
        where=_where(view),
        total=len(quotes),
        file=shelf.original(source) is not None,
        sheet=sheet,
        note=note,
        window=shown,
        left=len(source.text) - shown.end,
        marks=_marks(view, quotes),
    )


def _where(view: View) -> str:
    cited = cite(view.place, view.paragraph)
    path = " › ".join(heading for heading in cited.headings if heading != cited.title)
    page = f"page {cited.page}" if cited.page is not None else ""
    return ", ".join(part for part in (path, page, f"paragraph {view.paragraph}") if part)


def _sheet(view: View, shelf: Shelf) -> tuple[Sheet | None, str]:
    """The page to draw, or None with the reason why the text is shown instead ('' if plain)."""
    source = view.place.source
    if not source.pages or view.as_text or source.media_type != "application/pdf":
        return None, ""
    file = shelf.original(source)
    if file is None:
        known = bool(shelf.roots)
        reason = "has changed or moved since it was read" if known else "is not at hand"
        return None, f"The file {reason}; this is its text as read."
    from rag.extract.pdf_pages import boxes

    found = boxes(file, source, view.place.span)
    if found is None:
        return None, "The file's text is no longer what was read; this is its text as read."
    page = view.page or view.place.page or 1
    return Sheet(
        _image(file, source.file_sha256, page), tuple(b for b in found if b.page == page)
    ), ""


@lru_cache(maxsize=24)
def _image(file: Path, _digest: str, page: int) -> bytes:
    from rag.extract.pdf_pages import page_image

    return page_image(file, page, scale=SCALE)


def window(view: View) -> Span:
    """The part of the source that is shown: around the place, whole lines where they are short."""
    text = view.place.source.text
    reach = AROUND * (1 + view.wide)
    start = max(0, view.place.span.start - reach)
    end = min(len(text), view.place.span.end + reach)
    if start:
        line = text.find("\n", start, view.place.span.start)
        start = line + 1 if line >= 0 else start
    if end < len(text):
        line = text.rfind("\n", view.place.span.end, end)
        end = line + 1 if line >= 0 else end
    return Span(start, end)


def _marks(view: View, quotes: Sequence[Quote]) -> list[Mark]:
    """Quote, answer words, the answer's other quotes and headings, outer before inner."""
    here = view.place.span
    source = view.place.source
    marks: list[Mark] = [(here, 'mark class="cv-here" id="cv-here"')]
    if view.highlight is not None:
        marks.append((Span(*view.highlight), 'strong class="cv-answer"'))
    others = [q.span for q in quotes if q.source.id == source.id and not q.span.overlaps(here)]
    marks.extend((span, 'mark class="cv-other"') for span in others)
    taken = [here, *others]
    marks.extend(
        (h.span, f'span class="cv-h cv-h{h.level}"')
        for h in source.headings
        if not any(h.span.overlaps(span) for span in taken)
    )
    return marks
