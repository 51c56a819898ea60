"""Which root of a library a path is: known by what is in it, wherever it lies now.

A root keeps its label when its folder is moved or renamed. A folder inside a known one is a part of
it; a folder around known ones takes them over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import UsageError
from rag.extract import FoundFile
from rag.protocols import RootState, SourceRecord
from rag.store.places import Places
from rag.types import digest

SHARE = 0.5  # of a root's sources must be found in a folder that is to be the same root, moved
SAMPLE = 5  # files whose bytes are compared to be sure


@dataclass(frozen=True, slots=True)
class Root:
    """A root as it is to be synced.

    label: under which its sources are kept. path: where it lies now. within: the part that was
    named, as an id relative to ``path`` ("" for all). inner: labels of roots inside it, which it
    takes over.
    """

    label: str
    path: Path
    within: str = ""
    inner: tuple[str, ...] = ()

    def holds(self, id: str) -> bool:
        """Whether a file or source with this id belongs to the part that was named."""
        name = f"{self.path.name}/"  # before an id that another root had taken
        return not self.within or any(
            i == self.within or i.startswith(f"{self.within}/") for i in (id, id.removeprefix(name))
        )


def root_label(path: Path) -> str:
    """Name a root without storing where it lies: its base name and a short digest of its path."""
    absolute = path.resolve()
    return f"{absolute.name or 'root'}-{digest(str(absolute))[:8]}"


def root_of(
    path: Path,
    files: Sequence[FoundFile],
    runs: Iterable[RootState],
    records: Sequence[SourceRecord],
    places: Places,
) -> Root:
    """The root that ``path`` is, with ``files`` in it. A new one gets a label no other has."""
    path = path.resolve()
    labels = {run.label for run in runs} | {r.root for r in records}
    known = {label: place.resolve() for label, place in places.roots.items() if label in labels}
    inner = tuple(k for k, place in known.items() if path in place.parents and path.is_dir())
    for label, place in known.items():
        if place == path:
            return Root(label, path, inner=inner)
    for label, place in known.items():
        if place in path.parents and place.is_dir():
            return Root(label, place, path.relative_to(place).as_posix())
    own = root_label(path)
    if own in labels and own not in known:
        return Root(own, path, inner=inner)
    lost = [label for label in labels if label not in known or not known[label].exists()]
    for label in sorted(lost):
        if _same(files, [r for r in records if r.root == label]):
            return Root(label, path, inner=inner)
    number = 1
    while own in labels:
        own, number = f"{root_label(path)}{number}", number + 1
    return Root(own, path, inner=inner)


def _same(files: Sequence[FoundFile], records: Sequence[SourceRecord]) -> bool:
    """Whether most sources of a root are among these files: by name and size, some by bytes."""
    from rag.extract import file_sha256

    by_id = {file.id: file for file in files}
    alike = [
        (by_id[record.id], record)
        for record in records
        if record.id in by_id and by_id[record.id].size == record.size
    ]
    if not alike or len(alike) < SHARE * len(records):
        return False
    try:
        return all(file_sha256(f.path) == r.file_sha256 for f, r in alike[:SAMPLE])
    except OSError:
        return False


def named(label: str, runs: Iterable[RootState]) -> str:
    """The label of the root that a person names by its label or its folder's name.

    Raises UsageError when there is none of that name, or several.
    """
    runs = tuple(runs)
    wanted = [r.label for r in runs if label == r.label] or [
        r.label for r in runs if label == r.name
    ]
    if len(wanted) != 1:
        names = ", ".join(r.label for r in runs) or "none"
        what = "several roots are" if wanted else "no root is"
        raise UsageError(f"{what} called {label!r}; the roots of this library are: {names}")
    return wanted[0]
