"""A bare "why" asks for a reason: what was just quoted is none unless it says so."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.restated import restates, without
from rag.conversation.earlier import EarlierTurn
from rag.conversation.understanding import forced, understand
from rag.conversation.why import bare_why
from rag.protocols import Reading


@pytest.mark.parametrize(
    ("question", "bare"),
    [
        ("Why?", True),
        ("Why not?", True),
        ("And why there?", True),
        ("But why did he do so?", True),
        ("Why on that day?", True),
        ("How come?", True),
        ("Why did the ship sink?", False),
        ("When?", False),
        ("Who knows why?", False),
    ],
)
def test_what_is_a_bare_why(question: str, bare: bool) -> None:
    assert bare_why(question) is bare


def test_the_same_sentence_is_a_reason_only_when_it_gives_one() -> None:
    shown = ("He was not held responsible. The report hardly mentions him.",)
    assert restates("He was not held responsible.", shown)
    assert not restates("He had retired.", shown)
    shown = ("He was cleared because nobody had seen him.",)
    assert not restates(shown[0], shown)


probabilities = st.floats(0.0, 1.0)


@given(st.lists(st.tuples(probabilities, st.booleans()), min_size=1), st.floats(-5, 5))
def test_counting_sentences_out_never_raises_anything(
    pairs: list[tuple[float, bool]], score: float
) -> None:
    values, dropped = tuple(p for p, _ in pairs), [out for _, out in pairs]
    reading = Reading(score, max(values), None, values)
    left = without(reading, dropped)
    assert left.score <= reading.score
    assert math.isfinite(left.score)
    assert left.probability == max(v for v, out in [*pairs, (0.0, False)] if not out)
    for before, after, out in zip(values, left.sentences, dropped, strict=True):
        assert after == (0.0 if out else before)
    if not any(dropped):
        assert left == reading


def test_only_a_bare_why_looks_at_what_was_shown() -> None:
    turns = (EarlierTurn("Was he held responsible?", ("He was not held responsible.",)),)
    assert understand("Why not?", turns).shown == turns[0].quotes
    assert understand("When was he cleared?", turns).shown == ()
    assert forced("Why not?", turns, ("Ismay",)).shown == turns[0].quotes
    assert forced("Why not?", turns, ()).shown == ()
