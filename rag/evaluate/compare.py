"""Two runs over the same gold set: what changed, by how much, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.errors import GoldError, UsageError
from rag.evaluate.measure import Measured, measure, resampled, statistics
from rag.evaluate.metrics import METRICS
from rag.evaluate.metrics.sampling import Difference, paired
from rag.evaluate.records import QuestionRecord, Run

MAIN = "first_quote_hit"


@dataclass(frozen=True, slots=True)
class Line:
    """A metric in both runs. difference: B minus A; p and win/tie/loss only for means."""

    name: str
    a: float
    b: float
    difference: Difference


@dataclass(frozen=True, slots=True)
class Changed:
    """A question whose main metric or decision moved."""

    id: str
    question: str
    before: QuestionRecord
    after: QuestionRecord
    gain: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Lines in order of printing, and the questions that changed, worst loss first."""

    lines: tuple[Line, ...]
    changed: tuple[Changed, ...]
    questions: int

    def line(self, name: str) -> Line:
        """One metric. UsageError when neither run has it."""
        for line in self.lines:
            if line.name == name:
                return line
        raise UsageError(
            f"no metric {name!r} in both runs; there are {', '.join(x.name for x in self.lines)}"
        )


def less_is_better(name: str) -> bool:
    """Whether a smaller value of the metric is the better one (cost, length, error)."""
    return METRICS[name].better == "less"


def compare(a: Run, b: Run, *, seed: int) -> Comparison:
    """Compare question by question. GoldError when the runs are not over the same questions."""
    _same_questions(a, b)
    order = {row.id: row for row in b.rows}
    before, after = a.rows, tuple(order[row.id] for row in a.rows)
    one, two = measure(before), measure(after)
    lines = [*_means(one, two, seed), *_statistics(one, two, seed)]
    return Comparison(tuple(lines), _changed(before, after, one, two), len(before))


def _same_questions(a: Run, b: Run) -> None:
    if a.header.gold_digest != b.header.gold_digest:
        raise GoldError(
            f"the runs are over different gold sets ({a.header.gold}, {b.header.gold}; digests "
            f"{a.header.gold_digest[:12]}, {b.header.gold_digest[:12]}): nothing can be compared"
        )
    ours, theirs = {row.id for row in a.rows}, {row.id for row in b.rows}
    if ours != theirs:
        raise GoldError(
            f"the runs asked different questions ({len(ours)} and {len(theirs)}, "
            f"{len(ours & theirs)} in common): run both with the same --limit"
        )


def _means(one: Measured, two: Measured, seed: int) -> list[Line]:
    lines = []
    for name in [n for n in one.values if n in two.values]:
        left, right = one.values[name], two.values[name]
        found = paired(left, right, seed=seed)
        if found is not None:
            shared = ~np.isnan(left) & ~np.isnan(right)
            lines.append(Line(name, float(left[shared].mean()), float(right[shared].mean()), found))
    return lines


def _statistics(one: Measured, two: Measured, seed: int) -> list[Line]:
    """Metrics of the whole set: a paired bootstrap, and its two-sided p of no difference."""
    before, after = one.sample, two.sample
    left, right = statistics(before), statistics(after)
    drawn = [
        (statistics(before.at(index)), statistics(after.at(index)))
        for index in resampled(before.score.size, seed)
    ]
    lines = []
    for name in [m for m in left if m in right]:
        gaps = np.array([y[name] - x[name] for x, y in drawn if name in x and name in y] or [0.0])
        low, high = np.percentile(gaps, [2.5, 97.5])
        side = min((gaps <= 0).sum(), (gaps >= 0).sum())
        p = min(1.0, 2 * (int(side) + 1) / (gaps.size + 1))
        value = right[name] - left[name]
        found = Difference(value, float(low), float(high), p, 0, 0, 0)
        lines.append(Line(name, left[name], right[name], found))
    return lines


def _changed(
    before: Sequence[QuestionRecord],
    after: Sequence[QuestionRecord],
    one: Measured,
    two: Measured,
) -> tuple[Changed, ...]:
    found = []
    for n, (old, new) in enumerate(zip(before, after, strict=True)):
        gain = _worth(two.values, n, new) - _worth(one.values, n, old)
        if gain or old.kind != new.kind:
            found.append(Changed(old.id, old.question, old, new, gain))
    return tuple(sorted(found, key=lambda change: (change.gain, change.id)))


def _worth(
    values: Mapping[str, np.ndarray[tuple[int], np.dtype[np.float64]]], n: int, row: QuestionRecord
) -> float:
    """1 for a hit, or for an abstention where there is no gold; else 0."""
    if not row.gold:
        return float(row.kind == "abstention")
    held = values.get(MAIN)
    return 0.0 if held is None or np.isnan(held[n]) else float(held[n])


@dataclass(frozen=True, slots=True)
class Floor:
    """A guard: the metric may not get worse by more than ``loss`` (at least 0)."""

    metric: str
    loss: float


def parse_floor(text: str) -> Floor:
    """``METRIC=LOSS`` or ``LOSS`` (of first_quote_hit). Raises UsageError."""
    name, _, value = text.rpartition("=")
    try:
        loss = float(value)
    except ValueError:
        raise UsageError(f"--fail-under takes METRIC=LOSS or LOSS, not {text!r}") from None
    if not 0 <= loss < float("inf"):
        raise UsageError(f"--fail-under: the loss allowed is 0 or more, not {value}")
    return Floor(name.strip() or MAIN, loss)


def broken(comparison: Comparison, floors: Sequence[Floor]) -> tuple[str, ...]:
    """What got worse than allowed, a line each; () when all is well."""
    found = []
    for floor in floors:
        line = comparison.line(floor.metric)
        gain = line.difference.value * (-1 if less_is_better(line.name) else 1)
        if gain < -floor.loss - 1e-12:
            found.append(
                f"{line.name} went from {line.a:.4f} to {line.b:.4f}: "
                f"worse by {-gain:.4f}, {floor.loss:g} allowed"
            )
    return tuple(found)
