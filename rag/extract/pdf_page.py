"""A PDF page as it is read: its blocks written as text, with what each character stands for."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.extract.pdf_fields import Added, Area
from rag.extract.pdf_lines import Line, cells, parted
from rag.extract.pdf_paragraphs import Block
from rag.extract.pdf_tables import Grid, GridCell
from rag.extract.pdf_words import REPLACEMENT, Word
from rag.extract.raised import NARROW, subscript, superscript
from rag.types import Cell, Mark, Row, Span, Table

_EDGE_LINES = 4
_CELL_GAP = 1.5  # sizes of type between words that are no running text
_ASIDE = frozenset(("labels", "number", "contents", "stamp", "line numbers"))


@dataclass(frozen=True, slots=True)
class Paragraph:
    """size: of its type in points; bold: all of it; cells: words in it stand far apart."""

    span: Span
    size: float
    bold: bool
    cells: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A page's text and what is known of it; spans are offsets in ``text``.

    index[i]: the page's character that ``text[i]`` stands for; -1 where we made it; -2 - n: of
    ``areas[n]``, what was added to the page there. replaced: characters that became U+FFFD.
    garbled: characters left out because their font gives no letters. aside: what is no running
    text: labels of figures, numbers of lines, watermarks, tables of contents. marks: filled fields
    and comments. top, bottom: the outermost lines of the running text from each edge of the page
    inward, with their heights. All spans ascend.
    """

    text: str
    index: Sequence[int]
    replaced: int = 0
    garbled: int = 0
    areas: tuple[Area, ...] = ()
    paragraphs: tuple[Paragraph, ...] = ()
    aside: tuple[Span, ...] = ()
    marks: tuple[Mark, ...] = ()
    tables: tuple[Table, ...] = ()
    top: tuple[tuple[Span, float], ...] = ()
    bottom: tuple[tuple[Span, float], ...] = ()


def _runs(line: Line) -> Iterator[tuple[list[Word], bool]]:
    """The words of a line, those raised (or lowered) together as one; whether a space is before."""
    run: list[Word] = []
    space = False
    for at, word in enumerate(line.words):
        apart = at > 0 and parted(line, at)
        if run and (apart or not word.script or word.script != run[-1].script):
            yield run, space
            run, space = [], apart
        run.append(word)
    if run:
        yield run, space


def _table(rows: Sequence[Row], grid: Grid) -> Table:
    """The table of a grid with heads; rows: its lines as written, the heads first."""
    above, under = rows[: grid.heads], rows[grid.heads :]
    heads = tuple(
        tuple(
            cell.span
            for row in above
            for cell in row.cells
            if cell.column <= column < cell.column + cell.columns
        )
        for column in range(grid.columns)
    )
    return Table(heads, tuple(under), tuple(row.span for row in above))


class Writer:
    """Writes blocks as text and keeps, for each character, what it stands for."""

    def __init__(self, additions: Sequence[Added]) -> None:
        self.additions = additions
        self.parts: list[str] = []
        self.index: array[int] = array("i")
        self.paragraphs: list[Paragraph] = []
        self.aside: list[Span] = []
        self.marks: list[Mark] = []
        self.tables: list[Table] = []
        self.lines: list[tuple[Span, float]] = []

    def block(self, block: Block) -> None:
        """Write a block and what is said of it."""
        start = self._open()
        rows: list[Row] = []
        for at, line in enumerate(block.lines):
            if at:
                self._made("\n")
            first = len(self.index)
            if block.grid:
                found = tuple(self._row(block.grid.rows[at], line))
                rows.append(Row(Span(first, len(self.index)), found))
            else:
                self._line(line)
            if block.kind not in ("stamp", "line numbers"):
                self.lines.append((Span(first, len(self.index)), line.y))
        if block.grid and block.grid.heads:
            self.tables.append(_table(rows, block.grid))
        span = Span(start, len(self.index))
        bold = all(line.bold for line in block.lines)
        apart = any(len(list(cells(line, _CELL_GAP * line.size))) > 1 for line in block.lines)
        self.paragraphs.append(Paragraph(span, block.size, bold, apart))
        if block.kind in _ASIDE:
            self.aside.append(span)

    def added(self, number: int) -> None:
        """Write what was added to the page as a paragraph of its own."""
        item = self.additions[number]
        self._open()
        if item.kind == "form" and item.name:
            self._made(f"{item.name}: ")
        start = len(self.index)
        self._write(item.text, [-2 - number] * len(item.text))
        self._mark(start, item)

    def page(self, garbled: int) -> Page:
        """What was written, as a page. garbled: signs without a meaning that were left out."""
        text = "".join(self.parts)
        order = sorted(self.lines, key=lambda line: -line[1])
        return Page(
            text,
            self.index,
            text.count(chr(REPLACEMENT)),
            garbled,
            tuple(item.area for item in self.additions),
            tuple(self.paragraphs),
            tuple(self.aside),
            tuple(self.marks),
            tuple(self.tables),
            tuple(order[:_EDGE_LINES]),
            tuple(order[::-1][:_EDGE_LINES]),
        )

    def _open(self) -> int:
        if self.index:
            self._made("\n\n")
        return len(self.index)

    def _made(self, text: str) -> None:
        """Add characters that stand for none of the page's."""
        self._write(text, [-1] * len(text))

    def _write(self, text: str, index: Sequence[int]) -> None:
        self.parts.append(text)
        self.index.extend(index)

    def _row(self, row: Sequence[GridCell], line: Line) -> Iterator[Cell]:
        """Write the cells of a row, a tab for each column they are apart."""
        column: int | None = None
        for cell in row:
            if column is not None:
                self._made("\t" * (cell.column - column + 1))
            start = len(self.index)
            self._line(Line(cell.words, line.y, line.size))
            yield Cell(Span(start, len(self.index)), cell.column, cell.columns)
            column = cell.column + cell.columns

    def _line(self, line: Line) -> None:
        runs = list(_runs(line))
        for at, (run, space) in enumerate(runs):
            if space:
                self._made(" ")
            start = len(self.index)
            text = "".join(word.text for word in run)
            index = [i for word in run for i in word.index]
            if run[0].script:
                follows = runs[at + 1] if at + 1 < len(runs) else None
                after = "" if follows is None or follows[1] else follows[0][0].text
                self._script(text, index, run[0].script, after)
            else:
                self._write(text, index)
            if index[0] <= -2:
                self._mark(start, self.additions[-2 - index[0]])

    def _script(self, text: str, index: Sequence[int], script: int, after: str) -> None:
        """Write a raised or lowered run by the common rule, each character with its own index."""
        before = "".join(self.parts[-3:]).rpartition(" ")[2].rpartition("\n")[2]
        shown = (superscript if script > 0 else subscript)(text, before, after)
        lead = len(shown) - len(shown.lstrip(NARROW))
        core = shown.strip(NARROW)
        # Where several characters became one sign, it stands for the first of them.
        own = list(index) if len(core) == len(index) else list(index[:1]) * len(core)
        tail = len(shown) - lead - len(core)
        self._write(shown, [-1] * lead + own + [-1] * tail)

    def _mark(self, start: int, item: Added) -> None:
        """Mark what was written since ``start``; the words of one value have one mark."""
        span = Span(start, len(self.index))
        last = self.marks[-1] if self.marks else None
        if last and last.kind == "form" == item.kind and last.note == item.name:
            same = self.index[last.span.start] == self.index[start]
            if same and last.span.end == start - 1:
                self.marks[-1] = Mark("form", Span(last.span.start, span.end), item.name)
                return
        self.marks.append(Mark(item.kind, span, item.name))
