"""``rag train calibrate``: fit a reader's probabilities on held-out questions of several kinds."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import ModelError
from rag.evaluate.metrics.abstention import auroc, expected_calibration_error, reliability
from rag.progress import Progress, Report
from rag.train.calibrate_reader import (
    REPORT,
    Outcomes,
    Sentences,
    fit_combination,
    fit_confidence,
    given_threshold,
    load_cases,
    outcomes,
    read_case,
    save_cases,
)

if TYPE_CHECKING:
    from rag.evaluate.gold import GoldSet
    from rag.reader.trained import TrainedReader
    from rag.train.held_out import Kind

FOLDS = 4


def run_calibrate(args: argparse.Namespace) -> int:
    """Fit, write the manifest and ``calibration.json`` beside the weights; 0."""
    from rag.commands.console import progress_bars, say
    from rag.reader.manifest import read_manifest, write_manifest
    from rag.reader.trained import TrainedReader
    from rag.train.held_out import held_out_sets

    reader = TrainedReader(args.reader)
    with progress_bars(quiet=args.quiet) as report:
        read = {
            kind.name: _read(reader, kind, gold, args.cache, report)
            for kind, gold in held_out_sets(args.data, args.questions)
        }
    cases = [case for part in read.values() for case in part]
    combination = fit_combination(cases)
    if combination.slope <= 0:
        raise ModelError(f"{args.reader}: scores do not tell right from wrong; train it further")
    confidence = fit_confidence(list(read.values()), combination)
    manifest = replace(
        read_manifest(args.reader),
        combination=combination,
        calibrated=True,
        threshold=given_threshold(cases, combination),
        confidence=confidence,
    )
    write_manifest(args.reader, manifest)
    found = {name: figures(*judged) for name, judged in cross_validated(read).items()}
    data = {"questions": len(cases), "confidence": asdict(confidence), "by kind": found}
    text = json.dumps(data, indent=1) + "\n"
    (args.reader / REPORT).write_text(text, encoding="utf-8")
    for line in text.splitlines():
        say(line)
    return 0


def _read(
    reader: TrainedReader, kind: Kind, gold: GoldSet, cache: Path | None, report: Report
) -> list[Sentences]:
    """What the reader sees in a set's cases, from the cache where it was read before."""
    from rag.evaluate.throwaway import cache_folder, throwaway_library
    from rag.reader.manifest import WEIGHTS
    from rag.train.library_cases import library_cases
    from rag.types import digest

    library, _ = throwaway_library(gold, progress=report)
    with library:
        weights = digest((reader.folder / WEIGHTS).read_bytes())
        parts = [weights, gold.digest, library.embedder.name, library.segmenter.name]
        key = digest("\n".join([*parts, str(library.settings.pairs())]))[:20]
        path = (cache or cache_folder()) / "evidence" / f"{gold.name}-{key}.npz"
        if path.is_file():
            return _marked(load_cases(path), kind)
        found = []
        for number, case in enumerate(library_cases(library, gold.rows, one=kind.one), start=1):
            found.append(read_case(reader, case))
            report(Progress(gold.name, number, len(gold.rows), "questions"))
    save_cases(path, found)
    return _marked(found, kind)


def _marked(cases: Sequence[Sentences], kind: Kind) -> list[Sentences]:
    """The cases with what is known of the gold of their kind."""
    return [replace(case, short=kind.short, complete=kind.complete) for case in cases]


def cross_validated(
    read: Mapping[str, Sequence[Sentences]],
) -> dict[str, tuple[Outcomes, float]]:
    """(outcomes, threshold) of each kind, every case judged by a fit that did not see it.

    Cases go two by two: of two neighbours the answer of one was left out of the search.
    """
    parts: dict[str, list[Outcomes]] = {name: [] for name in read}
    thresholds = []
    for fold in range(FOLDS):
        others = [_fold(cases, fold, keep=False) for cases in read.values()]
        combination = fit_combination([case for kind in others for case in kind])
        confidence = fit_confidence(others, combination)
        thresholds.append(confidence.threshold)
        for name, cases in read.items():
            parts[name].append(outcomes(_fold(cases, fold, keep=True), combination, confidence))
    middle = float(np.median(thresholds))
    return {
        name: (
            Outcomes(*(np.concatenate(c) for c in zip(*map(_columns, found), strict=True))),
            middle,
        )
        for name, found in parts.items()
    }


def _columns(o: Outcomes) -> tuple[Any, ...]:
    return o.probability, o.right, o.there, o.read


def _fold(cases: Sequence[Sentences], fold: int, *, keep: bool) -> list[Sentences]:
    return [case for n, case in enumerate(cases) if (n // 2 % FOLDS == fold) == keep]


def figures(found: Outcomes, threshold: float) -> dict[str, Any]:
    """What the probabilities are worth on cases they were not fitted on."""
    sure, right = found.probability, found.right
    shown = sure >= threshold
    return {
        "questions": len(sure),
        "answer there": int(found.there.sum()),
        "answer read": int(found.read.sum()),
        "best sentence right": int(right.sum()),
        "auroc there": _rounded(auroc(sure, found.there)),
        "auroc right": _rounded(auroc(sure, right)),
        "threshold": threshold,
        "shown": int(shown.sum()),
        "precision": _rounded(float(right[shown].mean()) if shown.any() else None),
        "expected calibration error": _rounded(expected_calibration_error(sure, right)),
        "reliability": [
            [round(b.confidence, 3), round(b.accuracy, 3), b.count]
            for b in reliability(sure, right)
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
