"""A threshold for a wanted precision, chosen on a user's own gold set by cross-validation.

In each fold the threshold is chosen on the other folds and judged on the one left out, so that the
precision told is one the threshold was not fitted to. The threshold stored is chosen on all rows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rag.errors import GoldError, UsageError
from rag.evaluate.metrics.abstention import Curve, risk_coverage
from rag.types import digest

if TYPE_CHECKING:
    from rag.evaluate.records import Header
    from rag.library import Library

FOLDS = 5
LEAST = 20


@dataclass(frozen=True, slots=True)
class Calibration:
    """The choice and what it may be trusted for.

    threshold: answer at this probability or more. precision, coverage: over the held-out folds
    (precision None when nothing was answered). fitted_*: on the rows it was chosen on, told apart
    because they flatter. curve: of all rows.
    """

    wanted: float
    threshold: float
    precision: float | None
    coverage: float
    fitted_precision: float
    fitted_coverage: float
    questions: int
    folds: tuple[float, ...]
    curve: Curve

    def steps(self, count: int = 10) -> tuple[tuple[float, float, float], ...]:
        """(threshold, coverage, precision) at about ``count`` even steps of coverage."""
        found = {}
        for step in range(1, count + 1):
            at = int(np.searchsorted(self.curve.coverage, step / count - 1e-9))
            at = min(at, self.curve.coverage.size - 1)
            if np.isfinite(self.curve.thresholds[at]):
                found[at] = (
                    float(self.curve.thresholds[at]),
                    float(self.curve.coverage[at]),
                    float(self.curve.precision[at]),
                )
        return tuple(found.values())


def choose(scores: ArrayLike, right: ArrayLike, wanted: float) -> float | None:
    """The threshold in [0, 1] that answers most at a precision of ``wanted``; None if none does."""
    curve = risk_coverage(scores, right)
    fit = np.flatnonzero((curve.precision >= wanted) & np.isfinite(curve.thresholds))
    if not fit.size:
        return None
    last = int(fit[-1])
    threshold = float(curve.thresholds[last])
    if last + 1 < curve.thresholds.size and np.isfinite(curve.thresholds[last + 1]):
        # Half-way to the next lower score: a cut on a score itself hangs on its last digit.
        threshold = (threshold + float(curve.thresholds[last + 1])) / 2
    return min(1.0, max(0.0, threshold))


def calibrate(
    ids: Sequence[str],
    scores: Sequence[float | None],
    right: Sequence[bool],
    *,
    wanted: float,
    folds: int = FOLDS,
) -> Calibration:
    """Choose a threshold. ids place the questions in folds (by sha256), so file order has no say.

    Raises UsageError for a precision outside (0, 1], GoldError for too few questions or when no
    threshold reaches the precision on all rows.
    """
    if not 0 < wanted <= 1:
        raise UsageError(f"the wanted precision lies in (0, 1], not {wanted}")
    if len(ids) < max(LEAST, folds):
        raise GoldError(
            f"{len(ids)} questions are too few to choose a threshold; give at least {LEAST}"
        )
    score = np.array([-np.inf if s is None else s for s in scores], dtype=float)
    good = np.array(right, dtype=bool)
    curve = risk_coverage(score, good)
    chosen = choose(score, good, wanted)
    if chosen is None:
        best = float(curve.precision.max())
        raise GoldError(
            f"no threshold reaches a precision of {wanted:.0%} on these questions; the best is "
            f"{best:.1%} (at a coverage of {curve.coverage[int(curve.precision.argmax())]:.1%})"
        )
    answered, kept, found = _held_out(ids, score, good, wanted, folds)
    shown = score >= chosen
    return Calibration(
        wanted=wanted,
        threshold=chosen,
        precision=float(good[answered].mean()) if answered.any() else None,
        coverage=float(answered.mean()),
        fitted_precision=float(good[shown].mean()),
        fitted_coverage=float(shown.mean()),
        questions=kept,
        folds=found,
        curve=curve,
    )


def _held_out(
    ids: Sequence[str],
    score: NDArray[np.float64],
    good: NDArray[np.bool_],
    wanted: float,
    folds: int,
) -> tuple[NDArray[np.bool_], int, tuple[float, ...]]:
    """Which questions would be answered by a threshold chosen without them; the thresholds."""
    order = np.argsort(np.array([digest(id) for id in ids]), kind="stable")
    fold = np.empty(len(ids), dtype=int)
    fold[order] = np.arange(len(ids)) % folds
    answered = np.zeros(len(ids), dtype=bool)
    found = []
    for number in range(folds):
        out = fold == number
        threshold = choose(score[~out], good[~out], wanted)
        if threshold is not None:
            found.append(threshold)
            answered[out] = score[out] >= threshold
    return answered, len(ids), tuple(found)


def store_threshold(library: Library, found: Calibration, header: Header) -> None:
    """Keep the threshold in the library's settings, with what it was chosen on and for."""
    settings = replace(
        library.settings, threshold=round(found.threshold, 6), threshold_reader=header.reader
    )
    library.store.set_meta("settings", json.dumps(asdict(settings)))
    record = {
        "wanted_precision": found.wanted,
        "threshold": settings.threshold,
        "held_out_precision": found.precision,
        "held_out_coverage": found.coverage,
        "questions": found.questions,
        "gold_digest": header.gold_digest,
        "corpus_digest": header.corpus_digest,
        "reader": header.reader,
    }
    library.store.set_meta("calibration", json.dumps(record))


def forget_threshold(library: Library) -> None:
    """Drop the stored threshold: the reader's own is in force again."""
    settings = replace(library.settings, threshold=None, threshold_reader=None)
    library.store.set_meta("settings", json.dumps(asdict(settings)))
    library.store.set_meta("calibration", json.dumps(None))
