"""Text put together from paragraphs, headings and tables, for formats whose files hold no text.

The layout of every format that is built so: paragraphs are parted by a blank line, list items and
table rows by a line feed, cells by a tab (an empty cell keeps its column), pages by a form feed; a
line break inside a paragraph is a space and a line feed, inside a cell a space. Raised and lowered
runs follow ``rag.extract.raised``. Struck-out and hidden words beside others stand in ⟦ ⟧.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.extract.draft import Draft
from rag.extract.raised import subscript, superscript
from rag.types import Cell, Heading, Mark, MarkKind, Row, Span, Table

OPEN, CLOSE = "⟦", "⟧"
BRACKETED: tuple[MarkKind, ...] = ("struck", "hidden")
"""Marks of words that stand in the brackets of editors inside a paragraph, so that they never read
on into the words that hold.
"""
_BAD = re.compile("[\0\ud800-\udfff]")
_PAGE = re.compile(r"[\f\v\x85\u2028\u2029]")
_LINE_ENDS = re.compile(r"[ \t]*[\r\n]\s*")
_LINE = re.compile(r"[ \t]*(?<!\n)(?:\r\n|\r|\n)(?!\n)")
_BLANK_LINES = re.compile(r"[ \t]*(?:\r\n|\r|\n)(?:[ \t]*(?:\r\n|\r|\n))+")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one kind. shift: 1 raised, -1 lowered. mark, note: as in ``types.Mark``."""

    text: str
    shift: int = 0
    mark: MarkKind | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell where it stands in the grid: its first column from 0, how many columns and rows."""

    words: Sequence[Run] | str
    column: int
    columns: int = 1
    rows: int = 1


Words = Sequence[Run] | str


class Builder:
    """A text in the making. All spans are offsets into it."""

    def __init__(self) -> None:
        self.headings: list[Heading] = []
        self.marks: list[Mark] = []
        self.boilerplate: list[Span] = []
        self.tables: list[Table] = []
        self.pages: list[int] = []
        self.page_labels: list[str] = []
        self.length = 0
        self._parts: list[str] = []
        self._separator = ""
        self._item = False
        self._replaced = 0

    def draft(self, title: str = "", *, notes: Sequence[str] = (), **metadata: str) -> Draft:
        """What was built. metadata: empty values are left out."""
        noted = list(notes)
        if self._replaced:
            noun = "character" if self._replaced == 1 else "characters"
            noted.append(f"{self._replaced} {noun} that are no text replaced by U+FFFD")
        return Draft(
            "".join(self._parts),
            title=title,
            pages=tuple(self.pages),
            page_labels=tuple(self.page_labels) if any(self.page_labels) else (),
            headings=tuple(self.headings),
            boilerplate=tuple(self.boilerplate),
            marks=tuple(sorted(self.marks, key=lambda m: m.span)),
            tables=tuple(self.tables),
            metadata={key: value for key, value in metadata.items() if value},
            notes=tuple(noted),
        )

    def page(self, label: str = "") -> None:
        """Begin a page; a page without text is one too."""
        if self.pages:
            self._parts.append("\f")
            self.length += 1
        self.pages.append(self.length)
        self.page_labels.append(label)
        self._separator, self._item = "", False

    def heading(self, level: int, words: Words) -> Span | None:
        """A heading of level 1 to 6; None when there are no words."""
        span = self.paragraph(words)
        if span is not None:
            self.headings.append(Heading(min(max(level, 1), 6), span))
        return span

    def paragraph(self, words: Words, *, item: bool = False, verbatim: bool = False) -> Span | None:
        """A paragraph, or a list item; None when there are no words. verbatim: the spaces and
        lines in it stay as they are.
        """
        if item and self._item:
            self._separator = "\n"
        span = self._write(self._pieces(words, "" if verbatim else " \n"))
        if span is not None:
            self._separator, self._item = "\n\n", item
        return span

    def gap(self) -> None:
        """Part what comes next from what was written by a blank line, list items too."""
        self._item = False

    def mark(self, kind: MarkKind, span: Span, note: str = "") -> None:
        """Say something of what was written."""
        self.marks.append(Mark(kind, span, note))

    def written_since(self, length: int) -> Span | None:
        """What was written since the text had this length, less the white space in front."""
        if length >= self.length:
            return None
        size, pieces = 0, []
        for part in reversed(self._parts):
            pieces.append(part)
            size += len(part)
            if size >= self.length - length:
                break
        written = "".join(reversed(pieces))[-(self.length - length) :]
        lead = len(written) - len(written.lstrip())
        return Span(length + lead, self.length) if written.strip() else None

    def table(self, rows: Iterable[Sequence[GridCell]], *, heads: int) -> None:
        """A table. heads: how many of its first rows are head rows. Rows without words are left
        out; the cells of a row come in the order of their columns.
        """
        grid = _Grid(heads)
        for number, cells in enumerate(rows):
            placed = self._row(cells)
            if placed:
                grid.add(number, placed)
                self._separator = "\n"
        self.tables.extend(grid.tables())
        self._separator, self._item = "\n\n", False

    def _row(self, cells: Sequence[GridCell]) -> list[tuple[GridCell, Span]]:
        """Write a row; its cells that hold words, each with its span."""
        column, placed = 0, []
        for cell in cells:
            pieces = self._pieces(cell.words, " ")
            if pieces:
                span = self._write(pieces, before="\t" * (cell.column - column))
                self._separator, column = "", cell.column
                if span is not None:
                    placed.append((cell, span))
        return placed

    def _pieces(self, words: Words, line_end: str) -> list[tuple[str, Run]]:
        """The runs as they are written, outer white space left out; [] when nothing is left."""
        runs = [Run(words)] if isinstance(words, str) else _merged(words)
        mixed = len({run.mark in BRACKETED for run in runs if run.text.strip()}) > 1
        texts: list[str] = []
        for index, run in enumerate(runs):
            text = self._clean(run.text, line_end)
            if mixed and run.mark in BRACKETED and text.strip():
                text = text.replace(text.strip(), f"{OPEN}{text.strip()}{CLOSE}")
            if run.shift:
                after = runs[index + 1].text[:1] if index + 1 < len(runs) else ""
                before = "".join(texts[-20:])[-20:]
                text = (superscript if run.shift > 0 else subscript)(text, before, after)
            texts.append(text)
        while texts and not texts[-1].strip():
            texts.pop()
        first = next((n for n, text in enumerate(texts) if text.strip()), 0)
        pieces = list(zip(texts[first:], runs[first:], strict=False))
        if pieces:
            first_text = pieces[0][0]
            pieces[0] = (first_text.lstrip(None if line_end else "\n"), pieces[0][1])
            pieces[-1] = (pieces[-1][0].rstrip(), pieces[-1][1])
        return pieces

    def _clean(self, text: str, line_end: str) -> str:
        text, replaced = _BAD.subn("\ufffd", text)
        self._replaced += replaced
        text = _PAGE.sub(" ", text)
        if not line_end:
            return _LINE.sub(" \n", _BLANK_LINES.sub("\n\n", text))
        return _LINE_ENDS.sub(line_end, text) if line_end.strip(" ") else _SPACES.sub(" ", text)

    def _write(self, pieces: Sequence[tuple[str, Run]], before: str = "") -> Span | None:
        """Append pieces after the separator that is due; their span without ``before``."""
        if not pieces:
            return None
        lead = self._separator + before
        self._parts.append(lead)
        self.length += len(lead)
        start = self.length
        for text, run in pieces:
            self._parts.append(text)
            if run.mark is not None and text.strip():
                self.mark(run.mark, Span(self.length, self.length + len(text)), run.note)
            self.length += len(text)
        return Span(start, self.length)


def _merged(runs: Sequence[Run]) -> list[Run]:
    """Runs of one kind that follow each other as one: "1" and "2" raised are "12" raised."""
    merged: list[Run] = []
    for run in runs:
        last = merged[-1] if merged else None
        if last and (last.shift, last.mark, last.note) == (run.shift, run.mark, run.note):
            merged[-1] = Run(last.text + run.text, run.shift, run.mark, run.note)
        elif run.text:
            merged.append(run)
    return merged


class _Grid:
    """The rows of one table while it is written."""

    def __init__(self, heads: int) -> None:
        self._heads = heads
        self._columns: dict[int, list[Span]] = {}
        self._head_rows: list[Span] = []
        self._rows: list[Row] = []
        self._reaching: list[tuple[int, Span]] = []  # (the row a tall cell ends before, its span)

    def add(self, number: int, placed: Sequence[tuple[GridCell, Span]]) -> None:
        span = Span(placed[0][1].start, placed[-1][1].end)
        if number < self._heads:
            self._head_rows.append(span)
            for cell, words in placed:
                for column in range(cell.column, cell.column + cell.columns):
                    self._columns.setdefault(column, []).append(words)
            return
        labels = tuple(words for end, words in self._reaching if end > number)
        cells = tuple(Cell(words, cell.column, cell.columns) for cell, words in placed)
        self._rows.append(Row(span, cells, labels))
        tall = [(number + cell.rows, words) for cell, words in placed if cell.rows > 1]
        self._reaching = [*((end, w) for end, w in self._reaching if end > number + 1), *tall]

    def tables(self) -> tuple[Table, ...]:
        """The table, or none when nothing but head rows was written."""
        if not self._rows:
            return ()
        widest = max(self._columns, default=-1) + 1
        heads = tuple(tuple(self._columns.get(column, ())) for column in range(widest))
        return (Table(heads, tuple(self._rows), tuple(self._head_rows)),)
