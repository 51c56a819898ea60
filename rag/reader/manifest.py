"""A reader on disk: ``reader.json``, ``reader.safetensors`` (fp16) and ``tokenizer.json``.

The manifest holds the digests of the other two; both are checked before anything is loaded. No
file is a pickle.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.embed.bert import MINILM, Architecture
from rag.errors import ModelError
from rag.protocols import Confidence
from rag.reader.encoding import BERT, Layout
from rag.reader.scoring import FEATURES, Combination
from rag.types import digest

SHIPPED = Path(__file__).with_name("weights")
MANIFEST, WEIGHTS, TOKENIZER = "reader.json", "reader.safetensors", "tokenizer.json"
FORMAT = 3


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``reader.json`` says.

    weights, tokenizer: sha256 of the files. threshold: probability below which the best reading of
    a given passage is no answer. calibrated: whether the probabilities were fitted. version: of the
    reader. architecture, layout: of its backbone. confidence: see ``rag.protocols.Confidence``.
    """

    version: str
    weights: str
    tokenizer: str
    combination: Combination
    threshold: float
    calibrated: bool
    architecture: Architecture = MINILM
    layout: Layout = BERT
    confidence: Confidence | None = None

    @property
    def name(self) -> str:
        """Version with the start of a digest over all that a reading depends on."""
        fitted = self.confidence and asdict(self.confidence)
        parts = [self.weights, self.tokenizer, asdict(self.combination), fitted]
        return f"{self.version}@{digest(json.dumps(parts))[:12]}"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a reader's folder; ModelError names the file when it cannot be used."""
    path = folder / MANIFEST
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.pop("format") != FORMAT:
            raise ModelError(f"{path}: of another format than {FORMAT}; export the reader again")
        combination = data.pop("combination")
        weights = tuple(float(w) for w in combination.pop("weights"))
        if len(weights) != len(FEATURES):
            raise ValueError(f"combination needs {len(FEATURES)} weights")
        confidence = data.pop("confidence")
        if confidence is not None:
            pairs = tuple((name, float(w)) for name, w in confidence.pop("weights").items())
            confidence = Confidence(weights=pairs, **confidence)
        return Manifest(
            combination=Combination(weights=weights, **combination),
            architecture=Architecture(**data.pop("architecture")),
            layout=Layout(**data.pop("layout")),
            confidence=confidence,
            **data,
        )
    except FileNotFoundError as error:
        raise ModelError(
            f"{path}: the reader is missing; install the package again or train one "
            f"with 'rag train reader'"
        ) from error
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path}: not a reader's manifest ({error})") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``reader.json``."""
    data = {"format": FORMAT, **asdict(manifest)}
    if manifest.confidence is not None:
        data["confidence"]["weights"] = dict(manifest.confidence.weights)
    (folder / MANIFEST).write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def checked_file(folder: Path, name: str, expected: str) -> Path:
    """The path of a file whose sha256 is as expected, else ModelError naming it."""
    path = folder / name
    try:
        found = digest(path.read_bytes())
    except OSError as error:
        raise ModelError(f"{path}: the reader's file is missing ({error.strerror})") from error
    if found != expected:
        raise ModelError(
            f"{path}: altered or damaged (sha256 {found[:12]}…, {expected[:12]}… expected); "
            f"install the package again"
        )
    return path


def load_reader_parts(folder: Path) -> tuple[Manifest, Any, Any]:
    """(manifest, network in evaluation mode, tokenizer), digests checked."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    from rag.reader.network import build_network

    manifest = read_manifest(folder)
    weights = checked_file(folder, WEIGHTS, manifest.weights)
    tokenizer = Tokenizer.from_file(str(checked_file(folder, TOKENIZER, manifest.tokenizer)))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    network = build_network(manifest.architecture)
    try:
        network.load_state_dict({name: t.float() for name, t in load_file(weights).items()})
    except (SafetensorError, RuntimeError) as error:
        raise ModelError(f"{weights}: does not fit the network ({error})") from error
    return manifest, network.eval(), tokenizer


def export_weights(network: Any, folder: Path) -> str:
    """Write the network's parameters as fp16 safetensors; their sha256 comes back."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = {k: v.detach().to(torch.float16).contiguous() for k, v in network.state_dict().items()}
    path = folder / WEIGHTS
    part = path.with_name(path.name + ".part")
    save_file(state, part)
    part.replace(path)
    return digest(path.read_bytes())
