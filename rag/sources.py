"""A document as read, and its parts: spans, headings, marks, tables (standard library only).

Offsets are half-open and count Unicode code points of ``Source.text``.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import Literal, get_args


def digest(data: bytes | str) -> str:
    """Return the lower-case hexadecimal SHA-256 of bytes, or of a text's UTF-8 form.

    Raises UnicodeEncodeError for a text with lone surrogates; no source holds any.
    """
    raw = data.encode("utf-8") if isinstance(data, str) else data
    return hashlib.sha256(raw).hexdigest()


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open, non-empty range of code points: ``0 <= start < end``, else ValueError."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, not [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def contains(self, other: Span) -> bool:
        """Whether every code point of ``other`` lies in this span."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one code point."""
        return self.start < other.end and other.start < self.end

    def shift(self, by: int) -> Span:
        """This span moved by ``by`` code points (a passage offset to a source offset)."""
        return Span(self.start + by, self.end + by)


def ink(text: str, start: int, end: int) -> Span | None:
    """The span of ``text[start:end]`` less outer white space; None when there is nothing else."""
    piece = text[start:end]
    lead = len(piece) - len(piece.lstrip())
    size = len(piece.strip())
    return Span(start + lead, start + lead + size) if size else None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a source: ``level`` 1..6 and the span of its words (no mark-up signs)."""

    level: int
    span: Span

    def __post_init__(self) -> None:
        if not 1 <= self.level <= 6:
            raise ValueError(f"a heading's level is 1 to 6, not {self.level}")


MarkKind = Literal[
    "struck",
    "hidden",
    "markup",
    "inserted",
    "comment",
    "form",
    "ocr",
    "reply",
    "notes",
    "garbled",
    "said",
]
"""What a mark says of a span, besides boilerplate, which has a field of its own:

struck: crossed out, or deleted and not yet accepted. hidden: not shown by the document. markup:
no words of the document (a comment of the mark-up, a picture written out): never indexed or
quoted. inserted: a proposed addition, not yet accepted. comment: a remark on the text. form: what
somebody filled in. ocr: read from a picture. reply: an earlier message that an e-mail quotes.
notes: a speaker's notes to a slide. garbled: characters whose meaning the file does not give (never
indexed as words). said: words of the speaker that the mark's note names.
"""
WITHDRAWN: frozenset[MarkKind] = frozenset({"struck", "hidden", "markup", "reply", "garbled"})
"""Marks of text that is searched last."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a reader of a span has to know. note: who or when, one line, "" where nobody says."""

    kind: MarkKind
    span: Span
    note: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(MarkKind):
            raise ValueError(f"there is no mark {self.kind!r}")


@dataclass(frozen=True, slots=True)
class Label:
    """A list or clause number that is not in the text, of the paragraph at ``span``: "3.1(a)"."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """The words of a table's cell. column: its first column in the grid, from 0; columns: how many
    it covers. A cell without words has no span and is left out; the others keep their columns.
    """

    span: Span
    column: int
    columns: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table. span: its slice of the text, from its first character of ink (a bar too) to
    its last. cells: ascending. labels: the row's heads outside its span: cells of earlier rows that
    reach into it, outermost first.
    """

    span: Span
    cells: tuple[Cell, ...]
    labels: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its head rows and its rows, ascending, without the head rows.

    heads: for each column its heads, outermost first; () for a column that has none. A head over
    several columns stands in each. head_rows: the slices of the head rows, never quoted by
    themselves.
    """

    heads: tuple[tuple[Span, ...], ...]
    rows: tuple[Row, ...]
    head_rows: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        if not self.rows:
            raise ValueError("a table has at least one row besides its heads")

    @property
    def span(self) -> Span:
        """From the first head row or row to the last."""
        first, last = self.rows[0].span, self.rows[-1].span
        return Span(min(first.start, *(h.start for h in self.head_rows), first.start), last.end)

    def rows_in(self, span: Span) -> tuple[Row, ...]:
        """The rows that meet a span."""
        first = bisect_right(self.rows, span.start, key=lambda r: r.span.start)
        last = bisect_left(self.rows, span.end, key=lambda r: r.span.start)
        return tuple(r for r in self.rows[max(0, first - 1) : last] if r.span.overlaps(span))

    def heads_of(self, row: Row, part: Span) -> tuple[Span, ...]:
        """The heads of the cells of ``row`` that meet ``part``: each once, by columns, and
        the row's labels before them.
        """
        columns = [c for cell in row.cells if cell.span.overlaps(part) for c in _columns(cell)]
        heads = [h for c in columns if c < len(self.heads) for h in self.heads[c]]
        return tuple(dict.fromkeys((*row.labels, *heads)))


def _columns(cell: Cell) -> range:
    return range(cell.column, cell.column + cell.columns)


@dataclass(frozen=True, slots=True)
class Source:
    """A document as read.

    id: POSIX path relative to the indexed root. text: what the extractor returned, unchanged.
    sha256: digest of the text; file_sha256: digest of the file's bytes. pages: the offset at which
    each page starts, ascending from 0 (empty where the format has no pages; two starts are equal
    when a page holds no text). page_labels: the number printed on each page ("iv", "A-3"), () or
    one a page. boilerplate: spans of navigation and the like, ascending and disjoint, ranked down.
    marks, labels, tables: ascending by where they start; a table inside a cell comes after the one
    that holds it.
    metadata: sorted pairs; known keys are author, date, address, language, encoding. notes: what
    a reader should know ("page 3 has no text"). aliases: ids of files with the same bytes.
    Raises ValueError when the text is empty or the digest is not the text's.
    """

    id: str
    text: str = field(repr=False)
    sha256: str
    file_sha256: str
    title: str
    media_type: str
    extractor: str
    pages: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()
    boilerplate: tuple[Span, ...] = ()
    marks: tuple[Mark, ...] = ()
    labels: tuple[Label, ...] = ()
    tables: tuple[Table, ...] = ()
    page_labels: tuple[str, ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.text:
            raise ValueError(f"source {self.id!r} holds no text")
        if digest(self.text) != self.sha256:
            raise ValueError(f"source {self.id!r}: the text does not match its digest")
        if self.page_labels and len(self.page_labels) != len(self.pages):
            raise ValueError(
                f"source {self.id!r}: {len(self.page_labels)} page labels, {len(self.pages)} pages"
            )

    def __hash__(self) -> int:
        return hash((self.id, self.sha256))

    def meta(self, key: str) -> str | None:
        """The metadata value of ``key``, or None."""
        return dict(self.metadata).get(key)

    def page_at(self, offset: int) -> int | None:
        """The 1-based page that holds code point ``offset``; None where the format has no pages."""
        return bisect_right(self.pages, offset) if self.pages else None

    def page_label_at(self, offset: int) -> str:
        """The number printed on the page of an offset; "" where the format does not tell."""
        page = self.page_at(offset)
        return self.page_labels[page - 1] if page and self.page_labels else ""

    def heading_path(self, offset: int) -> tuple[str, ...]:
        """The titles of the headings in force at ``offset``, outermost first.

        A heading is in force from the start of its line, mark-up signs included.
        """
        index = bisect_right(self.headings, offset, key=lambda h: h.span.start)
        while index < len(self.headings):
            if self._line_start(self.headings[index].span.start) > offset:
                break
            index += 1
        path: list[str] = []
        outer = index - 1
        while outer >= 0:
            span = self.headings[outer].span
            path.append(self.text[span.start : span.end])
            outer = _parents(self)[outer]
        return tuple(reversed(path))

    def marks_in(self, span: Span) -> tuple[Mark, ...]:
        """The marks that meet a span."""
        last = bisect_left(self.marks, span.end, key=lambda m: m.span.start)
        first = bisect_right(_reach(self), span.start) if last else 0
        return tuple(m for m in self.marks[first:last] if m.span.end > span.start)

    def label_at(self, offset: int) -> str:
        """The number of the paragraph at ``offset`` where it is not in the text, else ""."""
        index = bisect_right(self.labels, offset, key=lambda p: p.span.start) - 1
        return (
            self.labels[index].text if index >= 0 and offset < self.labels[index].span.end else ""
        )

    def row_at(self, offset: int) -> tuple[Table, Row] | None:
        """The innermost table's row that holds ``offset``, head rows apart."""
        last = bisect_right(self.tables, offset, key=lambda t: t.span.start)
        for table in reversed(self.tables[max(0, last - _NESTED) : last]):
            index = bisect_right(table.rows, offset, key=lambda r: r.span.start) - 1
            if index >= 0 and offset < table.rows[index].span.end:
                return table, table.rows[index]
        return None

    def tables_in(self, span: Span) -> tuple[Table, ...]:
        """The tables with a row that meets a span; of nested ones, all."""
        first = bisect_left(self.tables, span.start, key=lambda t: t.span.start)
        last = bisect_left(self.tables, span.end, key=lambda t: t.span.start)
        near = self.tables[max(0, first - _NESTED) : last]
        return tuple(t for t in near if t.rows_in(span))

    def _line_start(self, offset: int) -> int:
        for low in (max(0, offset - _NEAR), 0):
            end = max(self.text.rfind(end, low, offset) for end in "\n\r\f")
            if end >= 0:
                return end + 1
        return 0


_NEAR = 300  # code points in which a line's start is looked for first
_NESTED = 16  # tables that are looked at for the innermost one


@lru_cache(maxsize=8)
def _reach(source: Source) -> tuple[int, ...]:
    """For each mark the furthest end of it and those before it."""
    return tuple(accumulate((mark.span.end for mark in source.marks), max))


@lru_cache(maxsize=8)
def _parents(source: Source) -> tuple[int, ...]:
    """For each heading the index of the one it stands under, -1 for none."""
    parents: list[int] = []
    above: list[int] = []
    for index, heading in enumerate(source.headings):
        while above and source.headings[above[-1]].level >= heading.level:
            above.pop()
        parents.append(above[-1] if above else -1)
        above.append(index)
    return tuple(parents)


@dataclass(frozen=True, slots=True)
class Place:
    """A span of a source; ``text`` is the slice. ValueError when the span leaves the text."""

    source: Source
    span: Span

    def __post_init__(self) -> None:
        if self.span.end > len(self.source.text):
            raise ValueError(f"{self.span} lies outside {self.source.id!r}")

    @property
    def text(self) -> str:
        """The slice of the source's text."""
        return self.source.text[self.span.start : self.span.end]

    @property
    def page(self) -> int | None:
        """1-based page on which the place starts, or None."""
        return self.source.page_at(self.span.start)

    @property
    def page_label(self) -> str:
        """The number printed on that page, or ""."""
        return self.source.page_label_at(self.span.start)

    @property
    def headings(self) -> tuple[str, ...]:
        """Titles of the headings in force where the place begins, outermost first."""
        return self.source.heading_path(self.span.start)

    @property
    def label(self) -> str:
        """The list or clause number of the place where it is not in the text, or ""."""
        return self.source.label_at(self.span.start)

    @property
    def speaker(self) -> str:
        """Who says the words of the place, as the source marks it, or ""."""
        said = [m for m in self.source.marks_in(self.span) if m.kind == "said"]
        return said[-1].note if said else ""

    def table_heads(self, part: Span | None = None) -> tuple[str, ...]:
        """The column heads and outside row labels of the table row that the place starts in, or of
        those of its cells that meet ``part``; () outside tables.
        """
        found = self.source.row_at(self.span.start)
        if found is None:
            return ()
        spans = found[0].heads_of(found[1], part or self.span)
        return tuple(self.source.text[s.start : s.end] for s in spans)
