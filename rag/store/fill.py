"""From files to stored sources: read in worker processes, embedded meanwhile, stored as it goes."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from rag.embed.counting import Counts
from rag.errors import LibraryError
from rag.extract import FoundFile
from rag.extract.members import outer_file
from rag.extract.workers import Broken, Call, Limits, workers
from rag.progress import Progress, Report
from rag.protocols import Embedder, Origin, WritableStore
from rag.store.dense import HALF
from rag.store.plan import Wish
from rag.store.reading_files import Cut, ReadFile, read_and_cut
from rag.types import Unreadable

BATCH = 128  # passages embedded between two saves: a few seconds of work, the most a kill can lose


@dataclass(frozen=True, slots=True)
class Ready:
    """A file that can be stored. vectors: (n, dim) float16, one per passage."""

    file: FoundFile
    read: ReadFile
    vectors: NDArray[np.float16]


@dataclass(slots=True)
class Filling:
    """Reads and embeds files.

    load: gives the embedder, when there is something to embed. unreadable: those that could not be
    read, so far. passages: how many were read; embedded: how many of these had no vector yet.
    """

    store: WritableStore
    load: Callable[[], Embedder]
    wish: Wish
    limits: Limits
    report: Report
    unreadable: list[Unreadable] = field(default_factory=list)
    passages: int = 0
    embedded: int = 0

    def groups(self, files: Sequence[FoundFile]) -> Generator[list[Ready], None, None]:
        """The files as they are ready, small ones together so that the embedder sees full batches.

        Reading goes on in other processes while the caller embeds and stores. The groups are in the
        order of the files.
        """
        if not files:
            return
        embedder = self.load()
        cut = Cut(_count(embedder), embedder.window, self.wish.target)
        calls = ((file, self._call(file, cut)) for file in files)
        meter = _Meter(self.report, files)
        group: list[tuple[FoundFile, ReadFile]] = []
        with closing(workers().map(calls)) as results:
            for file, result in results:
                meter.read(file)
                if isinstance(result, ReadFile):
                    group.append((file, result))
                    self.passages += len(result.passages)
                else:
                    reason = result.reason if isinstance(result, Broken) else str(result)
                    self.unreadable.append(Unreadable(file.id, reason))
                if sum(len(read.passages) for _, read in group) >= BATCH:
                    yield self._embedded(embedder, group, meter)
                    group = []
        yield self._embedded(embedder, group, meter)

    def _call(self, file: FoundFile, cut: Cut) -> Call:
        arguments = (file.path, file.id, self.wish.encoding, cut, self.limits)
        return Call(read_and_cut, arguments, weight(file), self.limits)

    def _embedded(
        self, embedder: Embedder, group: Sequence[tuple[FoundFile, ReadFile]], meter: _Meter
    ) -> list[Ready]:
        wanted = list(dict.fromkeys(text for _, read in group for text in read.folded))
        known = self.store.vectors_for(wanted)
        missing = [text for text in wanted if text not in known]
        meter.begin(sum(len(read.passages) for _, read in group), len(missing))
        for start in range(0, len(missing), BATCH):
            part = missing[start : start + BATCH]
            self.store.cache_vectors(part, embedder.embed_passages(part))
            self.embedded += len(part)
            meter.embedded(len(part))
        vectors = self.store.vectors_for(wanted)
        meter.end()
        return [
            Ready(file, read, np.stack([vectors[text] for text in read.folded]).astype(HALF))
            for file, read in group
        ]


def _count(embedder: Embedder) -> Callable[[str], int]:
    """The embedder's token count, as it can be taken along to another process."""
    counter = embedder.counter() if isinstance(embedder, Counts) else None
    if counter is None:
        raise LibraryError(
            f"the embedder {embedder.name} has no tokenizer that can be used in another process "
            "(a `tokenizer.json`); use a model that has one"
        )
    return counter


def weight(file: FoundFile) -> int:
    """Bytes that are read for a file: its own and those of the archive it lies in."""
    outer = outer_file(file.path)
    try:
        return file.size + (outer.stat().st_size if outer is not None else 0)
    except OSError:
        return file.size


class _Meter:
    """Progress in files and passages. How many passages there will be is estimated by bytes."""

    def __init__(self, report: Report, files: Sequence[FoundFile]) -> None:
        self.report = report
        self.files, self.bytes = len(files), sum(f.size for f in files) or 1
        self.files_read = self.bytes_read = 0
        self.passages = self.expected = self.target = 0

    def read(self, file: FoundFile) -> None:
        """A file was read."""
        self.files_read += 1
        self.bytes_read += file.size
        self.report(Progress("reading", self.files_read, self.files, "files", file.id))

    def begin(self, passages: int, missing: int) -> None:
        """A group of so many passages is embedded; ``missing`` have no vector yet."""
        self.target = self.passages + passages
        self.passages = self.target - missing
        self._tell()

    def embedded(self, passages: int) -> None:
        """So many more have their vector."""
        self.passages += passages
        self._tell()

    def end(self) -> None:
        """The group is done; equal passages were embedded once."""
        self.passages = self.target
        self._tell()

    def _tell(self) -> None:
        done = self.files_read == self.files
        share = 1.0 if done else max(self.bytes_read, 1) / self.bytes
        total = max(self.target, round(self.target / share))
        self.report(Progress("embedding", self.passages, total, "passages"))


def put(store: WritableStore, ready: Ready, label: str, wish: Wish) -> None:
    """Store one file that was read."""
    origin = Origin(
        label, ready.file.size, ready.file.mtime_ns, wish.tiling, encoding=wish.encoding or ""
    )
    store.put(
        ready.read.source,
        ready.read.passages,
        ready.vectors.astype(np.float32),
        origin,
        folded=ready.read.folded,
    )


class Spool:
    """Files that were read, on disk until all can be stored at once. Gone when the process ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._number = 0

    def add(self, ready: Ready) -> None:
        """Keep one. LibraryError when the disk is full."""
        with _disk_told(self._folder):
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115
            pickle.dump(ready, self._file, protocol=pickle.HIGHEST_PROTOCOL)
            self._number += 1

    def __iter__(self) -> Iterator[Ready]:
        if self._file is None:
            return
        with _disk_told(self._folder):
            self._file.seek(0)
        for _ in range(self._number):
            ready: Ready = pickle.load(self._file)
            yield ready

    def close(self) -> None:
        """Give the space back."""
        if self._file is not None:
            self._file.close()


@contextmanager
def _disk_told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LibraryError(
            f"{folder}: what was read cannot be kept until it is stored "
            f"({error.strerror or error}); free some space and run the same command again"
        ) from error
