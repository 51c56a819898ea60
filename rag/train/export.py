"""A training checkpoint to a reader that can be loaded: weights, tokenizer and manifest."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.reader.manifest import (
    TOKENIZER,
    Manifest,
    export_weights,
    load_reader_parts,
    write_manifest,
)
from rag.reader.scoring import Combination
from rag.train.base_model import base_folder, base_network
from rag.train.checkpoint import load_checkpoint
from rag.types import digest

if TYPE_CHECKING:
    from torch import Tensor


def checkpoint_network(
    checkpoint: Path, part: str = "average", averages: Sequence[Path] = ()
) -> Any:
    """The network of a checkpoint: ``part`` is "average" (the running mean) or "model".

    averages: checkpoints whose running means are averaged in, or folders of readers, each with the
    same weight ("model soups", Wortsman et al. 2022); all of them trained from one another.
    """
    tensors, _, settings = load_checkpoint(checkpoint)
    network = base_network(int(settings["recipe"]["seed"]))
    parts = [_part(tensors, part)]
    parts += [
        load_reader_parts(path)[1].state_dict()
        if path.is_dir()
        else _part(load_checkpoint(path)[0], "average")
        for path in averages
    ]
    mean = {name: sum(p[name] for p in parts) / len(parts) for name in parts[0]}
    network.load_state_dict({**network.state_dict(), **mean})
    return network


def _part(tensors: Mapping[str, Tensor], part: str) -> dict[str, Tensor]:
    prefix = f"{part}/"
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}


def export_checkpoint(
    checkpoint: Path,
    folder: Path,
    version: str,
    part: str = "model",
    averages: Sequence[Path] = (),
) -> str:
    """Write the reader of a checkpoint to ``folder``, uncalibrated; its name comes back."""
    sha256 = export_weights(checkpoint_network(checkpoint, part, averages), folder)
    shutil.copyfile(base_folder() / TOKENIZER, folder / TOKENIZER)
    manifest = Manifest(
        version=version,
        weights=sha256,
        tokenizer=digest((folder / TOKENIZER).read_bytes()),
        combination=Combination(),
        threshold=0.5,
        calibrated=False,
    )
    write_manifest(folder, manifest)
    return manifest.name
