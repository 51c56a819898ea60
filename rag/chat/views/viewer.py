"""The source viewer as HTML: a quote marked in its surroundings, or drawn on its page."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from rag.chat.state.session import View
from rag.chat.views import structure
from rag.chat.views.jinja import render as template
from rag.chat.views.text import Mark
from rag.render.citation import citation as cite
from rag.types import Quote, Source, Span

if TYPE_CHECKING:
    from rag.chat.state.shelves import Shelf
    from rag.extract.pdf_pages import PageBox

AROUND = 3_000  # characters of text shown on each side of a quote, and added by each "show more"
MOST_FOUND = 200  # places of words sought that are marked
SCALE = 2.0  # pixels per point: sharp on a high-density screen, a few hundred kB a page


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page to draw, boxes in fractions of it.

    image: PNG. boxes, answer: of the quote and of its answer words. lines: the text of the page
    line by line, to be laid over the image so that it can be selected.
    """

    image: bytes
    boxes: tuple[PageBox, ...]
    answer: tuple[PageBox, ...]
    lines: tuple[tuple[Span, PageBox], ...]

    @property
    def data(self) -> str:
        """The image in base64."""
        return base64.b64encode(self.image).decode("ascii")


def empty() -> str:
    """What stands in the reader before a quote is opened."""
    return template("viewer.html", view=None)


def render(
    view: View, shelf: Shelf | None, quotes: Sequence[Quote] = (), standing: str = ""
) -> str:
    """The viewer for a view. quotes: of the answer the view was opened from, in order.

    shelf: None when the library is not served now. standing: what became of the source since.
    """
    source = view.place.source
    sheet, note = _sheet(view, shelf) if shelf is not None else (None, "")
    found = occurrences(source.text, view.find)
    shown = window(view) if not view.find else Span(0, len(source.text))
    return template(
        "viewer.html",
        view=view,
        source=source,
        cited=cite(view.place, view.paragraph),
        where=_where(view),
        total=len(quotes),
        file=shelf is not None and shelf.original(source) is not None,
        sheet=sheet,
        notes=[line for line in (standing, "" if standing else note) if line],
        window=shown,
        left=len(source.text) - shown.end,
        found=found,
        marks=_marks(view, quotes, found, shown),
        style=style,
    )


def style(box: PageBox) -> str:
    """Where a box lies on its page, for a style attribute."""
    sides = (box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0)
    names = ("left", "top", "width", "height")
    return ";".join(f"{name}:{side:.4%}" for name, side in zip(names, sides, strict=True))


def occurrences(text: str, sought: str) -> tuple[Span, ...]:
    """Where words stand in a text, whatever their case; at most MOST_FOUND places."""
    if not sought:
        return ()
    pattern = re.compile(r"\s+".join(re.escape(word) for word in sought.split()), re.IGNORECASE)
    return tuple(Span(*m.span()) for m in islice(pattern.finditer(text), MOST_FOUND))


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
    answer = boxes(file, source, Span(*view.highlight)) if view.highlight is not None else ()
    return Sheet(
        _image(file, source.file_sha256, page),
        tuple(b for b in found if b.page == page),
        tuple(b for b in answer or () if b.page == page),
        _layer(file, source, page),
    ), ""


@lru_cache(maxsize=24)
def _layer(file: Path, source: Source, page: int) -> tuple[tuple[Span, PageBox], ...]:
    """The lines of a page with their boxes; none where they do not go together."""
    from rag.extract.pdf_pages import boxes

    start = source.pages[page - 1]
    end = source.pages[page] if page < len(source.pages) else len(source.text)
    if start >= end:
        return ()
    lines = [
        Span(start + m.start(), start + m.end())
        for m in re.finditer(r"[^\n\f]*[^\s\x0c][^\n\f]*", source.text[start:end])
    ]
    found = boxes(file, source, Span(start, end)) or ()
    found = tuple(box for box in found if box.page == page)
    return tuple(zip(lines, found, strict=True)) if len(found) == len(lines) else ()


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


def _marks(view: View, quotes: Sequence[Quote], found: Sequence[Span], shown: Span) -> list[Mark]:
    """Quote, answer words, the answer's other quotes, words sought and headings, outer before
    inner.
    """
    here = view.place.span
    source = view.place.source
    marks: list[Mark] = [(here, 'mark class="cv-here" id="cv-here"')]
    if view.highlight is not None:
        marks.append((Span(*view.highlight), 'strong class="cv-answer"'))
    others = [q.span for q in quotes if q.source.id == source.id and not q.span.overlaps(here)]
    marks.extend((span, 'mark class="cv-other"') for span in others)
    taken = [here, *others]
    sought = [s for s in found if not any(s.overlaps(span) for span in taken)]
    marks.extend((span, 'mark class="cv-found"') for span in sought)
    taken.extend(sought)
    marks.extend(
        (h.span, f'span class="cv-h cv-h{h.level}"')
        for h in source.headings
        if not any(h.span.overlaps(span) for span in taken)
    )
    marks.extend(structure.signs(source, shown, (span for span, _ in marks)))
    return structure.nested(structure.tables(source, shown), marks)
