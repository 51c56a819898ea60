"""A source's parts: headings, marks, labels, page labels and tables, and where they are told."""

from __future__ import annotations

import pytest

from rag.answer.cautions import cautions
from rag.render.citation import citation
from rag.segment import context, folded, readable, segmenter, sentences, tile
from rag.types import (
    Cell,
    Heading,
    Label,
    Mark,
    Passage,
    Place,
    Row,
    Source,
    Span,
    Table,
    digest,
)


def source(text: str, **more: object) -> Source:
    return Source("a.txt", text, digest(text), "0" * 64, "a", "text/plain", "text 1", **more)  # type: ignore[arg-type]


def span(text: str, part: str) -> Span:
    start = text.index(part)
    return Span(start, start + len(part))


def test_a_heading_path_is_the_same_as_by_walking() -> None:
    text = "# A\nx\n## B\ny\n### C\nz\n## D\nw\n# E\nv\n"
    headings = tuple(
        Heading(level, span(text, name))
        for level, name in ((1, "A"), (2, "B"), (3, "C"), (2, "D"), (1, "E"))
    )
    made = source(text, headings=headings)
    for offset in range(len(text)):
        path: list[Heading] = []
        for heading in headings:
            if text.rfind("\n", 0, heading.span.start) + 1 <= offset:
                path = [h for h in path if h.level < heading.level] + [heading]
        expected = tuple(text[h.span.start : h.span.end] for h in path)
        assert made.heading_path(offset) == expected


def test_a_mark_has_a_known_kind() -> None:
    with pytest.raises(ValueError, match="crossed"):
        Mark("crossed", Span(0, 1))  # type: ignore[arg-type]


def test_page_labels_go_with_pages() -> None:
    with pytest.raises(ValueError, match="page labels"):
        source("a\fb", pages=(0, 2), page_labels=("i",))
    place = Place(source("a\fb", pages=(0, 2), page_labels=("i", "1")), Span(2, 3))
    assert "p. 1 (page 2 of the file)" in str(citation(place, 1))


def test_a_withdrawn_paragraph_is_ranked_down_and_a_quote_of_it_says_so() -> None:
    text = "The berth costs 55 a night.\n\nThe berth costs 40 a night.\n"
    struck = span(text, "The berth costs 40 a night.")
    made = source(text, marks=(Mark("struck", struck),))
    passages = tile(made, count=len, limit=1000, target=100)
    assert [p.boilerplate for p in passages] == [False, True]
    own = sentences(passages[1], segmenter())
    assert [c.code for c in cautions(made, struck, own)] == ["struck"]


TABLE = "City\tPrice\tTax\nOslo\t20\t\nBergen\t30\t4\n"
CELLS = [
    [Cell(span(TABLE, "Oslo"), 0), Cell(span(TABLE, "20"), 1)],
    [Cell(span(TABLE, "Bergen"), 0), Cell(span(TABLE, "30"), 1), Cell(span(TABLE, "4"), 2)],
]
GRID = Table(
    heads=tuple((span(TABLE, name),) for name in ("City", "Price", "Tax")),
    rows=(
        Row(span(TABLE, "Oslo\t20"), tuple(CELLS[0])),
        Row(span(TABLE, "Bergen\t30\t4"), tuple(CELLS[1])),
    ),
    head_rows=(span(TABLE, "City\tPrice\tTax"),),
)


def test_a_row_is_read_and_cited_with_its_heads() -> None:
    made = source(TABLE, tables=(GRID,))
    row = GRID.rows[1].span
    place = Place(made, row)
    assert place.table_heads() == ("City", "Price", "Tax")
    assert place.table_heads(span(TABLE, "30")) == ("Price",)
    assert Place(made, GRID.rows[0].span).table_heads() == ("City", "Price")
    assert context(made, row) == ("City, Price, Tax",)
    assert folded(Passage(place, 0, 1)) == "City, Price, Tax. Bergen 30 4"
    assert "column City | Price | Tax" in str(citation(place, 1))
    assert context(made, Span(0, len(TABLE))) == ()


def test_labels_and_speakers_are_cited() -> None:
    text = "The rent is 640.\n\nYes, we will.\n"
    made = source(
        text,
        labels=(Label(span(text, "The rent is 640."), "2.1(a)"),),
        marks=(Mark("said", span(text, "Yes, we will."), "Ms Lund"),),
    )
    assert "no. 2.1(a)" in str(citation(Place(made, Span(0, 16)), 1))
    place = Place(made, span(text, "Yes, we will."))
    assert "said by Ms Lund" in str(citation(place, 2))
    assert folded(Passage(place, 1, 2)) == "Ms Lund. Yes, we will."
    assert cautions(made, place.span, ()) == ()


def test_a_raised_figure_is_a_word_of_its_own_in_the_index() -> None:
    text = "It holds 10⁶ bolts; founded in 1911¹², on H₂O.\n"
    assert folded(Passage(Place(source(text), Span(0, len(text))), 0, 1)) == (
        "It holds 10 6 bolts; founded in 1911 12, on H2O."
    )


def test_a_reader_sees_spaces_for_signs_that_are_no_words() -> None:
    text = "Mooring\n=======\n\nA sloop <!-- or yawl --> pays 95 crowns a month.\n\n*****\n"
    made = source(
        text,
        headings=(Heading(1, span(text, "Mooring")),),
        marks=(Mark("markup", span(text, "<!-- or yawl -->")),),
    )
    (passage,) = tile(made, count=len, limit=1000, target=100)
    shown = readable(passage, sentences(passage, segmenter()))
    assert len(shown) == len(passage.text)
    assert shown.split() == ["Mooring", "A", "sloop", "pays", "95", "crowns", "a", "month."]
    assert shown.index("95") == text.index("95")
