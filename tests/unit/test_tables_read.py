"""CSV and XLSX: a sheet is a table with its heads; the words of each cell are those it shows."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.comments import Comment

from rag.errors import UnreadableSource
from rag.extract import read_file
from rag.types import Source


def read(path: Path, encoding: str | None = None) -> Source:
    return read_file(path, id=path.name, encoding=encoding)


def csv_source(tmp_path: Path, text: str, name: str = "a.csv") -> Source:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return read(path)


def cells(source: Source) -> list[list[tuple[tuple[str, ...], str]]]:
    """Each row's cells with the heads of their columns."""
    text = source.text
    return [
        [
            (
                tuple(text[h.start : h.end] for h in table.heads_of(row, cell.span)),
                text[cell.span.start : cell.span.end],
            )
            for cell in row.cells
        ]
        for table in source.tables
        for row in table.rows
    ]


def test_a_csv_file_is_a_table_with_its_heads(tmp_path: Path) -> None:
    source = csv_source(
        tmp_path, 'Town,Mayor,Votes\r\nAld,"Roe, Ann",1204\r\nBex,,88\r\n,Poe,7\r\n'
    )
    assert source.text == "Town\tMayor\tVotes\nAld\tRoe, Ann\t1204\nBex\t\t88\n\tPoe\t7"
    assert cells(source) == [
        [(("Town",), "Ald"), (("Mayor",), "Roe, Ann"), (("Votes",), "1204")],
        [(("Town",), "Bex"), (("Votes",), "88")],
        [(("Mayor",), "Poe"), (("Votes",), "7")],
    ]
    assert source.media_type == "text/csv"
    assert source.notes == ()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_dialects_give_the_same_table(tmp_path: Path, delimiter: str, end: str) -> None:
    rows = [["Name", "Cost"], ["Oak, old", "1,5"], ["Elm; tall", "2,5"], ["Ash", "3|4"]]
    held = io.StringIO()
    csv.writer(held, delimiter=delimiter, lineterminator=end).writerows(rows)
    source = csv_source(tmp_path, held.getvalue())
    assert source.text == "\n".join("\t".join(row) for row in rows)


def test_a_file_may_name_its_delimiter(tmp_path: Path) -> None:
    source = csv_source(tmp_path, "sep=;\r\na;b\r\nc,d,e;f,g,h\r\n")
    assert source.text == "a\tb\nc,d,e\tf,g,h"


def test_titles_over_and_notes_under_a_table_are_paragraphs(tmp_path: Path) -> None:
    table = ",,\nShip,Length,Due\nMole,12,3.50\n\n"
    text = f"Harbour dues 2024,,\n{table}Dues are paid on entry of port.,,\n"
    source = csv_source(tmp_path, text)
    assert source.text.split("\n\n") == [
        "Harbour dues 2024", "Ship\tLength\tDue\nMole\t12\t3.50", "Dues are paid on entry of port.",
    ]  # fmt: skip
    assert cells(source) == [[(("Ship",), "Mole"), (("Length",), "12"), (("Due",), "3.50")]]


def test_a_first_row_of_data_is_no_head(tmp_path: Path) -> None:
    source = csv_source(tmp_path, "2024-01-02,12.5\n2024-01-03,13.5\n")
    assert [heads for row in cells(source) for heads, _ in row] == [()] * 4


def test_years_are_heads(tmp_path: Path) -> None:
    source = csv_source(tmp_path, "Region,2022,2023\nNorth,11,12\n")
    assert cells(source) == [[(("Region",), "North"), (("2022",), "11"), (("2023",), "12")]]


def test_encoding_and_uneven_rows_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("Café;Größe\nZürich;1\nGenève;2;3\nBâle;4\n".encode("cp1252") * 3)
    source = read(path)
    assert source.meta("encoding") == "cp1252"
    assert "its rows have between 2 and 3 cells" in source.notes


def test_an_open_quotation_mark_swallows_nothing(tmp_path: Path) -> None:
    source = csv_source(tmp_path, 'Size,Name\n5" pipe,"Long\n6,Short\n7,Other\n')
    assert len(source.tables[0].rows) == 3
    assert any("do not pair" in note for note in source.notes)


@given(
    st.lists(
        st.lists(st.text("aé1 ,;\"'\n\t", max_size=5), min_size=2, max_size=4),
        min_size=2,
        max_size=5,
    )
)
def test_each_cell_keeps_the_column_that_a_grid_reading_gives(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    held = io.StringIO()
    csv.writer(held, delimiter="\t").writerows(rows)
    path = tmp_path_factory.mktemp("grid") / "a.tsv"
    path.write_bytes(held.getvalue().encode())
    try:
        source = read(path)
    except UnreadableSource:
        assert not any(cell.strip() for row in rows for cell in row)
        return
    given_cells = {(n, " ".join(cell.split())) for row in rows for n, cell in enumerate(row)}
    for table in source.tables:
        for row in table.rows:
            for cell in row.cells:
                words = source.text[cell.span.start : cell.span.end]
                assert (cell.column, words) in given_cells
                assert source.text[row.span.start : cell.span.start].count("\t") == (
                    cell.column - row.cells[0].column
                )


@pytest.fixture
def book() -> openpyxl.Workbook:
    return openpyxl.Workbook()


def saved(book: openpyxl.Workbook, tmp_path: Path) -> Source:
    path = tmp_path / "book.xlsx"
    book.save(path)
    return read(path)


def test_numbers_and_dates_are_as_the_cells_show_them(
    book: openpyxl.Workbook, tmp_path: Path
) -> None:
    sheet = book.active
    sheet.append(["Item", "Price", "Share", "From", "Built"])
    sheet.append(["Mole", 1234.5, 0.125, date(2024, 3, 5), datetime(1987, 6, 1)])
    for column, code in (("B", '"€"#,##0.00'), ("C", "0.0%"), ("D", "d mmmm yyyy")):
        sheet[f"{column}2"].number_format = code
    sheet["E2"].number_format = "mm-dd-yy"
    source = saved(book, tmp_path)
    assert source.text.splitlines()[1] == "Mole\t€1,234.50\t12.5%\t5 March 2024\t1987-06-01"
    assert cells(source)[0][1] == (("Price",), "€1,234.50")


def test_merged_cells_keep_their_columns_and_head_the_rows_they_reach_into(
    book: openpyxl.Workbook, tmp_path: Path
) -> None:
    sheet = book.active
    for row in (
        ["Region", "Sales", None],
        [None, "North", "South"],
        ["East", 1, 2],
        [None, 3, 4],
    ):
        sheet.append(row)
    for span in ("B1:C1", "A1:A2", "A3:A4"):
        sheet.merge_cells(span)
    source = saved(book, tmp_path)
    assert cells(source) == [
        [(("Region",), "East"), (("Sales", "North"), "1"), (("Sales", "South"), "2")],
        [(("East", "Sales", "North"), "3"), (("East", "Sales", "South"), "4")],
    ]


def test_sheets_are_headings_and_hidden_ones_are_marked(
    book: openpyxl.Workbook, tmp_path: Path
) -> None:
    first, second = book.active, book.create_sheet("Old prices")
    first.title = "Prices"
    first.append(["Item", "Price"])
    first.append(["Rope", 5])
    second.append(["Item", "Price"])
    second.append(["Rope", 4])
    second.sheet_state = "hidden"
    first.append(["Tar", 9])
    first.row_dimensions[3].hidden = True
    source = saved(book, tmp_path)
    assert [source.text[h.span.start : h.span.end] for h in source.headings] == [
        "Prices", "Old prices",
    ]  # fmt: skip
    hidden = [source.text[m.span.start : m.span.end] for m in source.marks if m.kind == "hidden"]
    assert hidden == ["Tar", "9", "Old prices\n\nItem\tPrice\nRope\t4"]
    assert "1 sheet is hidden in the file: Old prices" in source.notes


def test_formulas_give_their_stored_value_or_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Rope", "Total"])
    sheet.write_row(1, 0, [2])
    sheet.write_formula(1, 1, "=A2*21", None, 42)
    book.close()
    assert cells(read(path)) == [[(("Rope",), "2"), (("Total",), "42")]]
    edited = openpyxl.load_workbook(path)
    edited.active["C2"] = "=A2+1"
    edited.save(path)
    assert any("Sheet1!C2" in note for note in read(path).notes)


def test_raised_and_struck_words_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    raised = book.add_format({"font_script": 1})
    struck = book.add_format({"font_strikeout": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["What", "Size"])
    sheet.write_rich_string(1, 0, "10", raised, "6", " grains")
    sheet.write(1, 1, "old", struck)
    sheet.write_comment(1, 1, "Ask the keeper.", {"author": "Ann"})
    book.close()
    source = read(path)
    assert "10⁶ grains\told" in source.text
    told = {m.kind: source.text[m.span.start : m.span.end] for m in source.marks}
    assert told["struck"] == "old"
    assert "Ask the keeper." in told["comment"]


def test_properties_are_facts_of_the_document(book: openpyxl.Workbook, tmp_path: Path) -> None:
    book.active.append(["Words"])
    book.properties.title = "Dues of the harbour"
    book.properties.creator = "Ann Roe"
    source = saved(book, tmp_path)
    assert (source.title, source.meta("author")) == ("Dues of the harbour", "Ann Roe")
    assert source.meta("date") == datetime.now().date().isoformat()


def test_comments_by_openpyxl_too(book: openpyxl.Workbook, tmp_path: Path) -> None:
    book.active.append(["Words", "More"])
    book.active["A1"].comment = Comment("See the log.", "Bo")
    source = saved(book, tmp_path)
    (mark,) = source.marks
    assert (mark.kind, mark.note) == ("comment", "on cell A1")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"words", "is not an Excel file but something else"),
        (b"PK\x03\x04" + bytes(40), "is damaged: its ZIP archive cannot be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40), "is encrypted, or an old .xls file"),
    ],
)
def test_what_is_no_workbook_is_refused_with_the_reason(
    tmp_path: Path, data: bytes, told: str
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    with pytest.raises(UnreadableSource, match=told):
        read(path)
