"""Read files and folders into a library, folders with all that is in them.

Run it again to bring the library up to date: new files are added, changed ones read again, and what
is gone is removed. Passages that did not change are never embedded twice.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.commands.console import progress_bars, say
from rag.commands.options import add_library
from rag.errors import PruneRefused
from rag.extract import suffixes
from rag.extract.workers import Limits
from rag.store.locate import library_path

if TYPE_CHECKING:
    from rag.library import Library
    from rag.progress import Report
    from rag.settings import Settings
    from rag.store.sync import SyncReport

MOST_NAMED = 20  # skipped files by name; a folder of photographs would bury the report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = f"formats: {' '.join(suffixes())}"
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file or a folder")
    add_library(parser)
    parser.add_argument("--prune", action="store_true", help="remove what is gone, however much")
    parser.add_argument("--rebuild", action="store_true", help="read every file again")
    parser.add_argument(
        "--checksum", action="store_true", help="compare bytes, not only sizes and dates"
    )
    parser.add_argument(
        "--follow-links", action="store_true", help="follow links that lead out of the folder"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be done, and do nothing"
    )
    parser.add_argument(
        "--watch", action="store_true", help="then follow the folders until it is interrupted"
    )
    parser.add_argument("--encoding", help="of text files that are not UTF-8")
    parser.add_argument(
        "--model", metavar="NAME", help="another sentence-transformers model, by name or path"
    )
    parser.add_argument(
        "--passage-tokens", type=int, metavar="N", help="target size of a passage in tokens"
    )
    _add_limits(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress, errors only")


def _add_limits(parser: argparse.ArgumentParser) -> None:
    limits = parser.add_argument_group("what reading one file may take (docs/limits.md)")
    usual = Limits()
    for option, name, what in (
        ("--file-seconds", "seconds", "processor time, and more for large files"),
        ("--file-memory", "memory_mb", "megabytes, and more for large files"),
        ("--file-characters", "characters", "characters of text that come out"),
        ("--file-passages", "passages", "passages that come out"),
    ):
        default = getattr(usual, name)
        limits.add_argument(
            option,
            dest=name,
            type=_positive,
            default=default,
            metavar="N",
            help=f"{what} ({default:,})",
        )


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Index, then tell what was done; a file that cannot be read is named and not fatal."""
    path = library_path(args.library)
    if args.dry_run:
        return _dry_run(args, path)
    try:
        with progress_bars(quiet=args.quiet) as report:
            library = _build(args, path, report)
    except PruneRefused as error:
        for done in error.reports:
            tell(done, quiet=args.quiet)
        raise
    with library:
        for done in library.reports:
            tell(done, quiet=args.quiet)
        counts = library.searched()
        for sentence in counts.unfinished:
            say(f"{path}: {sentence}")
        if not args.quiet:
            say(f"{path} holds {counts.sources} sources, {counts.passages} passages.")
        if args.watch:
            _watch(args, path, library)
    return 0


def _dry_run(args: argparse.Namespace, path: Path) -> int:
    from rag.library import Library

    reports = Library.preview(
        args.paths,
        at=path,
        prune=args.prune,
        rebuild=args.rebuild,
        checksum=args.checksum,
        encoding=args.encoding,
        follow_links=args.follow_links,
    )
    for report in reports:
        for verb, ids in (
            ("read", report.added),
            ("read again", report.changed),
            ("remove", report.removed),
            ("keep, though it is gone,", report.missing),
        ):
            for id in ids:
                say(f"would {verb} {id}")
        for before, now in report.renamed:
            say(f"would rename {before} to {now}")
        say(f"{report.unchanged} unchanged; nothing was done (--dry-run)")
    return 0


def _watch(args: argparse.Namespace, path: Path, library: Library) -> None:
    from rag.commands.watching import follow

    def sync(root: Path) -> SyncReport:
        return library.sync(
            root,
            prune=args.prune,
            checksum=args.checksum,
            encoding=args.encoding,
            follow_links=args.follow_links,
            limits=_limits(args),
        )

    follow(args.paths, path, sync, lambda report: tell(report, quiet=args.quiet))


def _limits(args: argparse.Namespace) -> Limits:
    return Limits(
        seconds=args.seconds,
        memory_mb=args.memory_mb,
        characters=args.characters,
        passages=args.passages,
    )


def _build(args: argparse.Namespace, path: Path, report: Report) -> Library:
    from rag.embed import load_embedder
    from rag.library import Library

    return Library.build(
        args.paths,
        at=path,
        embedder=load_embedder(args.model) if args.model else None,
        settings=_settings(path, args.passage_tokens),
        prune=args.prune,
        rebuild=args.rebuild,
        checksum=args.checksum,
        encoding=args.encoding,
        follow_links=args.follow_links,
        limits=_limits(args),
        progress=report,
    )


def _settings(path: Path, tokens: int | None) -> Settings | None:
    """The library's settings with another size of passages; None to leave them as they are."""
    from rag.library import Library
    from rag.settings import Settings

    if tokens is None:
        return None
    if not Library.exists(path):
        return Settings(passage_tokens=tokens)
    with Library.open(path) as library:
        return replace(library.settings, passage_tokens=tokens)


def tell(report: SyncReport, *, quiet: bool) -> None:
    """Write what one root's run did to stderr: every problem by name, then the counts."""
    for item in report.unreadable:
        say(f"could not read {item.id}: {item.reason}")
    if quiet:
        return
    for before, now in report.renamed:
        say(f"{before} is {now} now")
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
        f"{len(report.renamed)} renamed, {len(report.removed)} removed, "
        f"{report.unchanged} unchanged, "
        f"{len(report.aliases)} duplicates, {len(report.unreadable)} unreadable, "
        f"{len(report.ignored)} ignored, {len(report.skipped)} of other formats; "
        f"{report.embedded} of {report.passages} passages embedded."
    )
