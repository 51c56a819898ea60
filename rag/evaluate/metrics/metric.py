"""What a metric declares of itself, once: everything that computes, prints or compares reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rag.evaluate.records import QuestionRecord

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """What statistics over many questions are computed from; every array is (n,).

    abstained, answerable, right: bool. right: whether the first quote, had there been no threshold,
    hits the gold. score: of the surest answer, -inf where nothing was read. confidence: stated for
    that quote, NaN where none was. ms: wall time of an answer, NaN where it was not timed.
    """

    abstained: Bools
    answerable: Bools
    score: Floats
    right: Bools
    confidence: Floats
    ms: Floats

    def at(self, index: NDArray[np.intp]) -> Sample:
        """The sample of the questions ``index``, in that order, repeats included."""
        return Sample(
            self.abstained[index],
            self.answerable[index],
            self.score[index],
            self.right[index],
            self.confidence[index],
            self.ms[index],
        )


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of a run. Exactly one of ``of`` and ``over`` is given, else ValueError.

    group: the part of a report it stands in. meaning: what it is, in a few words for people.
    formula: where it is defined. better: which direction is the better one. form: "share" lies in
    [0, 1], "count" is a number or a ratio, "ms" a time in milliseconds. of: its value for one
    question, None where it is not about that question; the figure is the mean. over: its value for
    a sample of questions, None where it is undefined.
    """

    name: str
    group: str
    meaning: str
    formula: str
    of: Callable[[QuestionRecord], float | None] | None = None
    over: Callable[[Sample], float | None] | None = None
    better: Literal["more", "less"] = "more"
    form: Literal["share", "count", "ms"] = "share"

    def __post_init__(self) -> None:
        if (self.of is None) == (self.over is None):
            raise ValueError(f"the metric {self.name} needs one of 'of' and 'over'")

    def printed(self, value: float) -> str:
        """A value as it is printed: three decimals for shares, plainer for counts and times."""
        if self.form == "ms":
            return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
        if self.form == "count":
            return f"{value:.1f}"
        return "1.000" if value == 1 else f"{value:.3f}"
