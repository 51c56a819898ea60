"""HTML: what a page shows beside its words: raised figures, withdrawn text, numbers, grids."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.extract import read_file
from rag.extract.html import read_html
from rag.types import Source


def text_of(body: str) -> str:
    return read_html(f"<html><body>{body}</body></html>".encode()).text


def marks_of(body: str) -> list[tuple[str, str]]:
    draft = read_html(f"<html><body>{body}</body></html>".encode())
    return [(m.kind, draft.text[m.span.start : m.span.end]) for m in draft.marks]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>About 10<sup>6</sup> cells.</p>", "About 10⁶ cells."),
        ("<p>Bought in 1911<sup>12</sup> for H<sub>2</sub>O.</p>", "Bought in 1911¹² for H₂O."),
        ("<p>The 3<sup>rd</sup> of May.</p>", "The 3rd of May."),
        ('<p>x<span style="vertical-align: super">2</span></p>', "x²"),
        ("<style>.n{vertical-align:sub}</style><p>CO<i class=n>2</i></p>", "CO₂"),
    ],
)
def test_raised_and_lowered_figures_never_fuse(body: str, text: str) -> None:
    assert text_of(body) == text


def test_a_half_is_no_whole_number() -> None:
    assert "21/2" not in text_of("<p>It costs 2<sup>1</sup>/<sub>2</sub> crowns.</p>")


@pytest.mark.parametrize("tag", ["del", "s", "strike"])
def test_crossed_out_words_are_marked(tag: str) -> None:
    marks = marks_of(f"<p>It costs <{tag}>40</{tag}> 55 crowns.</p>")
    assert [kind for kind, _ in marks] == ["struck"]
    assert "40" in marks[0][1]
    assert "55" not in marks[0][1]


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>Draft.</p>",
        '<p style="display: none">Draft.</p>',
        '<style>.d, .x {display:none}</style><p class="a d">Draft.</p>',
        "<style>#d {visibility: hidden !important}</style><p id=d>Draft.</p>",
    ],
)
def test_what_a_page_hides_is_left_out_and_told(hidden: str) -> None:
    draft = read_html(f"<body>{hidden}<p>Shown.</p></body>".encode())
    assert draft.text == "Shown."
    assert any("hidden" in note for note in draft.notes)


def test_a_style_for_print_hides_nothing() -> None:
    page = "<style>@media print {.d {display:none}}</style><p class=d>Shown.</p>"
    assert text_of(page) == "Shown."


def test_a_later_or_stronger_rule_shows_it_again() -> None:
    page = "<style>p{display:none} p.d{display:block}</style><p class=d>Shown.</p>"
    assert text_of(page) == "Shown."


@pytest.mark.parametrize(
    ("attributes", "numbers"),
    [
        ("", ["1", "2", "3"]),
        ('start="4"', ["4", "5", "6"]),
        ('type="a"', ["a", "b", "c"]),
        ('type="I" start="9"', ["IX", "X", "XI"]),
        ("reversed", ["3", "2", "1"]),
    ],
)
def test_items_of_ordered_lists_have_their_numbers(attributes: str, numbers: list[str]) -> None:
    text = text_of(f"<ol {attributes}><li>One</li><li>Two</li><li>Three</li></ol>")
    assert [line.split(".")[0] for line in text.split("\n")] == numbers


def test_quotation_elements_keep_their_marks() -> None:
    text = text_of("<p>She said <q>no ship will leave</q> and left.</p>")
    assert text == "She said “no ship will leave” and left."


def test_form_fields_are_parted_from_their_labels_and_marked() -> None:
    body = "<form><label>Name</label><input value='Olga'><label>Remark</label></form>"
    assert "NameOlga" not in text_of(body)
    assert "OlgaRemark" not in text_of(body)
    assert ("form", "Olga") in marks_of(body)


GRID = st.lists(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=4),
    min_size=1,
    max_size=4,
)


def by_grid_reading(rows: list[list[tuple[int, int]]]) -> dict[str, int]:
    """Cell's words -> its column, by filling a grid as the HTML standard says."""
    taken: set[tuple[int, int]] = set()
    columns = {}
    for r, cells in enumerate(rows):
        column = 0
        for c, (wide, tall) in enumerate(cells):
            while (r, column) in taken:
                column += 1
            columns[f"w{r}x{c}"] = column
            for down in range(min(tall, len(rows) - r)):
                taken |= {(r + down, column + across) for across in range(wide)}
            column += wide
    return columns


@settings(max_examples=60)
@given(GRID)
def test_every_cell_stands_in_the_column_of_a_grid_reading(
    rows: list[list[tuple[int, int]]],
) -> None:
    cells = "".join(
        "<tr>"
        + "".join(
            f'<td colspan="{wide}" rowspan="{tall}">w{r}x{c}</td>'
            for c, (wide, tall) in enumerate(row)
        )
        + "</tr>"
        for r, row in enumerate(rows)
    )
    width = 40
    head = "<tr>" + "".join(f"<th>h{n}</th>" for n in range(width)) + "</tr>"
    draft = read_html(f"<body><table><thead>{head}</thead>{cells}</table></body>".encode())
    (table,) = draft.tables
    found = {
        draft.text[cell.span.start : cell.span.end]: cell.column
        for row in table.rows
        for cell in row.cells
    }
    assert found == by_grid_reading(rows)


def test_an_empty_first_cell_keeps_its_column(tmp_path: Path) -> None:
    page = tmp_path / "p.html"
    page.write_text(
        "<table><tr><th>Mill</th><th>Rye</th></tr><tr><td>Upper</td><td>4</td></tr>"
        "<tr><td></td><td>5</td></tr></table>"
    )
    source: Source = read_file(page, id="p.html")
    (table,) = source.tables
    last = table.rows[-1].cells
    assert [cell.column for cell in last] == [1]
    assert [source.text[h.start : h.end] for h in table.heads[1]] == ["Rye"]
