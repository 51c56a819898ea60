"""DOCX: paragraphs, headings, lists and tables in order, and what is left out is said."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest

from rag.errors import UnreadableSource
from rag.extract import read_file
from rag.types import Source


def read(path: Path) -> Source:
    return read_file(path, id=path.name)


def edited(path: Path, change: Callable[[bytes], bytes]) -> Path:
    """Rewrite the main part of a Word file."""
    data = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(data, "w") as new:
        for item in old.infolist():
            part = old.read(item)
            new.writestr(item, change(part) if item.filename == "word/document.xml" else part)
    path.write_bytes(data.getvalue())
    return path


@pytest.fixture
def report(tmp_path: Path) -> Path:
    document = docx.Document()
    document.core_properties.title = "The Report"
    document.core_properties.author = "Jane Roe"
    document.add_heading("Main title", 0)
    document.add_heading("First", 1)
    paragraph = document.add_paragraph("Hello bold ")
    paragraph.add_run("world").bold = True
    paragraph.add_run(". Next\nline ")
    document.add_paragraph("Item one", style="List Bullet")
    document.add_paragraph("Item two", style="List Bullet")
    document.add_heading("Second", 2)
    table = document.add_table(2, 2)
    for number, text in enumerate(("A", "B", "1", "2\nx")):
        table.cell(number // 2, number % 2).text = text
    document.add_paragraph("")
    document.add_paragraph("Last.")
    path = tmp_path / "report.docx"
    document.save(str(path))
    return path


def test_the_text_in_document_order(report: Path) -> None:
    source = read(report)
    assert source.text == (
        "Main title\n\nFirst\n\nHello bold world. Next \nline\n\nItem one\nItem two\n\n"
        "Second\n\nA\tB\n1\t2 x\n\nLast."
    )
    named = [(h.level, source.text[h.span.start : h.span.end]) for h in source.headings]
    assert named == [(1, "Main title"), (1, "First"), (2, "Second")]
    assert (source.title, source.meta("author"), source.extractor) == (
        "The Report",
        "Jane Roe",
        "docx 2",
    )
    assert source.notes == ()


def test_tracked_changes_are_read_as_accepted_and_said(report: Path) -> None:
    change = (
        b"<w:p><w:del><w:r><w:delText>old</w:delText></w:r></w:del>"
        b"<w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:r><w:t> words</w:t></w:r></w:p><w:sectPr"
    )
    source = read(edited(report, lambda part: part.replace(b"<w:sectPr", change, 1)))
    assert source.text.endswith("Last.\n\nnew words")
    told = "tracked changes: insertions are read and marked, deletions are left out"
    assert source.notes == (told,)
    (mark,) = source.marks
    assert (mark.kind, source.text[mark.span.start : mark.span.end]) == ("inserted", "new")


def test_comments_and_headers_follow_the_body(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Body text.")
    document.add_comment(paragraph.runs, text="A remark", author="X")
    document.sections[0].header.paragraphs[0].text = "Confidential"
    path = tmp_path / "a.docx"
    document.save(str(path))
    source = read(path)
    assert source.text == "Body text.\n\nA remark\n\nConfidential"
    (mark,) = source.marks
    assert (mark.kind, source.text[mark.span.start : mark.span.end]) == ("comment", "A remark")
    assert mark.note.startswith("X, 20")
    assert mark.note.endswith("on “Body text.”")
    assert [source.text[s.start : s.end] for s in source.boilerplate] == ["Confidential"]
    assert source.notes == (
        "1 comment read after the body, marked as such",
        "page headers and footers are read after the body, marked as boilerplate",
    )


def test_text_boxes_are_read_once(report: Path) -> None:
    inner = b"<w:txbxContent><w:p><w:r><w:t>Boxed.</w:t></w:r></w:p></w:txbxContent>"
    space = b'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    box = (
        b"<w:p><w:r><w:t>Anchor.</w:t><mc:AlternateContent " + space
        + b'><mc:Choice Requires="wps">'
        + inner + b"</mc:Choice><mc:Fallback>" + inner + b"</mc:Fallback></mc:AlternateContent>"
        b"</w:r></w:p><w:sectPr"
    )  # fmt: skip
    source = read(edited(report, lambda part: part.replace(b"<w:sectPr", box, 1)))
    assert source.text.endswith("Last.\n\nAnchor.\n\nBoxed.")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("other/thing.xml", "is a ZIP archive but not a Word file"),
        ("word/document.xml", "is no Word document: its main part is a <x>"),
    ],
)
def test_a_zip_that_is_no_word_file(tmp_path: Path, name: str, told: str) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "<x/>")
    with pytest.raises(UnreadableSource) as caught:
        read(path)
    assert told in caught.value.reason


def test_a_document_without_text(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    docx.Document().save(str(path))
    with pytest.raises(UnreadableSource, match="holds no text"):
        read(path)
