"""One contract for every store. The brute-force store is the oracle: ids, order and values."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import LibraryError
from rag.protocols import Origin, RootState
from rag.store.dense import DenseIndex, Rows
from rag.store.sqlite import SqliteStore
from rag.types import Unreadable
from tests.memory_store import MemoryStore
from tests.stores import DIM, EMBEDDER, AnyStore, made, memory_store, put, sqlite_store

PIGS = ("Pigs fly at night.\n", "A pig sleeps. ", "Cows graze by day, pigs do not.")
SEA = ("The sea is deep.\n", "Ships sail the deep sea at night.")


@pytest.fixture(params=[sqlite_store, memory_store])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyStore]:
    make: Callable[[Path], AnyStore] = request.param
    opened = make(tmp_path / "library")
    yield opened
    opened.close()


def test_gives_back_what_was_put(store: AnyStore) -> None:
    source = put(store, "a/pigs.txt", PIGS, boilerplate=(1,))
    _, passages = made("a/pigs.txt", PIGS, boilerplate=(1,))
    assert store.source("a/pigs.txt") == source
    assert store.passages("a/pigs.txt") == passages
    (record,) = store.records()
    assert (record.id, record.root, record.size, record.mtime_ns) == (
        "a/pigs.txt",
        "root",
        len(source.text),
        7,
    )
    assert (record.characters, record.passages, record.metadata, record.notes) == (
        len(source.text),
        3,
        source.metadata,
        source.notes,
    )


def test_the_cosines_of_given_passages_are_those_of_the_search(store: AnyStore) -> None:
    put(store, "pigs", PIGS)
    put(store, "sea", SEA)
    query = EMBEDDER.embed_query("pigs at night")
    found = store.search_dense(query, 10)
    keys = [hit.key for hit in found]
    assert store.cosines(query, keys) == tuple(hit.score for hit in found)
    assert store.cosines(query, keys[::-1][:2]) == tuple(hit.score for hit in found[::-1][:2])
    assert store.cosines(query, ()) == ()
    with pytest.raises(KeyError):
        store.cosines(query, [*keys, max(keys) + 1])


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("Grzae", "graze"),  # two neighbours swapped
        ("slepes", "sleeps"),
        ("nigth", "night"),
        ("pogs", "pigs"),
        ("piqs", "pigs"),
        ("figs", None),  # the first letter is taken to be right
        ("ships5", None),
        ("elephant", None),
        ("pgs", None),  # too short to tell
    ],
)
def test_a_misspelt_word_is_told_by_the_words_there_are(
    store: AnyStore, word: str, meant: str | None
) -> None:
    put(store, "pigs", PIGS)
    put(store, "sea", SEA)
    assert store.similar_word(word) == meant


def test_dense_scores_are_cosines(store: AnyStore) -> None:
    put(store, "pigs", PIGS)
    query = EMBEDDER.embed_query("pigs at night")
    found = store.search_dense(query, 10)
    rows = EMBEDDER.embed_passages(PIGS).astype(np.float16).astype(np.float64)
    expected = sorted((rows @ query.astype(np.float64)).tolist(), reverse=True)
    assert [hit.score for hit in found] == pytest.approx(expected, abs=1e-12)
    assert store.passage(found[0].key).text == PIGS[0]


def test_words_are_stemmed_and_stop_words_left_out(store: AnyStore) -> None:
    put(store, "pigs", PIGS)
    put(store, "sea", SEA)
    texts = [store.passage(hit.key).text for hit in store.search_words("Where is the pig?", 10)]
    assert sorted(texts) == sorted(PIGS)
    only_stop_words = store.search_words("by the", 10)
    assert {store.passage(h.key).text for h in only_stop_words} == {PIGS[2], SEA[0], SEA[1]}


def test_searches_stay_within_sources_before_the_best_are_taken(store: AnyStore) -> None:
    for n in range(20):
        put(store, f"pigs{n}", PIGS)
    put(store, "sea", SEA)
    query = EMBEDDER.embed_query("pigs fly at night")
    sea = frozenset({"sea"})
    assert {store.passage(h.key).source.id for h in store.search_dense(query, 2, sea)} == {"sea"}
    assert len(store.search_dense(query, 2, sea)) == 2
    (hit,) = store.search_words("pigs fly at night", 2, sea)
    assert store.passage(hit.key).text == SEA[1]
    for nothing in (frozenset[str](), frozenset({"unknown"})):
        assert store.search_dense(query, 5, nothing) == ()
        assert store.search_words("pigs", 5, nothing) == ()


def test_equal_passages_come_in_the_order_of_their_keys(store: AnyStore) -> None:
    for n in range(70):
        put(store, f"pigs{n:02}", ("The same words.",))
    query = EMBEDDER.embed_query("same words")
    keys = [hit.key for hit in store.search_dense(query, 5)]
    assert keys == sorted(keys)
    assert [store.passage(k).source.id for k in keys] == [f"pigs{n:02}" for n in range(5)]
    words = [hit.key for hit in store.search_words("same words", 5)]
    assert words == keys


@pytest.mark.parametrize("k", [0, 1, 2, 3, 4, 1000])
def test_k_is_clamped(store: AnyStore, k: int) -> None:
    put(store, "pigs", PIGS)
    assert len(store.search_dense(EMBEDDER.embed_query("pigs"), k)) == min(k, 3)
    assert len(store.search_words("pigs", k)) == min(k, 3)


def test_an_empty_store_finds_nothing(store: AnyStore) -> None:
    assert store.search_dense(EMBEDDER.embed_query("pigs"), 5) == ()
    assert store.search_words("pigs", 5) == ()
    assert store.unknown_words("pigs fly") == ("pigs", "fly")
    assert store.unknown_words("How many pigs fly? Tell me, please") == ("pigs", "fly")


@pytest.mark.parametrize(
    "query",
    [
        np.zeros(DIM + 1, np.float32),
        np.zeros((1, DIM), np.float32),
        np.full(DIM, np.nan, np.float32),
    ],
)
def test_a_wrong_query_vector_is_an_error(store: AnyStore, query: np.ndarray) -> None:
    put(store, "pigs", PIGS)
    with pytest.raises(ValueError, match="query vector"):
        store.search_dense(query, 5)


@pytest.mark.parametrize("factor", [0.0, 1.0, np.nan, np.inf])
def test_a_vector_that_is_not_of_unit_length_is_refused(store: AnyStore, factor: float) -> None:
    source, passages = made("pigs", PIGS)
    vectors = EMBEDDER.embed_passages(PIGS)
    vectors[1] = factor
    with pytest.raises(ValueError, match="unit length"):
        store.put(source, passages, vectors, Origin("root", 1, 1))
    assert store.records() == ()


def test_passages_must_tile_their_source(store: AnyStore) -> None:
    source, passages = made("pigs", PIGS)
    other, _ = made("sea", PIGS)
    for bad in (passages[1:], passages[:-1], passages[::-1], ()):
        vectors = EMBEDDER.embed_passages([p.text for p in bad])
        with pytest.raises(ValueError, match="pigs"):
            store.put(source, bad, vectors, Origin("root", 1, 1))
    with pytest.raises(ValueError, match="was given for"):
        store.put(other, passages, EMBEDDER.embed_passages(PIGS), Origin("root", 1, 1))


def test_putting_again_replaces(store: AnyStore) -> None:
    put(store, "pigs", PIGS)
    put(store, "pigs", ("Only cows now.",))
    assert store.search_words("pigs", 5) == ()
    assert len(store.search_dense(EMBEDDER.embed_query("pigs"), 5)) == 1
    assert store.unknown_words("pigs cows") == ("pigs",)


def test_a_removed_source_is_gone_from_everything(store: AnyStore) -> None:
    put(store, "pigs", PIGS)
    put(store, "sea", SEA)
    (old,) = store.search_words("graze", 1)
    before = store.generation
    store.remove(["pigs", "never there"])
    assert store.generation > before
    assert [r.id for r in store.records()] == ["sea"]
    assert store.search_words("pigs", 5) == ()
    assert store.counts() == (1, 2)
    with pytest.raises(LibraryError, match="pigs"):
        store.source("pigs")
    with pytest.raises(LibraryError, match="no longer"):
        store.passage(old.key)


def test_word_scores_after_removal_equal_those_of_a_fresh_build(
    store: AnyStore, tmp_path: Path
) -> None:
    put(store, "pigs", PIGS)
    put(store, "sea", SEA)
    store.remove(["pigs"])
    fresh = memory_store(tmp_path)
    put(fresh, "sea", SEA)
    scores = [hit.score for hit in store.search_words("deep night", 5)]
    assert scores == [hit.score for hit in fresh.search_words("deep night", 5)]


def test_aliases_lead_to_their_source(store: AnyStore) -> None:
    put(store, "pigs", PIGS, aliases=("copy/pigs",))
    put(store, "sea", SEA)
    assert store.source("copy/pigs").id == "pigs"
    assert store.source("pigs").aliases == ("copy/pigs",)
    assert len(store.search_words("pigs", 9, frozenset({"copy/pigs"}))) == 3
    store.set_aliases("pigs", ("z", "b"))
    assert store.source("pigs").aliases == store.records()[0].aliases == ("b", "z")
    store.remove(["z"])
    assert store.records()[0].aliases == ("b",)
    with pytest.raises(LibraryError, match="sea"):
        store.set_aliases("pigs", ("sea",))
    with pytest.raises(LibraryError, match="sea"):
        put(store, "new", SEA, aliases=("sea",))
    put(store, "b", ("No longer a copy.",))
    assert store.source("b").text == "No longer a copy."
    assert store.source("pigs").aliases == ()


def test_an_id_of_another_root_is_refused(store: AnyStore) -> None:
    put(store, "notes.txt", PIGS, root="one")
    with pytest.raises(LibraryError, match="one"):
        put(store, "notes.txt", SEA, root="two")
    assert len(store.search_words("pigs", 5)) == 3


def test_skipped_is_kept_per_root(store: AnyStore) -> None:
    before = store.generation
    one = RootState("one", "one", 2, 2, finished=True, skipped=("a.jpg", "b.jpg"))
    store.set_root(one)
    store.set_root(replace(one, label="two", skipped=("ä.xyz",)))
    assert store.skipped() == ("a.jpg", "b.jpg", "ä.xyz")
    assert store.generation == before + 2
    store.set_root(replace(one, done=1))
    assert store.generation == before + 2
    store.set_root(replace(one, skipped=()))
    assert store.skipped() == ("ä.xyz",)


def test_an_unfinished_run_is_said(store: AnyStore) -> None:
    assert store.unfinished() == ("indexing was not finished: no file was read yet",)
    run = RootState("one", "docs", 80, 24)
    store.set_root(run)
    before = store.generation
    assert store.unfinished() == ("indexing was not finished: 24 of 80 files",)
    store.set_root(replace(run, done=80, finished=True, missing=1))
    (said,) = store.unfinished()
    assert said.startswith("1 source was no longer in docs")
    store.set_root(replace(run, done=80, finished=True))
    assert store.unfinished() == ()
    assert store.generation == before


def test_unreadable_is_kept_per_root(store: AnyStore) -> None:
    first, second = Unreadable("a.pdf", "encrypted"), Unreadable("b.pdf", "0 bytes")
    store.set_unreadable((first,), root="one")
    store.set_unreadable((second,), root="two")
    assert store.unreadable() == (first, second)
    store.set_unreadable((), root="one")
    assert store.unreadable() == (second,)


def test_vectors_are_found_again_by_text(store: AnyStore) -> None:
    put(store, "pigs", PIGS)
    found = store.vectors_for([PIGS[2], "never seen"])
    assert list(found) == [PIGS[2]]
    expected = EMBEDDER.embed_passages([PIGS[2]])[0].astype(np.float16).astype(np.float32)
    assert np.array_equal(found[PIGS[2]], expected)


HOSTILE = [
    '"', '""', "'", "AND", "NOT pigs", "pigs NEAR(", "*", "^pigs", "folded:pigs", "{pigs}", "-pigs",
    "a\0b", "\0", "\ud800", "ﬁ", "e\u0301", "\u0301", "", " ", "日本語", "%s; DROP", "_", "🐖",
    "pigs" * 5000, " ".join(f"w{n}" for n in range(700)),
]  # fmt: skip


@pytest.mark.parametrize("question", HOSTILE, ids=range(len(HOSTILE)))
def test_no_question_is_an_error_of_word_search(store: AnyStore, question: str) -> None:
    put(store, "pigs", PIGS)
    holds_the_word = re.search(r"\bpigs\b", question) is not None
    assert len(store.search_words(question, 5)) == (3 if holds_the_word else 0)
    store.unknown_words(question)


def test_accents_case_and_ligatures_do_not_part_words(store: AnyStore) -> None:
    put(store, "cafe", ("The CAFÉ is on fire.",))
    for question in ("cafe", "Cafe\u0301", "café", "ﬁre"):
        assert len(store.search_words(question, 5)) == 1, question
    assert store.unknown_words("Café café water WATER?") == ("water",)


WORD = st.sampled_from(
    ("pig", "pigs", "fly", "flies", "night", "the", "of", "sea", "É", "日本", "x")
)
TEXT = st.lists(WORD, min_size=1, max_size=6).map(lambda words: " ".join(words) + "\n")
CHANGE = st.tuples(st.sampled_from("abcd"), st.lists(TEXT, min_size=0, max_size=5))


@settings(max_examples=25, deadline=None)
@given(
    changes=st.lists(CHANGE, min_size=1, max_size=9),
    questions=st.lists(TEXT, min_size=1, max_size=4),
    k=st.integers(1, 8),
    within=st.none() | st.frozensets(st.sampled_from("abcde")),
)
def test_any_history_gives_what_brute_force_gives(
    changes: list[tuple[str, list[str]]],
    questions: list[str],
    k: int,
    within: frozenset[str] | None,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tested, oracle = sqlite_store(Path(folder)), memory_store(Path(folder))
        for id_, texts in changes:
            for store in (tested, oracle):
                put(store, id_, texts) if texts else store.remove([id_])
            _compare(tested, oracle, questions[0], k, within)
        for question in questions:
            _compare(tested, oracle, question, k, within)
        tested.close()


def _compare(
    tested: SqliteStore, oracle: MemoryStore, question: str, k: int, within: frozenset[str] | None
) -> None:
    query = EMBEDDER.embed_query(question)
    assert tested.search_dense(query, k, within) == oracle.search_dense(query, k, within)
    assert tested.search_words(question, k, within) == oracle.search_words(question, k, within)
    assert tested.unknown_words(question) == oracle.unknown_words(question)
    assert tested.records() == oracle.records()
    assert tested.counts(within) == oracle.counts(within)


def test_the_comparison_can_fail(tmp_path: Path) -> None:
    tested, oracle = sqlite_store(tmp_path), memory_store(tmp_path)
    put(tested, "pigs", PIGS)
    put(oracle, "pigs", (PIGS[0], PIGS[2], PIGS[1]))
    with pytest.raises(AssertionError):
        _compare(tested, oracle, "pigs fly", 2, None)
    tested.close()


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=200).filter(lambda t: t.isascii() or _storable(t)))
def test_every_text_comes_back_as_it_was(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = sqlite_store(Path(folder))
        source = put(store, "x", (text,))
        store.close()
        again = SqliteStore.open(Path(folder))
        assert again.source("x") == source
        assert again.passages("x")[0].text == text
        again.close()


def _storable(text: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in text)


def test_an_index_that_grew_and_shrank_is_that_of_a_fresh_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changes are searched beside the index that was there, which is not built anew for each."""
    built: list[int] = []
    build = DenseIndex.build

    def counted(generation: int, rows: Rows, dim: int) -> DenseIndex:
        built.append(generation)
        return build(generation, rows, dim)

    monkeypatch.setattr(DenseIndex, "build", counted)
    store, oracle = sqlite_store(tmp_path), memory_store(tmp_path)
    query = EMBEDDER.embed_query("pigs and cows in the sea at night")
    both: tuple[AnyStore, AnyStore] = (store, oracle)
    for step in range(12):
        for one in both:
            put(one, f"{step % 7}.txt", [f"Pigs {step} fly.\n", f"Cows {step} graze.\n", *SEA])
            if step % 3 == 2:
                one.remove([f"{step % 5}.txt"])
        for within in (None, frozenset({"1.txt", "4.txt"})):
            for k in (1, 5, 100):
                assert store.search_dense(query, k, within) == oracle.search_dense(query, k, within)
    assert len(built) == 1
    store.close()


def test_an_index_that_changed_much_is_built_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.store.dense.FEW", 2)
    store = sqlite_store(tmp_path)
    put(store, "a.txt", PIGS)
    query = EMBEDDER.embed_query("pigs")
    store.search_dense(query, 5)
    put(store, "b.txt", [f"Number {n} of the pigs.\n" for n in range(9)])
    assert len(store.search_dense(query, 50)) == len(PIGS) + 9
    assert store._dense is not None
    assert len(store._dense.later) == 0
    store.close()
