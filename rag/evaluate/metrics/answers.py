"""SQuAD's answer metrics (Rajpurkar et al. 2016; 2018 for questions without an answer).

An abstention predicts "". ``HasAns_*`` and ``NoAns_*`` are the same numbers over the questions
with and without an answer.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

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
