"""EPUB: books made by a library that is not ours."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import mkepub
import pytest

from rag.errors import UnreadableSource
from rag.extract import read_file
from rag.types import Source

# The library leaves its temporary folder to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Implicitly cleaning up:ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    book = mkepub.Book(title="The Mole", author="Ann Roe", language="en")
    book.add_page("One", "<h1>One</h1><p>It weighs 10<sup>6</sup> tons.</p>")
    book.add_page("Two", "<h1>Two</h1><table><tr><th>Ship</th><th>Due</th></tr>"
                  "<tr><td>Mole</td><td>3.50</td></tr></table>")  # fmt: skip
    book.add_page("Three", "<h1>Three</h1><p>The end.</p>")
    path = tmp_path / "a.epub"
    book.save(str(path))
    return path


def read(path: Path) -> Source:
    return read_file(path, id=path.name)


def test_chapters_come_in_reading_order_with_their_headings(path: Path) -> None:
    source = read(path)
    own = [source.text[h.span.start : h.span.end] for h in source.headings if h.level == 1]
    assert [h for h in own if h in ("One", "Two", "Three")] == ["One", "Two", "Three"]
    places = [source.text.index(words) for words in ("tons", "Mole\t3.50", "The end.")]
    assert places == sorted(places)
    assert "It weighs 10⁶ tons." in source.text
    assert source.heading_path(source.text.index("3.50"))[-1] == "Two"
    assert (source.title, source.meta("author")) == ("The Mole", "Ann Roe")
    assert source.extractor.startswith("epub 1 on html ")


def altered(path: Path, name: str, data: bytes) -> Path:
    held = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(held, "w") as new:
        for item in old.infolist():
            if item.filename != name:
                new.writestr(item.filename, old.read(item))
        if data:
            new.writestr(name, data)
    path.write_bytes(held.getvalue())
    return path


def test_a_missing_chapter_is_named_and_the_rest_is_read(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if b"The end." in archive.read(n))
    source = read(altered(path, name, b""))
    assert "tons" in source.text
    assert any(name.rsplit("/", 1)[-1] in note for note in source.notes)


def test_an_empty_title_swallows_nothing(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if b"The end." in archive.read(n))
    page = (
        b'<html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="a.js"/></head>'
        b"<body><p>Still read.</p></body></html>"
    )
    assert "Still read." in read(altered(path, name, page)).text


def test_a_protected_book_says_so(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if b"The end." in archive.read(n))
    encryption = (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData '
        'xmlns="http://www.w3.org/2001/04/xmlenc#"><CipherData>'
        f'<CipherReference URI="{name}"/></CipherData></EncryptedData></encryption>'
    )
    altered(path, "META-INF/encryption.xml", encryption.encode())
    with pytest.raises(UnreadableSource, match="protected against copying"):
        read(path)


def test_another_package_is_no_book(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as archive:
        archive.writestr("words.txt", "words")
    with pytest.raises(UnreadableSource, match="is not an EPUB book but a ZIP archive"):
        read(tmp_path / "a.epub")
