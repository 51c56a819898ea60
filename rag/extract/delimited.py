"""CSV and TSV: a table with its heads, in the dialect that its first lines show."""

from __future__ import annotations

import csv
import io
import re

from rag.extract.builder import Builder, GridCell
from rag.extract.draft import Draft, Unreadable
from rag.extract.formats import Content, Format
from rag.extract.grids import write_grid

_SAMPLE = 64_000
_DELIMITERS = ",;\t|"
_LONGEST_CELL = 1 << 20
_NAMED = re.compile(r"sep=(.)[ \t]*(?:\r\n|\r|\n)", re.IGNORECASE)


def read_csv(content: Content) -> Draft:
    """A file of delimited values. Raises Unreadable, NotText."""
    decoded = content.decoded()
    text, named = decoded.text, _NAMED.match(decoded.text)
    if named:  # the line by which Excel is told the delimiter
        text, delimiter = text[named.end() :], named[1]
    else:
        delimiter = "\t" if content.suffix in (".tsv", ".tab") else _delimiter(text)
    notes = list(decoded.notes)
    quoted = _pairs(text, delimiter)
    if not quoted:
        notes.append("its quotation marks do not pair and are read as plain signs")
    try:
        rows = _rows(text, delimiter, quoted=quoted)
    except csv.Error as error:
        raise Unreadable(f"cannot be read as a table: {error}") from error
    builder = Builder()
    write_grid(builder, [[GridCell(words, n) for n, words in enumerate(row)] for row in rows])
    widths = {len(row) for row in rows if any(words.strip() for words in row)}
    if len(widths) > 1:
        notes.append(f"its rows have between {min(widths)} and {max(widths)} cells")
    return builder.draft(notes=notes, **decoded.metadata)


def _rows(text: str, delimiter: str, *, quoted: bool = True) -> list[list[str]]:
    previous = csv.field_size_limit(_LONGEST_CELL)
    stream = io.StringIO(text, newline="")
    try:
        if quoted:
            return list(csv.reader(stream, delimiter=delimiter))
        return list(csv.reader(stream, delimiter=delimiter, quoting=csv.QUOTE_NONE))
    finally:
        csv.field_size_limit(previous)


def _pairs(text: str, delimiter: str) -> bool:
    """Whether no quotation mark is left open: that would swallow all rows to the end."""
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end of data" not in str(error)
    return True


def _delimiter(text: str) -> str:
    """The sign that cuts most of the first rows into one same number of cells, more than one."""
    lines = text[:_SAMPLE].splitlines(keepends=True)
    sample = "".join(lines[:-1] if len(text) > _SAMPLE and len(lines) > 1 else lines)
    best, agreed = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        try:
            widths = [len(row) for row in _rows(sample, delimiter) if row]
        except csv.Error:
            continue
        common = max(set(widths), key=widths.count, default=1)
        share = widths.count(common) / len(widths) if widths else 0.0
        if common > 1 and (share, common) > agreed:
            best, agreed = delimiter, (share, common)
    return best


FORMATS = (
    Format(
        name="CSV",
        label="a CSV file",
        suffixes=(".csv", ".tsv", ".tab"),
        media_type="text/csv",
        key="csv",
        version=1,
        read=read_csv,
        keeps="each row with its column heads; the words of every cell; empty cells keep columns; "
        "delimiter (comma, semicolon, tab, bar) and encoding are told from the file",
        loses="quotation marks and delimiters between cells; line breaks inside a cell",
        noted="rows of differing width; the encoding where it was detected",
        structured=True,
    ),
)
