"""Write the PDF and DOCX sources of this corpus from the text in make_text.py.

Run `python corpus/make.py` from the repository root. The same text gives the same files: dates and
identifiers are fixed. Needs reportlab (PDF) and python-docx (DOCX).
"""

from __future__ import annotations

import datetime
import io
import os
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest import mock

from make_text import COUNTING, COURT, LIFEBOATS, WARRANTS, Block

AUTHOR = "Chapter & Verse sample corpus"
WRITTEN = datetime.datetime(2026, 11, 21, 12, 0, 0, tzinfo=datetime.UTC)
ZIP_TIME = (2026, 11, 21, 12, 0, 0)

DOCX = {
    "icc/how-the-court-works.docx": ("How the International Criminal Court works", COURT),
    "titanic/lifeboats.docx": ("Boats for half", LIFEBOATS),
}
PDF = {
    "icc/warrants-2024.pdf": ("The warrants of November 2024", WARRANTS),
    "titanic/counting-the-dead.pdf": ("Counting the dead of the Titanic", COUNTING),
}


def grouped(blocks: Sequence[Block]) -> Iterator[tuple[str, str | list[list[str]]]]:
    """The blocks in order, each run of rows joined into one ("table", cells)."""
    rows: list[list[str]] = []
    for style, text in (*blocks, ("end", "")):
        if style == "row":
            rows.append(text.split(" | "))
            continue
        if rows:
            yield "table", rows
            rows = []
        if style != "end":
            yield style, text


def docx_bytes(title: str, blocks: Sequence[Block]) -> bytes:
    """A DOCX file; its parts are stored in the order python-docx gives, all with one fixed date."""
    import docx

    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author, properties.last_modified_by = title, AUTHOR, AUTHOR
    properties.created = properties.modified = WRITTEN
    properties.comments = ""
    styles = {
        "h1": "Heading 1",
        "h2": "Heading 2",
        "h3": "Heading 3",
        "p": "Normal",
        "li": "List Bullet",
    }
    for style, content in grouped(blocks):
        if isinstance(content, str):
            document.add_paragraph(content, style=styles[style])
            continue
        table = document.add_table(rows=0, cols=len(content[0]), style="Table Grid")
        for cells in content:
            for cell, text in zip(table.add_row().cells, cells, strict=True):
                cell.text = text
    raw = io.BytesIO()
    document.save(raw)
    fixed = io.BytesIO()
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            entry = zipfile.ZipInfo(part.filename, ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(part))
    return fixed.getvalue()


def pdf_bytes(title: str, blocks: Sequence[Block]) -> bytes:
    """An A5 PDF; reportlab's invariant mode fixes its identifier."""
    from xml.sax.saxutils import escape

    from reportlab.lib.pagesizes import A5
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.lib.units import mm
    from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

    sheet = getSampleStyleSheet()
    styles = {"h1": "Heading1", "h2": "Heading2", "h3": "Heading3", "p": "BodyText", "li": "Bullet"}
    story: list[Flowable] = []
    for style, content in grouped(blocks):
        if isinstance(content, str):
            bullet = "•" if style == "li" else None
            story.append(Paragraph(escape(content), sheet[styles[style]], bulletText=bullet))
        else:
            story += [Spacer(1, 2 * mm), Table(content, hAlign="LEFT"), Spacer(1, 2 * mm)]
    raw = io.BytesIO()
    document = SimpleDocTemplate(
        raw,
        pagesize=A5,
        title=title,
        author=AUTHOR,
        invariant=1,
        leftMargin=14 * mm,
        rightMargin=14 * mm,
        topMargin=14 * mm,
        bottomMargin=14 * mm,
    )
    # reportlab takes the date of the file from here, or from the clock.
    with mock.patch.dict(os.environ, SOURCE_DATE_EPOCH=str(int(WRITTEN.timestamp()))):
        document.build(story)
    return raw.getvalue()


def build() -> dict[str, bytes]:
    """Every generated file of the corpus: path relative to this folder -> content."""
    files = {path: docx_bytes(title, blocks) for path, (title, blocks) in DOCX.items()}
    files.update({path: pdf_bytes(title, blocks) for path, (title, blocks) in PDF.items()})
    return files


def main() -> int:
    """Write every generated file beside this script."""
    here = Path(__file__).resolve().parent
    for path, content in build().items():
        (here / path).write_bytes(content)
        print(f"{path}: {len(content):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
