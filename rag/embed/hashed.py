"""A stand-in embedder that needs no weights: words hashed into a vector."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence

import numpy as np

from rag.errors import UsageError
from rag.protocols import Matrix, Vector

PREFIX = "hashed-words-"
_WORD = re.compile(r"\w+")


def count_words(text: str) -> int:
    """Words of a text and two."""
    return len(_WORD.findall(text)) + 2


class HashEmbedder:
    """Bags of hashed words, the hashing trick of Weinberger et al. (2009). Deterministic.

    A token is a word (two special tokens are counted, as a model's tokenizer would). Texts that
    share words are similar; nothing else is known of meaning. For tests and for trying things.
    """

    def __init__(self, dim: int = 256, *, window: int = 256) -> None:
        if dim < 1 or window < 3:
            raise UsageError(f"dim is at least 1 and window at least 3, not {dim} and {window}")
        self.dim = dim
        self.window = window
        self.name = f"{PREFIX}{dim}"

    def count(self, text: str, /) -> int:
        """Words and two."""
        return count_words(text)

    def counter(self) -> Callable[[str], int]:
        """``count`` for another process."""
        return count_words

    def embed_passages(self, texts: Sequence[str], /) -> Matrix:
        """(n, dim) float32 unit rows. ValueError for a text longer than the window."""
        for text in texts:
            if self.count(text) > self.window:
                raise ValueError(
                    f"a passage has {self.count(text)} tokens and the embedder reads {self.window}"
                )
        rows = [self._embed(text) for text in texts]
        return np.stack(rows) if rows else np.empty((0, self.dim), dtype=np.float32)

    def embed_query(self, text: str, /) -> Vector:
        """(dim,) float32, unit length. UsageError for a question longer than the window."""
        if self.count(text) > self.window:
            raise UsageError(
                f"the question has {self.count(text)} tokens and the embedder reads "
                f"{self.window}; ask a shorter question"
            )
        return self._embed(text)

    def _embed(self, text: str) -> Vector:
        vector = np.zeros(self.dim, dtype=np.float32)
        for word in _WORD.findall(text.casefold()):
            raw = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            value = int.from_bytes(raw, "little")
            vector[(value >> 1) % self.dim] += 1.0 if value & 1 else -1.0
        norm = float(np.linalg.norm(vector))
        if norm == 0.0:  # no word, or words that cancel out: a direction of its own
            vector[0], norm = 1.0, 1.0
        return vector / np.float32(norm)
