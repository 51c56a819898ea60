"""The blocks of a Word file (paragraphs, tables, content controls, text boxes) in their order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rag.extract.builder import Builder, Run
from rag.extract.docx_math import linear
from rag.extract.docx_numbers import Numbers
from rag.extract.docx_package import child, children, descend, short, value
from rag.extract.docx_runs import Runs, alternative
from rag.extract.docx_styles import Styles, outline, paragraph_style
from rag.extract.docx_tables import CONTAINERS, is_layout, read_table
from rag.types import Label

_LONG_ITEM = 300  # characters; a longer list item stands as a paragraph of its own
_ANCHORS = ("w:commentRangeStart", "w:commentRangeEnd")


class Blocks:
    """Writes blocks into ``builder``; ``runs.seen`` counts what is not text.

    labels: full numbers of clauses that show a part of it. sections: the properties of sections.
    chunks: relation ids of parts that are inserted whole.
    """

    def __init__(self, styles: Styles, numbers: Numbers) -> None:
        self.styles, self.numbers = styles, numbers
        self.runs = Runs(styles)
        self.builder = Builder()
        self.labels: list[Label] = []
        self.sections: list[Any] = []
        self.chunks: list[str] = []
        self._pending: list[Run] = []  # of paragraphs that go on in the next
        self._boxes: list[Any] = []  # the text boxes that hang on them

    def block(self, element: Any, mark: str = "") -> None:
        """Write one child of a body, a cell, a text box or a note. mark: the note's number."""
        name = short(element.tag)
        if name == "w:p":
            self.paragraph(element, mark)
        elif name == "w:tbl":
            self.flush()
            self.table(element)
        elif name == "mc:AlternateContent":
            chosen = alternative(element)
            for part in chosen if chosen is not None else ():
                self.block(part, mark)
        elif name in CONTAINERS:
            for part in element:
                self.block(part, mark)
        elif name == "m:oMathPara":
            self.builder.paragraph(linear(element))
        elif name == "w:altChunk":
            self.chunks.append(value(element, "r:id") or "")
        elif name == "w:sectPr":
            self.sections.append(element)
        elif name in _ANCHORS:
            self.runs.anchor(element)

    def blocks(self, parent: Any, mark: str = "") -> None:
        """Write the children of an element; a note's number goes before the first."""
        for part in parent:
            self.block(part, mark)
        self.flush()

    def flush(self) -> None:
        """Write what waits for a paragraph that does not come."""
        if self._pending or self._boxes:
            self._end(None)

    def paragraph(self, element: Any, mark: str = "") -> None:
        """Write a paragraph, and after it the text boxes that hang on it."""
        if not len(element):
            return
        properties = child(element, "w:pPr")
        if properties is not None:
            self.sections += children(properties, "w:sectPr")
        style = self.styles.of(paragraph_style(properties) or self.styles.usual)
        runs, boxes = self.read(element, style.look, mark)
        self._pending += runs
        self._boxes += boxes
        if not _runs_on(properties):
            self._end(properties)

    def _end(self, properties: Any) -> None:
        runs, self._pending = self._pending, []
        boxes, self._boxes = self._boxes, []
        self._write(properties, runs)
        for box in boxes:
            self.blocks(box)

    def read(self, element: Any, look: Any, mark: str = "") -> tuple[list[Run], list[Any]]:
        """The runs of a paragraph, and the text boxes that hang on it."""
        outer, self.runs.seen.boxes = self.runs.seen.boxes, []
        runs = self.runs.pieces(element, look, mark)
        boxes, self.runs.seen.boxes = self.runs.seen.boxes, outer
        return runs, boxes

    def _write(self, properties: Any, runs: list[Run]) -> None:
        style = self.styles.of(paragraph_style(properties) or self.styles.usual)
        number = self.numbers.next(properties)
        size = sum(len(run.text) for run in runs)
        if not any(run.text.strip() for run in runs):
            return
        if number and number.shown:
            runs = [Run(f"{number.shown} "), *runs]
        own = outline(properties)
        level = own if own is not None else style.level
        if level and not style.contents:
            span = self.builder.heading(level, runs)
        else:
            listed = number is not None or style.name.lower().startswith("list ") or style.contents
            span = self.builder.paragraph(runs, item=listed and size <= _LONG_ITEM)
        if span is None:
            return
        if style.contents:
            self.builder.boilerplate.append(span)
        if number and number.full not in ("", number.shown.rstrip(".")):
            self.labels.append(Label(span, number.full))

    def table(self, element: Any) -> None:
        """Write a table; the cells of one that only lays out text are blocks."""
        if not is_layout(element):
            read_table(element, self.cell, self.styles).write(self.builder)
            return
        for part in element:
            self._cells_as_blocks(part)

    def _cells_as_blocks(self, element: Any) -> None:
        name = short(element.tag)
        if name == "w:tc":
            self.blocks(element)
        elif name == "w:tr" and descend(element, "w:trPr", "w:del") is not None:
            self.runs.seen.deleted += 1
        elif name == "w:tr" or name in CONTAINERS:
            for part in element:
                self._cells_as_blocks(part)

    def cell(self, element: Any) -> list[Run]:
        """The words of a cell as runs; its paragraphs are parted by a space."""
        runs: list[Run] = []
        for words in self._cell_paragraphs(element):
            if any(run.text.strip() for run in words):
                runs += [Run(" "), *words] if runs else words
        return runs

    def _cell_paragraphs(self, element: Any) -> Iterator[list[Run]]:
        pending: list[Run] = []
        for part in element:
            name = short(part.tag)
            if name == "w:p":
                properties = child(part, "w:pPr")
                style = self.styles.of(paragraph_style(properties) or self.styles.usual)
                words, boxes = self.read(part, style.look)
                words, pending = [*pending, *words], []
                if _runs_on(properties):
                    pending = words
                else:
                    number = self.numbers.next(properties)
                    yield [Run(f"{number.shown} "), *words] if number and number.shown else words
                for box in boxes:
                    yield from self._cell_paragraphs(box)
            elif name in CONTAINERS or name in ("w:tbl", "w:tr", "w:tc"):
                yield from self._cell_paragraphs(part)
            elif name == "mc:AlternateContent":
                chosen = alternative(part)
                yield from self._cell_paragraphs(chosen if chosen is not None else ())
        yield pending


def _runs_on(properties: Any) -> bool:
    """Whether a paragraph goes on in the next: its mark is deleted, or it is a drop capital."""
    if properties is None:
        return False
    marks = child(properties, "w:rPr")
    gone = child(marks, "w:del") is not None or child(marks, "w:moveFrom") is not None
    dropped = value(child(properties, "w:framePr"), "w:dropCap")
    return gone or dropped in ("drop", "margin")
