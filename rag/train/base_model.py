"""The encoder that training starts from: a BERT that is on this machine, else the embedder's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rag.embed.bert import Architecture
from rag.embed.files import find_model
from rag.errors import ModelError


def base_folder(base: str | None = None) -> Path:
    """The folder of the base model: a folder, a model in the local cache, or None for the shipped
    embedder, its digest checked. ModelError when it is not on this machine.
    """
    return find_model(base).folder


def base_architecture(base: str | None = None) -> Architecture:
    """The sizes of the base model. ModelError when it is no BERT encoder."""
    try:
        return Architecture.read(base_folder(base) / "config.json")
    except (OSError, ValueError) as error:
        raise ModelError(f"{base}: cannot be trained as a reader ({error})") from error


def load_tokenizer(path: Path) -> Any:
    """A ``tokenizers.Tokenizer`` that neither cuts nor pads. ModelError names a missing file."""
    from tokenizers import Tokenizer

    if not path.is_file():
        raise ModelError(f"{path}: the tokenizer is missing")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def base_network(seed: int, base: str | None = None) -> Any:
    """A network with the base encoder's weights and heads drawn from ``seed``."""
    import torch
    from safetensors.torch import load_file

    from rag.reader.network import build_network

    path = base_folder(base) / "model.safetensors"
    torch.manual_seed(seed)
    network: Any = build_network(base_architecture(base))
    encoder = network["encoder"]
    weights = {k.removeprefix("bert."): v for k, v in load_file(path).items()}
    wanted = set(encoder.state_dict())
    missing = wanted - set(weights)
    if missing:
        raise ModelError(f"{path}: no weights for {sorted(missing)}")
    encoder.load_state_dict({name: weights[name] for name in wanted})
    return network
