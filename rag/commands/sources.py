"""List the sources of a library, or print one source's text as exact UTF-8, nothing appended."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from rag.commands.console import emit, say
from rag.commands.options import add_format, add_library, open_library
from rag.render.citation import visible
from rag.store.root_state import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.protocols import SourceRecord
    from rag.types import Unreadable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_library(parser)
    add_format(parser)
    parser.add_argument("--text", metavar="ID", help="print this source's text and nothing else")
    parser.add_argument(
        "--skipped", action="store_true", help="list the files of formats that are not read"
    )
    parser.add_argument(
        "--remove", action="append", metavar="ID", help="take a source out of the library"
    )
    parser.add_argument(
        "--remove-root", metavar="NAME", help="take out all sources of a folder that was indexed"
    )


def run(args: argparse.Namespace) -> int:
    """List, print a text, or remove."""
    with open_library(args) as library:
        if args.text is not None:
            emit(library.source(args.text).text)
            return 0
        if args.skipped:
            emit(_listed(library.skipped(), args.format))
            return 0
        if args.remove:
            library.remove(args.remove)
            say(f"removed {', '.join(args.remove)}")
        if args.remove_root is not None:
            gone = library.remove_root(args.remove_root)
            say(f"removed {counted(len(gone), 'source')} of {args.remove_root}")
        for sentence in library.searched().unfinished:
            say(f"{library.path}: {sentence}")
        records, unreadable = library.sources(), library.unreadable()
    emit(_rendered(records, unreadable, args.format))
    return 0


def _listed(ids: Sequence[str], form: str) -> str:
    if form == "json":
        return json.dumps({"skipped": list(ids)}, ensure_ascii=False, indent=2) + "\n"
    if form == "jsonl":
        return "".join(json.dumps({"id": id}, ensure_ascii=False) + "\n" for id in ids)
    return "".join(f"{visible(id, keep='')}\n" for id in ids)


def _rendered(records: Sequence[SourceRecord], unreadable: Sequence[Unreadable], form: str) -> str:
    rows = [asdict(record) for record in records]
    if form == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if form == "json":
        bad = [asdict(item) for item in unreadable]
        whole = {"sources": rows, "unreadable": bad}
        return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
    named = (visible(f"✗ {u.id}: {u.reason}", keep="") + "\n" for u in unreadable)
    return "".join([*map(_paragraph, records), *named])


def _paragraph(record: SourceRecord) -> str:
    pages = f", {record.pages} pages" if record.pages else ""
    lines = [f"{record.id}", f"    {record.title}: {record.passages} passages{pages}"]
    lines += [f"    also {alias}" for alias in record.aliases]
    lines += [f"    {note}" for note in record.notes]
    return "".join(visible(line, keep="") + "\n" for line in lines)
