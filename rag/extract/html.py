"""HTML: all visible text in document order, with its structure as white space.

The rules of extractor ``html 2``, on which offsets rest: the layout is that of
``rag.extract.builder``; runs of white space are one space (in ``pre`` they stay, with a space
before each line break), and two ``br`` in a row part paragraphs. Items of ordered lists begin with
their numbers. Quotation elements have their marks, a reading aid stands in brackets after its word,
a formula is one line of text. A form field is what it shows, marked as filled in; crossed-out words
are marked. Navigation and the like is marked as boilerplate, never dropped. Left out: scripts,
styles, templates, drawings, and what the page hides by attribute, by inline style or by a style
sheet in it. A table that only lays out text is read as paragraphs.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.extract.draft import Draft, Unreadable
from rag.extract.formats import Format
from rag.extract.html_charset import decode_page
from rag.extract.html_meta import read_meta
from rag.extract.html_text import PageText
from rag.extract.html_tree import parse


def read_html(data: bytes, encoding: str | None = None) -> Draft:
    """An HTML file as its visible text. Raises Unreadable when there is none, NotText likewise."""
    decoded = decode_page(data, encoding)
    root, notes = parse(decoded.text)
    page = PageText(root)
    page.walk(root)
    metadata = read_meta(root)
    title = metadata.pop("title", "")
    notes = (*decoded.notes, *notes, *_losses(page))
    draft = page.builder.draft(title, notes=notes, **metadata, **decoded.metadata)
    if not draft.text.strip():
        raise Unreadable("shows no text (a page that scripts fill holds none in its file)")
    draft.labels = tuple(page.labels)
    draft.title = title or _first_heading(draft)
    return draft


def _first_heading(draft: Draft) -> str:
    """The first heading of level 1 outside boilerplate, or ""."""
    for heading in draft.headings:
        inside = any(span.contains(heading.span) for span in draft.boilerplate)
        if heading.level == 1 and not inside:
            return draft.text[heading.span.start : heading.span.end]
    return ""


def _losses(page: PageText) -> Iterator[str]:
    if page.hidden:
        yield f"{page.hidden} hidden part{'s' * (page.hidden > 1)} of the page left out"
    if page.drawings:
        yield f"{page.drawings} drawing{'s' * (page.drawings > 1)} with words (SVG) not read"
    if any(mark.kind == "struck" for mark in page.builder.marks):
        yield "struck-out words are read, marked and searched last"


FORMATS = (
    Format(
        name="HTML",
        label="an HTML page",
        suffixes=(".html", ".htm", ".xhtml", ".xht"),
        media_type="text/html",
        key="html",
        version=2,
        read=lambda content: read_html(content.data, content.encoding),
        keeps="all visible text in document order; headings, lists with their numbers, tables with "
        "columns and heads, formulas, form fields; title, author, date, address",
        loses="scripts, styles, hidden text, drawings; what a script would fill in",
        noted="navigation is marked and ranked down; a note counts hidden parts and drawings; "
        "crossed-out words and form fields are marked; a page without text is unreadable",
        structured=True,
    ),
)
