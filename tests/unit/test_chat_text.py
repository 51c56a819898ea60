"""What the chat makes of text: exact text content, whatever is marked in it."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError

from rag.chat.state.dialogue import Kept, Turn
from rag.chat.state.session import View
from rag.chat.state.shelves import Shelf
from rag.chat.views import lists, viewer
from rag.chat.views.jinja import environment
from rag.chat.views.structure import nested
from rag.chat.views.text import confidence, confidence_percent, escaped, marked, words
from rag.chat.views.thread import turn_card
from rag.extract import read_file
from rag.types import (
    Abstention,
    Also,
    Answer,
    Caution,
    Heading,
    Hit,
    Passage,
    Place,
    Quote,
    Searched,
    Source,
    Span,
    Unreadable,
    digest,
)

TRICKY = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"], exclude_characters="\x00"),
        st.sampled_from([*list("<>&\"'`${}\\\r\n\f\u2028\u202e\u05d0\u0301İ"), "😀"]),
    ),
    min_size=1,
    max_size=60,
)


class Texts(HTMLParser):
    """The text content of the elements of a class, as a browser would have it."""

    def __init__(self, wanted: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wanted, self.found, self.tags, self.depth = wanted, [], [], 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in ("img", "input"):
            return
        if self.depth:
            self.depth += 1
        elif self.wanted in (dict(attrs).get("class") or "").split():
            self.depth = 1
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        self.depth = max(0, self.depth - 1)

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.found[-1] += data


def texts(html: str, wanted: str = "cv-words") -> list[str]:
    # A browser turns a bare carriage return into a line feed before it parses.
    parser = Texts(wanted)
    parser.feed(str(html).replace("\r\n", "\n").replace("\r", "\n"))
    parser.close()
    return parser.found


def tags(html: str) -> set[str]:
    parser = Texts("")
    parser.feed(html)
    return set(parser.tags)


def source(text: str, **more: Any) -> Source:
    return Source(
        id="a/b.txt",
        text=text,
        sha256=digest(text),
        file_sha256=digest(text),
        title=more.pop("title", "A title"),
        media_type="text/plain",
        extractor="text 1",
        **more,
    )


@st.composite
def places(draw: st.DrawFn) -> tuple[Place, Span]:
    text = draw(TRICKY)
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    inner = draw(st.integers(start, end - 1))
    return Place(source(text), Span(start, end)), Span(inner, draw(st.integers(inner + 1, end)))


@given(places())
@settings(max_examples=150)
def test_the_words_of_a_place_are_its_slice(given_place: tuple[Place, Span]) -> None:
    place, highlight = given_place
    html = words(place, highlight)
    assert texts(html) == [place.text]
    assert tags(html) == {"bdi", "mark"}
    assert texts(words(place)) == [place.text]


@given(places(), TRICKY)
@settings(max_examples=100)
def test_a_card_and_the_viewer_show_the_slice_and_nothing_runs(
    given_place: tuple[Place, Span], hostile: str
) -> None:
    place, highlight = given_place
    place = Place(source(place.source.text, title=hostile), place.span)
    quote = Quote(place, 1, highlight, 0.8, caution=(Caution("x", hostile),))
    turn = Turn(1, "L", hostile, Answer(hostile, (quote,), (), Searched(1, 1)))
    html = turn_card(turn, shown=0)
    assert texts(html) == [place.text]
    assert not tags(html) & {"script", "img", "b", "iframe", "style"}
    shown = viewer.render(viewer_view(place, highlight), Shelf("L", None), (quote,))  # type: ignore[arg-type]
    assert texts(shown) == [place.source.text]
    assert texts(shown, "cv-here") == [place.text]
    assert texts(shown, "cv-answer") == [highlight_text(place, highlight)]


def viewer_view(place: Place, highlight: Span) -> View:
    return View("L", place, 1, (highlight.start, highlight.end), 1, 0)


def highlight_text(place: Place, highlight: Span) -> str:
    return place.source.text[highlight.start : highlight.end]


def test_the_text_check_would_see_a_lost_carriage_return() -> None:
    assert texts('<bdi class="cv-words">a\rb</bdi>') != ["a\rb"]
    assert texts('<bdi class="cv-words">a&#13;b</bdi>') == ["a\rb"]


def test_headings_and_other_quotes_are_marked_around_the_quote() -> None:
    text = "Title\n\nOne two. Three four. Five six.\n"
    held = source(text, headings=(Heading(1, Span(0, 5)),))
    first, second = (Quote(Place(held, Span(a, b)), 1) for a, b in ((7, 15), (28, 37)))
    view = View("L", first.place, 1, turn=1, index=0)
    shown = viewer.render(view, Shelf("L", None), (first, second))  # type: ignore[arg-type]
    assert texts(shown, "cv-h1") == ["Title"]
    assert texts(shown, "cv-other") == [second.text]
    assert "Quote 1 of 2" in shown


def test_a_long_source_is_shown_around_the_quote_and_more_on_request() -> None:
    text = "".join(f"Line {i} of the long source.\n" for i in range(1000))
    place = Place(source(text), Span(15_000, 15_010))
    narrow = viewer.window(View("L", place, 1))
    wide = viewer.window(View("L", place, 1, wide=1))
    assert wide.contains(narrow)
    assert narrow.contains(place.span)
    assert len(narrow) <= 2 * viewer.AROUND + 10
    assert text[narrow.start - 1] == "\n"
    assert viewer.window(View("L", place, 1, wide=7)) == Span(0, len(text))


def test_marks_are_nested_and_closed_in_order() -> None:
    held = source("abcdef")
    html = marked(held, Span(0, 6), [(Span(1, 5), 'mark class="x"'), (Span(1, 3), "strong")])
    assert html == 'a<mark class="x"><strong>bc</strong>de</mark>f'
    assert marked(held, Span(2, 4), [(Span(0, 6), "mark")]) == "<mark>cd</mark>"


@pytest.mark.parametrize(
    ("probability", "word", "number"),
    [
        (1.0, "very likely", "99 %"),
        (0.75, "very likely", "75 %"),
        (0.5, "likely", "50 %"),
        (0.12, "possible", "12 %"),
        (0.0, "possible", "1 %"),
    ],
)
def test_confidence_is_one_of_three_words_with_the_number_beside(
    probability: float, word: str, number: str
) -> None:
    assert confidence(probability) == word
    assert confidence_percent(probability).endswith(number)


def test_templates_escape_as_quotes_are_escaped_and_miss_nothing() -> None:
    made = environment().from_string('<a title="{{ x }}">{{ x }}</a>')
    hostile = '"<`$\r{{x}}'
    assert made.render(x=hostile) == f'<a title="{escaped(hostile)}">{escaped(hostile)}</a>'
    assert not set("<`$\r{") & set(escaped(hostile))
    with pytest.raises(UndefinedError):
        made.render()


def test_abstention_failure_and_answer_look_different() -> None:
    held = source("Some words. More words.")
    passage = Passage(Place(held, Span(0, 23)), 0, 1)
    none = Abstention(
        "q", "unsure", "No passage fits.", Searched(2, 9, (Unreadable("x.pdf", "broken"),)),
        (Quote(passage.place, 1),), (Hit(passage, 0.3),), ("zebra",),
    )  # fmt: skip
    html = turn_card(Turn(1, "L", "q", none))
    assert "No quote was sure enough." in html
    assert "Searched 2 sources, 9 passages; 1 file could not be read." in html
    assert "zebra" in html
    assert texts(html) == [held.text]
    failed = turn_card(Turn(1, "L", "q", None, "The disk is full."))
    assert "The disk is full." in failed
    assert "sure enough" not in failed
    waiting = turn_card(Turn(1, "L", "q", None))
    assert "cv-waiting" in waiting
    assert "sure enough" not in waiting


def test_further_places_and_kept_quotes_show_their_own_slices() -> None:
    held = source("Same words. Same, words. Same words.")
    first, second, third = (Place(held, Span(a, b)) for a, b in ((0, 11), (12, 24), (25, 36)))
    quote = Quote(first, 1, also=(Also(second, 1, "same words"), Also(third, 1, "identical")))
    answer = Answer("q", (quote,), (), Searched(1, 1))
    html = turn_card(Turn(1, "L", "q", answer), kept=[True])
    assert texts(html) == [first.text, second.text]
    assert 'aria-pressed="true"' in html
    assert texts(lists.tray([Kept("L", answer, quote)])) == [first.text]
    assert "Quotes you keep" in lists.tray([])


def test_tables_are_drawn_by_marks_and_the_text_stays(tmp_path: Path) -> None:
    file = tmp_path / "boats.md"
    file.write_text(
        "# Boats\n\n**Two** kinds:\n\n| Kind | Number |\n|---|---|\n| Cutters | 2 |\n"
        "| Lifeboats | 14 |\n\nMore was not asked.\n"
    )
    held = read_file(file, id="boats.md")
    assert held.tables
    for start, end in ((0, 5), (held.text.index("Cutters"), held.text.index("14") + 2)):
        place = Place(held, Span(start, end))
        view = View("L", place, 1, (place.span.start, place.span.start + 3))
        shown = viewer.render(view, Shelf("L", None))  # type: ignore[arg-type]
        assert texts(shown) == [held.text]
        assert texts(shown, "cv-cell") == ["Kind", "Number", "Cutters", "2", "Lifeboats", "14"]
        assert texts(shown, "cv-sign")[-2:] == ["**", "**"]
        assert "".join(texts(shown, "cv-here")).replace(" | ", "") in place.text.replace(" | ", "")
        assert shown.count('id="cv-here"') == 1


@given(st.data())
@settings(max_examples=100)
def test_marks_that_cross_are_cut_so_that_they_nest(data: st.DataObject) -> None:
    held = source("abcdefghijklmnopqrst")
    spans = st.tuples(st.integers(0, 18), st.integers(1, 19)).map(lambda p: (min(p), max(p) + 1))
    rows = sorted(data.draw(st.sets(st.integers(1, 19), max_size=6)) | {0, 20})
    outer = [(Span(0, 20), 'span class="t"')]
    outer += [(Span(a, b), 'span class="r"') for a, b in pairwise(rows)]
    inner = [(Span(*data.draw(spans)), 'mark class="cv-words"')]
    html = marked(held, Span(0, 20), nested(outer, inner))
    assert texts(html, "t") == [held.text]
    assert "".join(texts(html)) == held.text[inner[0][0].start : inner[0][0].end]
