"""A store in memory by brute force: the oracle of the contract suite."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.errors import LibraryError
from rag.protocols import Matrix, Origin, RootState, Scored, SourceRecord, Vector
from rag.segment.lexicon import ASKING
from rag.store.dense import check_query, check_rows, exact_scores, ordered
from rag.store.records import check_tiles
from rag.store.root_state import shortcomings
from rag.store.words import closest, may_be_misspelt, query_words, words_of
from rag.types import Passage, Place, Source, Unreadable
from tests.bm25 import Tokenizer, bm25, count, idf


@dataclass(slots=True)
class _Entry:
    """One source: its keys in ascending order, and per key the folded text, vector and tokens."""

    record: SourceRecord
    source: Source
    passages: tuple[Passage, ...]
    keys: NDArray[np.int64]
    folded: tuple[str, ...]
    vectors: NDArray[np.float16]
    tokens: tuple[tuple[str, ...], ...]


class MemoryStore:
    """``protocols.Store`` by brute force: every vector compared, every token counted."""

    def __init__(self, *, embedder: str, dim: int) -> None:
        self.embedder = embedder
        self.dim = dim
        self.generation = 0
        self._entries: dict[str, _Entry] = {}
        self._unreadable: dict[str, tuple[Unreadable, ...]] = {}
        self._roots: dict[str, RootState] = {}
        self._meta: dict[str, str] = {}
        self._saved: dict[str, Vector] = {}
        self._next_key = 1
        self._tokenizer = Tokenizer()

    def put(
        self,
        source: Source,
        passages: Sequence[Passage],
        vectors: Matrix,
        origin: Origin,
        /,
        *,
        folded: Sequence[str] | None = None,
    ) -> None:
        """Add or replace one source; see ``SqliteStore.put``."""
        check_tiles(source, passages)
        rows = check_rows(vectors, len(passages), self.dim)
        texts = tuple(p.text for p in passages) if folded is None else tuple(folded)
        if len(texts) != len(passages):
            raise ValueError(f"{len(passages)} passages but {len(texts)} folded texts")
        old = self._entries.get(source.id)
        if old is not None and old.record.root != origin.root:
            raise LibraryError(
                f"{source.id!r} is already in the library from {old.record.root!r}; a source of "
                f"{origin.root!r} needs another id"
            )
        self._refuse_sources(source.aliases)
        self._entries.pop(source.id, None)
        kept = source.aliases or (old.record.aliases if old is not None else ())
        self._drop_aliases({source.id, *kept})
        first = self._next_key
        self._next_key += len(passages)
        record = _record(source, origin, len(passages), tuple(sorted(kept)))
        self._entries[source.id] = _Entry(
            record=record,
            source=replace(source, aliases=record.aliases),
            passages=tuple(passages),
            keys=np.arange(first, self._next_key, dtype=np.int64),
            folded=texts,
            vectors=rows,
            tokens=tuple(self._tokenizer.tokens(text) for text in texts),
        )
        self.generation += 1

    def remove(self, ids: Sequence[str], /) -> None:
        """Remove sources and their aliases; an alias in ``ids`` goes alone. Unknown ids pass."""
        if not ids:
            return
        for id_ in ids:
            self._entries.pop(id_, None)
        self._drop_aliases(set(ids))
        self.generation += 1

    def set_aliases(self, id_: str, aliases: Sequence[str], /) -> None:
        """Name the files with the same bytes as a source, in place of those named before."""
        entry = self._entry(id_)
        self._refuse_sources(aliases)
        wanted = tuple(sorted(aliases))
        if wanted != entry.record.aliases:
            self._drop_aliases(set(aliases))
            entry.record = replace(entry.record, aliases=wanted)
            entry.source = replace(entry.source, aliases=wanted)
            self.generation += 1

    def _refuse_sources(self, aliases: Sequence[str]) -> None:
        for alias in aliases:
            if alias in self._entries:
                raise LibraryError(f"{alias!r} is a source of its own; remove it first")

    def _drop_aliases(self, ids: set[str]) -> None:
        for entry in self._entries.values():
            kept = tuple(a for a in entry.record.aliases if a not in ids)
            if kept != entry.record.aliases:
                entry.record = replace(entry.record, aliases=kept)
                entry.source = replace(entry.source, aliases=kept)

    def set_unreadable(self, unreadable: Sequence[Unreadable], /, *, root: str) -> None:
        """Record what could not be read of one root, in place of what was recorded for it."""
        if tuple(sorted(unreadable)) != self._unreadable.get(root, ()):
            self._unreadable[root] = tuple(sorted(unreadable))
            self.generation += 1

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Nothing to hold: there is one state."""
        yield

    def records(self) -> tuple[SourceRecord, ...]:
        """The sources without their texts, by id (in the order of UTF-8 bytes, as SQLite)."""
        return tuple(
            self._entries[id_].record for id_ in sorted(self._entries, key=lambda i: i.encode())
        )

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Every change is seen at once: nothing reads this store from elsewhere."""
        yield

    def get_meta(self, key: str) -> str | None:
        """A value that was recorded with the store, or None."""
        return self._meta.get(key)

    def set_meta(self, key: str, value: str) -> None:
        """Record a value with the store."""
        self._meta[key] = value

    def rename(self, id_: str, to: str, /, *, title: str | None = None) -> None:
        """Give a source another id. LibraryError if ``to`` is taken."""
        entry = self._entry(id_)
        old = entry.record.id
        if to in self._entries and to != old:
            raise LibraryError(f"{to!r} is already in the library; remove it first")
        self._drop_aliases({to})
        title = entry.record.title if title is None else title
        entry.record = replace(entry.record, id=to, title=title)
        entry.source = replace(entry.source, id=to, title=title)
        del self._entries[old]
        self._entries[to] = entry
        self.generation += 1

    def touch(self, id_: str, /, *, size: int, mtime_ns: int) -> None:
        """Note a file's new size and date where its bytes are the same: no change."""
        entry = self._entry(id_)
        entry.record = replace(entry.record, size=size, mtime_ns=mtime_ns)

    def take_over(self, labels: Sequence[str], /, into: str) -> None:
        """Make the sources of some roots those of another one, which holds them."""
        for entry in self._entries.values():
            if entry.record.root in labels:
                entry.record = replace(entry.record, root=into)
        for label in labels:
            self._unreadable.pop(label, None)
            self._roots.pop(label, None)
        self.generation += 1

    def remove_root(self, label: str, /) -> tuple[str, ...]:
        """Remove a root with all its sources; return their ids."""
        gone = tuple(r.id for r in self.records() if r.root == label)
        for id_ in gone:
            del self._entries[id_]
        self._unreadable.pop(label, None)
        self._roots.pop(label, None)
        self.generation += 1
        return gone

    def roots(self) -> tuple[RootState, ...]:
        """What is recorded of each root, by label."""
        return tuple(state for _, state in sorted(self._roots.items()))

    def set_root(self, state: RootState, /) -> None:
        """Record how far the run over a root has come."""
        before = self._roots.get(state.label)
        self._roots[state.label] = state
        if (before.skipped if before else ()) != state.skipped:
            self.generation += 1

    def skipped(self) -> tuple[str, ...]:
        """The ids of files of formats that are not read, of all roots, in order."""
        return tuple(sorted(id for run in self._roots.values() for id in run.skipped))

    def unfinished(self) -> tuple[str, ...]:
        """Why the store does not hold all it should, a sentence each."""
        if not self._roots and not self._entries:
            return ("indexing was not finished: no file was read yet",)
        runs = (run for _, run in sorted(self._roots.items()))
        return tuple(sentence for run in runs for sentence in shortcomings(run, None))

    def unreadable(self, root: str | None = None) -> tuple[Unreadable, ...]:
        """What could not be read, of one root or of all, by id."""
        chosen = (v for k, v in self._unreadable.items() if root in (None, k))
        return tuple(sorted(u for items in chosen for u in items))

    def source(self, id_: str, /) -> Source:
        """The source with this id, or of which it is an alias. LibraryError if there is none."""
        return self._entry(id_).source

    def passages(self, id_: str, /) -> tuple[Passage, ...]:
        """The passages of a source, in order. LibraryError if there is no such source."""
        entry = self._entry(id_)
        return tuple(replace(p, place=Place(entry.source, p.span)) for p in entry.passages)

    def passages_by_key(self, keys: Sequence[int], /) -> tuple[Passage, ...]:
        """The passages with these keys, in the order given. LibraryError for one not there."""
        return tuple(self.passage(key) for key in keys)

    def passage(self, key: int, /) -> Passage:
        """The passage with this key. LibraryError when it is no longer there."""
        for entry in self._entries.values():
            if entry.keys[0] <= key <= entry.keys[-1]:
                passage = entry.passages[key - int(entry.keys[0])]
                return replace(passage, place=Place(entry.source, passage.span))
        raise LibraryError(f"passage {key} is no longer in the library; ask again")

    def counts(self, within: frozenset[str] | None = None) -> tuple[int, int]:
        """(sources, passages) there are, in all or of the given ids or aliases."""
        chosen = list(self._chosen(within))
        return len(chosen), sum(len(entry.keys) for entry in chosen)

    def search_dense(
        self, query: Vector, k: int, /, within: frozenset[str] | None = None
    ) -> tuple[Scored, ...]:
        """The best ``min(k, n)`` passages by (-cosine, key). ValueError for a wrong query."""
        vector = check_query(query, self.dim)
        chosen = self._chosen(within)
        if not chosen or k < 1:
            return ()
        rows = np.concatenate([entry.vectors for entry in chosen]).astype(np.float32)
        keys = np.concatenate([entry.keys for entry in chosen])
        return ordered(keys, exact_scores(rows, vector), k)

    def cosines(self, query: Vector, keys: Sequence[int], /) -> tuple[float, ...]:
        """Cosine similarity of these passages, in the order given. KeyError for an unknown key."""
        scores = {item.key: item.score for item in self.search_dense(query, 10**9)}
        return tuple(scores[key] for key in keys)

    def search_words(
        self, question: str, k: int, /, within: frozenset[str] | None = None
    ) -> tuple[Scored, ...]:
        """The best ``k`` passages or fewer by (-BM25, key); no question is an error."""
        phrases = [self._tokenizer.tokens(word) for word in query_words(question)]
        every = [tokens for entry in self._entries.values() for tokens in entry.tokens]
        if not every or not phrases or k < 1:
            return ()
        average = sum(map(len, every)) / len(every)
        weights = [idf(len(every), sum(count(p, t) > 0 for t in every)) for p in phrases]
        found = [
            (int(key), bm25(phrases, weights, tokens, average))
            for entry in self._chosen(within)
            for key, tokens in zip(entry.keys, entry.tokens, strict=True)
            if any(count(phrase, tokens) for phrase in phrases)
        ]
        found.sort(key=lambda item: (-item[1], item[0]))
        return tuple(Scored(key, score) for key, score in found[:k])

    def similar_word(self, word: str, /) -> str | None:
        """A word of the library that ``word`` is most likely a misspelling of, or None."""
        texts = (p.text for entry in self._entries.values() for p in entry.passages)
        held = Counter(w.casefold() for text in texts for w in words_of(text))
        return closest(word, held.items()) if may_be_misspelt(word) else None

    def unknown_words(self, question: str, /) -> tuple[str, ...]:
        """Words of the question (stop words left out) that occur nowhere, in order, each once."""
        every = [tokens for entry in self._entries.values() for tokens in entry.tokens]
        return tuple(
            word
            for word in words_of(question)
            if word.casefold() not in ASKING
            and not any(count(self._tokenizer.tokens(word), tokens) for tokens in every)
        )

    def vectors_for(self, texts: Sequence[str], /) -> Mapping[str, Vector]:
        """The vectors already made of these (folded) texts, (dim,) float32 each."""
        held = {
            text: entry.vectors[n].astype(np.float32)
            for entry in self._entries.values()
            for n, text in enumerate(entry.folded)
        }
        return {text: vector for text in texts for vector in self._of(text, held)}

    def _of(self, text: str, held: Mapping[str, Vector]) -> list[Vector]:
        return [found[text] for found in (held, self._saved) if text in found][:1]

    def cache_vectors(self, texts: Sequence[str], vectors: Matrix, /) -> None:
        """Save vectors before their sources are put."""
        rows = check_rows(vectors, len(texts), self.dim)
        self._saved.update({text: rows[n].astype(np.float32) for n, text in enumerate(texts)})

    def clear_saved_vectors(self) -> None:
        """Forget saved vectors that no source came to use."""
        self._saved.clear()

    def close(self) -> None:
        """Nothing to close."""

    def _entry(self, id_: str) -> _Entry:
        found = self._entries.get(id_)
        if found is None:
            for entry in self._entries.values():
                if id_ in entry.record.aliases:
                    return entry
            raise LibraryError(f"no source {id_!r} in the library")
        return found

    def _chosen(self, within: frozenset[str] | None) -> list[_Entry]:
        return [
            entry
            for id_, entry in self._entries.items()
            if within is None or not within.isdisjoint((id_, *entry.record.aliases))
        ]


def _record(
    source: Source, origin: Origin, passages: int, aliases: tuple[str, ...]
) -> SourceRecord:
    return SourceRecord(
        id=source.id,
        title=source.title,
        sha256=source.sha256,
        file_sha256=source.file_sha256,
        media_type=source.media_type,
        extractor=source.extractor,
        root=origin.root,
        size=origin.size,
        mtime_ns=origin.mtime_ns,
        characters=len(source.text),
        pages=len(source.pages),
        passages=passages,
        metadata=source.metadata,
        notes=source.notes,
        aliases=aliases,
        tiling=origin.tiling,
        encoding=origin.encoding,
    )
