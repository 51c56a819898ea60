"""Check a library: every text, passage, vector and word against each other, and against the files.

--repair makes words and counts anew from the texts, without a model, and takes out sources whose
texts are damaged; what needs the model is made by the next `rag index`. Exit code 1 when something
does not agree.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from rag.commands.console import emit, say
from rag.commands.options import add_library
from rag.render.citation import visible
from rag.store.locate import library_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.store.doctor import Finding


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_library(parser)
    parser.add_argument("--repair", action="store_true", help="repair what can be repaired")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    """Examine, repair if asked to, and list what was found."""
    from rag.library import Library

    path = library_path(args.library)
    with Library.open(path) as library:
        if args.repair:
            for done in library.repair():
                say(f"{_line(done)}")
        found = library.examine()
    emit(_rendered(found, args.format))
    if not found:
        say(f"{path} agrees with itself and with its files")
    return 1 if found else 0


def _rendered(found: Sequence[Finding], form: str) -> str:
    if form == "json":
        return json.dumps([asdict(f) for f in found], ensure_ascii=False, indent=2) + "\n"
    return "".join(visible(_line(finding), keep="") + "\n" for finding in found)


def _line(finding: Finding) -> str:
    subject = f"{finding.subject}: " if finding.subject else ""
    return f"{finding.part}: {subject}{finding.what}"
