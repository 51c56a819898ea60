"""The last run over each root: how far it came, and what a question should be told of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from rag.store.records import damage_told

RUN_COLUMNS = "label, name, files, done, missing, finished, whole, skipped"


@dataclass(frozen=True, slots=True)
class Run:
    """A run over a root. label: of the root in the library; name: of its folder, for people.

    files: how many there were to look at; done: how many were dealt with. missing: sources whose
    files were gone and which were kept. finished: whether the run came to its end; whole: whether
    one ever did. skipped: ids of files of formats that are not read.
    """

    label: str
    name: str
    files: int
    done: int = 0
    missing: int = 0
    finished: bool = False
    whole: bool = False
    skipped: tuple[str, ...] = ()

    def values(self) -> tuple[object, ...]:
        """A row, in the order of RUN_COLUMNS."""
        skipped = json.dumps(self.skipped, ensure_ascii=False)
        flags = int(self.finished), int(self.whole)
        return self.label, self.name, self.files, self.done, self.missing, *flags, skipped


def run_from(row: Sequence[object]) -> Run:
    """A Run from a row of RUN_COLUMNS. LibraryError when the row is damaged."""
    label, name, files, done, missing, finished, whole, skipped = row
    with damage_told():
        return Run(
            str(label),
            str(name),
            int(str(files)),
            int(str(done)),
            int(str(missing)),
            bool(finished),
            bool(whole),
            tuple(str(id) for id in json.loads(str(skipped))),
        )


def shortcomings(run: Run, gone: int | None) -> tuple[str, ...]:
    """What a reader of an answer should know of a root. gone: sources of a root that is not there.

    None: the root is where it was, or where it was is not known.
    """
    found = []
    if not run.finished:
        found.append(f"indexing was not finished: {run.done:,} of {run.files:,} files")
    if gone is not None:
        found.append(
            f"{run.name}, where {counted(gone, 'source')} came from, is gone; what is quoted from "
            "there may be out of date"
        )
    elif run.missing:
        verb = "was" if run.missing == 1 else "were"
        found.append(
            f"{counted(run.missing, 'source')} {verb} no longer in {run.name} when it was last "
            "indexed, and may be out of date"
        )
    return tuple(found)


def counted(number: int, noun: str) -> str:
    """A number and its noun: "1 source", "1,200 sources"."""
    return f"{number:,} {noun}" + "s" * (number != 1)
