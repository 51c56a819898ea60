"""DOCX: the text of a Word file as a person sees it, in document order.

The rules of extractor ``docx 2``: the layout is that of ``rag.extract.builder``. Automatic numbers
of lists, clauses and headings stand in front of their words; bullets are left out. Formulas are
linear text in their sentence; symbols of symbol fonts are the characters they show; a reading aid
stands in brackets after its word. The reference of a foot- or endnote is its raised number, and
the notes follow the body; comments follow them, each marked with its author and the words it is on;
page headers and footers come last, as boilerplate. Text boxes follow the paragraph they hang on. Of
alternate contents the first is read. Tracked insertions are read and marked, deletions left out,
and paragraphs whose mark was deleted are joined. Struck-out and hidden words are marked. Cells keep
their columns; a table that only lays out text is read as paragraphs.
"""

from __future__ import annotations

from rag.extract.docx_aside import (
    losses,
    note_formats,
    write_comments,
    write_headers,
    write_notes,
)
from rag.extract.docx_numbers import Numbers
from rag.extract.docx_package import Package
from rag.extract.docx_styles import Styles
from rag.extract.docx_text import Blocks
from rag.extract.draft import Draft, Unreadable, one_line
from rag.extract.formats import Format
from rag.extract.sniff import OLD_OFFICE, sniff


def read_docx(data: bytes) -> Draft:
    """A Word file as text. Raises Unreadable with the reason."""
    kind = sniff(data)
    if kind == OLD_OFFICE:
        raise Unreadable("is encrypted, or an old .doc file; save it as .docx without a password")
    if not data.startswith(b"PK"):
        raise Unreadable(f"is not a Word file but {kind or 'something else (text?)'}")
    try:
        return _read(Package(data))
    except RecursionError as error:
        raise Unreadable("is built to do harm: its parts are nested too deep") from error


def _read(package: Package) -> Draft:
    styles = Styles(package)
    blocks = Blocks(styles, Numbers(package, styles))
    blocks.runs.seen.formats = note_formats(package)
    for element in package.pieces(package.main, "body"):
        blocks.block(element)
    blocks.flush()
    notes = [
        *write_notes(package, blocks),
        *write_comments(package, blocks),
        *write_headers(package, blocks),
        *losses(package, blocks),
    ]
    properties = package.properties()
    draft = blocks.builder.draft(properties.pop("title", ""), notes=notes, **properties)
    if not draft.text.strip():
        raise Unreadable("holds no text (pictures alone are not read)")
    draft.labels = tuple(blocks.labels)
    first = next((h.span for h in draft.headings if h.level == 1), None)
    if not draft.title and first:
        draft.title = one_line(draft.text[first.start : first.end])
    return draft


FORMATS = (
    Format(
        name="Word",
        label="a Word file",
        suffixes=(".docx", ".docm", ".dotx", ".dotm"),
        media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        key="docx",
        version=2,
        read=lambda content: read_docx(content.data),
        keeps="paragraphs, headings, automatic numbers, lists, tables with columns and heads, "
        "formulas as one line, symbols, text boxes, content controls, foot- and endnotes, "
        "comments, page headers and footers; title, author, date",
        loses="pictures, charts, embedded objects and parts inserted whole; tracked deletions; "
        "bullets",
        noted="a note counts what a file has of them; struck-out, hidden, inserted and commented "
        "words are marked, and a quote of them says so",
        structured=True,
        part="word/document.xml",
    ),
)
