"""Keep model libraries from writing progress bars and warnings over the program's own output."""

from __future__ import annotations

import importlib
import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LOADING = threading.RLock()
"""Held while a model library is imported and a model is built. transformers imports its parts when
they are first named: two threads at it at once can find a module half made (ImportError)."""


@contextmanager
def quiet() -> Iterator[None]:
    """Silence transformers and sentence-transformers while they load; errors are still raised."""
    loggers = [logging.getLogger(name) for name in ("transformers", "sentence_transformers")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        progress: Any = importlib.import_module("transformers.utils.logging")
        had_bars = progress.is_progress_bar_enabled()
        progress.disable_progress_bar()
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
            if had_bars:
                progress.enable_progress_bar()
