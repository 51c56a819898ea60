"""``rag train calibrate``: fit a reader's scores and probabilities, report on other articles."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import ModelError
from rag.evaluate.metrics.abstention import auroc, expected_calibration_error, reliability
from rag.progress import Progress, Report
from rag.train.calibrate_reader import (
    OTHERS,
    REPORT,
    Case,
    Sentences,
    fit_combination,
    fit_probability,
    fit_threshold,
    given_cases,
    halves,
    read_case,
    retrieved_cases,
    top_scores,
)


def run_calibrate(args: argparse.Namespace) -> int:
    """Fit, write the manifest and ``calibration.json`` beside the weights; 0."""
    from rag.commands.console import progress_bars, say
    from rag.reader.manifest import read_manifest, write_manifest
    from rag.reader.trained import TrainedReader

    reader = TrainedReader(args.reader)
    with progress_bars(quiet=args.quiet) as report:
        fitted, kept = _cases(args)
        others = [case for path in args.also for case in _also(reader, path, args, report)]
        fit = {name: _read(reader, part, report, name) for name, part in fitted.items()}
        odd = {name: _read(reader, part, report, name) for name, part in kept.items()}
    cases = [case for part in fit.values() for case in part]
    # A set whose spans are not all the answers there are says which sentence is the better one,
    # not how often the best is right.
    combination = fit_probability(cases, fit_combination(cases + others))
    if combination.slope <= 0:
        raise ModelError(f"{args.reader}: scores do not tell right from wrong; train it further")
    manifest = replace(read_manifest(args.reader), combination=combination, calibrated=True)
    threshold = fit_threshold([fit["article removed"], fit["on topic"]], combination)
    write_manifest(args.reader, replace(manifest, threshold=threshold))
    found = {name: figures(part, combination) for name, part in odd.items()}
    sizes = {name: len(part) for name, part in fitted.items()}
    if others:
        sizes |= {OTHERS: len(others)}
    data = {"fitted_on": sizes, "threshold": threshold, "reported_on": found}
    text = json.dumps(data, indent=1) + "\n"
    (args.reader / REPORT).write_text(text, encoding="utf-8")
    for line in text.splitlines():
        say(line)
    return 0


def _cases(args: argparse.Namespace) -> tuple[dict[str, list[Case]], dict[str, list[Case]]]:
    """(cases to fit on, cases to report on), by name; no article is in both."""
    from rag.embed import load_embedder
    from rag.settings import Settings
    from rag.train.collection import Collection
    from rag.train.reader_run import held_out
    from rag.train.squad import first_by_hash, load_squad

    train = held_out(load_squad(args.squad), args.seed)
    even, odd = halves(load_squad(args.squad2))
    embedder, settings = load_embedder(), Settings()
    found: list[dict[str, list[Case]]] = []
    for plain, hard in ((train, even), (odd, odd)):
        answerable = first_by_hash([q for q in plain.questions if q.answers], args.questions)
        asked = first_by_hash(hard.questions, args.questions)
        one, other = (
            Collection(s, s.articles, embedder, settings, args.cache) for s in (plain, hard)
        )
        k = args.passages
        found.append(
            {
                "article removed": retrieved_cases(plain, answerable, one, k, removing=True),
                "on topic": retrieved_cases(hard, asked, other, k, removing=False),
                "given": given_cases(hard, asked),
            }
        )
    return found[0], found[1]


def _also(reader: Any, path: Path, args: argparse.Namespace, report: Report) -> list[Sentences]:
    from rag.train.library_cases import gold_cases

    cases = gold_cases(path, args.questions, args.passages, report)
    return _read(reader, cases, report, path.name)


def _read(reader: Any, cases: Sequence[Case], report: Report, name: str) -> list[Sentences]:
    found = []
    for number, case in enumerate(cases, start=1):
        found.append(read_case(reader, case))
        report(Progress(name, number, len(cases), "questions"))
    return found


def figures(cases: Sequence[Sentences], combination: Any) -> dict[str, Any]:
    """What the calibrated probabilities are worth on cases they were not fitted on."""
    scores, right = top_scores(cases, combination)
    probabilities = np.asarray([combination.probability(float(s)) for s in scores])
    answerable = np.asarray([bool(case.right.any()) for case in cases])

    return {
        "questions": len(cases),
        "answerable": int(answerable.sum()),
        "right_when_answerable": round(float(right[answerable].mean()), 4),
        "auroc_answerable": _rounded(auroc(probabilities, answerable)),
        "auroc_right": _rounded(auroc(probabilities, right)),
        "expected_calibration_error": _rounded(expected_calibration_error(probabilities, right)),
        "reliability": [
            [round(b.confidence, 3), round(b.accuracy, 3), b.count]
            for b in reliability(probabilities, right)
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
