"""What a run over a root has to do, worked out before anything is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from rag.extract import FoundFile
from rag.extract.formats import format_of
from rag.progress import Progress, Report
from rag.protocols import SourceRecord
from rag.segment import segmenter
from rag.types import Unreadable

PRUNE_SHARE = 0.2
PRUNE_LEAST = 2  # so many sources may always go, as long as others of the root are there


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked of a run.

    prune: remove what is gone, however much it is. rebuild: read everything again. checksum:
    compare bytes also where size and date are the same. encoding: see ``read_file``. target: size
    of a passage in tokens.
    """

    target: int
    prune: bool = False
    rebuild: bool = False
    checksum: bool = False
    encoding: str | None = None

    @property
    def tiling(self) -> str:
        """What cuts a text into passages now: the sentence rules and the target size."""
        return f"{segmenter().name}, {self.target} tokens"


@dataclass(slots=True)
class Plan:
    """reading: files to read. touched: same bytes, other date. renamed: (id before, file now).
    aliases: source id -> ids of the files with the same bytes. present: ids of sources whose files
    are there. removed: sources to take out; missing: gone, but so many that they are kept.
    """

    reading: list[FoundFile] = field(default_factory=list)
    touched: list[FoundFile] = field(default_factory=list)
    renamed: list[tuple[str, FoundFile]] = field(default_factory=list)
    aliases: dict[str, list[str]] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    present: set[str] = field(default_factory=set)
    removed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unchanged: int = 0


Digest = Callable[[FoundFile], "str | Unreadable"]


def make_plan(
    files: Sequence[FoundFile],
    before: dict[str, SourceRecord],
    wish: Wish,
    *,
    digest: Digest,
    closed: tuple[str, ...],
    report: Report,
) -> Plan:
    """Compare a root's files with its sources ``before``.

    closed: how the ids of what cannot be reached now begin; sources there are neither read nor
    removed.
    """
    plan = Plan()
    groups: dict[str, list[FoundFile]] = {}
    for n, file in enumerate(files, start=1):
        report(Progress("comparing", n, len(files), "files", file.id))
        record = before.get(file.id)
        same = record is not None and (record.size, record.mtime_ns) == (file.size, file.mtime_ns)
        if record is not None and same and not wish.checksum:
            found: str | Unreadable = record.file_sha256
        else:
            found = digest(file)
        if isinstance(found, Unreadable):
            plan.unreadable.append(told(found, before))
            plan.present.add(file.id)
        else:
            groups.setdefault(found, []).append(file)
    listed = {file.id for file in files}
    gone = {
        r.file_sha256: r for r in before.values() if r.id not in listed and not _in(r.id, closed)
    }
    decide = _Decider(plan, before, gone, wish)
    for sha, group in groups.items():
        decide(sha, group)
    plan.reading.sort(key=lambda f: f.id)
    _take_out(plan, before, set(groups), closed, wish.prune)
    return plan


def told(problem: Unreadable, before: Iterable[str]) -> Unreadable:
    """An unreadable file, and whether its earlier text stays."""
    kept = "; the text read earlier is kept" if problem.id in before else ""
    return Unreadable(problem.id, problem.reason + kept)


class _Decider:
    """Decides what each group of files with the same bytes needs."""

    def __init__(
        self,
        plan: Plan,
        before: dict[str, SourceRecord],
        gone: dict[str, SourceRecord],
        wish: Wish,
    ) -> None:
        self.plan, self.before, self.gone, self.wish = plan, before, gone, wish
        self.extractors: dict[str, str] = {}

    def __call__(self, sha: str, group: list[FoundFile]) -> None:
        """One of them is the source, the others are its aliases."""
        plan, before = self.plan, self.before
        group.sort(key=lambda f: (len(f.id), f.id))  # "a.txt" before "a (1).txt"
        held = [f for f in group if f.id in before and before[f.id].file_sha256 == sha]
        moved = self.gone.get(sha)
        first = held[0] if held else self._renamed(moved, group)
        if first is None:
            first = group[0]
            plan.reading.append(first)
        elif not self._current(before[first.id] if held else moved, first):
            plan.reading.append(first)
        elif held:
            plan.unchanged += 1
        plan.present.add(first.id)
        plan.aliases[first.id] = [f.id for f in group if f is not first]
        if held and first not in plan.reading[-1:]:
            record = before[first.id]
            if (record.size, record.mtime_ns) != (first.size, first.mtime_ns):
                plan.touched.append(first)

    def _renamed(self, moved: SourceRecord | None, group: list[FoundFile]) -> FoundFile | None:
        """The file that a source whose own file is gone is now."""
        if moved is None:
            return None
        suffix = PurePosixPath(moved.id).suffix
        for file in group:
            if file.id not in self.before and PurePosixPath(file.id).suffix == suffix:
                self.plan.renamed.append((moved.id, file))
                return file
        return None

    def _current(self, record: SourceRecord | None, file: FoundFile) -> bool:
        """Whether what is stored of a file is what reading it now would give."""
        if record is None or self.wish.rebuild or record.tiling != self.wish.tiling:
            return False
        if self.wish.encoding is not None and record.encoding != self.wish.encoding:
            return False
        known = format_of(file.path.name)
        if known is None:
            return True
        if known.key not in self.extractors:
            self.extractors[known.key] = known.extractor
        return record.extractor == self.extractors[known.key]


def _take_out(
    plan: Plan,
    before: dict[str, SourceRecord],
    there: set[str],
    closed: tuple[str, ...],
    prune: bool,
) -> None:
    """Sort what is gone into what is removed and what is kept for fear of a mistake."""
    moved = {old for old, _ in plan.renamed}
    gone = [i for i in before if i not in plan.present | moved and not _in(i, closed)]
    lost = [i for i in gone if before[i].file_sha256 not in there]
    many = len(lost) > max(PRUNE_LEAST, PRUNE_SHARE * len(before))
    nothing_left = bool(lost) and not plan.present
    kept = set(lost) if (many or nothing_left) and not prune else set()
    plan.removed = [i for i in gone if i not in kept]
    plan.missing = sorted(kept)


def _in(id: str, closed: tuple[str, ...]) -> bool:
    return id.startswith(closed)
