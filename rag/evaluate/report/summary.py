"""Everything a report shows, computed once and independent of how it is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.evaluate.baselines import NAMES
from rag.evaluate.measure import by_tag, estimates, measure, per_question, table
from rag.evaluate.metrics import METRICS, Metric
from rag.evaluate.metrics.abstention import Bin, Curve, auroc, reliability, risk_coverage
from rag.evaluate.metrics.sampling import Estimate, mean
from rag.evaluate.records import Header, QuestionRecord, Run

OURS = "this library"

COMPARED = (
    *("R@1", "R@5", "R@10", "RR@10", "nDCG@10", "first_quote_hit", "quote_words"),
    *("quote_f1_words", "f1", "auroc"),
)


@dataclass(frozen=True, slots=True)
class TagLine:
    """The rows under one tag (or the whole set, tag "")."""

    tag: str
    questions: int
    answerable: int
    first_quote_hit: Estimate | None
    abstention_recall: Estimate | None
    f1: Estimate | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in figures. systems: name -> metric -> estimate, ours first, then the baselines."""

    header: Header
    questions: int
    answerable: int
    answered: int
    failures: tuple[QuestionRecord, ...]
    ours: dict[str, Estimate]
    systems: dict[str, dict[str, Estimate]]
    tags: tuple[TagLine, ...]
    curve: Curve
    rivals: dict[str, Curve]
    bins: tuple[Bin, ...]
    worst: tuple[QuestionRecord, ...]
    untimed: int


def summary(run: Run, *, worst: int = 10, resamples: int = 1000) -> Summary:
    """Compute all figures; seeded by the run's own seed."""
    seed = run.header.seed
    measured = measure(run.rows)
    sample = measured.sample
    ours = estimates(measured, seed=seed, resamples=resamples)
    systems, rivals = {OURS: ours}, {}
    for name in NAMES:
        values = [row.baselines[name] for row in run.rows if name in row.baselines]
        if len(values) == len(run.rows) and values:
            systems[name] = _baseline(run.rows, name, seed, resamples)
            columns = table(values)
            if "right" in columns and name in ("BM25 alone", "dense alone"):
                score = np.nan_to_num(columns["score"], nan=-np.inf)
                rivals[name] = risk_coverage(score, np.nan_to_num(columns["right"]))
    given = ~np.isnan(sample.confidence)
    return Summary(
        header=run.header,
        questions=len(run.rows),
        answerable=int(sample.answerable.sum()),
        answered=sum(row.kind == "answer" for row in run.rows),
        failures=tuple(row for row in run.rows if row.kind == "failure"),
        ours=ours,
        systems=systems,
        tags=_tags(run.rows, seed),
        curve=risk_coverage(sample.score, sample.right),
        rivals=rivals,
        bins=reliability(sample.confidence[given], sample.right[given]),
        worst=_worst(run.rows, worst),
        untimed=int(np.isnan(sample.ms).sum()),
    )


def _baseline(
    rows: Sequence[QuestionRecord], name: str, seed: int, resamples: int
) -> dict[str, Estimate]:
    columns = table([row.baselines[name] for row in rows])
    out = {}
    for metric, values in columns.items():
        found = None
        if metric not in ("score", "right"):
            found = mean(values, seed=seed, resamples=resamples)
        if found is not None:
            out[metric] = found
    if "score" in columns:
        score = np.nan_to_num(columns["score"], nan=-np.inf)
        value = auroc(score, [bool(row.gold) for row in rows])
        if value is not None:
            out["auroc"] = Estimate(value, value, value, len(rows))
    return out


def recall_curve(estimates: Mapping[str, Estimate]) -> tuple[tuple[int, Estimate], ...]:
    """(k, R@k) where it was measured, k ascending."""
    return tuple(
        (int(name.removeprefix("R@")), estimate)
        for name, estimate in estimates.items()
        if name.startswith("R@")
    )


def groups(estimates: Mapping[str, Estimate]) -> dict[str, list[tuple[Metric, Estimate]]]:
    """Group of metrics -> its metrics that were measured, in order of printing."""
    grouped: dict[str, list[tuple[Metric, Estimate]]] = {}
    for name, metric in METRICS.items():
        if name in estimates:
            grouped.setdefault(metric.group, []).append((metric, estimates[name]))
    return grouped


def compared(systems: Mapping[str, Mapping[str, Estimate]]) -> list[Metric]:
    """The metrics of the table of baselines that some system has."""
    return [METRICS[n] for n in COMPARED if any(n in found for found in systems.values())]


def _tags(rows: Sequence[QuestionRecord], seed: int) -> tuple[TagLine, ...]:
    groups = by_tag(rows)
    return tuple(_tag(tag, held, seed) for tag, held in groups.items())


def _tag(tag: str, rows: Sequence[QuestionRecord], seed: int) -> TagLine:
    columns = table([per_question(row) for row in rows])

    def of(name: str) -> Estimate | None:
        return mean(columns[name], seed=seed) if name in columns else None

    gone = np.array([np.nan if row.gold else float(row.kind == "abstention") for row in rows])
    return TagLine(
        tag=tag,
        questions=len(rows),
        answerable=sum(bool(row.gold) for row in rows),
        first_quote_hit=of("first_quote_hit"),
        abstention_recall=mean(gone, seed=seed),
        f1=of("f1"),
    )


def _worst(rows: Sequence[QuestionRecord], count: int) -> tuple[QuestionRecord, ...]:
    """Failures, then wrong answers from the surest down, then missed answers from the surest."""

    def key(row: QuestionRecord) -> tuple[int, float, str]:
        rank = {"failure": 0, "answer": 1, "abstention": 2}[row.kind]
        return (rank, -(row.score or 0.0), row.id)

    return tuple(sorted((row for row in rows if verdict(row) != "right"), key=key)[:count])


def verdict(row: QuestionRecord) -> str:
    """``right``, ``wrong quote``, ``should abstain``, ``missed`` or ``failed``."""
    if row.kind == "failure":
        return "failed"
    if row.kind == "abstention":
        return "missed" if row.gold else "right"
    if not row.gold:
        return "should abstain"
    return "right" if per_question(row)["first_quote_hit"] else "wrong quote"
