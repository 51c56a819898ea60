"""Read files and folders into a library, folders with all that is in them.

Run it again to bring the library up to date: new files are added, changed ones read again, and what
is gone is removed. Passages that did not change are never embedded twice.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rag.commands.console import progress_bars, say
from rag.commands.options import add_library
from rag.extract import suffixes
from rag.store.locate import library_path

if TYPE_CHECKING:
    from rag.store.sync import SyncReport

MOST_NAMED = 20  # skipped files by name; a folder of photographs would bury the report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = f"formats: {' '.join(suffixes())}"
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file or a folder")
    add_library(parser)
    parser.add_argument(
        "--prune", action="store_true", help="remove even when more than a fifth is gone"
    )
    parser.add_argument("--encoding", help="of text files that are not UTF-8")
    parser.add_argument(
        "--model", metavar="NAME", help="another sentence-transformers model, by name or path"
    )
    parser.add_argument(
        "--passage-tokens", type=int, metavar="N", help="target size of a passage in tokens"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress, errors only")


def run(args: argparse.Namespace) -> int:
    """Index, then tell what was done; a file that cannot be read is named and not fatal."""
    from rag.embed import load_embedder
    from rag.library import Library
    from rag.settings import Settings

    path = library_path(args.library)
    settings = Settings(passage_tokens=args.passage_tokens) if args.passage_tokens else None
    with progress_bars(quiet=args.quiet) as report:
        library = Library.build(
            args.paths,
            at=path,
            embedder=load_embedder(args.model) if args.model else None,
            settings=settings,
            prune=args.prune,
            encoding=args.encoding,
            progress=report,
        )
    with library:
        for done in library.reports:
            tell(done, quiet=args.quiet)
        if not args.quiet:
            counts = library.searched()
            say(f"{path} holds {counts.sources} sources, {counts.passages} passages.")
    return 0


def tell(report: SyncReport, *, quiet: bool) -> None:
    """Write what one root's run did to stderr: every problem by name, then the counts."""
    for item in report.unreadable:
        say(f"could not read {item.id}: {item.reason}")
    if quiet:
        return
    for source, note in report.notes:
        say(f"note on {source}: {note}")
    for alias, source in report.aliases:
        say(f"{alias} holds the same bytes as {source}: indexed once")
    for name in report.ignored:
        say(f"ignored {name}")
    for name in report.skipped[:MOST_NAMED]:
        say(f"skipped {name}: a format that is not read")
    more = len(report.skipped) - MOST_NAMED
    if more > 0:
        say(f"skipped {more} more files of formats that are not read; `rag sources --skipped`")
    say(
        f"{len(report.added)} added, {len(report.changed)} read again, "
        f"{len(report.removed)} removed, {report.unchanged} unchanged, "
        f"{len(report.aliases)} duplicates, {len(report.unreadable)} unreadable, "
        f"{len(report.ignored)} ignored, {len(report.skipped)} of other formats; "
        f"{report.embedded} of {report.passages} passages embedded."
    )
