"""Fit what turns a reader's logits into scores, and the evidence for a sentence into a probability.

Three fits, all logistic (Platt 1999): the weights of ``rag.reader.scoring.FEATURES`` on all
sentences that were read; the weights of ``rag.answer.evidence.SIGNS`` on the same; then slope,
topic and offset on the best sentence of each question, because the best of many is right
less often than its own probability says. Cases are met as in use: see ``rag.train.library_cases``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rag.answer import signs
from rag.answer.evidence import SIGNS, evidence
from rag.protocols import Confidence, Reading
from rag.reader.scoring import UNKNOWN_PENALTY, Combination, features_of, unknown_share
from rag.train.squad import QuestionSet

if TYPE_CHECKING:
    from rag.reader.trained import TrainedReader
    from rag.train.library_cases import Case

Floats = NDArray[np.float64]
REPORT = "calibration.json"  # what a calibration found, beside the weights
PENALTY = 0.3  # scikit-learn's C
AGAINST = ("numbers missed", "opposed")  # signs that can only speak against a sentence
LOST = 0.02  # share of the questions whose answer was read that may be told "nothing found"


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences read for one question.

    features: (n, 4) FEATURES; unknown: (n,) share of unknown tokens; signs: (n, 5) SIGNS but the
    reader's own; passage: (n,) number of the passage; right: (n,) whether it overlaps a gold span;
    words: of the question that carry its topic; there: whether the library held the answer;
    short: whether the gold of its kind is an answer, not everything that bears on the question;
    complete: whether its gold holds every answer there is in the library.
    """

    features: Floats
    unknown: Floats
    signs: Floats
    passage: NDArray[np.int64]
    right: NDArray[np.bool_]
    words: int
    there: bool
    short: bool = True
    complete: bool = True

    def scores(self, combination: Combination) -> Floats:
        """(n,) the reader's scores, as ``rag.reader.scoring.reading_of`` gives them."""
        plain: Floats = self.features @ np.asarray(combination.weights) + combination.bias
        return plain - UNKNOWN_PENALTY * self.unknown

    def evidence(self, combination: Combination) -> Floats:
        """(n, 6) all SIGNS."""
        logits = combination.slope * self.scores(combination) + combination.offset
        return np.column_stack([np.clip(logits, -20, 20), self.signs])


def read_case(reader: TrainedReader, case: Case) -> Sentences:
    """Features, signs and labels of all sentences of a case."""
    features, unknown, rows, passage, right = [], [], [], [], []
    grouped = reader.logits(case.question, case.passages)
    for number, (text, parts) in enumerate(zip(case.passages, grouped, strict=True)):
        read = [part for part in parts if len(part.start)]
        if not text.sentences or not read:
            continue
        plain = Reading(0.0, 0.5, None, (0.5,) * len(text.sentences))
        found = evidence(case.question, case.hits[number], text, plain)
        features.append(features_of(read))
        unknown += [unknown_share(read, reader.manifest.layout.unknown)] * len(found)
        rows += [row[1:] for row in found]
        passage += [number] * len(found)
        right += [any(s.overlaps(g) for g in case.gold[number]) for s in text.sentences]
    return Sentences(
        features=np.concatenate(features),
        unknown=np.asarray(unknown, dtype=np.float64),
        signs=np.asarray(rows, dtype=np.float64),
        passage=np.asarray(passage, dtype=np.int64),
        right=np.asarray(right, dtype=np.bool_),
        words=len(signs.asked(case.question).stems),
        there=case.there,
    )


def save_cases(path: Path, cases: Sequence[Sentences]) -> None:
    """Keep what was read, so that a fit can be made again without reading."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        ends=np.cumsum([len(case.right) for case in cases]),
        words=[case.words for case in cases],
        there=[case.there for case in cases],
        features=np.concatenate([case.features for case in cases]),
        unknown=np.concatenate([case.unknown for case in cases]),
        signs=np.concatenate([case.signs for case in cases]),
        passage=np.concatenate([case.passage for case in cases]),
        right=np.concatenate([case.right for case in cases]),
    )


def load_cases(path: Path) -> list[Sentences]:
    """The inverse of ``save_cases``."""
    with np.load(path, allow_pickle=False) as held:
        names = ("features", "unknown", "signs", "passage", "right")
        arrays: list[Any] = [np.split(held[name], held["ends"][:-1]) for name in names]
        arrays += [held["words"].tolist(), held["there"].tolist()]
        return [Sentences(*columns) for columns in zip(*arrays, strict=True)]


def _logistic(rows: Floats, right: NDArray[np.bool_], weight: Floats | None, c: float) -> Any:
    """(weights, bias) of a logistic regression, its penalty the same for every column."""
    from sklearn.linear_model import LogisticRegression

    spread = np.where(rows.std(0) > 0, rows.std(0), 1.0)
    model: Any = LogisticRegression(C=c, max_iter=3000)
    model.fit(rows / spread, right, sample_weight=weight)
    return tuple(float(w) for w in model.coef_[0] / spread), float(model.intercept_[0])


def _case_weight(cases: Sequence[Sentences]) -> Floats:
    """Every case counts the same, however many sentences it has."""
    weight = np.concatenate([np.full(len(case.right), 1 / len(case.right)) for case in cases])
    scaled: Floats = weight * len(weight) / weight.sum()
    return scaled


def fit_combination(cases: Sequence[Sentences]) -> Combination:
    """The reader's own score, and its probability for a passage that is given to it: the best one
    of the passage that answers, or of the likeliest where none does.
    """
    short = [case for case in cases if case.short]
    right = np.concatenate([case.right for case in short])
    features = np.concatenate([case.features for case in short])
    weights, bias = _logistic(features, right, _case_weight(short), PENALTY)
    plain = Combination(weights=weights, bias=bias)
    tops = [_given(case, plain) for case in cases]
    scores, hit = np.asarray([s for s, _ in tops]), np.asarray([r for _, r in tops])
    (slope,), offset = _logistic(scores[:, None], hit, None, 1e4)
    return replace(plain, slope=slope, offset=offset)


def _given(case: Sentences, combination: Combination) -> tuple[float, bool]:
    """(score, whether it is right) of the best sentence of one passage of a case."""
    scores = case.scores(combination)
    answering = np.unique(case.passage[case.right])
    number = answering[0] if len(answering) else case.passage[int(np.argmax(scores))]
    inside = np.flatnonzero(case.passage == number)
    best = int(inside[np.argmax(scores[inside])])
    return float(scores[best]), bool(case.right[best])


def given_threshold(cases: Sequence[Sentences], combination: Combination) -> float:
    """The probability, to two places, of the best F1 over passages given, one a case."""
    found = [_given(case, combination) for case in cases]
    shown = np.asarray([combination.probability(score) for score, _ in found])
    right = np.asarray([hit for _, hit in found])
    steps = [step / 100 for step in range(5, 96)]
    values = [2 * right[shown >= s].sum() / ((shown >= s).sum() + right.sum()) for s in steps]
    return steps[int(np.argmax(values))]


def fit_confidence(kinds: Sequence[Sequence[Sentences]], combination: Combination) -> Confidence:
    """The model of all evidence; each kind of document counts the same in the threshold.

    Sentences are weighed by the cases whose gold is short; how often the best one is right is told
    by those whose gold is complete.
    """
    cases = [case for kind in kinds for case in kind if case.short]
    rows = np.concatenate([case.evidence(combination) for case in cases])
    right = np.concatenate([case.right for case in cases])
    weights, bias = _logistic(rows, right, _case_weight(cases), PENALTY)
    named = tuple(
        (name, min(0.0, weight) if name in AGAINST else weight)
        for name, weight in zip(SIGNS, weights, strict=True)
    )
    plain = Confidence(named, bias, 1.0, 0.0, 0.0, 0.5, 0.0)
    told = [part for kind in kinds if (part := [case for case in kind if case.complete])]
    tops = [(top(case, combination, plain), case.words) for kind in told for case in kind]
    columns = np.asarray([[score, np.log1p(words)] for (score, _), words in tops])
    (slope, topic), offset = _logistic(
        columns, np.asarray([hit for (_, hit), _ in tops]), None, 3.0
    )
    fitted = replace(plain, slope=slope, topic=topic, offset=offset)
    each = [outcomes(kind, combination, fitted) for kind in told]
    return replace(fitted, threshold=_threshold(each), near=_near(each))


def top(case: Sentences, combination: Combination, confidence: Confidence) -> tuple[float, bool]:
    """(score, whether it is right) of the sentence that all evidence speaks for most."""
    weights = np.asarray([weight for _, weight in confidence.weights])
    scores = case.evidence(combination) @ weights + confidence.bias
    best = int(np.argmax(scores))
    return float(scores[best]), bool(case.right[best])


@dataclass(frozen=True, slots=True)
class Outcomes:
    """(n,) each: probability of the best sentence; whether it is right; whether the library held
    the answer; whether a sentence that answers was read.
    """

    probability: Floats
    right: NDArray[np.bool_]
    there: NDArray[np.bool_]
    read: NDArray[np.bool_]


def outcomes(
    cases: Sequence[Sentences], combination: Combination, confidence: Confidence
) -> Outcomes:
    """What comes of cases when the best sentence is shown with its probability."""
    tops = [top(case, combination, confidence) for case in cases]
    sure = [
        confidence.probability(score, case.words)
        for (score, _), case in zip(tops, cases, strict=True)
    ]
    return Outcomes(
        np.asarray(sure),
        np.asarray([hit for _, hit in tops]),
        np.asarray([case.there for case in cases]),
        np.asarray([bool(case.right.any()) for case in cases]),
    )


def _threshold(each: Sequence[Outcomes]) -> float:
    """The probability, to two places, from which on showing the best sentence is best, in the mean
    over kinds: an F measure in which precision counts twice as much as recall, over the questions
    whose answer was read. What is withheld is still shown as a candidate.
    """
    steps = [step / 100 for step in range(5, 96)]
    means = [np.mean([_measure(o, step) for o in each]) for step in steps]
    return steps[int(np.argmax(means))]


def _measure(found: Outcomes, step: float) -> float:
    shown = found.probability >= step
    weighed = float(shown.sum()) + 0.5 * float(found.read.sum())
    return 1.5 * float(found.right[shown].sum()) / max(1.0, weighed)


def _near(each: Sequence[Outcomes]) -> float:
    """The probability below which only the share ``LOST`` of what was read and answers lies."""
    sure = np.concatenate([o.probability[o.read] for o in each])
    return round(float(np.quantile(sure, LOST)), 4)


def halves(questions: QuestionSet) -> tuple[QuestionSet, QuestionSet]:
    """(even, odd) articles by sorted title: the even ones calibrate, the odd ones report."""
    titles = questions.articles
    return questions.select(titles[::2]), questions.select(titles[1::2])
