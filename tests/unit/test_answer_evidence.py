"""Evidence for a sentence: of question and passage alone, so that nothing else moves it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from rag.answer import signs
from rag.answer.evidence import NOTHING, SIGNS, evidence, weighed
from rag.errors import ModelError
from rag.protocols import Confidence, PassageText, Reading
from rag.types import Hit, Passage, Place, Source, Span, digest

TEXT = "The minimum age is 13. The board met in 2024."
SPANS = (Span(0, 22), Span(23, 45))
READING = Reading(0.3, 0.8, Span(19, 21), (0.8, 0.2))
CONFIDENCE = Confidence(
    weights=tuple((name, float(name in ("reader", "cosine"))) for name in SIGNS),
    bias=0.5,
    slope=2.0,
    topic=0.1,
    offset=-1.0,
    threshold=0.4,
    near=0.05,
)


def hit(text: str = TEXT, cosine: float | None = 0.25, title: str = "Rules") -> Hit:
    source = Source("rules.txt", text, digest(text), digest(text), title, "text/plain", "t")
    return Hit(Passage(Place(source, Span(0, len(text))), 0, 1), 0.9, cosine, 3.0)


def rows(question: str, heading: str = "") -> list[dict[str, float]]:
    found = evidence(question, hit(), PassageText(TEXT, SPANS, heading), READING)
    return [dict(zip(SIGNS, row, strict=True)) for row in found]


def test_the_signs_of_each_sentence_by_hand() -> None:
    first, second = rows("What is the minimum age for members?")
    assert first["reader"] == pytest.approx(math.log(0.8 / 0.2))
    assert second["reader"] == pytest.approx(math.log(0.2 / 0.8))
    assert first["cosine"] == second["cosine"] == 0.25
    assert (first["words"], second["words"]) == (pytest.approx(2 / 3), 0.0)
    assert first["words around"] == second["words around"] == pytest.approx(2 / 3)


def test_headings_and_title_stand_for_words_of_every_sentence() -> None:
    first, second = rows("What is the minimum age for members?", heading="Members")
    assert (first["words"], second["words"]) == (pytest.approx(1.0), pytest.approx(1 / 3))
    (by_title, _) = rows("Which rules name an age?")
    assert by_title["words"] == pytest.approx(2 / 3)


def test_numbers_of_the_question_that_stand_nowhere_are_missed() -> None:
    assert rows("What was decided in 2026?")[1]["numbers missed"] == 1.0
    assert rows("What was decided in 2024?")[1]["numbers missed"] == 0.0
    assert rows("What was decided in 2026?", heading="Minutes 2026")[1]["numbers missed"] == 0.0


def test_the_opposite_of_what_was_asked_is_a_sign_against() -> None:
    assert rows("What is the maximum age?")[0]["opposed"] == 1.0
    assert rows("What is the minimum age?")[0]["opposed"] == 0.0
    both = signs.asked("What are the minimum and the maximum age?")
    assert signs.opposed(both, "The minimum age is 13.") == 0


def test_score_and_probability_are_made_of_all_evidence() -> None:
    question = "What is the minimum age?"
    (reading,) = weighed(question, [hit()], [PassageText(TEXT, SPANS)], [READING], CONFIDENCE)
    score = 0.5 + math.log(4) + 0.25
    assert reading.score == pytest.approx(score)
    words = len(signs.asked(question).stems)
    logit = 2.0 * score + 0.1 * math.log1p(words) - 1.0
    assert reading.probability == pytest.approx(1 / (1 + math.exp(-logit)))
    assert reading.probability == max(reading.sentences)
    assert reading.answer == READING.answer


def test_neither_the_search_nor_other_passages_move_a_confidence() -> None:
    question, passage = "What is the minimum age?", PassageText(TEXT, SPANS)
    (alone,) = weighed(question, [hit()], [passage], [READING], CONFIDENCE)
    ranked = [replace(hit(), score=0.1), hit("Something else.", 0.9)]
    texts = [replace(passage, prior=0.01), PassageText("Something else.", (Span(0, 15),))]
    readings = [READING, Reading(1.0, 0.9, None, (0.9,))]
    assert weighed(question, ranked, texts, readings, CONFIDENCE)[0] == alone


def test_a_passage_without_a_sentence_never_leads() -> None:
    bare = Reading(5.0, 0.9, None, ())
    (reading,) = weighed("Age?", [hit()], [PassageText(TEXT, ())], [bare], CONFIDENCE)
    assert (reading.score, reading.probability) == (NOTHING, 0.0)


def test_weights_of_other_signs_are_refused() -> None:
    other = replace(CONFIDENCE, weights=(("prior", 1.0),))
    with pytest.raises(ModelError, match="rag train calibrate"):
        weighed("Age?", [hit()], [PassageText(TEXT, SPANS)], [READING], other)
