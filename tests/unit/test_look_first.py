"""Where a conversation looks first, on hand-made scores."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.protocols import Scored
from rag.retrieve.likely_sources import SOURCES, look_first

SOURCE = {1: "a", 2: "a", 3: "b", 4: "b", 5: "c", 6: "c"}


def sources_of(keys: Sequence[int]) -> list[str]:
    return [SOURCE[key] for key in keys]


class Inside:
    """A search within sources that remembers which it was put to."""

    def __init__(self, **scores: float) -> None:
        self.scores = {int(key[1:]): score for key, score in scores.items()}
        self.asked: list[frozenset[str]] = []

    def __call__(self, sources: frozenset[str]) -> list[Scored]:
        self.asked.append(sources)
        return [Scored(k, s) for k, s in self.scores.items() if SOURCE[k] in sources]


def test_the_score_is_the_mean_of_four_parts() -> None:
    inside = Inside(k2=1.0)
    found = look_first({1: 1.0, 3: 0.8}, {1: 0.5, 3: 1.0}, sources_of, inside)
    top = 0.8 + 2 * 1.0
    assert found == pytest.approx(
        {
            1: (1.0 + 0.5 + 2.0 / top + 0.0) / 4,
            2: (0.0 + 0.0 + 2.0 / top + 1.0) / 4,
            3: (0.8 + 1.0 + 1.0 + 0.0) / 4,
        }
    )


def test_the_source_the_conversation_is_about_comes_first() -> None:
    """A vague question finds c a little better; the conversation is about a."""
    alone = {1: 0.5, 5: 0.6}
    assert max(alone, key=alone.__getitem__) == 5
    found = look_first(alone, {2: 1.0, 5: 0.1}, sources_of, Inside(k1=1.0, k5=0.6))
    assert max(found, key=found.__getitem__) == 1


def test_only_the_sources_that_stand_highest_are_searched_again() -> None:
    inside = Inside()
    look_first({1: 1.0, 3: 0.9, 5: 0.1}, {}, sources_of, inside)
    assert inside.asked == [frozenset({"a", "b"})]
    assert SOURCES == 2


def test_the_source_cited_last_is_searched_too() -> None:
    inside = Inside()
    look_first({1: 1.0, 3: 0.9}, {}, sources_of, inside, likely=("c", "b"))
    assert inside.asked == [frozenset({"a", "b", "c"})]


def test_nothing_found_stays_nothing() -> None:
    inside = Inside(k1=1.0)
    assert look_first({}, {}, sources_of, inside, likely=("a",)) == {}
    assert inside.asked == []


SCORES = st.dictionaries(st.sampled_from(sorted(SOURCE)), st.floats(0, 1), max_size=6)


@settings(max_examples=100, deadline=None)
@given(SCORES, SCORES, SCORES)
def test_scores_stay_between_0_and_1_and_nothing_is_lost(
    alone: dict[int, float], conversation: dict[int, float], inside: dict[int, float]
) -> None:
    search = Inside(**{f"k{key}": score for key, score in inside.items()})
    found = look_first(alone, conversation, sources_of, search)
    assert found.keys() >= alone.keys() | conversation.keys()
    assert all(0.0 <= score <= 1.0 for score in found.values())
