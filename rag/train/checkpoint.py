"""Training state on disk: one safetensors file, replaced atomically, no pickle.

Holds the trained parameters, their average, and AdamW's moments, with step, position and settings
in the header. The frozen word embeddings are not in it: they come from the base model.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import ModelError
from rag.train.batches import Position

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Progress:
    """Where training stands. tokens: read so far, padding included. seconds: spent training."""

    step: int = 0
    position: Position = field(default_factory=Position)
    tokens: int = 0
    questions: int = 0
    seconds: float = 0.0


def save_checkpoint(
    path: Path, tensors: Mapping[str, Tensor], progress: Progress, settings: Mapping[str, Any]
) -> None:
    """Write beside ``path``, flush to disk, then rename over it."""
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    header = {"progress": json.dumps(asdict(progress)), "settings": json.dumps(dict(settings))}
    save_file({name: t.detach().contiguous() for name, t in tensors.items()}, part, header)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)


def mirror(path: Path, folder: Path) -> None:
    """Copy a finished checkpoint to a second folder, atomically as well."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / (path.name + ".part")
    shutil.copyfile(path, part)
    part.replace(folder / path.name)


def load_checkpoint(path: Path) -> tuple[dict[str, Tensor], Progress, dict[str, Any]]:
    """Tensors, progress and settings; ModelError names the file when it cannot be read."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata()
            names = file.keys()
            tensors = {name: file.get_tensor(name) for name in names}
        stored = json.loads(header["progress"])
        stored["position"] = Position(**stored["position"])
        return tensors, Progress(**stored), json.loads(header["settings"])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path}: not a training checkpoint ({error})") from error
