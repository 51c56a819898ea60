"""EPUB: the chapters of a book in reading order, each read as the page it is."""

from __future__ import annotations

import codecs
import posixpath
import re
import zipfile
from typing import Any
from urllib.parse import unquote, urlsplit

from rag.extract.draft import Draft, Unreadable, one_line
from rag.extract.formats import Content, Format
from rag.extract.html import read_html
from rag.extract.joined import joined
from rag.extract.package import package, parsing, xml
from rag.extract.properties import day
from rag.extract.zipped import unpacked

LABEL = "an EPUB book"
_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_DC = "{http://purl.org/dc/elements/1.1/}"
_OPF = "{http://www.idpf.org/2007/opf}"
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d(?:-\d\d)?")


def read_epub(content: Content) -> Draft:
    """A book. Raises Unreadable."""
    opened = package(content.data, LABEL, _CONTAINER)
    with parsing(LABEL):
        where, root = _package_document(opened)
        pages = _spine(root, where)
        _refuse_protected(opened, pages)
        chapters, notes = [], []
        for name in pages:
            try:
                chapters.append(_chapter(opened, name))
            except Unreadable as error:  # the cover, a picture, a missing file
                if "no text" not in str(error):
                    notes.append(f"chapter {posixpath.basename(name)} {error}")
    if not chapters:
        raise Unreadable("holds no text (pictures alone are not read)")
    book = joined(chapters)
    book.title = one_line(root.findtext(f".//{_DC}title") or "")
    book.metadata = _metadata(root)
    book.notes = (*(note for chapter in chapters for note in chapter.notes), *notes)
    return book


def _package_document(opened: zipfile.ZipFile) -> tuple[str, Any]:
    """Where the book's list of contents lies, and its root element."""
    container = xml(opened, _CONTAINER)
    path = next((e.get("full-path", "") for e in container.iter("{*}rootfile")), "")
    root = xml(opened, path)
    if root is None:
        raise Unreadable("is damaged: its list of chapters is missing")
    return path, root


def _spine(root: Any, where: str) -> list[str]:
    """The names of the pages in reading order, as the archive has them."""
    base = posixpath.dirname(where)
    items = {item.get("id"): item for item in root.iter(f"{_OPF}item")}
    listed = [items.get(reference.get("idref")) for reference in root.iter(f"{_OPF}itemref")]
    return [
        posixpath.normpath(posixpath.join(base, unquote(urlsplit(item.get("href", "")).path)))
        for item in listed
        if item is not None and item.get("media-type") in _PAGES
    ]


def _refuse_protected(opened: zipfile.ZipFile, pages: list[str]) -> None:
    encryption = xml(opened, _ENCRYPTION)
    if encryption is None:
        return
    locked = {unquote(e.get("URI", "")) for e in encryption.iter("{*}CipherReference")}
    if locked & set(pages):
        raise Unreadable("is protected against copying (DRM); its chapters are encrypted")


def _chapter(opened: zipfile.ZipFile, name: str) -> Draft:
    from lxml import etree

    data = unpacked(opened, name)
    try:
        # As HTML an empty <title/> or <script/> would swallow the rest of the page.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        page = etree.tostring(etree.fromstring(data, parser), method="html", encoding="utf-8")
    except (etree.XMLSyntaxError, ValueError):
        return read_html(data)
    return read_html(codecs.BOM_UTF8 + page)


def _metadata(root: Any) -> dict[str, str]:
    authors = [one_line(e.text or "") for e in root.iter(f"{_DC}creator")]
    dated = one_line(root.findtext(f".//{_DC}date") or "")
    year = _YEAR.match(dated)
    fields = {
        "author": ", ".join(filter(None, dict.fromkeys(authors))),
        "date": day(dated) or (year[0] if year else ""),
    }
    return {key: value for key, value in fields.items() if value}


FORMATS = (
    Format(
        name="EPUB",
        label=LABEL,
        suffixes=(".epub",),
        media_type="application/epub+zip",
        key="epub",
        version=1,
        read=read_epub,
        keeps="the chapters in reading order, with headings, lists, tables and notes as in HTML; "
        "title, authors, date",
        loses="pictures, page numbers of the printed book",
        noted="chapters that are missing or damaged are named; a book protected against copying is "
        "unreadable",
        structured=True,
        part=_CONTAINER,
        rests_on=".html",
    ),
)
