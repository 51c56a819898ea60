"""Plain and compressed text files, read the same way; errors name the file."""

from __future__ import annotations

import gzip
import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rag.errors import GoldError


def text_of(path: Path) -> str:
    """The whole text of a UTF-8 file, ``.xz`` and ``.gz`` unpacked. Raises GoldError."""
    try:
        raw = path.read_bytes()
        if path.suffix == ".xz":
            raw = lzma.decompress(raw)
        elif path.suffix == ".gz":
            raw = gzip.decompress(raw)
        return raw.decode("utf-8-sig")
    except (OSError, EOFError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise GoldError(f"{path}: cannot be read ({error})") from error


def find(folder: Path, name: str) -> Path | None:
    """``name`` in ``folder``, plain or compressed; None when absent."""
    for suffix in ("", ".xz", ".gz"):
        path = folder / (name + suffix)
        if path.is_file():
            return path
    return None


def objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, object) of a JSON-lines file. Raises GoldError with the line."""
    for number, line in enumerate(text_of(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise GoldError(f"{path.name}:{number}: not JSON ({error})") from error
        if not isinstance(entry, dict):
            raise GoldError(f"{path.name}:{number}: a row must be a JSON object")
        yield number, entry


def source_id(name: str) -> str:
    """A file name for a document's own name: reversible, safe on every file system."""
    safe = quote(name, safe=" ,;()'!+=@")
    if safe.startswith("."):
        safe = "%2E" + safe[1:]
    if len(safe) > 200:
        raise GoldError(f"the document name {name[:60]!r}... is too long for a file name")
    return f"{safe}.txt"
