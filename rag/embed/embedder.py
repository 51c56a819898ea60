"""The embedder: any sentence-transformers model that is on this machine.

One of the shape of the shipped model is computed without that library (``packed``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.embed.bert import has_bfloat16, use_all_cores
from rag.embed.counting import TokenizerCounter, written
from rag.embed.files import ModelFiles, find_model
from rag.embed.hashed import PREFIX, HashEmbedder
from rag.embed.packed import PackedEmbedder, fits
from rag.errors import ModelError, UsageError
from rag.protocols import Embedder, Matrix, Vector

PAD_TO = 64  # tokens: bf16 kernels are tuned anew for every length they meet
SHORT = 32  # tokens: most questions fit, in half the time
BATCH = 32


def load_embedder(name: str | None = None) -> Embedder:
    """The embedder ``name``: a folder, a model in the local cache, ``hashed-words-DIM``, or None.

    None is all-MiniLM-L6-v2, whose weights must be the official ones. The files are found and
    their digest taken now, the model is loaded when first used. Raises ModelError.
    """
    if name is not None and name.startswith(PREFIX) and name.removeprefix(PREFIX).isdecimal():
        return HashEmbedder(int(name.removeprefix(PREFIX)))
    files = find_model(name)
    return PackedEmbedder(files) if fits(files.folder) else SentenceEmbedder(files)


class SentenceEmbedder:
    """A sentence-transformers model as an ``Embedder`` (see ``protocols``). Safe between threads.

    Loaded when first used. The encoder computes in bfloat16 where the processor has instructions
    for it (no part of the identity: the vectors agree to about three digits), pooling in float32.
    """

    def __init__(self, files: ModelFiles) -> None:
        self._files = files
        self._loaded: Any = None
        self._lock = threading.RLock()

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
        model = self._model
        size = getattr(model, "get_embedding_dimension", None)
        return int(size() if size is not None else model.get_sentence_embedding_dimension())

    @property
    def window(self) -> int:
        """Tokens that are read, special tokens included."""
        return int(self._model.max_seq_length)

    def count(self, text: str, /) -> int:
        """Tokens of ``text`` as a passage in the model's own tokenizer, special tokens included."""
        return self._lengths([self._prompt("document", "passage", "corpus") + text])[0]

    def counter(self) -> Callable[[str], int] | None:
        """``count`` for another process, without the model; None when its tokenizer has no file."""
        backend = getattr(self._model.tokenizer, "backend_tokenizer", None)
        if backend is None:
            return None
        prompt = self._prompt("document", "passage", "corpus")
        return TokenizerCounter(written(backend.to_str()), prompt)

    def embed_passages(self, texts: Sequence[str], /) -> Matrix:
        """(n, dim) float32 unit rows. ValueError when a text exceeds the window: nothing is cut."""
        prompt = self._prompt("document", "passage", "corpus")
        prompted = [prompt + text for text in texts]
        lengths = self._lengths(prompted)
        for text, length in zip(texts, lengths, strict=True):
            if length > self.window:
                raise ValueError(
                    f"a passage has {length} tokens and the embedder {self.name} reads "
                    f"{self.window}: {text[:60]!r}..."
                )
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        order = np.argsort(lengths, kind="stable")[::-1]  # equal lengths together: little padding
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            vectors[rows] = self._embed([prompted[i] for i in rows])
        return vectors

    def embed_query(self, text: str, /) -> Vector:
        """(dim,) float32, unit length. UsageError for a question longer than the window."""
        vector: Vector = self.embed_queries([text])[0]
        return vector

    def embed_queries(self, texts: Sequence[str], /) -> Matrix:
        """(n, dim): many questions at once. UsageError for one longer than the window."""
        prompt = self._prompt("query")
        prompted = [prompt + text for text in texts]
        lengths = self._lengths(prompted)
        longest = max(lengths, default=0)
        if longest > self.window:
            raise UsageError(
                f"the question has {longest} tokens and the embedder reads {self.window}; ask a "
                "shorter question"
            )
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        order = np.argsort(lengths, kind="stable")
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            vectors[rows] = self._embed([prompted[i] for i in rows])
        return vectors

    @property
    def _model(self) -> Any:
        with self._lock:
            if self._loaded is None:
                self._loaded = load(self._files)
            return self._loaded

    def _prompt(self, *names: str) -> str:
        """The words a model wants in front of a text of this kind; most want none."""
        prompts = self._model.prompts or {}
        default = prompts.get(self._model.default_prompt_name or "", "")
        return str(next((prompts[name] for name in names if prompts.get(name)), default))

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens included."""
        if not texts:
            return []
        with self._lock:  # a tokenizer that pads or cuts is changed by every call
            ids = self._model.tokenizer(
                list(texts),
                padding=False,
                truncation=False,
                return_attention_mask=False,
                verbose=False,
            )["input_ids"]
        return [len(row) for row in ids]

    def _embed(self, texts: Sequence[str]) -> Matrix:
        """(n, dim) float32 unit rows of one batch, none of it longer than the window."""
        import torch

        model = self._model
        with self._lock:
            features: dict[str, Any] = dict(
                model.tokenizer(
                    list(texts), padding=True, truncation=False, return_tensors="pt", verbose=False
                )
            )
        features = _padded(features, self.window, model.tokenizer.pad_token_id or 0)
        with torch.inference_mode():
            for module in model:
                features = module(features)
                for key in ("token_embeddings", "sentence_embedding"):
                    if key in features:
                        features[key] = features[key].float()
            vectors = torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)
        result: Matrix = vectors.numpy()
        return result


def _padded(features: dict[str, Any], window: int, pad: int) -> dict[str, Any]:
    """Features padded to SHORT or a multiple of PAD_TO tokens, at most to the window."""
    from torch.nn.functional import pad as pad_tensor

    length = features["input_ids"].shape[1]
    target = SHORT if length <= SHORT else -(-length // PAD_TO) * PAD_TO
    more = min(target, max(window, length)) - length
    return {
        key: pad_tensor(value, (0, more), value=pad if key == "input_ids" else 0)
        for key, value in features.items()
    }


def load(files: ModelFiles) -> Any:
    """Load a model from its folder alone. ModelError when it cannot be."""
    from rag.embed.quiet import LOADING, quiet

    with LOADING, quiet():
        from safetensors import SafetensorError
        from sentence_transformers import SentenceTransformer

        try:
            model = SentenceTransformer(
                str(files.folder), device="cpu", local_files_only=True, trust_remote_code=False
            )
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            RuntimeError,
            ImportError,
            SafetensorError,
        ) as error:
            raise ModelError(
                f"{files.folder}: cannot be loaded as a sentence-transformers model ({error}); "
                "install it again or name another"
            ) from error
    use_all_cores()
    if has_bfloat16():
        model[0].bfloat16()
    model.eval()
    return model
