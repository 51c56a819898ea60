"""The exceptions of the project.

RagError
├── UsageError            a wrong argument or setting (exit code 2 of the command)
│   └── MissingExtra      a part that is not installed; the message says how to install it
├── UnreadableSource      one file cannot be read; the rest goes on
├── LibraryError          a library on disk is missing, damaged, locked or of another embedder
│   └── PruneRefused      a sync found most sources gone, and kept them
├── ModelError            weights missing or altered, a model that cannot be loaded
├── VerificationError     a quote does not equal its slice; it is withheld
└── GoldError             a gold set or a run that does not fit (file and line in the message)

Every message says what, where and what to do. None of these ever looks like an abstention.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any


class RagError(Exception):
    """Base of every error raised on purpose by this package."""


class UsageError(RagError):
    """A wrong argument or setting."""


class MissingExtra(UsageError):
    """A part of the package that was not installed with it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} is not installed: pip install 'chapter-verse[{extra}]'")
        self.extra = extra


class UnreadableSource(RagError):
    """A file that cannot become a source; ``id`` names it and ``reason`` says why."""

    def __init__(self, id: str, reason: str) -> None:
        super().__init__(f"{id}: {reason}")
        self.id = id
        self.reason = reason


class LibraryError(RagError):
    """A library that is missing, damaged, locked, or was built with another embedder."""


class PruneRefused(LibraryError):
    """So many sources were gone that they were kept; everything else was done.

    reports: what was done, per root (``store.sync.SyncReport``).
    """

    def __init__(self, message: str, reports: tuple[Any, ...] = ()) -> None:
        super().__init__(message)
        self.reports = reports


class ModelError(RagError):
    """Weights that are missing or altered, or a model that cannot be loaded."""


class VerificationError(RagError):
    """A quote that does not equal its slice of the source."""


class GoldError(RagError):
    """A gold set or a run that cannot be used as given."""


def require(module: str, what: str, extra: str) -> None:
    """Raise MissingExtra unless ``module``, which the extra brings, can be imported.

    what: the part of the package that needs it, as a person would name it.
    """
    if find_spec(module) is None:
        raise MissingExtra(what, extra)
