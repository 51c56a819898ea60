"""What speaks for each sentence of a passage that it answers, as numbers, and what they come to.

Every sign is of the question and the passage alone. Neither the other passages nor the order of the
search have a part in it, so a confidence means the same in every library.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from rag.answer import signs
from rag.errors import ModelError
from rag.protocols import Confidence, PassageText, Reading
from rag.types import Hit

# reader: logit of what the reader says of the sentence. cosine: of question and passage. words:
# share of the question's topic words in the sentence, its headings and the title of its source;
# words around: the same with the whole passage. numbers missed: numbers of the question that are
# in none of these. opposed: see ``signs.opposed``.
SIGNS = ("reader", "cosine", "words", "words around", "numbers missed", "opposed")
NOTHING = -40.0  # score of a passage without a sentence
_EDGE = 1e-9  # keeps the logit of 0 and 1 finite

Evidence = tuple[tuple[float, ...], ...]


def evidence(question: str, hit: Hit, passage: PassageText, reading: Reading) -> Evidence:
    """The ``SIGNS`` of every sentence of a passage, in their order."""
    asked = signs.asked(question)
    total = max(1, len(asked.stems))
    above = f"{hit.passage.source.title}\n{passage.heading}"
    context = signs.stems(above)
    around = len(asked.stems & (context | signs.stems(passage.text))) / total
    missed = float(signs.missed_numbers(asked, f"{above}\n{passage.text}"))
    cosine = hit.dense or 0.0
    rows = []
    for span, relevance in zip(passage.sentences, reading.sentences, strict=True):
        text = passage.text[span.start : span.end]
        met = len(asked.stems & (context | signs.stems(text))) / total
        turned = float(signs.opposed(asked, text))
        rows.append((_logit(relevance), cosine, met, around, missed, turned))
    return tuple(rows)


def weighed(
    question: str,
    hits: Sequence[Hit],
    passages: Sequence[PassageText],
    readings: Sequence[Reading],
    confidence: Confidence,
) -> tuple[Reading, ...]:
    """The readings with score, probability and sentences made of all the evidence.

    Raises ModelError when the reader was fitted on other signs.
    """
    if tuple(name for name, _ in confidence.weights) != SIGNS:
        raise ModelError(
            "the reader's confidence was fitted on other signs; fit it again (rag train calibrate)"
        )
    topic = len(signs.asked(question).stems)
    weighed = []
    for hit, passage, reading in zip(hits, passages, readings, strict=True):
        scores = [confidence.score(row) for row in evidence(question, hit, passage, reading)]
        sentences = tuple(confidence.probability(score, topic) for score in scores)
        weighed.append(
            replace(
                reading,
                score=max(scores, default=NOTHING),
                probability=max(sentences, default=0.0),
                sentences=sentences,
            )
        )
    return tuple(weighed)


def _logit(probability: float) -> float:
    inside = min(1 - _EDGE, max(_EDGE, probability))
    return math.log(inside / (1 - inside))
