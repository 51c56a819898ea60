"""DOCX: paragraphs, headings and tables of a Word file in document order.

The rules of extractor ``docx 1``: paragraphs are parted by a blank line, list paragraphs and table
rows by a line feed, cells by a tab; a line break inside a paragraph is a space and a line feed,
in a cell a space.
White space around a paragraph is left out. Text boxes follow the paragraph they hang on, footnotes
and endnotes follow the body. Tracked insertions are read, tracked deletions are not. Not read:
comments, page headers and footers, automatic numbers, formulas; a note says which of them a file
has.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from rag.extract.draft import Draft, Unreadable, one_line
from rag.extract.formats import Format
from rag.extract.sniff import sniff
from rag.types import Heading, Span

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SPACE = re.compile(r"[\r\n]+")
_STYLE = re.compile(r"heading ([1-6])|(title)", re.IGNORECASE)
_MOST_UNPACKED = 1 << 30
_LONG_CELL = 300
_UNREAD = frozenset((f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}delText"))
_MARKS = {
    f"{_W}tab": "\t",
    f"{_W}br": " \n",
    f"{_W}cr": " \n",
    f"{_W}noBreakHyphen": "\u2011",
    f"{_W}softHyphen": "\u00ad",
}
_JUNK = frozenset(("", "word document", "untitled", "document", "python-docx", "user", "admin"))


def read_docx(data: bytes, kind: str | None) -> Draft:
    """A Word file as text; ``kind`` is what its first bytes say. Raises Unreadable."""
    document = _open(data, kind)
    writer = _Writer(_style_levels(document), _list_styles(document))
    writer.blocks(document.element.body)
    notes = _notes(document, writer)
    text = "".join(writer.parts)
    if not text.strip():
        raise Unreadable("holds no text (pictures alone are not read)")
    properties = document.core_properties
    first = next((h for h in writer.headings if h.level == 1), None)
    heading = text[first.span.start : first.span.end] if first else ""
    return Draft(
        text,
        title=_sensible(properties.title) or one_line(heading),
        headings=tuple(writer.headings),
        metadata={
            "author": _sensible(properties.author),
            "date": _date(properties),
        },
        notes=tuple(notes),
    )


def _open(data: bytes, kind: str | None) -> Any:
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from lxml import etree

    if kind == "an old or encrypted Office file":
        raise Unreadable("is encrypted, or an old .doc file; save it as .docx without a password")
    if kind is None or not kind.startswith(("a ZIP", "a Word")):
        raise Unreadable(f"is not a Word file but {kind or 'something else (text?)'}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if "word/document.xml" not in archive.namelist():
                raise Unreadable("is a ZIP archive but not a Word file")
            if sum(item.file_size for item in archive.infolist()) > _MOST_UNPACKED:
                raise Unreadable("unpacks to more than 1 GiB; it looks made to do harm")
        return docx.Document(io.BytesIO(data))
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise Unreadable("is damaged: its ZIP archive cannot be read; save it again") from error
    except (PackageNotFoundError, KeyError, ValueError, etree.XMLSyntaxError) as error:
        raise Unreadable("is damaged: parts of the Word file are missing or broken") from error


def _sensible(value: str | None) -> str:
    line = one_line(value or "")
    return "" if line.lower() in _JUNK else line


def _date(properties: Any) -> str:
    try:
        moment = properties.modified or properties.created
    except ValueError:
        return ""
    return moment.date().isoformat() if moment else ""


def _style_levels(document: Any) -> dict[str, int]:
    """Heading level by style id; a style based on a heading style is one too."""
    levels: dict[str, int] = {}
    for style in document.styles:
        ancestor = style
        for _ in range(10):
            match = _STYLE.fullmatch((getattr(ancestor, "name", "") or "").strip())
            if match:
                levels[style.style_id] = int(match[1] or 1)
                break
            ancestor = getattr(ancestor, "base_style", None)
            if ancestor is None:
                break
    return levels


def _list_styles(document: Any) -> frozenset[str]:
    """Ids of the paragraph styles that are lists."""
    return frozenset(
        style.style_id
        for style in document.styles
        if (style.name or "").lower().startswith("list ")
        or style.element.find(f"{_W}pPr/{_W}numPr") is not None
    )


def _notes(document: Any, writer: _Writer) -> list[str]:
    """Read foot- and endnotes after the body; say what the file holds that is not read."""
    body = document.element.body
    notes = []
    for name, tag in (("footnotes", "footnote"), ("endnotes", "endnote")):
        count = writer.annotations(_part(document, name), f"{_W}{tag}")
        if count:
            notes.append(f"{count} {tag}{'s' * (count > 1)} read after the body")
    comments = _part(document, "comments")
    number = 0 if comments is None else sum(1 for _ in comments.iter(f"{_W}comment"))
    if number:
        notes.append(f"{number} comment{'s' * (number > 1)} not read")
    if next(body.iter(f"{_W}ins", f"{_W}del", f"{_W}moveFrom", f"{_W}moveTo"), None) is not None:
        notes.append("tracked changes: insertions are read, deletions are not")
    if any(_has_text(_part(document, kind)) for kind in ("header", "footer")):
        notes.append("page headers and footers not read")
    if (
        next(body.iter("{http://schemas.openxmlformats.org/officeDocument/2006/math}t"), None)
        is not None
    ):
        notes.append("formulas not read")
    return notes


def _part(document: Any, kind: str) -> Any:
    """The root element of the first related part of a kind, or None."""
    from lxml import etree

    for relation in document.part.rels.values():
        if relation.reltype.endswith(f"/{kind}") and not relation.is_external:
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            try:
                return etree.fromstring(relation.target_part.blob, parser)
            except etree.XMLSyntaxError:
                return None
    return None


def _has_text(root: Any) -> bool:
    return root is not None and any((t.text or "").strip() for t in root.iter(f"{_W}t"))


class _Writer:
    """Text in document order, with the headings found on the way."""

    def __init__(self, levels: dict[str, int], lists: frozenset[str]) -> None:
        self.levels, self.lists = levels, lists
        self.parts: list[str] = []
        self.length = 0
        self.headings: list[Heading] = []
        self._item = False  # whether what was written last is a list item or a row

    def blocks(self, parent: Any) -> None:
        """Write the paragraphs and tables of a body, a cell, a text box or a note."""
        for child in parent:
            if child.tag == f"{_W}p":
                self.paragraph(child)
            elif child.tag == f"{_W}tbl":
                self.table(child)
            elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}customXml", f"{_W}ins"):
                self.blocks(child)

    def paragraph(self, element: Any) -> None:
        style = element.find(f"{_W}pPr/{_W}pStyle")
        name = style.get(f"{_W}val", "") if style is not None else ""
        level = self.levels.get(name)
        numbered = element.find(f"{_W}pPr/{_W}numPr") is not None
        listed = level is None and (numbered or name in self.lists)
        start = self.write("".join(inline(element)), item=listed)
        if level is not None and start < self.length:
            self.headings.append(Heading(level, Span(start, self.length)))
        for box in _boxes(element):
            self.blocks(box)

    def table(self, element: Any) -> None:
        for number, row in enumerate(element.iter(f"{_W}tr")):
            if next(row.iterancestors(f"{_W}tbl"), None) is not element:
                continue  # a row of a table inside a cell
            cells = [_cell(cell) for cell in row.iterchildren(f"{_W}tc")]
            if any(len(cell) > 1 and max(map(len, cell)) > _LONG_CELL for cell in cells):
                for cell in row.iterchildren(f"{_W}tc"):  # a table for layout: its cells are text
                    self.blocks(cell)
            else:
                line = "\t".join(" ".join(cell).replace(" \n", " ") for cell in cells)
                self.write(line, item=True, opens=number == 0)
        self._item = False

    def annotations(self, root: Any, tag: str) -> int:
        """Write foot- or endnotes (not the separators among them); how many there were."""
        count = 0
        for note in root.iter(tag) if root is not None else ():
            before = self.length
            if note.get(f"{_W}type") is None:
                self.blocks(note)
            count += self.length > before
        return count

    def write(self, text: str, *, item: bool, opens: bool = False) -> int:
        """Append a paragraph or row; the offset at which it starts."""
        text = text.strip()
        if not text:
            return self.length
        mark = "" if not self.length else "\n" if item and self._item and not opens else "\n\n"
        self.parts.append(mark + text)
        self.length += len(mark) + len(text)
        self._item = item
        return self.length - len(text)


def inline(element: Any) -> Iterator[str]:
    """The text of a paragraph, in order; what is deleted or hangs elsewhere is left out."""
    for child in element:
        tag = child.tag
        if tag == f"{_W}t":
            yield _SPACE.sub(" ", child.text or "")
        elif tag in _MARKS:
            yield _MARKS[tag]
        elif tag == f"{_W}pPr" or tag in _UNREAD or tag == f"{_W}txbxContent" or tag == _FALLBACK:
            continue
        else:
            yield from inline(child)


def _boxes(paragraph: Any) -> Iterator[Any]:
    """Text boxes that hang on a paragraph; the copy kept for old programs is passed over."""
    for box in paragraph.iter(f"{_W}txbxContent"):
        if next(box.iterancestors(_FALLBACK), None) is None:
            yield box


def _cell(cell: Any) -> list[str]:
    """The texts of a cell's paragraphs, those of tables inside it too."""
    texts = ("".join(inline(paragraph)).strip() for paragraph in cell.iter(f"{_W}p"))
    return [text for text in texts if text]


FORMATS = (
    Format(
        name="Word",
        label="a Word file",
        suffixes=(".docx", ".docm", ".dotx", ".dotm"),
        media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        key="docx",
        version=1,
        read=lambda content: read_docx(content.data, sniff(content.data)),
        keeps="paragraphs, headings, lists, tables, text boxes, foot- and endnotes; title, author, "
        "date",
        loses="comments, page headers and footers, automatic numbers, formulas, pictures",
        noted="a note says which of them a file has; tracked deletions are said to be left out",
        structured=True,
        part="word/document.xml",
    ),
)
