"""Make a library agree with a folder: add, re-read and remove what changed, and nothing else.

Each source is stored in one transaction, and vectors are saved as they are made, so that a run that
is killed at any moment is continued by the next one without embedding a passage twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rag.errors import PruneRefused, UnreadableSource, UsageError
from rag.extract import FoundFile, file_sha256, find_files, read_file
from rag.extract.draft import Unreadable as Reason
from rag.progress import Progress, Report
from rag.protocols import Embedder, Origin, SourceRecord
from rag.segment import folded, tile
from rag.settings import Settings
from rag.store.sqlite import SqliteStore
from rag.types import Passage, Source, Unreadable, digest

BATCH = 128  # passages embedded between two saves: a few seconds of work, the most a kill can lose
PRUNE_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one run over one root did. The tuples hold source ids; aliases pairs (alias, source)."""

    root: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    aliases: tuple[tuple[str, str], ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    ignored: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    passages: int = 0
    embedded: int = 0


@dataclass(frozen=True, slots=True)
class _Pending:
    """A file that must be stored: its source and passages, and what was seen of the file."""

    file: FoundFile
    source: Source
    passages: tuple[Passage, ...]


@dataclass(slots=True)
class _Plan:
    """What is to be done, worked out before anything is changed."""

    pending: list[_Pending]
    touched: list[FoundFile]
    aliases: dict[str, list[str]]
    unreadable: list[Unreadable]
    kept: set[str]
    unchanged: int = 0


def root_label(path: Path) -> str:
    """Name a root without storing where it lies: its base name and a short digest of its path."""
    absolute = path.resolve()
    return f"{absolute.name or 'root'}-{digest(str(absolute))[:8]}"


def sync_root(
    store: SqliteStore,
    embedder: Embedder,
    root: Path,
    *,
    settings: Settings,
    prune: bool,
    encoding: str | None,
    report: Report,
) -> SyncReport:
    """Bring ``store`` up to date with one file or folder.

    Raises UsageError when ``root`` does not exist, PruneRefused when more than a fifth of the
    root's sources are gone and ``prune`` is not set; nothing is changed then.
    """
    if not root.exists():
        raise UsageError(f"{root}: no such file or folder")
    label = root_label(root)
    found = find_files(root)
    everything = store.records()
    before = {r.id: r for r in everything if r.root == label}
    taken = {i for r in everything if r.root != label for i in (r.id, *r.aliases)}
    files = _distinct(found.files, taken, root)
    plan = _plan(files, before, embedder, settings, encoding, report)
    unreadable = tuple(sorted({*plan.unreadable, *found.unreadable}))
    closed = _out_of_reach(unreadable, root)
    gone = _gone(before, plan, closed, prune)
    embedded = _store(store, embedder, plan, label, report)
    store.remove(gone)
    for file in plan.touched:
        store.touch(file.id, size=file.size, mtime_ns=file.mtime_ns)
    for source_id, aliases in plan.aliases.items():
        known = before[source_id].aliases if source_id in before else ()
        if sorted(aliases) != sorted(known):
            store.set_aliases(source_id, tuple(aliases))
    store.set_unreadable(unreadable, root=label)
    store.set_skipped(found.skipped, root=label)
    return SyncReport(
        root=label,
        added=tuple(p.source.id for p in plan.pending if p.source.id not in before),
        changed=tuple(p.source.id for p in plan.pending if p.source.id in before),
        removed=tuple(gone),
        unchanged=plan.unchanged,
        aliases=tuple((a, s) for s, names in sorted(plan.aliases.items()) for a in names),
        unreadable=unreadable,
        ignored=found.ignored,
        skipped=found.skipped,
        notes=tuple((p.source.id, note) for p in plan.pending for note in p.source.notes),
        passages=sum(len(p.passages) for p in plan.pending),
        embedded=embedded,
    )


def _distinct(files: Sequence[FoundFile], taken: set[str], root: Path) -> tuple[FoundFile, ...]:
    """Put the root's name before an id that another root of the library already uses."""

    def free(name: str) -> str:
        while name in taken:
            name = f"{root.resolve().name}/{name}"
        return name

    return tuple(replace(file, id=free(file.id)) for file in files)


def _plan(
    files: Sequence[FoundFile],
    before: dict[str, SourceRecord],
    embedder: Embedder,
    settings: Settings,
    encoding: str | None,
    report: Report,
) -> _Plan:
    plan = _Plan([], [], {}, [], set())
    first_of: dict[str, str] = {}
    for n, file in enumerate(files, start=1):
        report(Progress("reading", n, len(files), "files", file.id))
        try:
            _consider(file, before.get(file.id), plan, first_of, embedder, settings, encoding)
        except UnreadableSource as error:
            kept = "; the text read earlier is kept" if file.id in before else ""
            plan.unreadable.append(Unreadable(file.id, error.reason + kept))
            plan.kept.add(file.id)
    return plan


def _consider(
    file: FoundFile,
    record: SourceRecord | None,
    plan: _Plan,
    first_of: dict[str, str],
    embedder: Embedder,
    settings: Settings,
    encoding: str | None,
) -> None:
    """Decide what one file needs: nothing, a note of its new date, an alias, or storing."""
    same_date = record is not None and (record.size, record.mtime_ns) == (file.size, file.mtime_ns)
    sha = record.file_sha256 if record is not None and same_date else _file_digest(file)
    if sha in first_of:
        plan.aliases[first_of[sha]].append(file.id)
        return
    if record is not None and sha == record.file_sha256 and encoding is None:
        plan.unchanged += 1
        plan.kept.add(file.id)
        if not same_date:
            plan.touched.append(file)
    else:
        source = read_file(file.path, id=file.id, encoding=encoding)
        passages = tile(
            source, count=embedder.count, limit=embedder.window, target=settings.passage_tokens
        )
        plan.pending.append(_Pending(file, source, passages))
    first_of[sha] = file.id
    plan.aliases[file.id] = []


def _file_digest(file: FoundFile) -> str:
    try:
        return file_sha256(file.path)
    except Reason as error:
        raise UnreadableSource(file.id, str(error)) from error
    except FileNotFoundError:
        raise UnreadableSource(file.id, "the file vanished while it was being indexed") from None
    except OSError as error:
        raise UnreadableSource(file.id, error.strerror or str(error)) from error


def _out_of_reach(unreadable: Sequence[Unreadable], root: Path) -> tuple[str, ...]:
    """How the ids of sources in folders that cannot be listed now begin."""
    folders = [f"{item.id.rstrip('/')}/" for item in unreadable]
    return (*folders, *(f"{root.resolve().name}/{folder}" for folder in folders))


def _gone(
    before: dict[str, SourceRecord],
    plan: _Plan,
    closed: tuple[str, ...],
    prune: bool,
) -> list[str]:
    """Return the ids to remove: no longer there, and not merely out of reach for now."""
    present = plan.kept | {p.source.id for p in plan.pending}
    gone = [i for i in before if i not in present and not i.startswith(closed)]
    moved = {p.source.file_sha256 for p in plan.pending} | {
        before[i].file_sha256 for i in before if i in present
    }
    lost = [i for i in gone if before[i].file_sha256 not in moved]
    if len(lost) > PRUNE_SHARE * len(before) and not prune:
        names = ", ".join(lost[:3]) + (", ..." if len(lost) > 3 else "")
        raise PruneRefused(
            f"{len(lost)} of {len(before)} sources are no longer there ({names}); nothing was "
            "changed. If the folder is mounted and they are meant to go, run again with --prune"
        )
    return gone


def _store(store: SqliteStore, embedder: Embedder, plan: _Plan, label: str, report: Report) -> int:
    """Embed what has no vector yet and put every pending source; return how many were embedded."""
    total = sum(len(p.passages) for p in plan.pending)
    done = embedded = 0
    if total:
        report(Progress("embedding", 0, total, "passages"))
    for group in _groups(plan.pending):
        texts = [[folded(p) for p in pending.passages] for pending in group]
        wanted = list(dict.fromkeys(t for batch in texts for t in batch))
        known = store.vectors_for(wanted)
        missing = [t for t in wanted if t not in known]
        for start in range(0, len(missing), BATCH):
            part = missing[start : start + BATCH]
            store.cache_vectors(part, embedder.embed_passages(part))
            embedded += len(part)
            report(Progress("embedding", done + start + len(part), total, "passages"))
        vectors = store.vectors_for(wanted)
        for pending, batch in zip(group, texts, strict=True):
            store.put(
                pending.source,
                pending.passages,
                np.stack([vectors[t] for t in batch]),
                Origin(label, pending.file.size, pending.file.mtime_ns),
                folded=batch,
            )
            done += len(batch)
            report(Progress("embedding", done, total, "passages", pending.source.id))
    return embedded


def _groups(pending: Sequence[_Pending]) -> Iterator[list[_Pending]]:
    """Join small sources, so that the embedder sees full batches; a large one stands alone."""
    group: list[_Pending] = []
    size = 0
    for item in pending:
        group.append(item)
        size += len(item.passages)
        if size >= BATCH:
            yield group
            group, size = [], 0
    if group:
        yield group
