"""The source viewer as HTML: a quote marked in its surroundings, or drawn on its page."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.chat.fragments import Mark, button, escape, marked, tag
from rag.chat.session import View
from rag.render.citation import citation as cite
from rag.types import Quote, Source, Span

if TYPE_CHECKING:
    from rag.chat.shelves import Shelf
    from rag.extract.pdf_pages import PageBox

AROUND = 3_000  # characters of text shown on each side of a quote, and added by each "show more"
SCALE = 2.0  # pixels per point: sharp on a high-density screen, a few hundred kB a page


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page to draw. image: PNG; boxes: of the quote on this page, fractions of the page."""

    image: bytes
    boxes: tuple[PageBox, ...]


def empty() -> str:
    """What stands in the viewer before a quote is opened."""
    return tag(
        "p", "Open a quote to see it here, in its place in the source.", class_="cv-placeholder"
    )


def render(view: View, shelf: Shelf, quotes: Sequence[Quote] = ()) -> str:
    """The viewer for a view. quotes: of the answer the view was opened from, in order."""
    source = view.place.source
    sheet, note = _sheet(view, shelf)
    page = _paged(view, sheet, source) if sheet is not None else _text(view, quotes)
    notes = [note] if note else []
    body = (
        _heading(view, source)
        + _toolbar(
            view, source, len(quotes), paged=sheet is not None, file=_has_file(shelf, source)
        )
        + "".join(tag("p", escape(line), class_="cv-note", role="note") for line in notes)
        + page
    )
    return tag("div", body, class_="cv-view", data_source=source.id)


def _has_file(shelf: Shelf, source: Source) -> bool:
    return shelf.original(source) is not None


def _heading(view: View, source: Source) -> str:
    cited = cite(view.place, view.paragraph)
    path = " › ".join(heading for heading in cited.headings if heading != cited.title)
    page = f"page {cited.page}" if cited.page is not None else ""
    where = ", ".join(part for part in (path, page, f"paragraph {view.paragraph}") if part)
    return tag("h2", tag("bdi", escape(cited.title)), class_="cv-source-title") + tag(
        "p", tag("bdi", escape(where)), class_="cv-where"
    )


def _toolbar(view: View, source: Source, total: int, *, paged: bool, file: bool) -> str:
    groups = []
    if view.index is not None and total > 1:
        groups.append(
            button("‹", "step", name="Previous quote", data_by=-1)
            + tag("span", f"Quote {view.index + 1} of {total}")
            + button("›", "step", name="Next quote", data_by=1)
        )
    if paged:
        shown = view.page or 1
        groups.append(
            button("‹", "page", name="Previous page", data_by=-1)
            + tag("span", f"Page {shown} of {len(source.pages)}")
            + button("›", "page", name="Next page", data_by=1)
        )
        groups.append(
            button("−", "zoom", name="Smaller", data_by=-1)
            + tag("span", f"{round(view.zoom * 100)} %")
            + button("+", "zoom", name="Larger", data_by=1)
        )
    last = ""
    if source.pages and file:
        last += button("As text" if paged else "As page", "as-text", kind="cv-link")
    if file:
        last += button("Open the original", "original", kind="cv-link")
    groups.append(last)
    return tag(
        "div",
        "".join(tag("span", group, class_="cv-group") for group in groups if group),
        class_="cv-tools",
        role="toolbar",
        aria_label="Source viewer",
    )


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


def _paged(view: View, sheet: Sheet, source: Source) -> str:
    data = base64.b64encode(sheet.image).decode("ascii")
    page = view.page or view.place.page or 1
    drawn = "".join(_box(box) for box in sheet.boxes)
    image = tag_void(
        "img",
        src=f"data:image/png;base64,{data}",
        alt=f"Page {page} of {source.title}" + (", the quote is outlined" if drawn else ""),
    )
    inner = tag("div", image + drawn, class_="cv-page", style=f"width:{view.zoom * 100:.0f}%")
    return tag("div", inner, class_="cv-scroll", tabindex=0, role="region", aria_label="Page")


def _box(box: PageBox) -> str:
    style = (
        f"left:{box.x0:.4%};top:{box.y0:.4%};"
        f"width:{box.x1 - box.x0:.4%};height:{box.y1 - box.y0:.4%}"
    )
    return tag("span", "", class_="cv-box", style=style)


def tag_void(name: str, /, **attributes: str) -> str:
    """An element without content."""
    pairs = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{pairs}>"


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


def _text(view: View, quotes: Sequence[Quote]) -> str:
    source = view.place.source
    shown = window(view)
    before = after = ""
    if shown.start:
        before = button(
            f"Show what comes before ({shown.start:,} characters)", "wide", kind="cv-link"
        )
    left = len(source.text) - shown.end
    if left:
        after = button(f"Show what follows ({left:,} characters)", "wide", kind="cv-link")
    body = tag("bdi", marked(source, shown, _marks(view, quotes)), class_="cv-words", dir="auto")
    text = tag("div", body, class_="cv-text", data_start=shown.start, data_end=shown.end)
    return tag(
        "div",
        before + text + after,
        class_="cv-scroll",
        tabindex=0,
        role="region",
        aria_label="Text",
    )


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
