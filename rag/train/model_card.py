"""The model card beside a reader's weights, written from what was recorded, never by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.errors import GoldError
from rag.reader.manifest import Manifest, read_manifest
from rag.train.calibrate_reader import REPORT
from rag.train.checkpoint import Progress, load_checkpoint

CARD = "README.md"

TEMPLATE = Path(__file__).with_name("model_card.md")
MEASURED = """Logistic models (Platt 1999) of absolute evidence, whatever else the library holds:
the reader's own score, cosine of question and sentence, the share of the question's words met in
the sentence and around it, numbers missed, opposed words (`rag/answer/evidence.py`). Fitted on
questions that the weights were not trained on, searched for as in use, of seven kinds that count
the same; for half of them the source of the answer is left out.
"""


def write_card(folder: Path, checkpoint: Path, results: Path | None = None) -> Path:
    """Write ``README.md`` beside the weights; its path comes back.

    checkpoint: the one the weights were exported from. results: of ``tests/benchmarks/reader.py``,
    whose reader must be this one (GoldError otherwise).
    """
    _, progress, settings = load_checkpoint(checkpoint)
    manifest = read_manifest(folder)
    figures = ""
    if results is not None:
        found = json.loads(results.read_text(encoding="utf-8"))
        figures = _figures(found, manifest, results)
    text = TEMPLATE.read_text(encoding="utf-8").format(
        calibration=_calibration(folder),
        figures=figures,
        **_training(manifest, progress, settings),
    )
    path = folder / CARD
    path.write_text(text, encoding="utf-8")
    return path


def _training(
    manifest: Manifest, progress: Progress, settings: Mapping[str, Any]
) -> dict[str, Any]:
    recipe, earlier = settings["recipe"], settings.get("started_from")
    return {
        "name": manifest.version,
        "start": f"From the weights of {earlier}" if earlier else "From the base model",
        "weights": manifest.weights,
        "threshold": manifest.threshold,
        "confidence": manifest.confidence.threshold if manifest.confidence is not None else "none",
        "questions": progress.questions,
        "steps": progress.step,
        "tokens": recipe["tokens"],
        "seed": recipe["seed"],
        "body": recipe["body_rate"],
        "heads": recipe["head_rate"],
        "hours": progress.seconds / 3600,
        "mixture": _mixture(settings["mixture"]),
    }


def _mixture(parts: Sequence[Mapping[str, Any]]) -> str:
    """Share and held-out articles of each part, as a table."""
    total = sum(part["share"] for part in parts)
    lines = ["| part | share | articles held out |", "|---|---:|---:|"]
    for part in parts:
        held = part["held_out"]
        kept = f"{held:g}" if held >= 1 else f"{held:.0%}" if held else ""
        lines.append(f"| {part['name']} | {part['share'] / total:.1%} | {kept} |")
    return "\n".join(lines) + "\n"


def _calibration(folder: Path) -> str:
    path = folder / REPORT
    if not path.is_file():
        return "None: the probabilities are not fitted.\n"
    found = json.loads(path.read_text(encoding="utf-8"))
    lines = [
        MEASURED,
        f"{found['questions']} questions in all, each judged by a fit that did not see it.",
        "",
        "| kind | questions | AUROC answer there | AUROC right | precision of what is shown "
        "| expected calibration error |",
        "|---|---|---|---|---|---|",
    ]
    for name, row in found["by kind"].items():
        lines.append(
            f"| {name} | {row['questions']} | {row['auroc there']} | {row['auroc right']} "
            f"| {row['precision']} | {row['expected calibration error']} |"
        )
    return "\n".join(lines) + "\n"


def _figures(results: dict[str, Any], manifest: Manifest, path: Path) -> str:
    if results["reader"] != manifest.name:
        raise GoldError(f"{path}: figures of {results['reader']}, not of {manifest.name}")
    lines = [
        "## Figures",
        "",
        "First N questions of each set by sha256 of the id; one sentence quoted; a quote is right",
        "when it overlaps a gold span in the gold paragraph.",
        "",
        "| what | measure | value |",
        "|---|---|---|",
    ]
    for name, figures in results.items():
        if isinstance(figures, dict):
            plain = {k: v for k, v in figures.items() if not isinstance(v, list | dict)}
            lines += [f"| {name} | {measure} | {value} |" for measure, value in plain.items()]
    return "\n".join(lines) + "\n\n"
