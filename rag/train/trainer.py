"""One update of the reader's network, with exact save and restore."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import ModelError
from rag.train.checkpoint import Progress, load_checkpoint
from rag.train.reader_loss import total_loss

if TYPE_CHECKING:
    from torch import Tensor

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
            [
                {"params": body, "peak": recipe.body_rate},
                {"params": heads, "peak": recipe.head_rate},
            ],
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
        total.backward()
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


def resume(trainer: Trainer, path: Path) -> dict[str, Any]:
    """Restore a checkpoint into the trainer; its settings come back. ModelError when unreadable or
    when it was made with another recipe.
    """
    tensors, progress, settings = load_checkpoint(path)
    if settings["recipe"] != asdict(trainer.recipe):
        raise ModelError(f"{path}: made with another recipe: {settings['recipe']}")
    trainer.restore(tensors, progress)
    return settings
