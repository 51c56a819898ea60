"""The last run over each root: how far it came, and what a question should be told of it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rag.protocols import RootState
from rag.store.records import damage_told

ROOT_COLUMNS = "label, name, files, done, missing, finished, whole, skipped"


def values_of(state: RootState) -> tuple[object, ...]:
    """A row, in the order of ROOT_COLUMNS."""
    skipped = json.dumps(state.skipped, ensure_ascii=False)
    flags = int(state.finished), int(state.whole)
    return state.label, state.name, state.files, state.done, state.missing, *flags, skipped


def root_from(row: Sequence[object]) -> RootState:
    """A RootState from a row of ROOT_COLUMNS. LibraryError when the row is damaged."""
    label, name, files, done, missing, finished, whole, skipped = row
    with damage_told():
        return RootState(
            str(label),
            str(name),
            int(str(files)),
            int(str(done)),
            int(str(missing)),
            bool(finished),
            bool(whole),
            tuple(str(id) for id in json.loads(str(skipped))),
        )


def shortcomings(run: RootState, gone: int | None) -> tuple[str, ...]:
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
