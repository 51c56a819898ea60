"""The paragraphs, lists, tables and slides of an OpenDocument body, in document order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rag.extract.builder import Builder, GridCell, Run
from rag.extract.grids import Line, write_grid
from rag.extract.odf_styles import DC, DRAW, OFFICE, PRESENTATION, TABLE, TEXT, Look, Styles
from rag.types import Span

_MOST_REPEATED = 1_000
_SPACES = re.compile(r"[ \t\r\n]+")
_DECLARATIONS = ("tracked-changes", "sequence-decls", "variable-decls", "user-field-decls")
_UNREAD = frozenset(
    (
        *(f"{TEXT}{name}" for name in _DECLARATIONS),
        f"{OFFICE}forms",
        f"{OFFICE}scripts",
        f"{TABLE}shapes",
    )
)
_FURNITURE = frozenset(("header", "footer", "date-time", "page-number"))
_COLLAPSED = frozenset(("collapse", "filter"))


class Walker:
    """Writes what it meets to a builder."""

    def __init__(self, builder: Builder, styles: Styles) -> None:
        self._builder, self._styles = builder, styles
        self._footnotes: list[list[Run]] = []
        self._remarks: list[Run] = []

    def blocks(self, parent: Any, *, item: bool = False) -> None:
        """Write the blocks inside an element."""
        for child in parent:
            if not isinstance(child.tag, str) or child.tag in _UNREAD:
                continue
            if child.tag in (f"{TEXT}p", f"{TEXT}h"):
                self._paragraph(child, item=item)
            elif child.tag == f"{TEXT}list":
                self._list(child)
            elif child.tag == f"{TABLE}table":
                self._table(child)
            elif child.tag == f"{DRAW}page":
                self._slide(child)
            elif child.tag == f"{PRESENTATION}notes":
                self._speaker(child)
            elif child.get(f"{PRESENTATION}class") not in _FURNITURE:
                self.blocks(child, item=item)

    def notes(self) -> None:
        """Write the foot- and endnotes that were met."""
        for words in self._footnotes:
            self._builder.paragraph(words)
        self._footnotes = []

    def _paragraph(self, element: Any, *, item: bool, look: Look | None = None) -> None:
        words = self.words(element, look or Look())
        level = element.get(f"{TEXT}outline-level", "1")
        is_title = _class_above(element) == "title"
        if element.tag == f"{TEXT}h" or is_title:
            self._builder.heading(int(level) if level.isdigit() else 1, words)
        else:
            self._builder.paragraph(words, item=item)
        for remark in self._remarks:
            self._builder.paragraph([remark])
        self._remarks = []
        for box in element.iter(f"{DRAW}text-box"):  # hangs on the paragraph
            if next(box.iterancestors(f"{TEXT}p", f"{TEXT}h"), None) is element:
                self.blocks(box)

    def _list(self, element: Any) -> None:
        for entry in element:
            if entry.tag in (f"{TEXT}list-item", f"{TEXT}list-header"):
                self.blocks(entry, item=True)

    def words(self, element: Any, outer: Look) -> list[Run]:
        """The words of a paragraph; foot- and endnotes and remarks are kept for later."""
        look = self._styles.look(element.get(f"{TEXT}style-name")).over(outer)
        return _collapsed(list(self._runs(element, look)))

    def _runs(self, element: Any, look: Look) -> Iterator[Run]:
        yield _run(element.text, look)
        for child in element:
            tag = child.tag if isinstance(child.tag, str) else ""
            if tag == f"{TEXT}s":
                count = child.get(f"{TEXT}c", "1")
                yield _run("\u0020" * min(int(count) if count.isdigit() else 1, 10), look)
            elif tag == f"{TEXT}tab":
                yield _run("\t", look, verbatim=True)
            elif tag == f"{TEXT}line-break":
                yield _run("\n", look, verbatim=True)
            elif tag == f"{TEXT}note":
                yield from self._footnote(child)
            elif tag == f"{OFFICE}annotation":
                self._remark(child)
            elif tag in (f"{TEXT}ruby-text", f"{DRAW}text-box", f"{OFFICE}annotation-end"):
                pass
            elif tag:
                name = child.get(f"{TEXT}style-name")
                yield from self._runs(child, self._styles.look(name).over(look))
            yield _run(child.tail, look)

    def _footnote(self, element: Any) -> Iterator[Run]:
        sign = "".join(element.find(f"{TEXT}note-citation").itertext())
        body = element.find(f"{TEXT}note-body")
        words: list[Run] = [Run(sign, 1), Run(" ")]
        for paragraph in body.iter(f"{TEXT}p") if body is not None else ():
            words += [*self.words(paragraph, Look()), Run("\n")]
        self._footnotes.append(words)
        yield Run(sign, 1)

    def _remark(self, element: Any) -> None:
        author = element.findtext(f"{DC}creator") or ""
        text = " ".join("".join(p.itertext()) for p in element.iter(f"{TEXT}p"))
        self._remarks.append(Run(text, mark="comment", note=author))

    def _slide(self, page: Any) -> None:
        self._builder.page()
        start = self._builder.length
        self.blocks(page)
        hidden = self._styles.look(page.get(f"{DRAW}style-name")).hidden
        if hidden and self._builder.length > start:
            self._builder.mark("hidden", Span(start, self._builder.length), "slide")

    def _speaker(self, notes: Any) -> None:
        for paragraph in notes.iter(f"{TEXT}p"):
            if _class_above(paragraph) not in _FURNITURE:
                words = self.words(paragraph, Look())
                self._builder.paragraph([Run(run.text, run.shift, "notes") for run in words])

    def _table(self, table: Any) -> None:
        start = self._builder.length
        lines = list(self._lines(table))
        heads = sum(1 for _ in table.iterfind(f"{TABLE}table-header-rows/{TABLE}table-row"))
        sheet = table.getparent().tag == f"{OFFICE}spreadsheet"
        if sheet:
            if len(table.getparent().findall(f"{TABLE}table")) > 1:
                self._builder.heading(1, table.get(f"{TABLE}name", ""))
            write_grid(self._builder, lines)
        elif heads:
            self._builder.table(lines, heads=heads)
        else:
            write_grid(self._builder, lines)
        for remark in self._remarks:
            self._builder.paragraph([remark])
        self._remarks = []
        if sheet and self._styles.look(table.get(f"{TABLE}style-name")).hidden:
            first = start + 2 if start else 0
            if self._builder.length > first:
                name = f"sheet {table.get(f'{TABLE}name', '')}"
                self._builder.mark("hidden", Span(first, self._builder.length), name)

    def _lines(self, table: Any) -> Iterator[Line]:
        for row in table.iter(f"{TABLE}table-row"):
            if next(row.iterancestors(f"{TABLE}table"), None) is not table:
                continue  # a table inside a cell
            line = list(self._cells(row))
            repeated = _number(row, "number-rows-repeated")
            for _ in range(min(repeated, _MOST_REPEATED) if line else 1):
                yield line

    def _cells(self, row: Any) -> Iterator[GridCell]:
        look = Look(hidden=row.get(f"{TABLE}visibility") in _COLLAPSED)
        column = 0
        for cell in row:
            if cell.tag not in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
                continue
            repeated = _number(cell, "number-columns-repeated")
            words: list[Run] = []
            for paragraph in cell.iter(f"{TEXT}p", f"{TEXT}h"):
                if next(paragraph.iterancestors(f"{OFFICE}annotation"), None) is None:
                    words += [*([Run("\n")] if words else []), *self.words(paragraph, look)]
            for remark in cell.iterfind(f"{OFFICE}annotation"):
                self._remark(remark)
            if any(run.text.strip() for run in words) and cell.tag == f"{TABLE}table-cell":
                for copy in range(min(repeated, _MOST_REPEATED)):
                    yield GridCell(
                        words,
                        column + copy,
                        columns=_number(cell, "number-columns-spanned"),
                        rows=_number(cell, "number-rows-spanned"),
                    )
            column += repeated


def _number(element: Any, name: str) -> int:
    value = element.get(f"{TABLE}{name}", "1")
    return max(1, int(value)) if value.isdigit() else 1


def _run(text: str | None, look: Look, *, verbatim: bool = False) -> Run:
    words = text or ""
    if not verbatim:
        words = _SPACES.sub(" ", words)
    return Run(words, look.shift, "hidden" if look.hidden else "struck" if look.struck else None)


def _collapsed(runs: list[Run]) -> list[Run]:
    """The runs without empty ones."""
    return [run for run in runs if run.text]


def _class_above(element: Any) -> str:
    frame = next(element.iterancestors(f"{DRAW}frame"), None)
    return frame.get(f"{PRESENTATION}class", "") if frame is not None else ""
