"""The training loop of the reader: warm up, stay, and on demand decay to a model that can ship.

The learning rate is constant after the warm-up ("warmup-stable-decay", Hu et al. 2024), because
the length of training is not known in advance: any checkpoint of the stable phase can be resumed,
and a short decay from any of them gives a finished model.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rag import progress as told
from rag.progress import Report, silent
from rag.train.batches import Batch, GroupSource, Position, batches_from
from rag.train.checkpoint import Progress, mirror, save_checkpoint
from rag.train.trainer import Recipe, Trainer

LOG_EVERY = 20  # steps
CHECKPOINT, BEST, CURVE = "checkpoint.safetensors", "best.safetensors", "curve.jsonl"
WATCHED = (
    "f1",
    "sentence",
    "auroc_removed",
    "auroc_altered",
    "auroc_written",
)  # their sum decides what is best

Figures = dict[str, float]
Validate = Callable[[Any], Figures]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, and where to.

    folder: checkpoints and learning curve; mirror: a second one. decay_steps: 0 for the stable
    phase; else the learning rate falls linearly to zero over so many steps and training ends.
    stop_after: seconds; stop_step: a step; None for no end. anneal: the last fraction of
    ``stop_after`` in which the learning rate falls linearly to zero, 0 for none. patience:
    validations without a gain after which training ends, None to go on.
    """

    folder: Path
    mirror: Path | None = None
    checkpoint_seconds: float = 240.0
    validate_seconds: float = 1200.0
    decay_steps: int = 0
    stop_after: float | None = None
    anneal: float = 0.0
    stop_step: int | None = None
    patience: int | None = None


def rate_scale(step: int, recipe: Recipe, decay_from: int, decay_steps: int) -> float:
    """Fraction of the peak learning rate at a step (0-based)."""
    warm = min(1.0, (step + 1) / recipe.warmup)
    if not decay_steps:
        return warm
    return warm * max(0.0, 1 - (step - decay_from) / decay_steps)


class Run:
    """One run of the loop over a trainer; ``go`` trains until the plan says stop.

    stopping: asked after each step; True ends the run with a checkpoint and no last validation.
    """

    def __init__(
        self,
        trainer: Trainer,
        plan: Plan,
        validate: Validate | None = None,
        settings: Mapping[str, Any] | None = None,
        report: Report = silent,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._trainer, self._plan, self._validate, self._report = trainer, plan, validate, report
        self._stopping = stopping
        self._settings = {"recipe": asdict(trainer.recipe), **(settings or {})}
        self._first = trainer.progress
        self._begun = self._saved = self._validated = time.monotonic()
        self._sums: dict[str, float] = {}
        self._scale = 0.0
        self._best, self._worse = float("-inf"), 0
        self._last_step = (
            self._first.step + plan.decay_steps if plan.decay_steps else plan.stop_step
        )
        plan.folder.mkdir(parents=True, exist_ok=True)

    def go(self, sources: Sequence[GroupSource], tokenizer: Any) -> Progress:
        """Train on the groups of the sources, from the trainer's position on."""
        recipe = self._trainer.recipe
        start = self._first.position
        if self._done():
            return self._trainer.progress
        for batch, position in batches_from(sources, tokenizer, recipe.tokens, recipe.seed, start):
            self._step(batch, position)
            done = self._done()
            due = self._due(self._plan.validate_seconds) or (done and not self._stopping())
            if self._validate is not None and due:
                self._measure(self._validate)
                done = done or self._out_of_patience()
            if done or time.monotonic() - self._saved > self._plan.checkpoint_seconds:
                self._checkpoint(CHECKPOINT)
            if done:
                break
        return self._trainer.progress

    def _step(self, batch: Batch, position: Position) -> None:
        trainer, plan = self._trainer, self._plan
        before = trainer.progress
        scale = rate_scale(before.step, trainer.recipe, self._first.step, plan.decay_steps)
        scale *= self._time_left_scale()
        self._scale = scale
        parts = trainer.step(batch, scale)
        trainer.progress = replace(
            before,
            step=before.step + 1,
            position=position,
            tokens=before.tokens + batch.size,
            questions=before.questions + len(batch.group),
            seconds=self._first.seconds + time.monotonic() - self._begun,
        )
        for name, value in parts.items():
            self._sums[name] = self._sums.get(name, 0.0) + value / LOG_EVERY
        detail = " ".join(f"{name} {value:.2f}" for name, value in parts.items())
        step = trainer.progress.step
        self._report(told.Progress("training", step, self._last_step, "steps", detail))
        if step % LOG_EVERY == 0:
            self._log(self._sums)
            self._sums = {}

    def _measure(self, validate: Validate) -> None:
        """Log the figures of the parameters and of their average, and keep the best average."""
        figures = {"current": validate(self._trainer.network)}
        self._trainer.swap_average()
        figures["average"] = validate(self._trainer.network)
        self._trainer.swap_average()
        self._log({"validation": figures})
        self._validated = time.monotonic()
        score = sum(figures["average"].get(name, 0.0) for name in WATCHED)
        self._worse = 0 if score > self._best else self._worse + 1
        if score > self._best:
            self._best = score
            self._checkpoint(BEST)

    def _checkpoint(self, name: str) -> None:
        path = self._plan.folder / name
        save_checkpoint(path, self._trainer.tensors(), self._trainer.progress, self._settings)
        if self._plan.mirror is not None:
            mirror(path, self._plan.mirror)
            mirror(self._plan.folder / CURVE, self._plan.mirror)
        if name == CHECKPOINT:
            self._saved = time.monotonic()

    def _time_left_scale(self) -> float:
        """1 until the annealing part of the time begins, then down to 0 at its end."""
        plan = self._plan
        if plan.stop_after is None or not plan.anneal:
            return 1.0
        left = 1 - (time.monotonic() - self._begun) / plan.stop_after
        return min(1.0, max(0.0, left / plan.anneal))

    def _due(self, seconds: float) -> bool:
        return time.monotonic() - self._validated > seconds

    def _done(self) -> bool:
        if self._stopping():
            return True
        after = self._plan.stop_after
        if after is not None and time.monotonic() - self._begun > after:
            return True
        return self._last_step is not None and self._trainer.progress.step >= self._last_step

    def _out_of_patience(self) -> bool:
        return self._plan.patience is not None and self._worse >= self._plan.patience

    def _log(self, entry: Mapping[str, Any]) -> None:
        progress = self._trainer.progress
        line = {
            "step": progress.step,
            "epoch": progress.position.epoch,
            "questions": progress.questions,
            "tokens": progress.tokens,
            "seconds": round(progress.seconds, 1),
            "rate": round(self._scale, 4),
            **entry,
        }
        with (self._plan.folder / CURVE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
