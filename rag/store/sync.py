"""Make a library agree with a folder: add, re-read and remove what changed, and nothing else.

The first run over a root stores its sources as they are read, and says in the library how far it
has come. Later runs keep what they read aside and store it in one transaction: a reader sees the
old state or the new one. Vectors are saved as they are made, so that a run that is killed at any
moment is continued by the next one without embedding a passage twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from rag.errors import UsageError
from rag.extract import Found, FoundFile, find_files
from rag.extract.workers import Limits, workers
from rag.progress import Report, silent
from rag.protocols import Embedder, RootState, SourceRecord, WritableStore
from rag.store.digests import digest_of, members_of
from rag.store.fill import Filling, Spool, put
from rag.store.places import Places
from rag.store.plan import Plan, Wish, make_plan, told
from rag.store.reading_files import read_and_cut
from rag.store.roots import Root, root_of
from rag.types import Unreadable


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one run over one root did. The tuples hold source ids; aliases pairs (alias, source),
    renamed pairs (id before, id now). missing: sources whose files are gone and which were kept.
    """

    root: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    removed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unchanged: int = 0
    aliases: tuple[tuple[str, str], ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    ignored: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    passages: int = 0
    embedded: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """A run over one root: what was asked of it, what is there, and what is to be done.

    runs: the last run over each root of the library, before this one.
    """

    root: Root
    wish: Wish
    found: Found
    before: dict[str, SourceRecord]
    runs: dict[str, RootState]
    plan: Plan

    @property
    def is_first(self) -> bool:
        """Whether nothing whole of this root is in the library yet."""
        last = self.runs.get(self.root.label)
        return last is None or not last.whole

    @property
    def is_idle(self) -> bool:
        """Whether no source has to be read, renamed or removed."""
        plan = self.plan
        return not (plan.reading or plan.renamed or plan.removed or self.root.inner)


def sync_root(
    store: WritableStore,
    folder: Path,
    embedder: Callable[[], Embedder],
    path: Path,
    wish: Wish,
    *,
    limits: Limits,
    follow_links: bool = False,
    report: Report = silent,
) -> SyncReport:
    """Bring ``store`` up to date with one file or folder.

    folder: of the library, where what is known of places lies. embedder: called only when there is
    something to read. When many or all of the root's sources are gone, they are kept and named in
    ``missing`` unless ``wish.prune``; everything else is done all the same. Raises UsageError when
    ``path`` does not exist.
    """
    job = plan_root(store, folder, path, wish, follow_links=follow_links, report=report)
    places = Places.of(folder)
    if places.roots.get(job.root.label) != job.root.path or job.root.inner:
        places.with_root(job.root.label, job.root.path, job.root.inner).write()
    if job.is_idle:
        _settle(store, job, [])
        return _report(job)
    with store.changing():
        store.set_root(_run(job))
        if job.is_first:
            _rearrange(store, job)
    filling = Filling(store, embedder, wish, limits, report)
    if job.is_first:
        stored = _store_as_it_goes(store, job, filling)
    else:
        stored = _store_at_once(store, folder, job, filling)
    unreadable = [told(u, job.before) for u in filling.unreadable]
    return replace(
        _report(job, unreadable, stored), passages=filling.passages, embedded=filling.embedded
    )


def plan_root(
    store: WritableStore | None,
    folder: Path,
    path: Path,
    wish: Wish,
    *,
    follow_links: bool = False,
    report: Report = silent,
) -> Job:
    """Work out what a run over ``path`` has to do. store: None for a library that is to be."""
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder")
    found = find_files(path, follow_links=follow_links, members=members_of)
    records = store.records() if store is not None else ()
    if not records:
        workers().warm(read_and_cut.__module__)  # it starts while the files are compared
    runs = {run.label: run for run in store.roots()} if store is not None else {}
    places = Places.of(folder)
    root = root_of(path, found.files, runs.values(), records, places)
    if root.within:
        found = _part(find_files(root.path, follow_links=follow_links, members=members_of), root)
    labels = {root.label, *root.inner}
    before = {r.id: r for r in records if r.root in labels and root.holds(r.id)}
    taken = {
        i
        for r in records
        if r.root not in labels or not root.holds(r.id)
        for i in (r.id, *r.aliases)
    }
    files = _distinct(found.files, taken, root.path)
    closed = _out_of_reach(found.unreadable, root.path)
    plan = make_plan(files, before, wish, digest=digest_of, closed=closed, report=report)
    return Job(root, wish, found, before, runs, plan)


def _part(found: Found, root: Root) -> Found:
    """What was found of the part of a root that was named."""
    return Found(
        tuple(f for f in found.files if root.holds(f.id)),
        tuple(u for u in found.unreadable if root.holds(u.id)),
        tuple(i for i in found.ignored if root.holds(i)),
        tuple(i for i in found.skipped if root.holds(i)),
    )


def _distinct(files: Sequence[FoundFile], taken: set[str], root: Path) -> tuple[FoundFile, ...]:
    """Put the root's name before an id that another root of the library already uses."""

    def free(name: str) -> str:
        while name in taken:
            name = f"{root.name}/{name}"
        return name

    return tuple(replace(file, id=free(file.id)) for file in files)


def _out_of_reach(unreadable: Sequence[Unreadable], root: Path) -> tuple[str, ...]:
    """How the ids of sources in folders that cannot be listed now begin."""
    folders = ["" if item.id == "./" else f"{item.id.rstrip('/')}/" for item in unreadable]
    return (*folders, *(f"{root.name}/{folder}" for folder in folders))


def _rearrange(store: WritableStore, job: Job) -> None:
    """Take over roots inside this one, rename what was moved, and remove what is gone."""
    if job.root.inner:
        store.take_over(job.root.inner, job.root.label)
    for old, file in job.plan.renamed:
        title = job.before[old].title
        moved = PurePosixPath(file.id).stem if title == PurePosixPath(old).stem else None
        store.rename(old, file.id, title=moved)
        store.touch(file.id, size=file.size, mtime_ns=file.mtime_ns)
    store.remove(job.plan.removed)


def preview(job: Job) -> SyncReport:
    """What a run would do, as far as can be known before the files are read."""
    return _report(job, stored=[(file.id, ()) for file in job.plan.reading])


Stored = list[tuple[str, tuple[str, ...]]]
"""Ids of sources that were stored, with the notes on each."""


def _store_as_it_goes(store: WritableStore, job: Job, filling: Filling) -> Stored:
    """A first run: what is read can be asked at once, and the library says how far it has come."""
    stored: Stored = []
    with closing(filling.groups(job.plan.reading)) as groups:
        for group in groups:
            with store.changing():
                for ready in group:
                    put(store, ready, job.root.label, job.wish)
                stored += [(r.read.source.id, r.read.source.notes) for r in group]
                _count(store, job, filling, stored)
    with store.changing():
        _settle(store, job, filling.unreadable)
    return stored


def _store_at_once(store: WritableStore, folder: Path, job: Job, filling: Filling) -> Stored:
    """A later run: readers see nothing of it until all of it can be seen."""
    stored: Stored = []
    spool = Spool(folder)
    try:
        with closing(filling.groups(job.plan.reading)) as groups:
            for group in groups:
                for ready in group:
                    spool.add(ready)
                stored += [(r.read.source.id, r.read.source.notes) for r in group]
                _count(store, job, filling, stored)
        with store.changing():
            _rearrange(store, job)
            for ready in spool:
                put(store, ready, job.root.label, job.wish)
            _settle(store, job, filling.unreadable)
    finally:
        spool.close()
    return stored


def _count(store: WritableStore, job: Job, filling: Filling, stored: Stored) -> None:
    """Record how far the run has come."""
    done = len(job.found.files) - len(job.plan.reading) + len(stored) + len(filling.unreadable)
    store.set_root(replace(_run(job), done=done))


def _run(job: Job) -> RootState:
    """The run as it is recorded when it begins."""
    total = len(job.found.files)
    last = job.runs.get(job.root.label)
    return RootState(
        job.root.label,
        job.root.path.name,
        total,
        done=total - len(job.plan.reading),
        whole=last is not None and last.whole,
        skipped=last.skipped if last is not None else (),
    )


def _settle(store: WritableStore, job: Job, unreadable: Sequence[Unreadable]) -> None:
    """Record everything that is not a source, and that the run came to its end."""
    for file in job.plan.touched:
        store.touch(file.id, size=file.size, mtime_ns=file.mtime_ns)
    failed = {u.id for u in unreadable}
    for source_id, aliases in job.plan.aliases.items():
        known = job.before[source_id].aliases if source_id in job.before else ()
        is_stored = source_id in job.before or source_id not in failed
        if is_stored and sorted(aliases) != sorted(known):
            store.set_aliases(source_id, tuple(aliases))
    label, last = job.root.label, job.runs.get(job.root.label)
    elsewhere = [u for u in store.unreadable(label) if not job.root.holds(u.id)]
    now = {*elsewhere, *job.found.unreadable, *job.plan.unreadable}
    store.set_unreadable(sorted({*now, *(told(u, job.before) for u in unreadable)}), root=label)
    skipped = job.found.skipped
    if job.root.within and last is not None:  # the rest of the root is as it was
        rest = tuple(i for i in last.skipped if not job.root.holds(i))
        skipped = tuple(sorted({*skipped, *rest}))
        store.set_root(replace(last, skipped=skipped, missing=len(job.plan.missing)))
        return
    run = replace(_run(job), done=len(job.found.files), missing=len(job.plan.missing))
    store.set_root(replace(run, finished=True, whole=True, skipped=skipped))


def _report(job: Job, unreadable: Sequence[Unreadable] = (), stored: Stored = []) -> SyncReport:  # noqa: B006
    plan = job.plan
    ids = [id for id, _ in stored]
    old = {old for old, _ in plan.renamed} | set(job.before)
    new = {file.id for _, file in plan.renamed}
    return SyncReport(
        root=job.root.label,
        added=tuple(i for i in ids if i not in old | new),
        changed=tuple(i for i in ids if i in old | new),
        renamed=tuple((before, file.id) for before, file in plan.renamed),
        removed=tuple(plan.removed),
        missing=tuple(plan.missing),
        unchanged=plan.unchanged,
        aliases=tuple((a, s) for s, names in sorted(plan.aliases.items()) for a in names),
        unreadable=tuple(sorted({*job.found.unreadable, *plan.unreadable, *unreadable})),
        ignored=job.found.ignored,
        skipped=job.found.skipped,
        notes=tuple((id, note) for id, notes in stored for note in notes),
    )
