"""Counting an embedder's tokens in another process: its tokenizer alone, no model library."""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@runtime_checkable
class Counts(Protocol):
    """An embedder whose token count can be taken along to another process."""

    def counter(self) -> Callable[[str], int] | None:
        """``Embedder.count`` as a function that can be pickled, or None."""
        ...


@dataclass(frozen=True, slots=True)
class TokenizerCounter:
    """Tokens of the prompt and a text, special tokens included. file: the tokenizer as JSON."""

    file: Path
    prompt: str = ""

    def __call__(self, text: str, /) -> int:
        """Tokens of ``text`` with the prompt in front, special tokens included."""
        return len(tokenizer_of(self.file).encode(self.prompt + text).ids)


@cache
def tokenizer_of(file: Path) -> Tokenizer:
    """The tokenizer of a file, read once in a process; it neither cuts nor pads."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def written(tokenizer: str) -> Path:
    """A file that holds the tokenizer for as long as this process lives."""
    file = _folder() / f"{hashlib.sha256(tokenizer.encode()).hexdigest()[:16]}.json"
    if not file.exists():
        file.write_text(tokenizer, "utf-8")
    return file


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="chapter-verse-tokenizer-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
