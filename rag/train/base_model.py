"""The encoder that training starts from: all-MiniLM-L6-v2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rag.embed.files import find_model
from rag.errors import ModelError


def base_folder() -> Path:
    """The folder of the base model, its digest checked. ModelError when it is not installed."""
    return find_model().folder


def load_tokenizer(path: Path) -> Any:
    """A ``tokenizers.Tokenizer`` that neither cuts nor pads. ModelError names a missing file."""
    from tokenizers import Tokenizer

    if not path.is_file():
        raise ModelError(f"{path}: the tokenizer is missing")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def base_network(seed: int) -> Any:
    """A network with the base encoder's weights and heads drawn from ``seed``."""
    import torch
    from safetensors.torch import load_file

    from rag.reader.network import build_network

    path = base_folder() / "model.safetensors"
    torch.manual_seed(seed)
    network: Any = build_network()
    encoder = network["encoder"]
    weights = {k.removeprefix("bert."): v for k, v in load_file(path).items()}
    wanted = set(encoder.state_dict())
    missing = wanted - set(weights)
    if missing:
        raise ModelError(f"{path}: no weights for {sorted(missing)}")
    encoder.load_state_dict({name: weights[name] for name in wanted})
    return network
