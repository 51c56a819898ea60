"""Tell what a library holds, where its sources lie, and what it was made with."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from rag.commands.console import emit
from rag.commands.options import add_library
from rag.render.citation import visible
from rag.store.locate import FILE, library_path

if TYPE_CHECKING:
    from rag.library import Library


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_library(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    """Print it."""
    from rag.library import Library

    with Library.open(library_path(args.library)) as library:
        facts = _facts(library)
    if args.format == "json":
        emit(json.dumps(facts, ensure_ascii=False, indent=2) + "\n")
        return 0
    for name, value in facts.items():
        for line in value if isinstance(value, list) else [value]:
            emit(visible(f"{name}: {line}", keep="") + "\n")
    return 0


def _facts(library: Library) -> dict[str, str | int | list[str]]:
    from rag.store.places import Places
    from rag.store.schema import SCHEMA_VERSION

    store, searched = library.store, library.searched()
    places = Places.of(library.path)
    counts: dict[str, int] = {}
    for record in library.sources():
        counts[record.root] = counts.get(record.root, 0) + 1
    roots = [
        f"{run.name} ({counts.get(run.label, 0)} sources), "
        + (str(places.roots[run.label]) if run.label in places.roots else "place not known")
        for run in store.roots()
    ]
    return {
        "library": str(library.path),
        "format": SCHEMA_VERSION,
        "megabytes": round((library.path / FILE).stat().st_size / 1e6),
        "sources": searched.sources,
        "passages": searched.passages,
        "unreadable": len(searched.unreadable),
        "skipped": sum(item.files for item in searched.skipped),
        "root": roots,
        "not complete": list(searched.unfinished),
        "embedder": store.embedder,
        "sentence rules": store.segmenter,
        "changes": store.generation,
        **{f"setting {name}": value for name, value in library.settings.pairs()},
    }
