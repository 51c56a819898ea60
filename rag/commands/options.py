"""Options and steps that several subcommands share."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rag.store.locate import VARIABLE, library_path, shipped_corpus

if TYPE_CHECKING:
    from rag.library import Library

FORMATS = ("text", "json", "jsonl")
FALLBACK = "fallback"  # the reader without training


def add_library(parser: argparse.ArgumentParser) -> None:
    """Add -i: which library."""
    parser.add_argument(
        "-i",
        "--library",
        metavar="FOLDER",
        help=f"the library's folder (default: ${VARIABLE}, else index/default)",
    )


def add_format(parser: argparse.ArgumentParser, extra: tuple[str, ...] = ()) -> None:
    """Add --format."""
    parser.add_argument(
        "--format", choices=(*FORMATS, *extra), default="text", help="form of the output"
    )


def add_reader(parser: argparse.ArgumentParser) -> None:
    """Add --reader: another reader than the shipped one."""
    parser.add_argument(
        "--reader",
        metavar="NAME",
        help="another reader: a folder, a model in the local cache (docs/readers.md), or fallback: "
        "shared words and similarity, no trained reader",
    )


def add_filter(parser: argparse.ArgumentParser) -> None:
    """Add --source, --after, --before and --author: search some sources only."""
    for name, what in (("after", "dated then or later"), ("before", "dated then or earlier")):
        parser.add_argument(
            f"--{name}",
            metavar="DATE",
            help=f"search sources {what}: a day, month or year (2024-03)",
        )
    parser.add_argument("--author", metavar="NAME", help="search sources by this author only")
    parser.add_argument(
        "--source",
        action="append",
        metavar="ID",
        help="search this source only (may be given several times; `rag sources` lists ids)",
    )


def chosen_sources(library: Library, args: argparse.Namespace) -> tuple[str, ...] | None:
    """The sources that the filters leave, None for all. Raises UsageError when none fits."""
    return library.matching(args.source, args.after, args.before, args.author)


def open_library(args: argparse.Namespace) -> Library:
    """Open the library named by -i; in a checkout, build the default one from corpus/ first."""
    library = open_or_build(library_path(args.library))
    return with_reader(library, getattr(args, "reader", None))


def with_reader(library: Library, name: str | None) -> Library:
    """The library, read by the reader ``name``; None is its own. Raises ModelError."""
    if name is None:
        return library
    from rag.library import Library
    from rag.reader import FallbackReader, load_reader

    return Library(
        library.store,
        library.path,
        embedder=library.embedder,
        reader=FallbackReader(library.embedder) if name == FALLBACK else load_reader(name),
        settings=library.settings,
    )


def open_or_build(path: Path) -> Library:
    """Open the library at ``path``; in a checkout, build the default one from corpus/ first.

    Raises LibraryError, naming ``rag index``, when there is none and nothing to build it from.
    """
    from rag.commands.console import progress_bars, say
    from rag.library import Library

    corpus = shipped_corpus(path)
    if corpus is None or Library.exists(path):
        return Library.open(path)
    say(f"building {path} from {corpus.name}/ (once)")
    with progress_bars() as report:
        return Library.build(corpus, at=path, progress=report)


def reading_file(path: str) -> Path:
    """Argument type: a file that exists."""
    file = Path(path)
    if not file.is_file():
        raise argparse.ArgumentTypeError(f"{path}: no such file")
    return file
