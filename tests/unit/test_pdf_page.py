"""PDF: columns, tables, form values and comments, page labels, running heads; boxes of it all."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.extract import boxes
from rag.extract.pdf import read_pdf
from rag.types import Span
from tests.pdfs import Maker

LEFT = (
    "The weavers of the town/keep their looms in the/long hall beside the river/"
    "and pay no rent for it/since the year 1650."
)
RIGHT = (
    "The ferry crosses at noon/and in the evening, but/not when the water is high/"
    "or the wind blows from/the north."
)


@pytest.fixture
def pdf(tmp_path: Path) -> Maker:
    return Maker(tmp_path / "made.pdf")


def test_columns_that_are_drawn_across_are_read_one_after_the_other(pdf: Maker) -> None:
    left, right = LEFT.split("/"), RIGHT.split("/")
    for row, (a, b) in enumerate(zip(left, right, strict=True)):
        pdf.text(60, 700 - 14 * row, a)
        pdf.text(320, 700 - 14 * row, b)
    assert pdf.source().text.split("\n\n") == ["\n".join(left), "\n".join(right)]


def test_a_table_is_rows_with_heads(pdf: Maker) -> None:
    rows = [("Ship", "Tons", "Crew"), ("Heron", "40", "6"), ("Gull", "", "4"), ("Tern", "62", "9")]
    rows.append(("Crane", "75", "11"))
    for row, texts in enumerate(rows):
        for x, text in zip((60, 200, 300), texts, strict=True):
            pdf.text(x, 700 - 16 * row, text)
    source = pdf.source()
    (table,) = source.tables
    assert [[source.text[h.start : h.end] for h in heads] for heads in table.heads] == [
        ["Ship"],
        ["Tons"],
        ["Crew"],
    ]
    texts = [source.text[r.span.start : r.span.end] for r in table.rows]
    assert texts == ["Heron\t40\t6", "Gull\t\t4", "Tern\t62\t9", "Crane\t75\t11"]
    assert [cell.column for cell in table.rows[1].cells] == [0, 2]


def test_the_dots_of_a_table_of_contents_are_set_apart(pdf: Maker) -> None:
    pdf.lines(60, 700, [f"{n} The {w} year {'.' * 40} {n * 7}" for n, w in enumerate("abcd", 1)])
    source = pdf.source()
    assert [source.text[s.start : s.end] for s in source.boilerplate] == [source.text]


def test_values_of_fields_stand_by_their_labels_and_are_marked(pdf: Maker) -> None:
    pdf.text(60, 740, "Name of the boat:")
    pdf.text(60, 700, "Notes")
    form = pdf.canvas.acroForm
    form.textfield(name="boat", value="Grey Heron", x=220, y=733, width=200, height=20)
    form.textfield(name="left empty", value="", x=220, y=600, width=200, height=20)
    form.checkbox(name="insured", tooltip="Insured", checked=True, x=60, y=500)
    source = pdf.source()
    assert "Name of the boat: Grey Heron" in source.text
    marks = {source.text[m.span.start : m.span.end]: (m.kind, m.note) for m in source.marks}
    assert marks["Grey Heron"] == ("form", "boat")
    assert marks["☒"][0] == "form"
    assert "left empty" not in source.text
    at = source.text.index("Grey")
    found = boxes(pdf.path, source, Span(at, at + 4))
    assert found is not None
    assert abs(found[0].x0 * 595 - 220) < 3
    assert any("form fields" in note for note in source.notes)


def test_comments_are_text_of_their_own(pdf: Maker) -> None:
    pdf.text(60, 740, "The stone was surveyed in 1901.")
    pdf.canvas.textAnnotation("The surveyor moved to Brask in 1904.", Rect=[60, 700, 80, 720])
    source = pdf.source()
    assert source.text.endswith("\n\nThe surveyor moved to Brask in 1904.")
    (mark,) = source.marks
    assert mark.kind == "comment"


def test_running_heads_follow_the_pages_and_sentences_do_not(pdf: Maker) -> None:
    for page in range(1, 6):
        pdf.text(60, 800, "Harbour Savings Bank")
        pdf.text(
            60, 760, f"In the month the board was paid {page * page * 31} crowns by the ferry."
        )
        pdf.text(60, 60, f"The balance of the account was {1200 + page * 53} crowns.")
        pdf.text(280, 30, f"Page {page + 3} of 40")
        pdf.page()
    source = pdf.source()
    marked = [source.text[s.start : s.end] for s in source.boilerplate]
    assert marked.count("Harbour Savings Bank") == 5
    assert [m for m in marked if m.startswith("Page")] == [f"Page {n} of 40" for n in range(4, 9)]
    assert len(marked) == 10


PIECE = st.tuples(
    st.text("abcxyz019", min_size=1, max_size=3),
    st.sampled_from([(1.0, 0.0), (0.7, 0.35), (0.6, -0.2)]),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lines=st.lists(st.lists(PIECE, min_size=1, max_size=4), min_size=1, max_size=5),
    size=st.integers(8, 18),
)
def test_text_and_boxes_agree_and_no_numbers_fuse(
    tmp_path: Path, lines: list[list[tuple[str, tuple[float, float]]]], size: int
) -> None:
    pdf = Maker(tmp_path / "made.pdf")
    for row, pieces in enumerate(lines):
        line = [("Line ", 1.0, 0.0), *((text, *look) for text, look in pieces), (" end.", 1.0, 0.0)]
        pdf.pieces(60, 760 - 1.6 * size * row, line, size)
    source = pdf.source()
    # Figures of one height that touch are one number; those of another never join them.
    for text, pieces in zip(source.text.replace("\n\n", "\n").split("\n"), lines, strict=True):
        looks = groupby(pieces, key=lambda piece: piece[1])
        alone = ["".join(text for text, _ in same) for _, same in looks]
        longest = max((len(run) for group in alone for run in _runs(group)), default=0)
        assert max((len(run) for run in _runs(text)), default=0) <= longest
    found = boxes(pdf.path, source, Span(0, len(source.text)))
    assert found is not None
    assert len(found) == len(lines)
    assert [box.y0 for box in found] == sorted(box.y0 for box in found)


def _runs(text: str) -> list[str]:
    """The runs of plain digits."""
    return "".join(c if c in "0123456789" else " " for c in text).split()


def test_a_page_of_many_scattered_words_is_read_in_time(pdf: Maker) -> None:
    for at in range(4000):
        pdf.text(20 + at * 7919 % 560, 20 + at * 104729 % 800, f"{at % 97}", 6 + at % 5)
    pdf.canvas.save()
    assert read_pdf(pdf.path.read_bytes()).text
