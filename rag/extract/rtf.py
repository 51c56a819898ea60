"""RTF: paragraphs, headings, lists and tables of rich text, in the order of the file.

Read by rules of our own because libraries for it drop what raises a figure (10 and a raised 6
would be 106), what is hidden and which paragraphs are headings.
"""

from __future__ import annotations

from rag.extract.builder import Builder, GridCell
from rag.extract.draft import Draft, Unreadable
from rag.extract.formats import Content, Format
from rag.extract.grids import write_grid
from rag.extract.package import parsing
from rag.extract.properties import sensible
from rag.extract.rtf_parse import Parser

LABEL = "an RTF file"


def read_rtf(content: Content) -> Draft:
    """Rich text. Raises Unreadable."""
    if not content.data.lstrip().startswith(b"{\\rtf"):
        raise Unreadable(f"is not {LABEL} but something else (text?)")
    builder = Builder()
    with parsing(LABEL):
        parser = Parser(content.data.decode("latin-1"))
        parser.run()
        rows: list[list[GridCell]] = []
        for paragraph in parser.paragraphs:
            if paragraph.cells is not None:
                cells = enumerate(paragraph.cells)
                rows.append([GridCell(words, column) for column, words in cells])
                continue
            if rows:
                write_grid(builder, rows)
                rows = []
            if paragraph.level:
                builder.heading(paragraph.level, paragraph.words)
            else:
                builder.paragraph(paragraph.words, item=paragraph.item)
        if rows:
            write_grid(builder, rows)
        for words in parser.footnotes:
            builder.paragraph(words)
    if not builder.length:
        raise Unreadable("holds no text (pictures alone are not read)")
    info = parser.info
    notes = ["pictures not read"] if parser.pictures else []
    return builder.draft(
        sensible(info.get("title")),
        notes=notes,
        author=sensible(info.get("author")),
        date=info.get("date", ""),
    )


FORMATS = (
    Format(
        name="RTF",
        label=LABEL,
        suffixes=(".rtf",),
        media_type="application/rtf",
        key="rtf",
        version=1,
        read=read_rtf,
        keeps="paragraphs, headings, list numbers, tables, footnotes (after the text); raised and "
        "lowered figures; title, author, date",
        loses="pictures, page heads and feet, merged cells, text boxes",
        noted="hidden, struck-out and deleted words are marked and searched last; a note says that "
        "there are pictures",
        structured=True,
        signature=(b"{\\rtf",),
    ),
)
