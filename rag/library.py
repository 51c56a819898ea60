"""A built, persistent collection of sources, and the questions one may put to it.

The stages know nothing of each other; here they are joined: files are read and stored
(``rag.store.sync``), and a question is retrieved, read, composed and verified (``rag.answer.ask``).
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from functools import cached_property, lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from rag import __version__
from rag.answer.ask import Parts, Question, checked, find, searched
from rag.answer.ask import ask as answer
from rag.conversation import Conversation
from rag.conversation import after as in_history
from rag.embed import load_embedder
from rag.errors import LibraryError, PruneRefused, UsageError
from rag.extract import usual_suffixes
from rag.extract.decode import charset
from rag.extract.workers import Limits
from rag.progress import Report, silent
from rag.protocols import Embedder, Reader, Segmenter, SourceRecord
from rag.reader import TrainedReader
from rag.retrieve.filters import Filter
from rag.segment import segmenter, sentences
from rag.settings import Settings
from rag.store.doctor import Finding, examine
from rag.store.locate import FILE, exists, library_path, require_library, shipped_corpus
from rag.store.places import PLACES, Places
from rag.store.plan import Wish
from rag.store.repair import repair
from rag.store.roots import named
from rag.store.sqlite import SqliteStore
from rag.store.sync import SyncReport, plan_root, preview, sync_root
from rag.types import (
    Hit,
    Passage,
    Result,
    Searched,
    Sentence,
    Source,
    Understanding,
    Unreadable,
)

StrPath = str | os.PathLike[str]


class Library:
    """Sources on disk and what answers questions about them. Safe to use from several threads.

    The constructor takes finished parts; ``build`` and ``open`` make them. Use it as a context
    manager, or call ``close``.
    """

    def __init__(
        self,
        store: SqliteStore,
        path: Path,
        *,
        embedder: Embedder | None = None,
        reader: Reader | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.store = store
        self.path = path
        self.settings = settings or store.settings
        self.reports: tuple[SyncReport, ...] = ()
        self._embedder = embedder
        self._reader = reader
        self._lender: Library | None = None
        self._loading = threading.RLock()
        if embedder is not None:
            store.require_embedder(embedder.name)

    @staticmethod
    def exists(path: StrPath) -> bool:
        """Whether a library is at ``path``."""
        return exists(Path(path))

    @classmethod
    def build(
        cls,
        paths: StrPath | Iterable[StrPath],
        *,
        at: StrPath | None = None,
        embedder: Embedder | None = None,
        reader: Reader | None = None,
        settings: Settings | None = None,
        prune: bool = False,
        rebuild: bool = False,
        checksum: bool = False,
        encoding: str | None = None,
        follow_links: bool = False,
        limits: Limits = Limits(),  # noqa: B008 (frozen)
        progress: Report = silent,
    ) -> Self:
        """Make or update the library at ``at`` from a file or folder or several; return it open.

        settings: of a new library, or in place of those of the one that is there; another size of
        passages needs ``rebuild``. The other options are those of ``sync``. What each path's run
        did is in ``reports``. Raises UsageError for a path that does not exist and for another size
        of passages, LibraryError when a new library would be empty, PruneRefused (see ``sync``)
        when everything else is done.
        """
        target = library_path(at)
        roots = _roots(paths, target)
        is_new = not cls.exists(target)
        if is_new:
            library = cls._create(target, embedder or load_embedder(), reader, settings)
        else:
            library = cls.open(target, embedder=embedder, reader=reader)
        try:
            if not is_new and settings is not None:
                library._adopt(settings, rebuild=rebuild)
            library._remember_model()
            options = {"prune": prune, "rebuild": rebuild, "checksum": checksum}
            library.reports = tuple(
                library._sync(
                    root,
                    encoding=encoding,
                    follow_links=follow_links,
                    limits=limits,
                    progress=progress,
                    **options,
                )
                for root in roots
            )
            if is_new:
                library._refuse_empty()
            library._settle()
            _refuse_missing(library.reports)
        except BaseException:
            library.close()
            raise
        return library

    @classmethod
    def preview(
        cls,
        paths: StrPath | Iterable[StrPath],
        *,
        at: StrPath | None = None,
        prune: bool = False,
        rebuild: bool = False,
        checksum: bool = False,
        encoding: str | None = None,
        follow_links: bool = False,
    ) -> tuple[SyncReport, ...]:
        """What ``build`` would do, per path, as far as is known before files are read.

        Nothing is read but names, dates and bytes to compare, and nothing is written. Raises
        UsageError for a path that does not exist.
        """
        target = library_path(at)
        roots = _roots(paths, target)
        store = SqliteStore.open(target) if cls.exists(target) else None
        try:
            settings = store.settings if store is not None else Settings()
            wish = Wish(settings.passage_tokens, prune, rebuild, checksum, encoding)
            jobs = [
                plan_root(store, target, root, wish, follow_links=follow_links) for root in roots
            ]
        finally:
            if store is not None:
                store.close()
        return tuple(preview(job) for job in jobs)

    def _adopt(self, settings: Settings, *, rebuild: bool) -> None:
        """Record other settings. UsageError when they would need all passages to be made anew."""
        tokens = self.settings.passage_tokens
        if settings.passage_tokens != tokens and not rebuild:
            raise UsageError(
                f"{self.path} was built with passages of {tokens} tokens; give --rebuild to read "
                "everything again with another size, or another folder with -i"
            )
        if settings != self.settings:
            self.store.set_meta("settings", json.dumps(asdict(settings)))
            self.settings = settings

    def _remember_model(self) -> None:
        """Record where an embedder lies that was named by its folder, for later commands."""
        folder = getattr(self._embedder, "folder", None)
        places = Places.of(self.path)
        if folder is not None and places.model != folder:
            replace(places, model=folder).write()

    @classmethod
    def _create(
        cls,
        target: Path,
        embedder: Embedder,
        reader: Reader | None,
        settings: Settings | None,
    ) -> Self:
        store = SqliteStore.create(
            target,
            embedder=embedder.name,
            dim=embedder.dim,
            segmenter=segmenter().name,
            settings=settings or Settings(),
        )
        return cls(store, target, embedder=embedder, reader=reader)

    @classmethod
    def open(
        cls,
        path: StrPath | None = None,
        *,
        embedder: Embedder | None = None,
        reader: Reader | None = None,
    ) -> Self:
        """Open the library at ``path``.

        Raises LibraryError when none is there or it is damaged, or when ``embedder`` is not the
        one its vectors were made with.
        """
        target = library_path(path)
        require_library(target)
        return cls(SqliteStore.open(target), target, embedder=embedder, reader=reader)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the store; the library cannot be used afterwards."""
        self.store.close()

    @property
    def version(self) -> str:
        """The version of the program that answers."""
        return f"chapter-verse {__version__}"

    # -- parts -----------------------------------------------------------------------------------

    @property
    def embedder(self) -> Embedder:
        """The embedder, loaded when first used. Raises LibraryError when it is another one."""
        with self._loading:
            lender = self._lender
            if self._embedder is None and lender and lender.store.embedder == self.store.embedder:
                self._embedder = lender.embedder
            if self._embedder is None:
                model = Places.of(self.path).model
                known = model is not None and model.is_dir()
                embedder = load_embedder(str(model) if known else self.store.embedder_spec)
                self.store.require_embedder(embedder.name)
                self._embedder = embedder
            return self._embedder

    @property
    def reader(self) -> Reader:
        """The reader, by default the shipped one, loaded when first used. Raises ModelError."""
        with self._loading:
            if self._reader is None:
                self._reader = TrainedReader() if self._lender is None else self._lender.reader
            return self._reader

    def borrow(self, lender: Library) -> None:
        """Use the models of another library, once they are wanted, where they are the same."""
        self._lender = lender

    @cached_property
    def segmenter(self) -> Segmenter:
        """The sentence rules in force; a library built under older ones keeps working."""
        return segmenter()

    @property
    def parts(self) -> Parts:
        """What answers a question: the store and the models, loaded when first used."""
        return Parts(
            store=self.store,
            embedder=self.embedder,
            reader=self.reader,
            segmenter=self.segmenter,
            settings=self.settings,
            version=self.version,
        )

    def _settle(self) -> None:
        """After all roots: drop vectors no source uses, and record the sentence rules in force."""
        self.store.clear_saved_vectors()
        if self.store.segmenter != self.segmenter.name:
            self.store.set_meta("segmenter", self.segmenter.name)

    def _refuse_empty(self) -> None:
        """A new library without a source is not left behind."""
        if self.store.counts() != (0, 0):
            return
        reasons = "; ".join(f"{u.id}: {u.reason}" for u in self.store.unreadable()[:3])
        self.close()
        for file in (*self.path.glob(f"{FILE}*"), self.path / PLACES):
            file.unlink(missing_ok=True)
        raise LibraryError(
            f"no source could be read, so no library was made at {self.path}"
            + (f" ({reasons})" if reasons else f"; {usual_suffixes()} are read")
        )

    # -- sources ---------------------------------------------------------------------------------

    def sync(
        self,
        root: StrPath,
        *,
        prune: bool = False,
        rebuild: bool = False,
        checksum: bool = False,
        encoding: str | None = None,
        follow_links: bool = False,
        limits: Limits = Limits(),  # noqa: B008 (frozen)
        progress: Report = silent,
    ) -> SyncReport:
        """Add, re-read and remove what changed under one root since it was last indexed.

        prune: remove what is gone, however much it is. rebuild: read every file again. checksum:
        compare the bytes of files whose size and date are the same, too. encoding: see
        ``extract.read_file``. follow_links: also those that lead out of the folder. limits: of what
        reading one file may take. Raises PruneRefused when most of the root's sources or all of
        them are gone and ``prune`` is not set: they are kept, and everything else is done.
        """
        report = self._sync(
            root,
            prune=prune,
            rebuild=rebuild,
            checksum=checksum,
            encoding=encoding,
            follow_links=follow_links,
            limits=limits,
            progress=progress,
        )
        _refuse_missing((report,))
        return report

    def _sync(
        self,
        root: StrPath,
        *,
        prune: bool,
        rebuild: bool,
        checksum: bool,
        encoding: str | None,
        follow_links: bool,
        limits: Limits,
        progress: Report,
    ) -> SyncReport:
        if encoding is not None and charset(encoding) is None:
            raise UsageError(
                f"unknown encoding {encoding!r}; give a name such as utf-8, cp1252 or utf-16"
            )
        wish = Wish(self.settings.passage_tokens, prune, rebuild, checksum, encoding)
        return sync_root(
            self.store,
            self.path,
            lambda: self.embedder,
            Path(root),
            wish,
            limits=limits,
            follow_links=follow_links,
            report=progress,
        )

    def sources(self) -> tuple[SourceRecord, ...]:
        """Every source without its text, by id."""
        return self.store.records()

    def source(self, id: str) -> Source:
        """One source with its text; an alias names the source it repeats. UsageError if unknown."""
        return self.store.source(*self._known((id,)))

    def passages(self, id: str) -> tuple[Passage, ...]:
        """The passages of one source, in order."""
        return self.store.passages(id)

    def sentences(self, passage: Passage) -> tuple[Sentence, ...]:
        """The sentences that tile a passage, in source offsets."""
        return sentences(passage, self.segmenter)

    def unreadable(self) -> tuple[Unreadable, ...]:
        """What could not be read when the library was last brought up to date."""
        return self.store.unreadable()

    def skipped(self) -> tuple[str, ...]:
        """The files of other formats, which are not read, by id."""
        return self.store.skipped()

    def remove(self, ids: Sequence[str]) -> None:
        """Take sources out of the library. UsageError, with nothing removed, if one is unknown."""
        self._known(ids)
        self.store.remove(ids)

    def remove_root(self, name: str) -> tuple[str, ...]:
        """Take out every source of one root, by its label or its folder's name; return their ids.

        Raises UsageError when there is no root of that name, or several.
        """
        label = named(name, self.store.roots())
        removed = self.store.remove_root(label)
        places = Places.of(self.path)
        if label in places.roots:
            roots = {k: v for k, v in places.roots.items() if k != label}
            replace(places, roots=roots).write()
        return removed

    def examine(self) -> tuple[Finding, ...]:
        """Everything that does not agree: truth, derived indexes, files, leftovers. () if sound."""
        return examine(self.store)

    def repair(self) -> tuple[Finding, ...]:
        """Make the library agree with itself, without a model; return what was done.

        Raises LibraryError when its file is damaged beyond that.
        """
        return repair(self.store)

    def backup(self, file: StrPath) -> None:
        """Copy the library into one file. LibraryError when the file exists."""
        self.store.backup(Path(file))

    def searched(self, sources: Iterable[str] | None = None) -> Searched:
        """What a question would be put to now."""
        return searched(self.store, None if sources is None else frozenset(sources))

    # -- questions -------------------------------------------------------------------------------

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        sources: Iterable[str] | None = None,
        after: str | None = None,
        before: str | None = None,
        author: str | None = None,
        limit: int | None = None,
        threshold: float | None = None,
        every: bool = False,
        understanding: Understanding | None = None,
        progress: Report = silent,
    ) -> Result:
        """Answer with exact quotes, or abstain.

        history: earlier questions, oldest first. sources: ids to search in; None for all. after,
        before, author: only sources that fit (see ``matching``). limit: most quotes. threshold:
        least probability, in [0, 1]. every: all quotes that reach it, not only those about as
        probable as the best. understanding: how a conversation reads the question, in place of
        ``history``. progress: told of searching, reading, checking. Raises UsageError for a
        question that is empty or too long to read, for an unknown source and when no source fits,
        VerificationError when a quote does not equal its slice (it is withheld, never repaired).
        """
        self._refuse_unbuilt()
        asked = Question(
            understanding=understanding or in_history(question, history),
            history=tuple(history),
            within=self._within(self.matching(sources, after, before, author)),
            limit=limit,
            threshold=threshold,
            every=every,
        )
        return answer(self.parts, asked, report=progress)

    def matching(
        self,
        sources: Iterable[str] | None = None,
        after: str | None = None,
        before: str | None = None,
        author: str | None = None,
    ) -> tuple[str, ...] | None:
        """The ids, in order, of the sources (or of those given) whose date and author fit.

        after, before: a day, month or year such as 2024-03, both inclusive. author: words of the
        name, in any case. None when nothing is asked for: all sources. Raises UsageError for an
        unknown source, for a date that is none, and when no source fits.
        """
        known = None if sources is None else self._known(sources)
        chosen = Filter(known, after, before, author).chosen(self.store.records())
        return None if chosen is None else tuple(sorted(chosen))

    def search(
        self, question: str, *, k: int = 10, sources: Iterable[str] | None = None
    ) -> tuple[Hit, ...]:
        """Return the ``k`` passages nearest to a question, best first, without reading them."""
        if k < 1:
            raise UsageError(f"k must be at least 1, not {k}")
        self._refuse_unbuilt()
        settings = replace(
            self.settings, read_passages=k, candidates=max(k, self.settings.candidates)
        )
        alone = in_history(checked(question), ())
        with self.store.reading():
            return find(
                self.store, self.embedder, alone, within=self._within(sources), settings=settings
            )

    def conversation(self) -> Conversation:
        """Begin a conversation: questions that may lean on what came before."""
        return Conversation(self)

    def _refuse_unbuilt(self) -> None:
        """A library that holds nothing yet does not say that nothing was found."""
        reasons = self.store.unfinished() if self.store.counts() == (0, 0) else ()
        if reasons:
            raise LibraryError(
                f"{self.path} holds no source yet: {reasons[0]}; run `rag index` again"
            )

    def _within(self, sources: Iterable[str] | None) -> frozenset[str] | None:
        if sources is None:
            return None
        return frozenset(self._known(sources))

    def _known(self, ids: Iterable[str]) -> tuple[str, ...]:
        """The sources that ids or aliases name, in their order. UsageError if one is unknown."""
        held = {i: r.id for r in self.store.records() for i in (r.id, *r.aliases)}
        wanted = tuple(ids)
        for id in wanted:
            if id not in held:
                raise UsageError(f"no source {id!r} in {self.path}; `rag sources` lists them")
        return tuple(held[id] for id in wanted)


def _refuse_missing(reports: Sequence[SyncReport]) -> None:
    """Say that sources were kept although their files are gone. PruneRefused."""
    for report in reports:
        if report.missing:
            names = ", ".join(report.missing[:3]) + (", ..." if len(report.missing) > 3 else "")
            raise PruneRefused(
                f"{len(report.missing)} sources are no longer there ({names}) and were kept, so "
                "many that it may be a mistake; everything else was done. If the folder is mounted "
                "and they are meant to go, run again with --prune",
                tuple(reports),
            )


def _roots(paths: StrPath | Iterable[StrPath], target: Path) -> tuple[Path, ...]:
    several = (paths,) if isinstance(paths, str | os.PathLike) else paths
    roots = tuple(Path(p) for p in several)
    if not roots:
        raise UsageError("no file or folder was given to index")
    for root in roots:
        if not root.exists():
            raise UsageError(f"{root}: no such file or folder")
        if root.resolve() == target.resolve():
            raise UsageError(f"{root} is the library's own folder; keep it apart from the sources")
    return roots


@lru_cache(maxsize=4)
def _opened(path: Path, file_number: int) -> Library:
    """The open library of a folder; its file's number tells one that was built anew."""
    return Library.open(path)


def ask(
    question: str,
    *,
    at: StrPath | None = None,
    history: Sequence[str] = (),
    sources: Iterable[str] | None = None,
    limit: int | None = None,
    threshold: float | None = None,
) -> Result:
    """Ask the library at ``at``, else ``$RAG_LIBRARY``, else ``index/default``.

    In a checkout of this project the default library is first built from ``corpus/``. Raises
    LibraryError, naming ``rag index``, when there is none. The library stays open.
    """
    path = library_path(at)
    corpus = shipped_corpus(path)
    if corpus is not None and not Library.exists(path):
        Library.build(corpus, at=path).close()
    require_library(path)
    return _opened(path.resolve(), (path / FILE).stat().st_ino).ask(
        question, history=history, sources=sources, limit=limit, threshold=threshold
    )
