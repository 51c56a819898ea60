"""``rag train reader --gold``: tune the shipped reader on a person's own questions.

A fifth of the questions, drawn by hash, is kept out of the tuning and measured before and after; a
reader that chooses sentences worse on them than it did is not written.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import GoldError, UsageError
from rag.progress import Report, silent
from rag.reader.manifest import (
    SHIPPED,
    TOKENIZER,
    export_weights,
    load_reader_parts,
    write_manifest,
)
from rag.train.batches import encode_groups, split_by_size
from rag.train.gold_groups import GoldGroups, GoldQuestion, gold_questions
from rag.train.reader_training import Plan, Run
from rag.train.reader_validation import Validation
from rag.train.trainer import Recipe, Trainer
from rag.types import digest

if TYPE_CHECKING:
    from rag.evaluate.gold import GoldRow
    from rag.library import Library

LEAST = 20  # questions; fewer say nothing of a reader
TUNING = Recipe(body_rate=3e-5, head_rate=1e-4, warmup=10, average=0.9)


@dataclass(frozen=True, slots=True)
class Tuned:
    """What tuning did. before, after: figures on the questions kept out; kept: how many those are;
    name: of the reader written, None when it was not better.
    """

    before: dict[str, float]
    after: dict[str, float]
    kept: int
    name: str | None


def tune(
    library: Library,
    rows: Sequence[GoldRow],
    out: Path,
    *,
    state: Path,
    start: Path | None = None,
    epochs: int = 4,
    recipe: Recipe = TUNING,
    report: Report = silent,
) -> Tuned:
    """Tune on ``rows`` and write the reader to ``out``. GoldError when there are too few."""
    if epochs < 1:
        raise UsageError(f"--epochs must be at least 1, not {epochs}")
    answerable = sorted((r for r in rows if r.answers), key=lambda row: digest(row.id))
    if len(answerable) < LEAST:
        raise GoldError(f"{len(answerable)} questions with answers; tuning needs {LEAST}")
    kept = answerable[: len(answerable) // 5]
    held = {row.id for row in kept}
    manifest, network, tokenizer = load_reader_parts(start or SHIPPED)
    validation = _validation(tokenizer, gold_questions(library, kept))
    groups = GoldGroups(gold_questions(library, [r for r in rows if r.id not in held]), recipe.seed)
    before = validation.measure(network)
    trainer = Trainer(network, recipe)
    steps = epochs * _batches(groups, tokenizer, recipe.tokens)
    Run(trainer, Plan(state, decay_steps=steps), report=report).go([groups], tokenizer)
    trainer.swap_average()
    after = validation.measure(network.eval())
    if after["sentence"] < before["sentence"]:
        return Tuned(before, after, len(kept), None)
    sha256 = export_weights(network, out)
    shutil.copyfile((start or SHIPPED) / TOKENIZER, out / TOKENIZER)
    # The probabilities were fitted to other weights: they are no longer shown as confidences.
    tuned = replace(manifest, version=f"{manifest.version}-tuned", weights=sha256, calibrated=False)
    write_manifest(out, tuned)
    return Tuned(before, after, len(kept), tuned.name)


def _validation(tokenizer: Any, questions: Sequence[GoldQuestion]) -> Validation:
    maker = GoldGroups(questions, 0)
    groups = [maker.make(i, 0) for i in range(len(maker))]
    return Validation(tokenizer, groups, ["hard"] * len(groups))


def _batches(groups: GoldGroups, tokenizer: Any, budget: int) -> int:
    made = encode_groups(tokenizer, [groups.make(i, 0) for i in range(len(groups))])
    return len(split_by_size(made, budget))
