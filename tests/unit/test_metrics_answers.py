"""exact and f1 equal SQuAD's published definitions, written out anew here, on random answers."""

from __future__ import annotations

import random
import re
import string
from collections import Counter

import pytest

from rag.evaluate.metrics.answers import exact, f1, occurs

PIECES = [
    *("the", "a", "An", "Rome", "rome's", "Statute", "1998,", "U.S.", "(treaty)", "café", "-"),
    *("the.", "thesis", "  ", "İstanbul", "won’t", "100%", "and"),
]


def reference_tokens(text: str) -> list[str]:
    """Lower case; drop ASCII punctuation; drop the articles as words; split at white space."""
    kept = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", kept).split()


def reference_f1(prediction: str, gold: str) -> float:
    one, two = reference_tokens(prediction), reference_tokens(gold)
    if len(one) == 0 or len(two) == 0:
        return 1.0 if one == two else 0.0
    common = sum(min(count, Counter(two)[word]) for word, count in Counter(one).items())
    if common == 0:
        return 0.0
    precision, recall = common / len(one), common / len(two)
    return 2 * precision * recall / (precision + recall)


def reference(prediction: str, golds: list[str]) -> tuple[float, float]:
    """SQuAD 2.0: empty golds are dropped; without any the gold is the empty answer."""
    usable = [g for g in golds if reference_tokens(g)] or [""]
    same = max(float(reference_tokens(prediction) == reference_tokens(g)) for g in usable)
    return same, max(reference_f1(prediction, g) for g in usable)


def test_equal_the_published_definitions_on_1000_random_answers() -> None:
    draw = random.Random(3)
    both = 0
    for _ in range(1000):
        golds = [
            " ".join(draw.choices(PIECES, k=draw.randint(0, 4))) for _ in range(draw.randint(0, 3))
        ]
        prediction = " ".join(draw.choices(PIECES, k=draw.randint(0, 4)))
        if golds and draw.random() < 0.3:
            prediction = golds[0].upper()
        want_exact, want_f1 = reference(prediction, golds)
        assert exact(prediction, golds) == want_exact, (prediction, golds)
        assert f1(prediction, golds) == pytest.approx(want_f1, abs=1e-12), (prediction, golds)
        both += want_exact == 1.0 and bool(golds)
    assert both > 50


def test_examples() -> None:
    assert exact("the Rome Statute.", ["Rome statute"]) == 1.0
    assert f1("in July 1998", ["July 1998", "1998"]) == pytest.approx(0.8)
    assert exact("", []) == 1.0
    assert f1("Rome", []) == 0.0
    assert exact("", ["Rome"]) == 0.0


def test_an_answer_occurs_only_at_word_boundaries() -> None:
    assert occurs("The Rome Statute", "It signed the Rome statute in 1998.")
    assert not occurs("Rome", "A Romeo balcony")
    assert not occurs("the", "the the")
