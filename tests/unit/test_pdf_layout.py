"""PDF: what stands beside, over and around the lines of a page."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.extract import boxes
from rag.types import Source, Span
from tests.pdfs import Maker

FONTS = ("Helvetica", "Times-Roman", "Courier")


@pytest.fixture
def pdf(tmp_path: Path) -> Maker:
    return Maker(tmp_path / "made.pdf")


def marked(source: Source) -> list[str]:
    return [source.text[span.start : span.end] for span in source.boilerplate]


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("size", [8.0, 11.0, 16.0])
@pytest.mark.parametrize(("share", "rise"), [(0.7, 0.36), (0.58, 0.4), (0.66, 0.75), (0.8, 0.3)])
def test_raised_figures_stay_in_their_line_and_fuse_with_nothing(
    pdf: Maker, font: str, size: float, share: float, rise: float
) -> None:
    first = [("It gives 10", 1, 0), ("6", share, rise), (" litres since 1911", 1, 0)]
    pdf.pieces(50, 700, [*first, ("12", share, rise), (" and", 1, 0)], size, font)
    pdf.text(50, 700 - 1.3 * size, "is paid for by the town.", size, font)
    text = pdf.source().text
    assert text == "It gives 10⁶ litres since 1911¹² and\nis paid for by the town."


def test_ordinals_formulas_and_notes(pdf: Maker) -> None:
    up, down = (0.7, 0.35), (0.7, -0.15)
    pdf.pieces(
        50, 700, [("On the 1", 1, 0), ("st", *up), (" of May H", 1, 0), ("2", *down), ("O", 1, 0)]
    )
    pdf.pieces(
        50,
        686,
        [
            ("was left to the town", 1, 0),
            ("*", *up),
            (" for x", 1, 0),
            ("i", *down),
            ("2", *up),
            (".", 1, 0),
        ],
    )
    pdf.pieces(50, 640, [("3", *up), (" See the letter of 1904.", 1, 0)], size=8)
    assert pdf.source().text == (
        "On the 1st of May H₂O\nwas left to the town* for xᵢ².\n\n³ See the letter of 1904."
    )


def test_figures_raised_without_a_smaller_size(pdf: Maker) -> None:
    pdf.pieces(50, 700, [("The well gives 10", 1, 0), ("6", 1, 0.45), (" litres a day.", 1, 0)])
    assert pdf.source().text == "The well gives 10⁶ litres a day."


def test_figures_that_are_drawn_after_all_lines(pdf: Maker) -> None:
    pdf.text(50, 700, "The dike was raised in 1911", font="Courier", size=10)
    pdf.text(220, 700, "and paved in 1912 by", font="Courier", size=10)
    pdf.text(50, 687, "the men of the town.", font="Courier", size=10)
    pdf.text(50 + 27 * 6, 704, "12", font="Courier", size=6.5)
    text = pdf.source().text
    assert text == "The dike was raised in 1911¹² and paved in 1912 by\nthe men of the town."


def test_boxes_of_raised_figures_lie_on_them(pdf: Maker) -> None:
    pdf.pieces(50, 700, [("In 1911", 1, 0), ("12", 0.6, 0.5), (" it was raised.", 1, 0)], size=20)
    source = pdf.source()
    at = source.text.index("¹²")
    found = boxes(pdf.path, source, Span(at, at + 2))
    assert found is not None
    (box,) = found
    low = 842 - box.y1 * 842
    assert 705 < low < 712
    whole = boxes(pdf.path, source, Span(0, len(source.text)))
    assert whole is not None
    assert len(whole) == 1
    assert whole[0].y0 <= box.y0
    assert whole[0].x0 < box.x0 < box.x1 < whole[0].x1


@pytest.mark.parametrize(("cap", "lines"), [(30, 2), (44, 3)])
def test_a_large_first_letter_belongs_to_its_word(pdf: Maker, cap: float, lines: int) -> None:
    pdf.text(50, 711 - 14 * (lines - 1), "T", cap, "Times-Roman")
    for row, line in enumerate(
        ["he weavers of the town", "keep their looms in the", "long hall here."]
    ):
        pdf.text(80 if row < lines else 50, 711 - 14 * row, line, 12, "Times-Roman")
    assert pdf.source().text.startswith("The weavers of the town\nkeep their looms")


@pytest.mark.parametrize("step", [1, 5])
@pytest.mark.parametrize("x", [30, 560])
def test_numbers_of_lines_stand_behind_the_text(pdf: Maker, step: int, x: float) -> None:
    story = (
        "The council met on the fourth of/May and agreed that the mill/should be sold to the/"
        "library for nine hundred/crowns. Nobody spoke against/it, and the clerk wrote/"
        "that down. The sale was/made in the same week, and/the money was paid to the/"
        "harbour board of the town."
    )
    lines = story.split("/") * 2
    for row, line in enumerate(lines):
        pdf.text(70, 780 - 20 * row, line)
        if (row + 1) % step == 0:
            pdf.text(x, 780 - 20 * row, str(row + 1))
    source = pdf.source()
    body, numbers = source.text.rsplit("\n\n", 1)
    assert body == "\n".join(lines)
    assert numbers.split() == [str(n) for n in range(step, len(lines) + 1, step)]
    assert marked(source) == [numbers]


def test_the_numbers_of_a_list_stay_with_it(pdf: Maker) -> None:
    for row, line in enumerate(["Bread for the crew", "Rope for the mast", "Oil for the lamp"]):
        pdf.text(50, 700 - 20 * row, str(row + 1))
        pdf.text(70, 700 - 20 * row, line)
    assert "2 Rope for the mast" in pdf.source().text


def test_a_watermark_and_a_side_stamp_stand_behind_the_text(pdf: Maker) -> None:
    pdf.lines(
        60, 700, ["The stone is carried by cart to the", "harbour each week. The carters are"]
    )
    canvas = pdf.canvas
    for angle, x, y, word, size in (
        (35, 100, 600, "DRAFT COPY", 60),
        (90, 20, 300, "filed 3 May", 9),
    ):
        canvas.saveState()
        canvas.translate(x, y)
        canvas.rotate(angle)
        pdf.text(0, 0, word, size)
        canvas.restoreState()
    pdf.text(60, 700 - 2 * 13.75, "paid by the load.")
    source = pdf.source()
    assert source.text.split("\n\n")[0].endswith("The carters are\npaid by the load.")
    assert sorted(marked(source)) == ["DRAFT COPY", "filed 3 May"]


def test_a_large_word_over_the_text_stands_behind_it(pdf: Maker) -> None:
    pdf.text(60, 672, "COPY", 90)
    pdf.lines(
        60,
        720,
        [f"Line {word} of the text, which is" for word in ("one", "two", "three", "four", "five")],
    )
    source = pdf.source()
    assert source.text.startswith("Line one of")
    assert marked(source) == ["COPY"]


def test_text_drawn_twice_is_read_once(pdf: Maker) -> None:
    for shift in (0, 0.4):
        pdf.text(50 + shift, 700, "The fee is 40 crowns a year.")
    for shift in (0, 0.3):  # the same again, word by word
        pdf.pieces(50 + shift, 650, [("It ", 1, 0), ("was ", 1, 0), ("12 crowns.", 1, 0)])
    pdf.text(50, 600, "The fee is 40 crowns a year.")  # this one stands elsewhere
    twice = "The fee is 40 crowns a year."
    assert pdf.source().text.split("\n\n") == [twice, "It was 12 crowns.", twice]
