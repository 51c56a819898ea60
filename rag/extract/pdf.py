"""PDF: the text of each page under our own rules (``pdf_text``), pages joined by form feeds.

What is no running text (heads and feet, page numbers, labels of figures, numbers of lines,
watermarks, tables of contents) is in the text and marked as boilerplate; filled form fields and
comments are in it with marks that say so. Pages without text, and text left out because its font
does not say which letters it draws, are named in the notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.extract.draft import Draft, Unreadable
from rag.extract.formats import Format
from rag.extract.pdf_headings import set_apart
from rag.extract.pdf_info import headings_of, metadata_of, outline, page_labels, title_of
from rag.extract.pdf_page import Page
from rag.extract.pdf_running import running
from rag.extract.pdfium import opened, read_page
from rag.types import Cell, Mark, Row, Span, Table

_MOST_UNKNOWN = 0.3
_MOST_PAGES = 20_000


def read_pdf(data: bytes) -> Draft:
    """A PDF file as text.

    Raises Unreadable: encrypted, damaged, without text, without letters, too many pages, endless
    drawings.
    """
    with opened(data) as document:
        if len(document) > _MOST_PAGES:
            raise Unreadable(
                f"has {len(document):,} pages; at most {_MOST_PAGES:,} are read: split the file"
            )
        pages = [_without_index(read_page(document, number)) for number in range(len(document))]
        info = document.get_metadata_dict()
        bookmarks = outline(document)
        labels = page_labels(document)
    texts = [page.text for page in pages]
    _check(pages)
    starts = [0]
    for text in texts[:-1]:
        starts.append(starts[-1] + len(text) + 1)
    return Draft(
        "\f".join(texts),
        title=title_of(info.get("Title", "")),
        pages=tuple(starts),
        headings=tuple(headings_of(texts, starts, bookmarks) or set_apart(pages, starts)),
        boilerplate=tuple(_boilerplate(pages, starts)),
        marks=tuple(_marks(pages, starts)),
        tables=tuple(_tables(pages, starts)),
        page_labels=labels,
        metadata=metadata_of(info),
        notes=tuple(_notes(pages)),
    )


def _without_index(page: Page) -> Page:
    """The page less what only drawing boxes needs: a long book's would fill the memory."""
    return replace(page, index=())


def _boilerplate(pages: Sequence[Page], starts: Sequence[int]) -> list[Span]:
    """What is no running text, ascending and disjoint."""
    found: list[Span] = []
    for page, again, start in zip(pages, running(pages), starts, strict=True):
        for span in sorted({*page.aside, *again}):
            if found and span.start + start < found[-1].end:
                found[-1] = Span(found[-1].start, max(found[-1].end, span.end + start))
            else:
                found.append(span.shift(start))
    return found


def _marks(pages: Sequence[Page], starts: Sequence[int]) -> list[Mark]:
    return [
        Mark(mark.kind, mark.span.shift(start), mark.note)
        for page, start in zip(pages, starts, strict=True)
        for mark in page.marks
    ]


def _tables(pages: Sequence[Page], starts: Sequence[int]) -> list[Table]:
    """The tables of all pages in offsets of the whole text."""
    return [
        Table(
            tuple(tuple(head.shift(start) for head in heads) for heads in table.heads),
            tuple(_row(row, start) for row in table.rows),
            tuple(span.shift(start) for span in table.head_rows),
        )
        for page, start in zip(pages, starts, strict=True)
        for table in page.tables
    ]


def _row(row: Row, by: int) -> Row:
    cells = tuple(Cell(c.span.shift(by), c.column, c.columns) for c in row.cells)
    return Row(row.span.shift(by), cells)


def _check(pages: Sequence[Page]) -> None:
    ink = sum(len(page.text) - page.text.count("\n") + page.garbled for page in pages)
    lost = sum(page.replaced + page.garbled for page in pages)
    if not ink:
        number = f"{len(pages)} page{'' if len(pages) == 1 else 's'}"
        raise Unreadable(
            f"holds no text ({number}): it may be a scan; run text recognition (OCR) on it first"
        )
    if lost > _MOST_UNKNOWN * ink and (lost > 0.9 * ink or not any(page.garbled for page in pages)):
        raise Unreadable(
            "its fonts do not say which letters they draw; run text recognition (OCR) on it first"
        )


def _notes(pages: Sequence[Page]) -> list[str]:
    notes = []
    empty = [n for n, page in enumerate(pages, 1) if not page.text.strip() and not page.garbled]
    if empty:
        has = "has" if len(empty) == 1 else "have"
        notes.append(f"{_named(empty)} {has} no text")
    garbled = [number for number, page in enumerate(pages, 1) if page.garbled]
    if garbled:
        count = sum(page.garbled for page in pages)
        notes.append(
            f"{_named(garbled)}: {count:,} characters left out, because their font does not say "
            "which letters they draw; text recognition (OCR) would read them"
        )
    replaced = sum(page.replaced for page in pages)
    if replaced:
        noun = "character" if replaced == 1 else "characters"
        notes.append(f"{replaced} {noun} without a Unicode value replaced by U+FFFD")
    notes.extend(_added_notes(pages))
    return notes


def _added_notes(pages: Sequence[Page]) -> list[str]:
    kinds = (("form", "values of form fields"), ("comment", "comments"))
    notes = []
    for kind, noun in kinds:
        on = [n for n, page in enumerate(pages, 1) if any(m.kind == kind for m in page.marks)]
        if on:
            notes.append(f"{_named(on)}: {noun} are read as text of their own")
    return notes


def _named(numbers: list[int]) -> str:
    return f"page{'' if len(numbers) == 1 else 's'} {ranges(numbers)}"


def ranges(numbers: list[int]) -> str:
    """Ascending numbers as people write them: [1, 3, 4, 5] is "1, 3-5"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs)


PDF = Format(
    name="PDF",
    label="a PDF file",
    suffixes=(".pdf",),
    media_type="application/pdf",
    key="pdf",
    version=3,
    read=lambda content: read_pdf(content.data),
    keeps="the text of each page, its place on the page; raised and lowered figures; tables; "
    "filled form fields, comments; headings; page labels; title, author, date",
    loses="pictures, scans without a text layer, text whose font does not name its letters",
    noted="pages without text or with such a font are named; characters without a Unicode value "
    "are counted; running heads and feet, labels of figures, line numbers, watermarks and tables "
    "of contents are marked and ranked down; form values and comments are cited as such",
    library="pypdfium2",
    signature=(b"%PDF-",),
)
FORMATS = (PDF,)
