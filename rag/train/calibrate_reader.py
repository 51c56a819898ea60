"""Fit what turns the reader's logits into one score per sentence and into a probability.

Two fits, both logistic (Platt 1999): the weights of ``rag.reader.scoring.FEATURES`` on all
sentences, then slope and offset on the best sentence of each question, because the best of many is
right less often than its own probability says. Cases are of the kind met in use: passages that were
retrieved, half of them with the article of the answer taken out of the collection; passages that
were retrieved for questions on the topic that have no answer; and single passages, given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.protocols import PassageText
from rag.reader.scoring import Combination, features_of
from rag.reader.trained import TrainedReader
from rag.train.collection import Collection, passage_text
from rag.train.squad import Question, QuestionSet
from rag.types import Span

Floats = NDArray[np.float64]
REPORT = "calibration.json"  # what a calibration found, beside the weights
OTHERS = "of other sets"
PENALTY = 0.1  # scikit-learn's C


@dataclass(frozen=True, slots=True)
class Case:
    """A question and the passages read for it. gold: per passage, the spans that answer."""

    question: str
    passages: tuple[PassageText, ...]
    gold: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of a case: (n, 6) features and whether each overlaps a gold span."""

    features: Floats
    right: NDArray[np.bool_]


def retrieved_cases(
    questions: QuestionSet,
    chosen: Sequence[Question],
    collection: Collection,
    k: int,
    *,
    removing: bool,
) -> list[Case]:
    """One case per question over its best ``k`` paragraphs.

    removing: for every second question the article that answers it is left out of the search.
    """
    cases = []
    for number, question in enumerate(chosen):
        home = questions.paragraphs[question.paragraph].article
        found = collection.search(
            question.text, k, without=home if removing and number % 2 else None
        )
        passages = tuple(passage_text(questions.paragraphs[i], prior) for i, prior in found)
        gold = tuple(question.answers if i == question.paragraph else () for i, _ in found)
        cases.append(Case(question.text, passages, gold))
    return cases


def given_cases(questions: QuestionSet, chosen: Iterable[Question]) -> list[Case]:
    """One case per question over its own paragraph alone."""
    return [
        Case(q.text, (passage_text(questions.paragraphs[q.paragraph]),), (q.answers,))
        for q in chosen
    ]


def read_case(reader: TrainedReader, case: Case) -> Sentences:
    """Features and labels of all sentences of a case."""
    features, right = [], []
    grouped = reader.logits(case.question, case.passages)
    for passage, rows, gold in zip(case.passages, grouped, case.gold, strict=True):
        if not passage.sentences:
            continue
        features.append(features_of(passage, rows))
        right += [any(s.overlaps(g) for g in gold) for s in passage.sentences]
    return Sentences(np.concatenate(features), np.asarray(right, dtype=np.bool_))


def fit_combination(cases: Sequence[Sentences]) -> Combination:
    """Weights and bias of a sentence's score, by logistic regression over all sentences; every case
    counts the same, however many sentences it has. Features are scaled to their spread first, so
    that the penalty means the same for each.
    """
    from sklearn.linear_model import LogisticRegression

    features = np.concatenate([case.features for case in cases])
    right = np.concatenate([case.right for case in cases])
    weight = np.concatenate([np.full(len(case.right), 1 / len(case.right)) for case in cases])
    spread = np.where(features.std(0) > 0, features.std(0), 1.0)
    model: Any = LogisticRegression(C=PENALTY, max_iter=1000)
    model.fit(features / spread, right, sample_weight=weight * len(right) / weight.sum())
    weights = tuple(float(w) for w in model.coef_[0] / spread)
    return Combination(weights=weights, bias=float(model.intercept_[0]))


def top_scores(
    cases: Sequence[Sentences], combination: Combination
) -> tuple[Floats, NDArray[np.bool_]]:
    """(score of the best sentence, whether it is right), one per case."""
    scores, right = [], []
    for case in cases:
        values = case.features @ np.asarray(combination.weights) + combination.bias
        best = int(np.argmax(values))
        scores.append(float(values[best]))
        right.append(bool(case.right[best]))
    return np.asarray(scores), np.asarray(right)


def fit_probability(cases: Sequence[Sentences], combination: Combination) -> Combination:
    """The combination with slope and offset fitted on the best sentence of each case."""
    from sklearn.linear_model import LogisticRegression

    scores, right = top_scores(cases, combination)
    model: Any = LogisticRegression(C=1e4, max_iter=1000)
    model.fit(scores[:, None], right)
    return replace(combination, slope=float(model.coef_[0, 0]), offset=float(model.intercept_[0]))


def fit_threshold(groups: Sequence[Sequence[Sentences]], combination: Combination) -> float:
    """The probability, to two places, at which showing the best sentence has the best F1, in the
    mean over groups of cases of one kind each.

    Precision is over what is shown, recall over the questions that have an answer among what was
    read: an answer withheld costs as much as a wrong one shown.
    """
    steps = [step / 100 for step in range(5, 96)]
    means = np.mean([_f1_by_threshold(cases, combination, steps) for cases in groups], axis=0)
    return steps[int(np.argmax(means))]


def _f1_by_threshold(
    cases: Sequence[Sentences], combination: Combination, steps: Sequence[float]
) -> list[float]:
    scores, right = top_scores(cases, combination)
    shown = np.asarray([combination.probability(float(score)) for score in scores])
    answerable = sum(bool(case.right.any()) for case in cases)
    return [
        2 * float(right[shown >= step].sum()) / max(1.0, float((shown >= step).sum()) + answerable)
        for step in steps
    ]


def halves(questions: QuestionSet) -> tuple[QuestionSet, QuestionSet]:
    """(even, odd) articles by sorted title: the even ones calibrate, the odd ones report."""
    titles = questions.articles
    return questions.select(titles[::2]), questions.select(titles[1::2])
