"""Calibration: fits recover what made the data; bins and halves by hand; searches leave out."""

from __future__ import annotations

import numpy as np
import pytest

from rag.commands.train_calibrate import figures
from rag.embed import HashEmbedder
from rag.evaluate.gold import GoldAnswer, GoldRow
from rag.evaluate.metrics.abstention import expected_calibration_error
from rag.library import Library
from rag.reader.scoring import Combination
from rag.settings import Settings
from rag.train.calibrate_reader import (
    Sentences,
    fit_combination,
    fit_probability,
    fit_threshold,
    given_cases,
    halves,
    retrieved_cases,
    top_scores,
)
from rag.train.collection import Collection
from rag.train.library_cases import library_cases
from rag.train.squad import Paragraph, Question, QuestionSet, sentence_spans
from rag.types import Span


def made_cases(count, seed, weights=(1.5, 0.0, -0.5, 0.0, 2.0)):
    """Sentences whose chance of being right is a logistic function of their features."""
    rng = np.random.default_rng(seed)
    cases = []
    for _ in range(count):
        features = rng.normal(size=(6, 5))
        chance = 1 / (1 + np.exp(-(features @ weights - 1.0)))
        cases.append(Sentences(features, rng.random(6) < chance))
    return cases


def test_the_weights_that_made_the_labels_come_back():
    found = fit_combination(made_cases(4000, seed=1))
    assert found.weights == pytest.approx((1.5, 0.0, -0.5, 0.0, 2.0), abs=0.12)
    assert found.bias == pytest.approx(-1.0, abs=0.1)


def test_the_probability_of_the_best_of_many_is_fitted_to_it():
    cases = made_cases(3000, seed=2)
    combination = fit_probability(cases, Combination((1.0, 1.0, 0.0, 0.0, 1.0)))
    scores, right = top_scores(made_cases(3000, seed=3), combination)
    probabilities = np.asarray([combination.probability(float(s)) for s in scores])
    assert probabilities.mean() == pytest.approx(right.mean(), abs=0.03)
    assert expected_calibration_error(probabilities, right) < 0.04
    plain = np.asarray([Combination().probability(float(s)) for s in scores])
    assert expected_calibration_error(plain, right) > 0.04  # not fitted: the check can fail


def test_the_best_sentence_of_a_case_is_the_one_that_counts():
    case = Sentences(np.asarray([[0.0] * 5, [2.0] + [0.0] * 4]), np.asarray([True, False]))
    scores, right = top_scores([case], Combination((1.0, 0, 0, 0, 0), bias=0.5))
    assert scores.tolist() == [2.5]
    assert right.tolist() == [False]


def test_the_threshold_has_the_best_f1_by_hand():
    # probabilities .88 right, .73 wrong, .5 right, .27 wrong: showing three gives 2 * 2 / (3 + 2)
    rows = [(2.0, True), (1.0, False), (0.0, True), (-1.0, False)]
    cases = [Sentences(np.asarray([[z, 0, 0, 0, 0, 0]]), np.asarray([r])) for z, r in rows]
    plain = Combination((1.0, 0, 0, 0, 0, 0))
    assert fit_threshold([cases], plain) == 0.27
    # in the second group, showing the two of least probability is wrong: the mean is best above
    other = [Sentences(c.features, np.asarray([n == 0])) for n, c in enumerate(cases)]
    assert fit_threshold([other], plain) == 0.74
    assert fit_threshold([cases, other], plain) == 0.74


def test_figures_count_what_they_say():
    yes = Sentences(np.asarray([[3.0, 0, 0, 0, 0]]), np.asarray([True]))
    no = Sentences(np.asarray([[1.0, 0, 0, 0, 0]]), np.asarray([False]))
    found = figures([yes, yes, no], Combination((1.0, 0, 0, 0, 0)))
    assert (found["questions"], found["answerable"]) == (3, 2)
    assert found["right_when_answerable"] == 1.0
    assert found["auroc_answerable"] == 1.0


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


def test_every_second_case_is_searched_without_the_article_that_answers():
    found = question_set()
    collection = Collection(found, found.articles, HashEmbedder(), Settings())
    first, second, third = retrieved_cases(found, found.questions, collection, k=3, removing=True)
    for case, answer in ((first, "oak"), (third, "brick")):
        assert answer in case.passages[0].text
        assert case.gold[0]
        assert not any(case.gold[1:])
    assert not any(second.gold)
    assert not any("mill" in passage.text for passage in second.passages)
    priors = [p.prior for p in first.passages]
    assert priors == sorted(priors, reverse=True)
    assert all(0 <= prior <= 1 for prior in priors)
    kept = retrieved_cases(found, found.questions, collection, k=3, removing=False)
    assert any(kept[1].gold)


def test_a_collection_searches_its_articles_alone_and_keeps_vectors(tmp_path):
    found = question_set()
    collection = Collection(found, ["Mills", "Towers"], HashEmbedder(), Settings(), tmp_path)
    assert {index for index, _ in collection.search("built of", 9)} <= {2, 3, 4}
    (file,) = tmp_path.glob("vectors-*.npy")
    held = np.load(file)
    assert held == pytest.approx(HashEmbedder().embed_passages([*TEXTS["Mills"], *TEXTS["Towers"]]))


def test_given_cases_hold_the_paragraph_alone():
    found = question_set()
    (case, *_) = given_cases(found, found.questions)
    assert [p.text for p in case.passages] == [TEXTS["Bridges"][0]]
    assert case.passages[0].prior is None
    assert case.gold == (found.questions[0].answers,)


def test_halves_share_no_article():
    even, odd = halves(question_set())
    assert even.articles == ("Bridges", "Towers")
    assert odd.articles == ("Mills",)


def test_cases_of_a_library_are_read_as_follow_ups_and_leave_the_answering_source_out(tmp_path):
    files = {"mill.txt": "The mill is built of stone. It is old.", "tower.txt": "A tower of brick."}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    start = files["mill.txt"].index("stone")
    gold = (GoldAnswer("mill.txt", Span(start, start + 5), "stone"),)
    rows = [
        GoldRow("a", "What is it built of?", gold, history=("Where is the mill?",)),
        GoldRow("b", "What is the mill built of?", gold),
    ]
    with Library.build(tmp_path, at=tmp_path / "library", embedder=HashEmbedder()) as library:
        first, second = library_cases(library, rows, k=3)
    assert first.question == "What is it built of? mill"
    pairs = zip(first.passages, first.gold, strict=True)
    texts = [p.text[g.start : g.end] for p, gold in pairs for g in gold]
    assert texts == ["stone"]
    assert [p.text for p in second.passages] == [files["tower.txt"]]
    assert second.gold == ((),)
