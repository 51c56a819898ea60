"""What every reader keeps, whichever it is."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.embed import HashEmbedder
from rag.protocols import PassageText
from rag.reader.fallback import FallbackReader
from rag.reader.foreign import ForeignReader
from rag.reader.trained import TrainedReader
from rag.types import Span
from tests.tiny_models import KINDS, tiny_model


@pytest.fixture(scope="module", params=["trained", "fallback", *KINDS])
def reader(request, untrained_reader, tmp_path_factory):
    if request.param == "trained":
        return TrainedReader(untrained_reader, bf16=False)
    if request.param == "fallback":
        return FallbackReader(HashEmbedder())
    return ForeignReader(tiny_model(tmp_path_factory.mktemp("tiny"), request.param))


def passage(sentences, prior=None):
    spans, start = [], 0
    for sentence in sentences:
        spans.append(Span(start, start + len(sentence)))
        start += len(sentence) + 1
    return PassageText(" ".join(sentences), tuple(spans), prior=prior)


sentence = st.text("ab é\u0301東😀.\u200d\n", min_size=1, max_size=24).filter(
    lambda text: text == text.strip() and text
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(sentence, max_size=3), max_size=3), st.sampled_from([None, 0.0, 0.7]))
def test_one_reading_per_passage_with_numbers_and_offsets_inside(reader, texts, prior):
    passages = [passage(sentences, prior) for sentences in texts]
    readings = reader.read("Which sea is near?", passages)
    assert len(readings) == len(passages)
    for text, reading in zip(passages, readings, strict=True):
        assert math.isfinite(reading.score)
        assert 0 <= reading.probability <= 1
        assert len(reading.sentences) == len(text.sentences)
        assert all(0 <= p <= 1 for p in reading.sentences)
        if text.sentences:
            assert reading.probability == pytest.approx(max(reading.sentences))
        if reading.answer is not None:
            assert reading.answer.end <= len(text.text)


def test_the_best_score_has_the_best_probability(reader):
    passages = [passage([f"Sea number {n} lies near the town of {n}."]) for n in range(4)]
    readings = reader.read("Which sea is near the town of 2?", passages)
    by_score = sorted(range(4), key=lambda i: -readings[i].score)
    by_probability = sorted(range(4), key=lambda i: -readings[i].probability)
    assert by_score == by_probability


def test_the_same_question_gets_the_same_readings(reader):
    passages = [passage(["The sea is near.", "The hill is far."]), passage(["Nothing here."])]
    first = reader.read("Where is the sea?", passages)
    assert tuple(reader.read("Where is the sea?", passages)) == tuple(first)


def test_a_reader_says_what_it_is(reader):
    assert reader.name
    assert 0 <= reader.threshold <= 1
    assert reader.calibrated in (True, False)
