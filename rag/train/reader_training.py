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
from typing import TYPE_CHECKING, Any

from rag.errors import ModelError
from rag.train.batches import batches_from
from rag.train.checkpoint import Progress, load_checkpoint, mirror, save_checkpoint
from rag.train.examples import GroupMaker
from rag.train.reader_loss import total_loss

if TYPE_CHECKING:
    from torch import Tensor

LOG_EVERY = 20  # steps
FROZEN = "encoder.embeddings.word_embeddings.weight"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What determines the run, together with the data. tokens: budget of a batch."""

    seed: int = 20261121
    tokens: int = 4096
    body_rate: float = 1e-4
    head_rate: float = 5e-4
    warmup: int = 200
    weight_decay: float = 0.01
    average: float = 0.998
    clip: float = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and where to. decay_steps: 0 for the stable phase; else the learning rate falls
    linearly to zero over so many steps and training ends. stop_after: seconds, None for no end."""

    folder: Path
    mirror: Path | None = None
    checkpoint_seconds: float = 240.0
    validate_seconds: float = 1200.0
    decay_steps: int = 0
    stop_after: float | None = None
    stop_step: int | None = None


class Trainer:
    """Network, optimizer and average, with exact save and restore."""

    def __init__(self, network: Any, recipe: Recipe) -> None:
        import torch

        self.network, self.recipe, self.progress = network, recipe, Progress()
        network.train()
        self._named: dict[str, Tensor] = {}
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(name != FROZEN)
            if name != FROZEN:
                self._named[name] = parameter
        body = [p for n, p in self._named.items() if n.startswith("encoder.")]
        heads = [p for n, p in self._named.items() if not n.startswith("encoder.")]
        self._optimizer = torch.optim.AdamW(
            [{"params": body, "peak": recipe.body_rate}, {"params": heads, "peak": recipe.head_rate}],
            lr=recipe.body_rate,
            weight_decay=recipe.weight_decay,
            betas=(0.9, 0.98),
            fused=True,
        )
        self._average = {name: p.detach().clone() for name, p in self._named.items()}

    def step(self, batch: Any, scale: float) -> dict[str, float]:
        """One update at ``scale`` times the peak learning rates."""
        import torch

        for group in self._optimizer.param_groups:
            group["lr"] = group["peak"] * scale
        total, parts = total_loss(self.network, batch)
        total.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(list(self._named.values()), self.recipe.clip)
        if not bool(torch.isfinite(norm)):
            raise ModelError(f"the gradient is not finite at step {self.progress.step}")
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        weight = 1 - min(self.recipe.average, (1 + self.progress.step) / (10 + self.progress.step))
        torch._foreach_lerp_(
            list(self._average.values()), [p.detach() for p in self._named.values()], weight
        )
        return parts

    def tensors(self) -> dict[str, Tensor]:
        """Everything that a resumed run needs, by name."""
        found = {f"model/{name}": p for name, p in self._named.items()}
        found |= {f"average/{name}": t for name, t in self._average.items()}
        for name, parameter in self._named.items():
            state = self._optimizer.state.get(parameter, {})
            found |= {f"adam/{key}/{name}": value for key, value in state.items()}
        return found

    def restore(self, tensors: Mapping[str, Tensor], progress: Progress) -> None:
        """The state that ``tensors()`` gave."""
        import torch

        with torch.no_grad():
            for name, parameter in self._named.items():
                parameter.copy_(tensors[f"model/{name}"])
                self._average[name].copy_(tensors[f"average/{name}"])
                keys = ("step", "exp_avg", "exp_avg_sq")
                self._optimizer.state[parameter] = {
                    key: tensors[f"adam/{key}/{name}"].clone() for key in keys
                }
        self.progress = progress

    def swap_average(self) -> None:
        """Exchange the parameters with their running average (call again to go back)."""
        import torch

        with torch.no_grad():
            for name, parameter in self._named.items():
                kept = parameter.detach().clone()
                parameter.copy_(self._average[name])
                self._average[name].copy_(kept)


def rate_scale(step: int, recipe: Recipe, decay_from: int, decay_steps: int) -> float:
    """Fraction of the peak learning rate at a step (0-based)."""
    warm = min(1.0, (step + 1) / recipe.warmup)
    if not decay_steps:
        return warm
    return warm * max(0.0, 1 - (step - decay_from) / decay_steps)


def train(
    trainer: Trainer,
    makers: Sequence[GroupMaker],
    tokenizer: Any,
    plan: Plan,
    validate: Callable[[Any], dict[str, float]] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Progress:
    """Train until the plan says stop; checkpoints and a JSONL learning curve go to its folder."""
    from tqdm import tqdm

    recipe, begun = trainer.recipe, time.monotonic()
    first = trainer.progress
    stored = {"recipe": asdict(recipe), **(settings or {})}
    path, curve = plan.folder / "checkpoint.safetensors", plan.folder / "curve.jsonl"
    plan.folder.mkdir(parents=True, exist_ok=True)
    last_step = first.step + plan.decay_steps if plan.decay_steps else plan.stop_step
    saved = validated = time.monotonic()
    sums: dict[str, float] = {}
    bar = tqdm(total=last_step, initial=first.step, unit="step", mininterval=10)

    def checkpoint() -> None:
        save_checkpoint(path, trainer.tensors(), trainer.progress, stored)
        if plan.mirror is not None:
            mirror(path, plan.mirror)
            mirror(curve, plan.mirror)

    stream = batches_from(makers, tokenizer, recipe.tokens, recipe.seed, first.position)
    for batch, position in stream:
        step = trainer.progress.step
        parts = trainer.step(batch, rate_scale(step, recipe, first.step, plan.decay_steps))
        now = time.monotonic()
        trainer.progress = replace(
            trainer.progress,
            step=step + 1,
            position=position,
            tokens=trainer.progress.tokens + batch.size,
            questions=trainer.progress.questions + len(batch.group),
            seconds=first.seconds + now - begun,
        )
        bar.update()
        for name, value in parts.items():
            sums[name] = sums.get(name, 0.0) + value / LOG_EVERY
        if (step + 1) % LOG_EVERY == 0:
            _append(curve, {**_summary(trainer.progress), **sums})
            sums = {}
        done = trainer.progress.step == last_step
        done = done or (plan.stop_after is not None and now - begun > plan.stop_after)
        if validate is not None and (done or now - validated > plan.validate_seconds):
            figures = _validate(trainer, validate)
            _append(curve, {**_summary(trainer.progress), "validation": figures})
            validated = time.monotonic()
        if done or now - saved > plan.checkpoint_seconds:
            checkpoint()
            saved = time.monotonic()
        if done:
            break
    bar.close()
    return trainer.progress


def _validate(
    trainer: Trainer, validate: Callable[[Any], dict[str, float]]
) -> dict[str, dict[str, float]]:
    """Figures of the parameters as they are and of their average."""
    figures = {"current": validate(trainer.network)}
    trainer.swap_average()
    figures["average"] = validate(trainer.network)
    trainer.swap_average()
    return figures


def _summary(progress: Progress) -> dict[str, Any]:
    return {
        "step": progress.step,
        "epoch": progress.position.epoch,
        "questions": progress.questions,
        "tokens": progress.tokens,
        "seconds": round(progress.seconds, 1),
    }


def _append(path: Path, entry: Mapping[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def resume(trainer: Trainer, path: Path) -> dict[str, Any]:
    """Restore a checkpoint into the trainer; its settings come back. ModelError when unreadable or
    when it was made with another recipe."""
    tensors, progress, settings = load_checkpoint(path)
    if settings["recipe"] != asdict(trainer.recipe):
        raise ModelError(f"{path}: made with another recipe: {settings['recipe']}")
    trainer.restore(tensors, progress)
    return settings
