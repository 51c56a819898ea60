"""Copy a library into one file, consistently, also while it is being read or written.

To use the copy, put it into a folder of its own under the name library.db.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rag.commands.console import say
from rag.commands.options import add_library
from rag.store.locate import library_path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the copy; it must not exist yet")
    add_library(parser)


def run(args: argparse.Namespace) -> int:
    """Write the copy."""
    from rag.library import Library

    with Library.open(library_path(args.library)) as library:
        library.backup(args.file)
    say(f"copied to {args.file}")
    return 0
