"""Damaged files of every format: a source comes out, or the reason why not, and nothing else."""

from __future__ import annotations

import io
import json
import mailbox
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import docx
import odfdo
import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pptx import Presentation

from rag.errors import UnreadableSource
from rag.extract import find_files, formats, read_file
from tests.unit.test_archives import zipped
from tests.unit.test_rtf_and_json import HEAD

ALL = sorted(f.suffixes[0] for f in formats() if f.suffixes[0])


def message() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["Subject"] = "Ann <a@b.example>", "Zoë's pier"
    made.set_content("The pier.\n\n> is shut\n")
    made.add_alternative("<p>The <b>pier</b></p><blockquote type='cite'>Hm</blockquote>", "html")
    made.add_attachment(b"a,b\n1,2\n", maintype="text", subtype="csv", filename="a.csv")
    return made


@cache
def sample(suffix: str) -> bytes:
    """A small valid file of each format that is not plain text."""
    held = io.BytesIO()
    if suffix == ".xlsx":
        book = openpyxl.Workbook()
        book.active.append(["Ship", "Due"])
        book.active.append(["Mole", 3.5])
        book.save(held)
    elif suffix == ".docx":
        document = docx.Document()
        document.add_heading("Mole")
        document.add_paragraph("Words.")
        document.add_table(2, 2).cell(1, 1).text = "Cell"
        document.save(held)
    elif suffix == ".pptx":
        deck = Presentation()
        deck.slides.add_slide(deck.slide_layouts[0]).shapes.title.text = "Mole"
        deck.save(held)
    elif suffix in (".odt", ".ods", ".odp"):
        kind = {".odt": "text", ".ods": "spreadsheet", ".odp": "presentation"}[suffix]
        document = odfdo.Document(kind)
        document.body.append(odfdo.Paragraph("Words."))
        document.save(held)
    elif suffix == ".epub":
        container = b'<container><rootfiles><rootfile full-path="o.opf"/></rootfiles></container>'
        opf = (
            b'<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="a" href="a.xhtml"'
            b' media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine>'
            b"</package>"
        )
        page = b"<html><body><p>Words.</p></body></html>"
        return zipped({"META-INF/container.xml": container, "o.opf": opf, "a.xhtml": page})
    elif suffix == ".zip":
        return zipped({"a.txt": b"Words.", "in/b.md": b"# B"})
    elif suffix == ".rtf":
        return (
            HEAD + r"\pard\intbl Ship\cell{\super 2}\cell\row\pard {\v x}\'e9\u233?\par}"
        ).encode()
    elif suffix == ".pdf":
        from fpdf import FPDF

        pdf = FPDF()
        pdf.add_page()
        pdf.set_font("helvetica", size=12)
        pdf.cell(text="Words.")
        return bytes(pdf.output())
    elif suffix in (".eml", ".mhtml"):
        return bytes(message())
    elif suffix == ".mbox":
        return b"From a b\n" + bytes(message()) + b"\n\nFrom a b\n" + bytes(message())
    elif suffix == ".json":
        return json.dumps({"a": [1, {"b": "Zoë"}], "title": "x" * 200}).encode()
    else:
        return '= Title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n* x\n\n<p>Zoë\n\na,"b\n'.encode()
    return held.getvalue()


def tried(path: Path) -> None:
    """Read a file and all that it holds; anything but a source or its reason is a failure."""
    for file in find_files(path).files:
        try:
            source = read_file(file.path, id=file.id)
        except UnreadableSource:
            continue
        assert source.text.strip()
        spans = [h.span for h in source.headings] + [m.span for m in source.marks]
        assert all(span.end <= len(source.text) for span in spans)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.parametrize("suffix", ALL)
def test_the_samples_are_valid(folder: Path, suffix: str) -> None:
    path = folder / f"a{suffix}"
    path.write_bytes(sample(suffix))
    files = find_files(path).files
    assert files
    for file in files:
        assert read_file(file.path, id=file.id).text


@pytest.mark.parametrize("suffix", ALL)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.binary(max_size=300))
@example(data=b"")
@example(data=b"PK\x03\x04")
@example(data=b"\x00" * 50)
def test_any_bytes(folder: Path, suffix: str, data: bytes) -> None:
    path = folder / f"a{suffix}"
    path.write_bytes(data)
    tried(path)


@pytest.mark.parametrize("suffix", ALL)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_cut_and_altered_files(folder: Path, suffix: str, data: st.DataObject) -> None:
    whole = bytearray(sample(suffix))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    path = folder / f"a{suffix}"
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    tried(path)


@pytest.mark.parametrize("suffix", [".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_altered_parts_of_packages(folder: Path, suffix: str, data: st.DataObject) -> None:
    """The archive is whole, what lies in it is not."""
    import zipfile

    with zipfile.ZipFile(io.BytesIO(sample(suffix))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    names = sorted(name for name in parts if name.endswith((".xml", ".opf", ".rels")))
    name = data.draw(st.sampled_from(names))
    part = parts[name]
    kind = data.draw(st.sampled_from(("cut", "drop", "swap")))
    if kind == "cut":
        parts[name] = part[: data.draw(st.integers(0, len(part)))]
    elif kind == "drop":
        del parts[name]
    else:
        words = sorted({w for w in part.split(b'"')[1::2] if w}) or [b"x"]
        old = data.draw(st.sampled_from(words))
        new = data.draw(st.sampled_from((b"", b"-1", b"zz", b"99999999999")))
        parts[name] = part.replace(b'"' + old + b'"', b'"' + new + b'"')
    path = folder / f"a{suffix}"
    path.write_bytes(zipped(parts))
    tried(path)


def test_a_mailbox_made_by_the_standard_library(folder: Path) -> None:
    path = folder / "made.mbox"
    box = mailbox.mbox(path)
    box.add(message())
    box.close()
    assert len(find_files(path).files) == 2
