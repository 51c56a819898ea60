"""Libraries for question sets that bring their own texts, built once and kept by digest."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import GoldError, UsageError
from rag.evaluate.gold import GoldSet
from rag.progress import Report, silent
from rag.types import digest

if TYPE_CHECKING:
    from rag.library import Library
    from rag.protocols import Embedder

VARIABLE = "RAG_EVALUATION_CACHE"


def cache_folder() -> Path:
    """Where libraries and readings of evaluations are kept: ``$RAG_EVALUATION_CACHE``, else the
    user's cache folder.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "chapter-verse" / "evaluation"


def throwaway_library(
    gold: GoldSet,
    *,
    at: Path | None = None,
    embedder: Embedder | None = None,
    progress: Report = silent,
) -> tuple[Library, float | None]:
    """The library of a set's documents, and how many seconds it took to build (None: it was there).

    at: a folder of its own; None keeps it in the cache under a digest of texts and embedder.
    Raises GoldError when a document does not come out of its file as it went in.
    """
    from rag.embed import load_embedder
    from rag.library import Library

    model = embedder or load_embedder()
    texts = "\n".join(f"{d.id}\t{digest(d.text)}" for d in gold.documents)
    home = at or cache_folder() / "libraries" / f"{gold.name}-{digest(texts + model.name)[:16]}"
    files = home / "documents"
    fresh = not Library.exists(home / "library")
    _write(gold, files)
    began = time.perf_counter()
    library = Library.build(files, at=home / "library", embedder=model, progress=progress)
    seconds = time.perf_counter() - began
    try:
        _check(gold, library)
    except GoldError:
        library.close()
        raise
    return library, round(seconds, 2) if fresh else None


def _write(gold: GoldSet, files: Path) -> None:
    files.mkdir(parents=True, exist_ok=True)
    wanted = {document.id for document in gold.documents}
    strange = sorted(f.name for f in files.iterdir() if f.name not in wanted)
    if strange:
        raise UsageError(f"{files} holds other files ({strange[0]}); name an empty folder with -i")
    for document in gold.documents:
        path = files / document.id
        raw = document.text.encode("utf-8")
        # Unchanged files keep their date, so that indexing need not read them again.
        if not path.exists() or path.read_bytes() != raw:
            path.write_bytes(raw)


def _check(gold: GoldSet, library: Library) -> None:
    held = {i: r.sha256 for r in library.sources() for i in (r.id, *r.aliases)}
    for document in gold.documents:
        if held.get(document.id) != digest(document.text):
            unread = {u.id: u.reason for u in library.unreadable()}
            reason = unread.get(document.id, "it was read differently from how it was written")
            raise GoldError(f"{gold.name}: the document {document.id!r} is lost: {reason}")
