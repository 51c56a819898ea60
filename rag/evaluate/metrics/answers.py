"""SQuAD's answer metrics (Rajpurkar et al. 2016; 2018 for questions without an answer).

An abstention predicts "". ``HasAns_*`` and ``NoAns_*`` are the same numbers over the questions
with and without an answer.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence

from rag.evaluate.metrics.metric import Metric
from rag.evaluate.records import QuestionRecord

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normal(text: str) -> str:
    """Lower case, no ASCII punctuation, no articles, single spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact(prediction: str, golds: Sequence[str]) -> float:
    """1.0 when the prediction equals a gold answer after ``normal``. No golds: "" is right."""
    return max(float(normal(prediction) == normal(gold)) for gold in _usable(golds))


def f1(prediction: str, golds: Sequence[str]) -> float:
    """Word-overlap F1 with the best gold answer; where a side is empty, both must be."""
    return max(
        _overlap(normal(prediction).split(), normal(gold).split()) for gold in _usable(golds)
    )


def _usable(golds: Sequence[str]) -> Sequence[str]:
    """Gold answers that are not only articles and punctuation; [""] when none is left."""
    return [gold for gold in golds if normal(gold)] or [""]


def _overlap(predicted: list[str], gold: list[str]) -> float:
    if not predicted or not gold:
        return float(predicted == gold)
    same = sum((Counter(predicted) & Counter(gold)).values())
    # Not 2PR/(P+R) term by term: one division keeps the value exact.
    return 2 * same / (len(predicted) + len(gold))


def occurs(answer: str, text: str) -> bool:
    """Whether ``answer`` stands in ``text`` at word boundaries, after ``normal`` on both."""
    wanted = normal(answer)
    return bool(wanted) and f" {wanted} " in f" {normal(text)} "


def _of(
    measure: Callable[[str, Sequence[str]], float], answerable: bool | None = None
) -> Callable[[QuestionRecord], float | None]:
    """The words of the first quote against the gold ones; None where the gold names documents."""

    def of(row: QuestionRecord) -> float | None:
        if row.judges_documents or answerable not in (None, bool(row.gold)):
            return None
        if row.kind == "failure":
            return 0.0
        predicted = row.quotes[0].prediction if row.quotes else ""
        return measure(predicted, [answer.text for answer in row.gold])

    return of


_SQUAD = "Rajpurkar et al. 2016"
_SQUAD2 = "Rajpurkar et al. 2018"
METRICS = (
    Metric("exact", "Answer words", "highlighted words equal a gold answer", _SQUAD, _of(exact)),
    Metric("f1", "Answer words", "word overlap with a gold answer", _SQUAD, _of(f1)),
    Metric(
        "HasAns_exact",
        "Answer words",
        "exact, where the gold has an answer",
        _SQUAD2,
        of=_of(exact, answerable=True),
    ),
    Metric(
        "HasAns_f1",
        "Answer words",
        "f1, where the gold has an answer",
        _SQUAD2,
        of=_of(f1, answerable=True),
    ),
    Metric(
        "NoAns_exact",
        "Answer words",
        "abstained, where the gold has none",
        _SQUAD2,
        of=_of(exact, answerable=False),
    ),
    Metric(
        "NoAns_f1",
        "Answer words",
        "abstained, where the gold has none",
        _SQUAD2,
        of=_of(f1, answerable=False),
    ),
)
