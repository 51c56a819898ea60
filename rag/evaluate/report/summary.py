"""Everything a report shows, computed once and independent of how it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.evaluate.baselines import NAMES
from rag.evaluate.measure import DEPTHS, by_tag, estimates, measure, per_question, table
from rag.evaluate.metrics.abstention import Bin, Curve, auroc, reliability, risk_coverage
from rag.evaluate.metrics.sampling import Estimate, mean
from rag.evaluate.records import Header, QuestionRecord, Run

OURS = "this library"

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Retrieval", ("R@1", "R@5", "R@10", "R@20", "Success@5", "RR@10", "nDCG@10")),
    (
        "Quotes",
        (
            *("first_quote_hit", "first_quote_hit_lenient", "best_quote_hit", "any_quote_hit"),
            "answer_precision",
            *("quote_precision_words", "quote_recall_words", "quote_f1_words"),
            *("quote_precision_chars", "quote_recall_chars", "quote_f1_chars"),
            *("iou_f1@.5", "quote_words", "quote_sentences", "over_quoting", "verbatim"),
        ),
    ),
    ("Answer words", ("exact", "f1", "HasAns_exact", "HasAns_f1", "NoAns_exact", "NoAns_f1")),
    (
        "Abstention",
        (
            *("abstention_precision", "abstention_recall", "auroc"),
            *("coverage@90", "coverage@95", "ece"),
        ),
    ),
    ("Cost", ("ms_p50", "ms_p95", "ms_p99")),
)

MEANING = {
    "R@1": "gold passages ranked first",
    "R@5": "gold passages among the first 5",
    "R@10": "gold passages among the first 10",
    "R@20": "gold passages among the first 20",
    "Success@5": "a gold passage among the first 5",
    "RR@10": "reciprocal rank of the first gold passage",
    "nDCG@10": "ranking quality of the first 10",
    "first_quote_hit": "the first quote overlaps the gold",
    "first_quote_hit_lenient": "or holds a gold answer's words elsewhere",
    "best_quote_hit": "so would the first quote, were there no threshold",
    "any_quote_hit": "some quote overlaps the gold",
    "answer_precision": "answered questions whose first quote is right",
    "quote_precision_words": "quoted words that are gold",
    "quote_recall_words": "gold words that are quoted",
    "quote_f1_words": "harmonic mean of the two",
    "quote_precision_chars": "quoted characters that are gold",
    "quote_recall_chars": "gold characters that are quoted",
    "quote_f1_chars": "harmonic mean of the two",
    "iou_f1@.5": "whole quotes that match whole golds",
    "quote_words": "words in a quote",
    "quote_sentences": "sentences in a quote",
    "over_quoting": "characters quoted per gold character",
    "verbatim": "answers that equal their sources to the character",
    "exact": "highlighted words equal a gold answer",
    "f1": "word overlap with a gold answer",
    "HasAns_exact": "exact, where the sources answer",
    "HasAns_f1": "f1, where the sources answer",
    "NoAns_exact": "abstained, where they do not",
    "NoAns_f1": "abstained, where they do not",
    "abstention_precision": "abstentions that were right",
    "abstention_recall": "unanswerable questions abstained on",
    "auroc": "score separates answerable from not",
    "coverage@90": "share answered at 90 % precision",
    "coverage@95": "share answered at 95 % precision",
    "ece": "gap of confidence and accuracy",
    "ms_p50": "median time of an answer",
    "ms_p95": "95 of 100 answers take at most",
    "ms_p99": "99 of 100 answers take at most",
}

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
    held = measure(run.rows)
    ours = estimates(held, seed=seed, resamples=resamples)
    systems, rivals = {OURS: ours}, {}
    for name in NAMES:
        values = [row.baselines[name] for row in run.rows if name in row.baselines]
        if len(values) == len(run.rows) and values:
            systems[name] = _baseline(run.rows, name, seed, resamples)
            columns = table(values)
            if "right" in columns and name in ("BM25 alone", "dense alone"):
                score = np.nan_to_num(columns["score"], nan=-np.inf)
                rivals[name] = risk_coverage(score, np.nan_to_num(columns["right"]))
    given = ~np.isnan(held.confidence)
    return Summary(
        header=run.header,
        questions=len(run.rows),
        answerable=int(held.answerable.sum()),
        answered=sum(row.kind == "answer" for row in run.rows),
        failures=tuple(row for row in run.rows if row.kind == "failure"),
        ours=ours,
        systems=systems,
        tags=_tags(run.rows, seed),
        curve=risk_coverage(held.score, held.right),
        rivals=rivals,
        bins=reliability(held.confidence[given], held.right[given]),
        worst=_worst(run.rows, worst),
        untimed=int(np.isnan(held.ms).sum()),
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


def recall_curve(found: dict[str, Estimate]) -> tuple[tuple[int, Estimate], ...]:
    """(k, R@k) where it was measured."""
    return tuple((k, found[f"R@{k}"]) for k in DEPTHS if f"R@{k}" in found)


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
