"""PDF: drawings that draw each other without end are told before the file is opened."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from rag.errors import UnreadableSource
from rag.extract import read_file
from rag.extract.draft import Unreadable
from rag.extract.pdf_forms import check_forms

LINE = b"BT /F1 12 Tf 20 200 Td (The tower stands here.) Tj ET"
FONT = b"/Font<</F1 5 0 R>>"


def pdf(objects: Mapping[int, bytes]) -> bytes:
    """A file of one page that calls the form 10 as /X."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<<"
    page += FONT + b"/XObject<</X 10 0 R>>>>>>"
    every = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: page,
        4: b"<</Length %d>>stream\n%s\nendstream" % (len(LINE) + 6, LINE + b" /X Do"),
        5: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    } | dict(objects)
    data, places = bytearray(b"%PDF-1.7\n"), {}
    for number, body in every.items():
        places[number] = len(data)
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(data), max(every) + 1
    free = b"0000000000 65535 f \n"
    rows = (b"%010d 00000 n \n" % places[n] if n in places else free for n in range(size))
    data += b"xref\n0 %d\n" % size + b"".join(rows)
    data += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return bytes(data)


def form(content: bytes, calls: str = "", *, packed: bool = False, names: str = "") -> bytes:
    """A form. calls: its XObject resources ("/X 11 0 R"); names: another way to write them."""
    body = zlib.compress(content) if packed else content
    resources = names or f"<<{FONT.decode()}/XObject<<{calls}>>>>"
    head = (
        f"<</Length {len(body)}/Type/XObject/Subtype/Form/BBox[0 0 300 300]/Resources {resources}"
    )
    filtered = "/Filter/FlateDecode" if packed else ""
    return f"{head}{filtered}>>stream\n".encode() + body + b"\nendstream"


def chain(levels: int, times: int, *, packed: bool = False) -> dict[int, bytes]:
    """Forms of which each calls the next so many times; the last writes a line."""
    calls = {
        10 + at: form(b"/X Do " * times, f"/X {11 + at} 0 R", packed=packed) for at in range(levels)
    }
    return calls | {10 + levels: form(LINE)}


ENDLESS = {
    "itself": {10: form(b"/X Do /X Do", "/X 10 0 R")},
    "each other": {
        10: form(b"/A Do /B Do", "/A 11 0 R/B 10 0 R"),
        11: form(b"/A Do", "/A 10 0 R"),
    },
    "tens": chain(8, 10, packed=True),
    "two names": {
        **{10 + at: form(b"/A Do /B Do", f"/A {11 + at} 0 R /B {11 + at} 0 R") for at in range(30)},
        40: form(LINE),
    },
    "resources elsewhere": {
        10: form(b"/X Do /X Do", names="20 0 R"),
        20: b"<</XObject 21 0 R>>",
        21: b"<</X 10 0 R>>",
    },
    "names in code": {
        10: form(b"/X Do /X Do", "/X 10 0 R").replace(b"/Subtype/Form", b"/Subtype/F#6frm")
    },
}


@pytest.mark.parametrize("name", ENDLESS)
def test_endless_drawings_are_refused_by_name(name: str, tmp_path: Path) -> None:
    data = pdf(ENDLESS[name])
    with pytest.raises(Unreadable, match="draw each other over and over"):
        check_forms(data)
    (tmp_path / "bomb.pdf").write_bytes(data)
    with pytest.raises(UnreadableSource, match="draw each other"):
        read_file(tmp_path / "bomb.pdf", id="bomb.pdf")


@pytest.mark.parametrize("packed", [False, True])
def test_drawings_in_drawings_are_read(packed: bool, tmp_path: Path) -> None:
    (tmp_path / "made.pdf").write_bytes(pdf(chain(3, 3, packed=packed)))
    text = read_file(tmp_path / "made.pdf", id="made.pdf").text
    assert text == "The tower stands here."  # twenty-eight times at one place


def test_resources_in_an_object_stream() -> None:
    inner = b"30 0 <</X 10 0 R>>"
    packed = zlib.compress(inner)
    stream = b"<</Type/ObjStm/N 1/First 5/Length %d/Filter/FlateDecode>>stream\n" % len(packed)
    objects = {
        10: form(b"/X Do /X Do", names="<</XObject 30 0 R>>"),
        20: stream + packed + b"\nendstream",
    }
    with pytest.raises(Unreadable, match="draw each other"):
        check_forms(pdf(objects))
