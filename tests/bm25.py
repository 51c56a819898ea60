"""BM25 by counting, over the tokens that FTS5 makes: what FTS5's own scores are checked against."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence

K1, B, LEAST_IDF = 1.2, 0.75, 1e-6  # as FTS5 has them


def count(phrase: tuple[str, ...], tokens: tuple[str, ...]) -> int:
    """How often the phrase occurs, overlapping or not; never for the empty phrase."""
    if len(phrase) == 1:
        return tokens.count(phrase[0])
    width = len(phrase)
    return sum(tokens[i : i + width] == phrase for i in range(len(tokens) - width + 1) if width)


def idf(passages: int, holding: int) -> float:
    """Weight of a phrase that ``holding`` of ``passages`` hold, never below a small floor."""
    value = math.log((passages - holding + 0.5) / (holding + 0.5))
    return value if value > 0.0 else LEAST_IDF


def bm25(
    phrases: Sequence[tuple[str, ...]],
    weights: Sequence[float],
    tokens: tuple[str, ...],
    average: float,
) -> float:
    """Okapi BM25 of one passage (Robertson & Zaragoza 2009), summed as FTS5 sums it."""
    score = 0.0
    for phrase, weight in zip(phrases, weights, strict=True):
        found = float(count(phrase, tokens))
        score += weight * (
            (found * (K1 + 1.0)) / (found + K1 * (1 - B + B * len(tokens) / average))
        )
    return score


class Tokenizer:
    """FTS5's own tokens of a text: stemmed, folded, in order."""

    def __init__(self) -> None:
        self._file = sqlite3.connect(":memory:", check_same_thread=False)
        self._file.execute("CREATE VIRTUAL TABLE t USING fts5 (x, tokenize = 'porter unicode61')")
        self._file.execute("CREATE VIRTUAL TABLE v USING fts5vocab (t, instance)")

    def tokens(self, text: str) -> tuple[str, ...]:
        """The tokens of ``text``."""
        self._file.execute("DELETE FROM t")
        self._file.execute("INSERT INTO t (x) VALUES (?)", (text,))
        rows = self._file.execute('SELECT term FROM v ORDER BY "offset"')
        return tuple(row[0] for row in rows)
