"""Quote metrics against a brute-force oracle over sets of characters, and their properties."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.evaluate.metrics.quotes import (
    Located,
    characters,
    hits,
    iou_f1,
    over_quoting,
    shared,
    size,
    union,
    words,
)
from rag.types import Span

located = st.builds(
    lambda source, start, length: (source, Span(start, start + length)),
    st.sampled_from(["a.txt", "b.txt"]),
    st.integers(0, 30),
    st.integers(1, 12),
)
many = st.lists(located, max_size=5)


def chars(spans: list[Located]) -> set[tuple[str, int]]:
    return {(source, at) for source, span in spans for at in range(span.start, span.end)}


@settings(max_examples=80)
@given(many, many)
def test_characters_equal_sets_of_characters(quoted: list[Located], gold: list[Located]) -> None:
    one, two = chars(quoted), chars(gold)
    assert size(union(quoted)) == len(one)
    assert shared(union(quoted), union(gold)) == len(one & two)
    found = characters(quoted, gold)
    if one and two:
        assert found.precision == len(one & two) / len(one)
        assert found.recall == len(one & two) / len(two)
    else:
        assert found.f1 == float(not one and not two)
    assert 0.0 <= found.f1 <= 1.0
    assert 0.0 <= iou_f1(quoted, gold) <= 1.0
    assert characters(gold, gold).f1 == 1.0 == iou_f1(gold, gold)


@settings(max_examples=80)
@given(many, many, located)
def test_a_wrong_quote_never_raises_precision(
    quoted: list[Located], gold: list[Located], extra: Located
) -> None:
    if chars([extra]) & chars(gold):
        return
    assert characters([*quoted, extra], gold).precision <= characters(quoted, gold).precision
    assert characters([*quoted, extra], gold).recall == (
        characters(quoted, gold).recall if gold else 0.0
    )
    if quoted and gold and extra not in quoted:
        assert iou_f1([*quoted, extra], gold) <= iou_f1(quoted, gold)


@settings(max_examples=60)
@given(many.filter(bool), many.filter(bool), located)
def test_a_gold_place_in_a_lost_source_lowers_recall(
    quoted: list[Located], gold: list[Located], place: Located
) -> None:
    lost = ("lost.txt", place[1])
    before, after = characters(quoted, gold), characters(quoted, [*gold, lost])
    assert after.precision == before.precision
    assert after.recall < before.recall or before.recall == 0.0


def test_words_are_counted_where_they_stand() -> None:
    text = "No ship came. No ship left."
    first, second = ("a", Span(0, 13)), ("a", Span(14, 27))
    found = words([(first, text[0:13]), (first, text[0:13])], [(second, text[14:27])])
    assert found.f1 == 0.0  # the same words elsewhere are not the gold words
    found = words([(first, text[0:13])], [(("a", Span(3, 7)), "ship")])
    assert (found.precision, found.recall) == (1 / 3, 1.0)


def test_gold_spans_that_overlap_are_one_place() -> None:
    readings = [("a", Span(0, 10)), ("a", Span(2, 10)), ("a", Span(40, 50))]
    assert iou_f1([("a", Span(0, 10))], readings) == 2 * 1.0 * 0.5 / 1.5
    assert iou_f1([("a", Span(0, 10)), ("a", Span(41, 50))], readings) == 1.0
    assert iou_f1([("a", Span(0, 10))], [("a", Span(0, 20))]) == 1.0  # exactly a half is enough
    assert iou_f1([("a", Span(0, 10))], [("a", Span(0, 21))]) == 0.0


def test_hits_and_lengths() -> None:
    gold = [("a", Span(5, 9))]
    assert hits(("a", Span(0, 6)), gold)
    assert not hits(("a", Span(0, 5)), gold)
    assert not hits(("b", Span(0, 9)), gold)
    assert over_quoting([("a", Span(0, 8)), ("a", Span(4, 12))], gold) == 3.0
    assert over_quoting([("a", Span(0, 8))], []) is None
