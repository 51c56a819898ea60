"""BERT with mean pooling, the shape of the shipped embedder, without a model library.

sentence-transformers takes seconds to import and pads every row; this computes the same vectors
from the same files (``tests/contract`` compares the two).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rag.embed.bert import Architecture, build_encoder, has_bfloat16, use_all_cores
from rag.embed.counting import TokenizerCounter, tokenizer_of
from rag.embed.files import ModelFiles
from rag.embed.quiet import LOADING
from rag.errors import ModelError, UsageError
from rag.protocols import Matrix, Vector

BATCH_TOKENS = 4096  # padded tokens of one pass
_MODULES = ("Transformer", "Pooling", "Normalize")


def fits(folder: Path) -> bool:
    """Whether the model of a folder is BERT, mean pooling and normalisation, and nothing else."""
    try:
        modules = [m["type"].rpartition(".")[2] for m in _read(folder / "modules.json")]
        pooling = _read(folder / "1_Pooling" / "config.json")
        settings = folder / "config_sentence_transformers.json"
        prompts = _read(settings).get("prompts") if settings.is_file() else None
        Architecture.read(folder / "config.json")
        _window(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    modes = {n for n, on in pooling.items() if n.startswith("pooling_mode") and on is True}
    return (
        tuple(modules) in (_MODULES, _MODULES[:2])
        and modes == {"pooling_mode_mean_tokens"}
        and pooling.get("include_prompt", True) is True
        and not any((prompts or {}).values())
        and (folder / "tokenizer.json").is_file()
        and (folder / "model.safetensors").is_file()
    )


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _window(folder: Path) -> int:
    """Tokens that the model reads, special tokens included."""
    return int(_read(folder / "sentence_bert_config.json")["max_seq_length"])


class PackedEmbedder:
    """An ``Embedder`` (see ``protocols``) for a folder that ``fits``. Safe between threads.

    Tokens are counted without torch; the network is loaded when a text is first embedded. It
    computes in bfloat16 where the processor has instructions for it (no part of the identity: the
    vectors agree to about three digits), pooling in float32.
    """

    def __init__(self, files: ModelFiles) -> None:
        self._files = files
        self._architecture = Architecture.read(files.folder / "config.json")
        self._lock = threading.RLock()
        self._network: Any = None

    @property
    def name(self) -> str:
        """The model's name with the digest of its weights."""
        return self._files.name

    @property
    def folder(self) -> Path | None:
        """The folder it was named by; None for a model that is found by its name."""
        return self._files.named_folder

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._architecture.hidden_size

    @cached_property
    def window(self) -> int:
        """Tokens that are read, special tokens included."""
        return _window(self._files.folder)

    def count(self, text: str, /) -> int:
        """Tokens of ``text`` in the model's own tokenizer, special tokens included."""
        return len(self._tokenizer.encode(text).ids)

    def counter(self) -> TokenizerCounter:
        """``count`` for another process."""
        return TokenizerCounter(self._files.folder / "tokenizer.json")

    def embed_passages(self, texts: Sequence[str], /) -> Matrix:
        """(n, dim) float32 unit rows. ValueError when a text exceeds the window: nothing is cut."""
        ids = self._ids(texts)
        for text, row in zip(texts, ids, strict=True):
            if len(row) > self.window:
                raise ValueError(
                    f"a passage has {len(row)} tokens and the embedder {self.name} reads "
                    f"{self.window}: {text[:60]!r}..."
                )
        return self._vectors(ids)

    def embed_query(self, text: str, /) -> Vector:
        """(dim,) float32, unit length. UsageError for a question longer than the window."""
        vector: Vector = self.embed_queries([text])[0]
        return vector

    def embed_queries(self, texts: Sequence[str], /) -> Matrix:
        """(n, dim): many questions at once. UsageError for one longer than the window."""
        ids = self._ids(texts)
        longest = max(map(len, ids), default=0)
        if longest > self.window:
            raise UsageError(
                f"the question has {longest} tokens and the embedder reads {self.window}; ask a "
                "shorter question"
            )
        return self._vectors(ids)

    @cached_property
    def _tokenizer(self) -> Any:
        return tokenizer_of(self._files.folder / "tokenizer.json")

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]

    def _vectors(self, ids: Sequence[Sequence[int]]) -> Matrix:
        """(n, dim) of token rows: the longest first, in batches of about equal lengths."""
        vectors = np.empty((len(ids), self.dim), dtype=np.float32)
        order = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
        start = 0
        while start < len(order):
            rows = order[start : start + max(1, BATCH_TOKENS // len(ids[order[start]]))]
            vectors[rows] = self._embed([ids[i] for i in rows])
            start += len(rows)
        return vectors

    def _embed(self, ids: Sequence[Sequence[int]]) -> Matrix:
        """(n, dim) float32 unit rows of one batch, the longest row first."""
        import torch

        tokens = torch.zeros((len(ids), len(ids[0])), dtype=torch.int64)
        attention = torch.zeros(tokens.shape, dtype=torch.bool)
        for index, row in enumerate(ids):
            tokens[index, : len(row)] = torch.tensor(row, dtype=torch.int64)
            attention[index, : len(row)] = True
        with torch.inference_mode():
            states = self._loaded()(tokens, torch.zeros_like(tokens), attention).float()
            weight = attention.unsqueeze(-1).float()
            mean = (states * weight).sum(1) / weight.sum(1)
            result: Matrix = torch.nn.functional.normalize(mean, dim=-1).numpy()
        return result

    def _loaded(self) -> Any:
        """The network, loaded when first asked for. ModelError when its weights cannot be read."""
        if self._network is None:
            with LOADING, self._lock:
                if self._network is None:
                    self._network = load_encoder(self._files.folder, self._architecture)
        return self._network


def load_encoder(folder: Path, architecture: Architecture) -> Any:
    """The encoder of a folder, ready for reading. ModelError names a file that does not fit."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = folder / "model.safetensors"
    encoder: Any = build_encoder(architecture)
    try:
        weights = {name.removeprefix("bert."): t for name, t in load_file(path).items()}
        encoder.load_state_dict({name: weights[name] for name in encoder.state_dict()})
    except (OSError, SafetensorError, RuntimeError, KeyError) as error:
        raise ModelError(
            f"{path}: cannot be loaded as a BERT encoder ({error}); install the model again or "
            "name another"
        ) from error
    use_all_cores()
    if has_bfloat16():
        encoder.bfloat16()
    encoder.eval()
    encoder.fuse()
    return encoder
