"""The same words at another place, and what passes for it and must not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answer.same import same_kind, same_words, words
from rag.types import Place, Source, Span, digest


def source(text: str, id: str = "a.txt") -> Source:
    return Source(id, text, digest(text), digest(text), id, "text/plain", "t")


def found(quote: str, text: str) -> list[tuple[str, str]]:
    own = source(quote, "own.txt")
    place = Place(own, Span(0, len(quote)))
    also = same_words(place, [source(text)], lambda s, offset: offset + 1)
    assert all(a.paragraph == a.place.span.start + 1 for a in also)
    return [(a.kind, a.place.text) for a in also]


SAME = [
    ("The board met.", "The board  met."),
    ("The board met.", "The\nboard met!"),
    ("The “board” met.", 'The "board" met.'),
    ("It fell by 3.5 %.", "It fell by 3.5 %"),
    ("a line-\nbreak", "a line break"),
    ("café", "café "),
    ("zero\u200bwidth", "zero width"),
]
DIFFERENT = [
    ("It fell by 3.5 %.", "It fell by 3,5 %."),
    ("It fell by 3.5 %.", "It fell by 35 %."),
    ("It fell by 3 %.", "It fell by -3 %."),
    ("It cost $5.", "It cost £5."),
    ("It cost 5 %.", "It cost 5."),
    ("The board met.", "The Board met."),
    ("The board met.", "The board met not."),
    ("1914-18", "1914 18"),
    ("The boards met.", "The board s met."),
    ("...", "…"),
    ("cafe", "café"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_other_punctuation_or_white_space_is_the_same_words(one: str, other: str) -> None:
    assert same_kind(one, other) == same_kind(other, one) == "same words"


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_words_and_other_figures_are_not(one: str, other: str) -> None:
    assert same_kind(one, other) is None
    assert same_kind(other, one) is None


def test_identical_text_is_told_apart() -> None:
    text = "Intro.\n\nThe board met in May.\n\nThe board  met in May!\n"
    assert found("The board met in May.", text) == [
        ("identical", "The board met in May."),
        ("same words", "The board  met in May!"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "It is false that the board met in May.",
        "He said: it is not true that The board met in May.",
        "The board met in May and June.",
        "The board met in Mayfair.",
        "Cathe board met in May.",
        "If The board met in May.",
    ],
)
def test_words_inside_a_longer_sentence_are_not_a_place_of_the_quote(text: str) -> None:
    assert found("The board met in May.", text) == []
    assert found("the board met in May.", text) == []


def test_two_identical_paragraphs_of_one_source_are_two_places() -> None:
    text = "The board met.\n\nThe board met.\n"
    own = source(text)
    also = same_words(Place(own, Span(0, 14)), [own, own], lambda s, o: 2)
    assert [(a.place.span, a.kind) for a in also] == [(Span(16, 30), "identical")]


def test_a_quote_without_words_has_no_other_places() -> None:
    assert found("—", "—\n—\n") == []
    assert words("— … ?!") == ()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(["a", "B", "3.5", "-7", "$", "É", "e\u0301", "\u200b", "x_y"]), max_size=8
    ),
    st.sampled_from([" ", "  ", "\n", " — ", "… ", "\t"]),
    st.sampled_from([" ", "\r\n", ", ", " “"]),
)
def test_every_place_found_has_the_words(parts: list[str], one: str, other: str) -> None:
    quote, text = one.join(parts), "First.\n" + other.join(parts) + "\nLast."
    for kind, shown in found(quote, text) if quote else []:
        assert words(shown) == words(quote)
        assert kind == same_kind(quote, shown)
        assert shown in text
