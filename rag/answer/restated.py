"""A bare "Why?" is not answered by the words just quoted, unless they give a reason.

"Why not?" asks for nothing but a reason for what was said before, so the passage that said it is
what a reader finds most like the question. This makes the bar higher, never lower.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from rag.protocols import Reading

_REASON = re.compile(
    r"\b(?:because|since|as|due to|owing to|thanks to|so that|so as to|in order to|for fear|lest|"
    r"reasons?|causes?|caused|grounds?|therefore|hence|thus|thereby|as a result|in response to|"
    r"explain(?:s|ed)?|which is why|given that|led to|result(?:s|ed)? (?:in|from)|out of)\b",
    re.IGNORECASE,
)
_EDGE = 1e-6  # keeps the logit of 0 and 1 finite


def restates(sentence: str, shown: Sequence[str]) -> bool:
    """Whether a sentence was shown before and gives no reason."""
    return any(sentence in quote for quote in shown) and _REASON.search(sentence) is None


def without(reading: Reading, dropped: Sequence[bool]) -> Reading:
    """The reading with some of its sentences (True) counted out; the score follows in logits."""
    if not any(dropped):
        return reading
    pairs = zip(reading.sentences, dropped, strict=True)
    sentences = tuple(0.0 if out else value for value, out in pairs)
    best = min(reading.probability, max(sentences))
    score = reading.score + min(0.0, _logit(best) - _logit(reading.probability))
    return replace(reading, score=score, probability=best, sentences=sentences)


def _logit(probability: float) -> float:
    inside = min(1 - _EDGE, max(_EDGE, probability))
    return math.log(inside / (1 - inside))
