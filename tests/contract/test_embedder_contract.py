"""One contract for every embedder."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import numpy as np
import pytest

from rag.embed import HashEmbedder, PackedEmbedder, SentenceEmbedder, load_embedder
from rag.embed.counting import Counts
from rag.embed.files import find_model
from rag.errors import UsageError
from rag.protocols import Embedder

TEXTS = (
    "The ship sank in 1912, and two inquiries followed.",
    "Soup.",
    "İstanbul, Straße, 東京, and a pig 🐖; e\u0301 and \u200f.",
    "The ship sank in 1912, and two inquiries followed.",
    "\n \n",
)


MADE: dict[str, Callable[[], Embedder]] = {
    "all-MiniLM-L6-v2": load_embedder,
    "by sentence-transformers": lambda: SentenceEmbedder(find_model()),
    "hashed-words-64": lambda: load_embedder("hashed-words-64"),
}


@pytest.fixture(scope="module", params=MADE)
def embedder(request: pytest.FixtureRequest) -> Embedder:
    return MADE[request.param]()


def test_rows_are_unit_float32_in_order(embedder: Embedder) -> None:
    vectors = embedder.embed_passages(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((5, embedder.dim), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert vectors[0] @ vectors[3] == pytest.approx(1.0, abs=1e-4)
    backwards = embedder.embed_passages(TEXTS[::-1])[::-1]
    assert np.einsum("nd,nd->n", vectors, backwards) == pytest.approx(1.0, abs=1e-3)
    assert embedder.embed_passages(()).shape == (0, embedder.dim)


def test_a_query_is_a_unit_vector_nearest_to_its_own_words(embedder: Embedder) -> None:
    query = embedder.embed_query("When did the ship sink?")
    assert (query.shape, query.dtype) == ((embedder.dim,), np.float32)
    assert np.linalg.norm(query) == pytest.approx(1.0, abs=1e-5)
    assert int(np.argmax(embedder.embed_passages(TEXTS) @ query)) in (0, 3)


def test_it_reads_up_to_its_window_and_cuts_nothing(embedder: Embedder) -> None:
    empty = embedder.count("")
    fits = "pig " * (embedder.window - empty)
    assert embedder.count(fits) == embedder.window
    assert embedder.embed_passages([fits]).shape == (1, embedder.dim)
    assert embedder.embed_query(fits).shape == (embedder.dim,)
    with pytest.raises(ValueError, match=str(embedder.window)):
        embedder.embed_passages(["pig", fits + "pig"])
    with pytest.raises(UsageError, match=str(embedder.window)):
        embedder.embed_query(fits + "pig")


def test_the_last_word_that_fits_is_read(embedder: Embedder) -> None:
    """Two texts that differ in their last word only have different vectors."""
    room = embedder.window - embedder.count("") - 1
    pig, soup = embedder.embed_passages(["pig " * room + "pig", "pig " * room + "soup"])
    assert not np.allclose(pig, soup, atol=1e-6)


def test_the_name_holds_no_path_and_is_the_same_next_time(embedder: Embedder) -> None:
    assert "/" not in embedder.name
    again: Embedder = load_embedder(embedder.name.partition("@")[0])
    assert again.name == embedder.name
    assert (HashEmbedder(64).name == embedder.name) is isinstance(embedder, HashEmbedder)


def test_the_packed_embedder_gives_the_vectors_of_the_model_library() -> None:
    """Rows of every length in one call, so that packing, padding and order are all at work."""
    files = find_model()
    words = ("the ship sank and two inquiries asked why nobody saw the ice " * 24).split()
    texts = [*TEXTS, *(" ".join(words[:n]) for n in (1, 2, 15, 16, 17, 63, 64, 120, 250))]
    packed, library = PackedEmbedder(files), SentenceEmbedder(files)
    assert [packed.count(text) for text in texts] == [library.count(text) for text in texts]
    assert (packed.dim, packed.window, packed.name) == (library.dim, library.window, library.name)
    agreement = np.einsum("nd,nd->n", packed.embed_passages(texts), library.embed_passages(texts))
    assert agreement.min() > 0.999
    assert packed.embed_query(texts[0]) @ library.embed_query(texts[0]) > 0.999


@pytest.mark.parametrize(
    "text", ["", "The fee is €5.", "Straße, naïve; [SEP] 日本語 " * 40, "a\u0301 \x00"]
)
def test_another_process_counts_the_same(text: str) -> None:
    for embedder in (load_embedder(), HashEmbedder(), SentenceEmbedder(find_model())):
        assert isinstance(embedder, Counts)
        counter = embedder.counter()
        assert counter is not None
        assert pickle.loads(pickle.dumps(counter))(text) == embedder.count(text)
