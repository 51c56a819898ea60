"""From a network's logits to a reading: numbers and passage offsets.

One logistic model over a sentence's features (its evidence logit, the share of the span probability
that lies in it, the passage's relevance logit and its best span score) gives every score. All are
of question and passage alone: what else was found never changes them.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.protocols import PassageText, Reading
from rag.reader.encoding import BERT, Row
from rag.types import Span

LONGEST_ANSWER = 30  # tokens
LEAST_MASS = 1e-6
NOTHING = -20.0  # score of a passage without a single token
UNKNOWN_PENALTY = 12.0  # times the share of tokens the vocabulary does not know

Floats = NDArray[np.float32]
FEATURES = ("evidence", "mass", "relevance", "span")


@dataclass(frozen=True, slots=True)
class RowLogits:
    """Logits of one row: start, end, evidence over its passage tokens, and its relevance."""

    row: Row
    start: Floats
    end: Floats
    evidence: Floats
    relevance: float


@dataclass(frozen=True, slots=True)
class Combination:
    """Weights of FEATURES and a bias: a sentence's score in logits.

    slope, offset: the calibrated logit of a score is ``slope * score + offset``.
    """

    weights: tuple[float, ...] = (1.0, 0.3, 0.5, 0.1)
    bias: float = 0.0
    slope: float = 1.0
    offset: float = 0.0

    def probability(self, score: float) -> float:
        """Calibrated probability of a score."""
        return 1 / (1 + math.exp(-max(-40.0, min(40.0, self.slope * score + self.offset))))


def best_span(
    start: Floats,
    end: Floats,
    longest: int = LONGEST_ANSWER,
    sentence: NDArray[np.int64] | None = None,
) -> tuple[int, int, float]:
    """(first, last, score) of the best span, both ends inclusive.

    It has at most ``longest`` tokens and, when ``sentence`` numbers the tokens, lies in one.
    """
    size = len(start)
    best = (0, 0, -math.inf)
    for width in range(min(longest, size)):
        scores = start[: size - width] + end[width:]
        if sentence is not None and width:
            scores = np.where(sentence[: size - width] == sentence[width:], scores, -np.inf)
        first = int(np.argmax(scores))
        if scores[first] > best[2]:
            best = (first, first + width, float(scores[first]))
    return best


def sentence_features(rows: Sequence[RowLogits], count: int) -> NDArray[np.float64]:
    """(count, 4) FEATURES of the sentences of one passage, read in one or more rows.

    A sentence that several rows hold takes its numbers from the row that holds most of it.
    """
    features = np.full((count, len(FEATURES)), -20.0)
    held = np.zeros(count, dtype=np.int64)
    relevance = max(r.relevance for r in rows)
    span = max(best_span(r.start, r.end)[2] for r in rows)
    whole = _log_sum([r.start for r in rows]), _log_sum([r.end for r in rows])
    for row in rows:
        numbers = row.row.sentence
        mass = (np.exp(row.start - whole[0]) + np.exp(row.end - whole[1])) / 2
        for index in np.unique(numbers[numbers >= 0]):
            inside = numbers == index
            if inside.sum() <= held[index]:
                continue
            held[index] = inside.sum()
            share = math.log(max(float(mass[inside].sum()), LEAST_MASS))
            features[index, :2] = float(row.evidence[inside].mean()), share
    features[:, 2:] = relevance, span
    return features


def _log_sum(parts: Sequence[Floats]) -> float:
    values = np.concatenate(parts).astype(np.float64)
    top = float(values.max())
    return top + math.log(float(np.exp(values - top).sum()))


def reading_of(
    passage: PassageText,
    rows: Sequence[RowLogits],
    combination: Combination,
    unknown: int = BERT.unknown,
) -> Reading:
    """The reading of one passage from the logits of its rows."""
    rows = [row for row in rows if len(row.start)]
    if not rows:
        least = combination.probability(NOTHING)
        return Reading(NOTHING, least, None, (least,) * len(passage.sentences))
    scores = features_of(rows) @ np.asarray(combination.weights) + combination.bias
    scores -= UNKNOWN_PENALTY * unknown_share(rows, unknown)
    top = float(scores.max())
    sentences = tuple(combination.probability(float(s)) for s in scores)
    if not passage.sentences:  # read as one sentence, of which nothing is to be quoted
        sentences = ()
    return Reading(top, combination.probability(top), answer_span(passage, rows), sentences)


def features_of(rows: Sequence[RowLogits]) -> NDArray[np.float64]:
    """(sentences, 4) FEATURES of a passage that has at least one token."""
    read = [row for row in rows if len(row.start)]
    return sentence_features(read, read[0].row.sentence_count)


def unknown_share(rows: Sequence[RowLogits], unknown: int = BERT.unknown) -> float:
    """Share of the question's or the passage's tokens that the vocabulary does not know (the
    larger); a share up to a fifth counts as none, names are often unknown.
    """
    passage = np.concatenate([r.row.passage.ids[r.row.first : r.row.last] for r in rows])
    question = rows[0].row.question
    shares = [float((ids == unknown).mean()) for ids in (passage, question) if len(ids)]
    return max([share for share in shares if share > 0.2], default=0.0)


def answer_span(passage: PassageText, rows: Sequence[RowLogits]) -> Span | None:
    """The best span of whole words within one sentence, in passage offsets, or None."""
    found: tuple[float, Span] | None = None
    for part in rows:
        row = part.row
        first, last, score = best_span(part.start, part.end, sentence=row.sentence)
        start = int(row.passage.starts[row.first + first])
        end = int(row.passage.ends[row.first + last])
        if start < end and (found is None or score > found[0]):
            found = (score, whole_words(passage.text, Span(start, end)))
    return None if found is None else found[1]


def whole_words(text: str, span: Span) -> Span:
    """The span widened to the ends of the words it touches, with their combining marks."""
    start, end = span.start, span.end
    while start > 0 and _joined(text[start - 1], text[start]):
        start -= 1
    while end < len(text) and (_is_mark(text[end]) or _joined(text[end - 1], text[end])):
        end += 1
    return Span(start, end)


def _joined(left: str, right: str) -> bool:
    """Whether no word boundary lies between two characters (scripts written without spaces have
    none to look for: there every character stands for itself).
    """
    return _is_word(left) and _is_word(right)


def _is_word(character: str) -> bool:
    if unicodedata.category(character) == "Lo" and ord(character) >= 0x0E00:
        return False
    return character.isalnum() or _is_mark(character)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Mc", "Me")
