"""What the commands that evaluate share: which reader is meant."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.library import Library


def add_reader(parser: argparse.ArgumentParser) -> None:
    """Add --reader."""
    parser.add_argument(
        "--reader",
        choices=("default", "fallback"),
        default="default",
        help="fallback: word overlap and similarity, no trained reader",
    )


def with_reader(library: Library, reader: str) -> Library:
    """The library, read by its own reader (``default``) or by the ``fallback``."""
    if reader == "default":
        return library
    from rag.library import Library
    from rag.reader import FallbackReader

    return Library(
        library.store,
        library.path,
        embedder=library.embedder,
        reader=FallbackReader(library.embedder),
        settings=library.settings,
    )
