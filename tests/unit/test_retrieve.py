"""Fusion and retrieval: values, order, filters, further queries, boilerplate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.embed import HashEmbedder
from rag.errors import UsageError
from rag.protocols import Scored
from rag.retrieve import fuse, retrieve
from rag.settings import Settings
from rag.store.sqlite import SqliteStore
from tests.stores import EMBEDDER, put, sqlite_store

SETTINGS = Settings(dense_weight=0.25)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = sqlite_store(tmp_path)
    put(opened, "court", ("The court sits in The Hague.\n", "It was founded by treaty in 1998."))
    put(opened, "menu", ("Home | Court | Contact\n", "The cafe serves soup."), boilerplate=(0,))
    put(opened, "ship", ("The ship sank in 1912.\n", "Two inquiries followed."))
    yield opened
    opened.close()


def scored(**scores: float) -> tuple[Scored, ...]:
    found = (Scored(int(key[1:]), score) for key, score in scores.items())
    return tuple(sorted(found, key=lambda s: (-s.score, s.key)))


def test_min_max_by_hand() -> None:
    dense = scored(k1=0.9, k2=0.5, k3=0.4)
    words = scored(k3=12.0, k4=8.0, k1=2.0)
    fused = fuse(dense, words, weight=0.25)
    assert [s.key for s in fused] == [3, 4, 1, 2]
    assert [s.score for s in fused] == pytest.approx([0.75, 0.45, 0.25, 0.05])


def test_one_list_alone_keeps_its_order() -> None:
    found = scored(k5=3.0, k1=2.0, k2=1.0)
    assert [s.key for s in fuse(found, (), weight=0.5)] == [5, 1, 2]
    assert [s.key for s in fuse((), found, weight=0.5)] == [5, 1, 2]
    assert fuse((), (), weight=0.5) == ()


def test_equal_scores_count_as_one_and_go_by_key() -> None:
    assert fuse((), scored(k9=4.0, k2=4.0), weight=0.25) == (Scored(2, 0.75), Scored(9, 0.75))
    assert fuse(scored(k7=-0.5), (), weight=0.25) == (Scored(7, 0.25),)


LIST = st.dictionaries(st.integers(1, 30), st.integers(-50, 50).map(lambda n: n / 8), max_size=12)


@given(LIST, LIST, st.floats(0, 1))
def test_fusion_keeps_every_passage_in_order_within_bounds(
    dense: dict[int, float], words: dict[int, float], weight: float
) -> None:
    lists = [tuple(Scored(k, s) for k, s in found.items()) for found in (dense, words)]
    fused = fuse(*lists, weight=weight)
    assert {s.key for s in fused} == set(dense) | set(words)
    assert all(-1e-9 <= s.score <= 1 + 1e-9 for s in fused)
    assert [(-s.score, s.key) for s in fused] == sorted((-s.score, s.key) for s in fused)
    shuffled = fuse(*[found[::-1] for found in lists], weight=weight)
    assert shuffled == fused


@given(LIST, LIST)
def test_a_passage_that_leads_both_lists_leads(
    dense: dict[int, float], words: dict[int, float]
) -> None:
    best = [Scored(0, max(found.values(), default=0.0) + 1.0) for found in (dense, words)]
    lists = [
        (top, *(Scored(k, s) for k, s in found.items()))
        for top, found in zip(best, (dense, words), strict=True)
    ]
    assert fuse(*lists, weight=0.4)[0] == Scored(0, pytest.approx(1.0))


def test_hits_carry_their_parts(store: SqliteStore) -> None:
    hits = retrieve(store, EMBEDDER, "Where does the court sit?", settings=SETTINGS, k=3)
    assert hits[0].passage.text == "The court sits in The Hague.\n"
    assert hits[0].words is not None
    assert hits[0].dense == pytest.approx(
        float(EMBEDDER.embed_query("Where does the court sit?") @ EMBEDDER.embed_passages(
            ["The court sits in The Hague.\n"])[0]), abs=1e-3,
    )  # fmt: skip
    soup = [
        h for h in retrieve(store, EMBEDDER, "court", settings=SETTINGS) if "soup" in h.passage.text
    ]
    assert soup[0].words is None


def test_at_most_as_many_as_the_reader_is_given(store: SqliteStore) -> None:
    few = Settings(read_passages=2)
    assert len(retrieve(store, EMBEDDER, "court", settings=few)) == 2
    assert len(retrieve(store, EMBEDDER, "court", settings=few, k=5)) == 5
    assert len(retrieve(store, EMBEDDER, "court", settings=few, k=500)) == 6
    whole = retrieve(store, EMBEDDER, "court", settings=few, k=500)
    for k in range(1, 6):
        assert retrieve(store, EMBEDDER, "court", settings=few, k=k) == whole[:k]


def test_boilerplate_counts_half(store: SqliteStore) -> None:
    for text in ("Court.", "Contact the court."):
        hits = retrieve(store, EMBEDDER, text, settings=SETTINGS, k=6)
        marked = next(h for h in hits if h.passage.boilerplate)
        assert marked.score <= 0.5
        assert marked.words is not None
    only = frozenset({"menu"})
    hits = retrieve(store, EMBEDDER, "contact", settings=SETTINGS, within=only, k=6)
    assert hits[0].passage.boilerplate
    assert hits[0].score == pytest.approx(0.5)


def test_a_passage_without_a_word_is_left_out(store: SqliteStore) -> None:
    put(store, "blank", ("\n\n", "* * *\n", "Soup."))
    hits = retrieve(store, EMBEDDER, "soup", settings=SETTINGS, k=20)
    found = [h.passage.text for h in hits if h.passage.source.id == "blank"]
    assert found == ["Soup."]


def test_a_filter_is_applied_before_ranking(store: SqliteStore) -> None:
    ship = frozenset({"ship"})
    narrow = Settings(candidates=1, read_passages=1)
    hits = retrieve(store, EMBEDDER, "the court's treaty", settings=narrow, within=ship, k=1)
    assert [h.passage.source.id for h in hits] == ["ship"]
    assert retrieve(store, EMBEDDER, "court", settings=SETTINGS, within=frozenset({"x"})) == ()


def test_further_queries_help_and_do_not_drown(store: SqliteStore) -> None:
    alone = retrieve(store, EMBEDDER, "When?", settings=SETTINGS, k=6)
    assert alone[0].passage.text != "The ship sank in 1912.\n"
    led = retrieve(
        store, EMBEDDER, "When?", settings=SETTINGS, k=6, also=("When? ship sank", "ship sank")
    )
    assert led[0].passage.text == "The ship sank in 1912.\n"
    stands = retrieve(
        store, EMBEDDER, "founded by treaty in 1998", settings=SETTINGS, also=("ship sank",)
    )
    assert stands[0].passage.text == "It was founded by treaty in 1998."
    assert all(0 <= hit.score <= 1 for hit in led + stands)


def test_a_repeated_or_empty_further_query_changes_nothing(store: SqliteStore) -> None:
    alone = retrieve(store, EMBEDDER, "court", settings=SETTINGS)
    assert retrieve(store, EMBEDDER, "court", settings=SETTINGS, also=("court", " ")) == alone


def test_a_further_query_may_be_longer_than_the_window(store: SqliteStore) -> None:
    narrow = HashEmbedder(EMBEDDER.dim, window=8)
    history = "ship " * 20 + "sank"
    hits = retrieve(store, narrow, "When?", settings=SETTINGS, also=(history,))
    assert hits[0].passage.text == "The ship sank in 1912.\n"
    with pytest.raises(UsageError, match="shorter question"):
        retrieve(store, narrow, history, settings=SETTINGS)


def test_equal_scores_go_by_source_and_place(tmp_path: Path) -> None:
    orders = []
    for n, ids in enumerate((("b", "a", "c"), ("c", "b", "a"))):
        store = sqlite_store(tmp_path / str(n))
        for id_ in ids:
            put(store, id_, ("The same words.\n", "The same words.\n"))
        hits = retrieve(store, EMBEDDER, "same words", settings=SETTINGS)
        orders.append([(h.passage.source.id, h.passage.index) for h in hits])
        store.close()
    assert orders[0] == orders[1] == [(i, n) for i in "abc" for n in (0, 1)]


def test_an_empty_library_gives_nothing(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path / "empty")
    assert retrieve(store, EMBEDDER, "anything", settings=SETTINGS) == ()
    store.close()
