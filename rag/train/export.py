"""A training checkpoint to a reader that can be loaded: weights, tokenizer and manifest."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from rag.models.reader_scoring import Combination
from rag.models.reader_weights import (
    TOKENIZER,
    Manifest,
    export_weights,
    write_manifest,
)
from rag.train.base_model import base_folder, base_network
from rag.train.checkpoint import load_checkpoint
from rag.types import digest


def checkpoint_network(checkpoint: Path, part: str = "average") -> Any:
    """The network of a checkpoint: ``part`` is "average" (the running mean) or "model"."""
    tensors, _, settings = load_checkpoint(checkpoint)
    network = base_network(int(settings["recipe"]["seed"]))
    prefix = f"{part}/"
    found = {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
    network.load_state_dict({**network.state_dict(), **found})
    return network


def export_checkpoint(checkpoint: Path, folder: Path, version: str, part: str = "model") -> str:
    """Write the reader of a checkpoint to ``folder``, uncalibrated; its name comes back."""
    sha256 = export_weights(checkpoint_network(checkpoint, part), folder)
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
