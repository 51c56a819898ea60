"""Which library a question is put to, when none was named."""

from __future__ import annotations

import os
from pathlib import Path

from rag.errors import LibraryError
from rag.store.database import has_tables

VARIABLE = "RAG_LIBRARY"
DEFAULT = Path("index") / "default"
FILE = "library.db"


def library_path(given: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder named by the argument, else by ``$RAG_LIBRARY``, else ``index/default``."""
    if given is not None and str(given):
        return Path(given)
    return Path(os.environ.get(VARIABLE) or DEFAULT)


def shipped_corpus(path: Path) -> Path | None:
    """Return the sample sources of the checkout one works in, if ``path`` is its default."""
    here = Path.cwd()
    is_checkout = (here / "corpus").is_dir() and (here / "rag" / "types.py").is_file()
    return here / "corpus" if is_checkout and path == DEFAULT else None


def exists(path: Path) -> bool:
    """Whether a library was begun in the folder ``path``; a file without a table is none."""
    return has_tables(path / FILE)


def require_library(path: Path) -> None:
    """Raise LibraryError, naming ``rag index``, when no library is at ``path``."""
    if not exists(path):
        raise LibraryError(
            f"no library at {path}: build one with `rag index FOLDER -i {path}`, "
            f"or name another with -i or ${VARIABLE}"
        )
