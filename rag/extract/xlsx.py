"""XLSX: each sheet of a workbook as a table with its heads, its cells as a person sees them."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from rag.extract.builder import Builder, GridCell, Run
from rag.extract.draft import Draft, Unreadable
from rag.extract.formats import Content, Format
from rag.extract.grids import Line, write_grid
from rag.extract.numbers import shown
from rag.extract.package import package, parsing
from rag.extract.properties import core_properties
from rag.types import Span

LABEL = "an Excel file"
_DEFAULT_NAME = re.compile(r"(?:Sheet|Tabelle|Feuil|Hoja|Foglio|Planilha|Blad|Ark)\s?1?")
# Formats that each computer shows by its own country's custom: written unmistakably instead.
_LOCAL = frozenset(("mm-dd-yy", "m/d/yy", "m/d/yy h:mm"))
_MOST_XML = 1 << 28


def read_xlsx(content: Content) -> Draft:
    """A workbook. Raises Unreadable."""
    opened = package(content.data, LABEL, "xl/workbook.xml", old=".xls")
    sheets = [item for item in opened.infolist() if item.filename.startswith("xl/worksheets/")]
    if sum(item.file_size for item in sheets) > _MOST_XML:
        raise Unreadable("is too large to be read whole; save its sheets as CSV files")
    with parsing(LABEL):
        book = _load(content.data, values=True)
        builder = Builder()
        for sheet in book.worksheets:
            _sheet(builder, sheet, named=len(book.sheetnames) > 1)
        fields = core_properties(opened)
        return builder.draft(
            fields.pop("title", ""), notes=_notes(opened, book, content.data), **fields
        )


def _load(data: bytes, *, values: bool) -> Any:
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # parts of a file that it does not know
        return openpyxl.load_workbook(io.BytesIO(data), data_only=values, rich_text=True)


def _sheet(builder: Builder, sheet: Any, *, named: bool) -> None:
    start = builder.length
    if named or not _DEFAULT_NAME.fullmatch(sheet.title):
        builder.heading(1, sheet.title)
    write_grid(builder, list(_lines(sheet)))
    for cell in _cells(sheet):
        if cell.comment is not None:
            words = Run(cell.comment.text, mark="comment", note=f"on cell {cell.coordinate}")
            builder.paragraph([words])
    if sheet.sheet_state != "visible" and builder.length > start:
        first = start + 2 if start else 0  # after the blank line
        builder.mark("hidden", Span(first, builder.length), f"sheet {sheet.title}")


def _cells(sheet: Any) -> Iterator[Any]:
    """The cells there are, row by row. iter_rows() would make those that there are not."""
    return (cell for _, cell in sorted(sheet._cells.items()) if hasattr(cell, "comment"))


def _lines(sheet: Any) -> Iterator[Line]:
    """Rows with their cells; one empty row stands for any number of them."""
    spans = {(r.min_row, r.min_col): r for r in sheet.merged_cells.ranges}
    hidden = {c for c, d in sheet.column_dimensions.items() if d.hidden}
    cells = [cell for cell in _cells(sheet) if cell.value is not None]
    first = min((cell.column for cell in cells), default=1)
    line: list[GridCell] = []
    number = 0
    for cell in cells:
        if cell.row != number:
            if line:
                yield line
            if number and cell.row > number + 1:
                yield []
            line, number = [], cell.row
        wide = spans.get((cell.row, cell.column))
        row = sheet.row_dimensions.get(cell.row)
        unseen = cell.column_letter in hidden or (row is not None and row.hidden)
        line.append(
            GridCell(
                _runs(cell, hidden=unseen),
                cell.column - first,
                columns=wide.size["columns"] if wide else 1,
                rows=wide.size["rows"] if wide else 1,
            )
        )
    if line:
        yield line


def _runs(cell: Any, *, hidden: bool) -> Sequence[Run]:
    """A cell's words as it shows them, with what is raised, struck or hidden."""
    from openpyxl.cell.rich_text import CellRichText, TextBlock

    if not isinstance(cell.value, CellRichText):
        code = "General" if cell.number_format in _LOCAL else cell.number_format
        return [_run(shown(cell.value, code), cell.font, hidden=hidden)]
    return [
        _run(part.text, part.font, hidden=hidden)
        if isinstance(part, TextBlock)
        else _run(part, cell.font, hidden=hidden)
        for part in cell.value
    ]


def _run(text: str, font: Any, *, hidden: bool) -> Run:
    shift = {"superscript": 1, "subscript": -1}.get(getattr(font, "vertAlign", None) or "", 0)
    struck = bool(getattr(font, "strike", False))
    return Run(text, shift, "hidden" if hidden else "struck" if struck else None)


def _notes(opened: zipfile.ZipFile, book: Any, data: bytes) -> list[str]:
    notes = []
    names = opened.namelist()
    hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
    if hidden:
        noun = "sheet is" if len(hidden) == 1 else "sheets are"
        notes.append(f"{len(hidden)} {noun} hidden in the file: {', '.join(hidden)}")
    formulas = _without_value(opened, book, data)
    if formulas:
        noun = "formula has" if len(formulas) == 1 else "formulas have"
        notes.append(
            f"{len(formulas)} {noun} no stored value ({', '.join(formulas[:3])}); open the file in "
            "a spreadsheet program and save it"
        )
    if any(name.startswith(("xl/charts/", "xl/media/", "xl/drawings/drawing")) for name in names):
        notes.append("pictures, charts and text boxes not read")
    return notes


def _without_value(opened: zipfile.ZipFile, book: Any, data: bytes) -> list[str]:
    """The cells whose formula was never worked out by the program that wrote the file."""
    sheets = [name for name in opened.namelist() if name.startswith("xl/worksheets/sheet")]
    if not any(b"<f" in opened.read(name) for name in sheets):
        return []
    return [
        f"{sheet.title}!{cell.coordinate}"
        for sheet in _load(data, values=False).worksheets
        for cell in _cells(sheet)
        if cell.data_type == "f" and book[sheet.title][cell.coordinate].value is None
    ]


FORMATS = (
    Format(
        name="Excel",
        label=LABEL,
        suffixes=(".xlsx", ".xlsm", ".xltx", ".xltm"),
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        key="xlsx",
        version=1,
        read=read_xlsx,
        keeps="each sheet as a table with its heads; numbers and dates as the cell shows them "
        "(short dates as 2024-03-05); stored values of formulas; merged cells; comments; title, "
        "author, date",
        loses="formulas, pictures, charts, text boxes, colours",
        noted="hidden sheets, rows and columns and struck-out words are marked and searched last; "
        "formulas without a stored value are named; a note says that there are pictures or charts",
        library="openpyxl",
        structured=True,
        part="xl/workbook.xml",
    ),
)
