"""Lists and what announces them: which spans are quoted as one, and what is said of the rest."""

from __future__ import annotations

import pytest

from rag.answer.cautions import cautions
from rag.segment.lists import LONGEST, list_parts, with_list
from rag.types import Heading, Source, Span, digest

MARKED = "text/markdown"
BARE = "text/html"  # a format whose line feeds part items


def source(text: str, media_type: str, **more: object) -> Source:
    return Source("a", text, digest(text), "0", "A", media_type, "t", **more)  # type: ignore[arg-type]


def quoted(text: str, part: str, media_type: str = MARKED) -> str:
    made = source(text, media_type)
    start = text.index(part)
    span = with_list(made, Span(start, start + len(part)))
    return text[span.start : span.end]


BULLETS = (
    "Dogs are welcome.\n\nA visitor must bring:\n\n- a lamp\n- two ropes,\n  of hemp\n- a whistle"
)


@pytest.mark.parametrize("part", ["A visitor must bring:", "- a lamp", "- a whistle"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_list_and_its_lead_in_are_one(part: str, end: str) -> None:
    text = f"{BULLETS}\n\nThe gate shuts at six.\n".replace("\n", end)
    expected = BULLETS[BULLETS.index("A visitor") :].replace("\n", end)
    assert quoted(text, part) == expected


@pytest.mark.parametrize(
    "items",
    [
        "1. a lamp\n2. two ropes\n3. a whistle",
        "1. a lamp\n\n2. two ropes\n\n3. a whistle",
        "(a) a lamp\n(b) two ropes",
        "* a lamp\n* two ropes",
        "   o  a lamp\n\n   o  two ropes",
    ],
)
def test_signs_and_numbers_of_items(items: str) -> None:
    text = f"A visitor must bring:\n\n{items}\n\nThe gate shuts at six.\n"
    assert quoted(text, "A visitor must bring:") == f"A visitor must bring:\n\n{items}"


def test_items_without_signs_are_lines_where_a_format_parts_them_so() -> None:
    text = "The kit:\n\na lamp\ntwo ropes\n\nThe gate shuts at six.\n\nIt opens at nine."
    assert quoted(text, "The kit:", BARE) == "The kit:\n\na lamp\ntwo ropes"
    assert quoted(text, "two ropes", BARE) == "The kit:\n\na lamp\ntwo ropes"
    assert quoted(text, "It opens at nine.", BARE) == "It opens at nine."


def test_without_a_list_the_next_paragraph_is_what_is_announced() -> None:
    text = "The clerk wrote:\n\nThe gate shuts at six.\n\nIt opens at nine.\n"
    assert quoted(text, "The clerk wrote:") == "The clerk wrote:\n\nThe gate shuts at six."
    assert quoted(text, "It opens at nine.") == "It opens at nine."


def test_nothing_is_announced_over_a_heading_or_a_page() -> None:
    text = "The kit:\n\n# Hours\n\n- nine to five\n"
    made = source(text, MARKED, headings=(Heading(1, Span(12, 17)),))
    assert with_list(made, Span(0, 8)) == Span(0, 8)
    assert quoted("The kit:\n\f- a lamp\n", "The kit:") == "The kit:"


def test_a_list_inside_an_item_ends_with_the_item() -> None:
    text = "Dues:\n\n- boats:\n  - sloop 5\n  - barge 6\n- carts 7\n\nEnd.\n"
    assert quoted(text, "- boats:") == text[: text.index("\n\nEnd.")]
    long = text.replace("carts 7", "carts " + "and more carts " * 60)
    assert quoted(long, "- boats:") == "- boats:\n  - sloop 5\n  - barge 6"


def test_a_list_that_is_too_long_is_cut_at_an_item_and_says_so() -> None:
    items = [f"- item {n} is described in a good many words, so that it is long" for n in range(20)]
    text = "The harbour lends these:\n\n" + "\n".join(items) + "\n"
    quote = quoted(text, "The harbour lends these:")
    assert len(quote) <= LONGEST
    assert quote.split("\n\n")[1].split("\n") == items[: quote.count("- item")]
    made = source(text, MARKED)
    assert list_parts(made, Span(0, len(quote))) == (False, True)
    assert "list-cut" in [c.code for c in cautions(made, Span(0, len(quote)), ())]
    start = text.index(items[15])
    item = Span(start, start + len(items[15]))
    assert with_list(made, item) == item
    assert "list-item" in [c.code for c in cautions(made, item, ())]


def test_prose_is_left_alone() -> None:
    text = "The ratio was 3:4. Then it rose. - So it was said.\n\nNote: it fell.\n\nIt rose.\n"
    for part in ("The ratio was 3:4.", "Note: it fell.", "It rose."):
        assert quoted(text, part) == part
