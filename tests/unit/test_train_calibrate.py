"""Calibration: fits recover what made the data; bounds by hand; searches leave out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rag.answer.evidence import SIGNS
from rag.commands.train_calibrate import cross_validated, figures
from rag.embed import HashEmbedder
from rag.evaluate.gold import GoldAnswer, GoldRow
from rag.evaluate.metrics.abstention import expected_calibration_error
from rag.library import Library
from rag.protocols import Confidence
from rag.reader.scoring import FEATURES, Combination
from rag.train.calibrate_reader import (
    Outcomes,
    Sentences,
    _near,
    _threshold,
    fit_combination,
    fit_confidence,
    given_threshold,
    halves,
    load_cases,
    outcomes,
    save_cases,
    top,
)
from rag.train.library_cases import library_cases
from rag.train.squad import Paragraph, Question, QuestionSet, sentence_spans
from rag.types import Span

ROWS = 6
TRUE = (1.5, 0.0, -0.5, 0.0)
PLAIN = Combination(weights=(1.0, 0.0, 0.0, 0.0))


def made_cases(count, seed, answerable=0.5):
    """Sentences whose chance of being right is a logistic function of features and one sign."""
    rng = np.random.default_rng(seed)
    cases = []
    for _ in range(count):
        features = rng.normal(size=(ROWS, len(FEATURES)))
        signs = rng.normal(size=(ROWS, len(SIGNS) - 1))
        chance = 1 / (1 + np.exp(-(features @ TRUE + signs[:, 0] - 2.0)))
        right = (rng.random(ROWS) < chance) & (rng.random() < answerable)
        numbers = np.arange(ROWS) // 2
        words = int(rng.integers(1, 8))
        cases.append(
            Sentences(features, np.zeros(ROWS), signs, numbers, right, words, bool(right.any()))
        )
    return cases


def test_the_weights_that_made_the_labels_come_back():
    found = fit_combination(made_cases(3000, seed=1, answerable=1.0))
    assert found.weights == pytest.approx(TRUE, abs=0.3)
    confidence = fit_confidence([made_cases(3000, seed=2, answerable=1.0)], found)
    weights = dict(confidence.weights)
    assert weights["cosine"] == pytest.approx(1.0, abs=0.15)
    assert all(abs(weights[name]) < 0.1 for name in SIGNS[2:])


def test_the_probability_of_the_best_of_many_is_fitted_to_it():
    combination = fit_combination(made_cases(2000, seed=3))
    confidence = fit_confidence([made_cases(2000, seed=4)], combination)
    found = outcomes(made_cases(2000, seed=5), combination, confidence)
    assert found.probability.mean() == pytest.approx(found.right.mean(), abs=0.03)
    assert expected_calibration_error(found.probability, found.right) < 0.04
    unfitted = replace(confidence, slope=2.0, topic=0.0, offset=0.0)
    plain = outcomes(made_cases(2000, seed=5), combination, unfitted)
    assert expected_calibration_error(plain.probability, plain.right) > 0.04  # the check can fail


def test_the_best_sentence_of_a_case_is_the_one_that_all_evidence_speaks_for():
    features, signs = np.zeros((2, 4)), np.zeros((2, len(SIGNS) - 1))
    features[1, 0], signs[0, 0] = 2.0, 3.0
    case = Sentences(features, np.zeros(2), signs, np.zeros(2), np.array([True, False]), 3, True)
    weights = ((SIGNS[0], 1.0), (SIGNS[1], 1.0), *((name, 0.0) for name in SIGNS[2:]))
    confidence = Confidence(weights, 0.5, 1.0, 0.0, 0.0, 0.5, 0.1)
    assert top(case, PLAIN, confidence) == (3.5, True)
    reader_only = replace(confidence, weights=((SIGNS[0], 1.0), *((n, 0.0) for n in SIGNS[1:])))
    assert top(case, PLAIN, reader_only) == (2.5, False)


def test_unknown_tokens_count_as_they_do_in_use():
    case = made_cases(1, seed=6)[0]
    lowered = replace(case, unknown=np.full(ROWS, 0.5))
    assert lowered.scores(PLAIN) == pytest.approx(case.scores(PLAIN) - 12 * 0.5)


def made_outcomes(probability, right, read=None):
    known = np.asarray(right)
    return Outcomes(np.asarray(probability), known, known, known if read is None else read)


def test_the_threshold_is_best_in_the_mean_over_kinds_by_hand():
    sure = [0.88, 0.73, 0.5, 0.27]
    one = made_outcomes(sure, [True, False, True, False])
    # showing one: 1.5 * 1 / (1 + 1); three: 1.5 * 2 / (3 + 1), the lowest of equals wins
    assert _threshold([one]) == 0.28
    other = made_outcomes(sure, [True, False, False, False])
    assert _threshold([other]) == 0.74
    assert _threshold([one, other]) == 0.74


def test_below_near_lies_a_fiftieth_of_what_was_read_and_answers():
    sure = np.linspace(0.01, 1.0, 100)
    read = np.ones(100, dtype=bool)
    near = _near([made_outcomes(sure, read, read)])
    assert (sure < near).sum() == 2


def test_a_given_passage_is_judged_by_its_own_best_sentence():
    rows = [(2.0, True), (1.0, False), (0.0, True), (-1.0, False)]
    cases = []
    for score, right in rows:
        features = np.asarray([[score, 0.0, 0.0, 0.0]])
        signs = np.zeros((1, len(SIGNS) - 1))
        cases.append(
            Sentences(features, np.zeros(1), signs, np.zeros(1), np.array([right]), 1, right)
        )
    # .88 right, .73 wrong, .5 right, .27 wrong: showing three gives 2 * 2 / (3 + 2)
    assert given_threshold(cases, PLAIN) == 0.27


def test_cases_are_kept_and_come_back(tmp_path):
    cases = made_cases(3, seed=7)
    save_cases(tmp_path / "of" / "kind.npz", cases)
    for held, case in zip(load_cases(tmp_path / "of" / "kind.npz"), cases, strict=True):
        for name in ("features", "unknown", "signs", "passage", "right"):
            assert np.array_equal(getattr(held, name), getattr(case, name))
        assert (held.words, held.there) == (case.words, case.there)


def test_figures_are_of_fits_that_did_not_see_the_case():
    read = {"one": made_cases(200, seed=8), "two": made_cases(120, seed=9)}
    found = cross_validated(read)
    assert {name: len(o.right) for name, (o, _) in found.items()} == {"one": 200, "two": 120}
    told = figures(*found["one"])
    assert told["questions"] == 200
    assert told["auroc right"] > 0.5
    assert told["answer there"] == sum(case.there for case in read["one"])


TEXTS = {
    "Bridges": ["The bridge is built of oak. It is old.", "A toll was paid at the bridge."],
    "Mills": ["The mill is built of stone.", "Flour was sold at the mill."],
    "Towers": ["The tower is built of brick."],
}


def question_set():
    paragraphs = [
        Paragraph(title, text, sentence_spans(text)) for title, ts in TEXTS.items() for text in ts
    ]
    asked = [(0, "bridge", "oak"), (2, "mill", "stone"), (4, "tower", "brick")]
    questions = []
    for index, what, answer in asked:
        start = paragraphs[index].text.index(answer)
        span = Span(start, start + len(answer))
        questions.append(Question(what, f"What is the {what} built of?", index, (span,)))
    return QuestionSet(tuple(paragraphs), tuple(questions))


def test_halves_share_no_article():
    even, odd = halves(question_set())
    assert even.articles == ("Bridges", "Towers")
    assert odd.articles == ("Mills",)


def test_every_second_case_is_searched_without_the_source_that_answers(tmp_path):
    rows = []
    for title, texts in TEXTS.items():
        (tmp_path / f"{title}.txt").write_text("\n\n".join(texts), encoding="utf-8")
        start = texts[0].index("built")
        answer = GoldAnswer(f"{title}.txt", Span(start, start + 5), "built")
        question = f"What are the {title.lower()} built of?"
        rows.append(GoldRow(title, question, (answer,), (), (title,)))
    with Library.build(tmp_path, at=tmp_path / "lib", embedder=HashEmbedder()) as library:
        first, second, third = library_cases(library, rows, one=False)
        alone = list(library_cases(library, rows, one=True))
    assert (first.there, second.there, third.there) == (True, False, True)
    assert any(first.gold)
    assert not any(second.gold)
    assert {hit.passage.source.id for hit in second.hits} == {"Bridges.txt", "Towers.txt"}
    for case, row in zip(alone, rows, strict=True):
        assert case.there
        assert {hit.passage.source.id for hit in case.hits} == {f"{row.id}.txt"}
