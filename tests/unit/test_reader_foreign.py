"""Readers of other makers: which model is what, and that their numbers are the library's own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rag.errors import ModelError, UsageError
from rag.protocols import PassageText
from rag.reader import ForeignReader, TrainedReader, load_reader
from rag.types import Span
from tests.tiny_models import KINDS, tiny_model

TEXT = "The sea is near. The hill is far of Rome."
PASSAGE = PassageText(TEXT, (Span(0, 16), Span(17, 41)))
QUESTION = "Where is the sea?"


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_is_known_by_what_it_says_of_itself(kind: str, tmp_path: Path) -> None:
    reader = load_reader(str(tiny_model(tmp_path / "mine", kind)))
    assert isinstance(reader, ForeignReader)
    assert reader.name.startswith("mine@")
    assert not reader.calibrated
    other = ForeignReader(tiny_model(tmp_path / "other", kind, seed=4), "mine")
    assert other.name != reader.name


def test_the_shipped_reader_and_folders_of_ours_are_loaded_as_such(untrained_reader: Path) -> None:
    assert isinstance(load_reader(str(untrained_reader)), TrainedReader)


def test_what_is_no_reader_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not on this machine"):
        load_reader("someone/no-such-reader")
    folder = tiny_model(tmp_path / "m", "cross-encoder")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"architectures": ["BertForMaskedLM"]}))
    with pytest.raises(ModelError, match="a BertForMaskedLM is no reader"):
        load_reader(str(folder))
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match="no tokenizer"):
        load_reader(str(folder))


def test_the_best_span_is_that_of_every_pair_of_tokens(tmp_path: Path) -> None:
    """Against a search of all spans, on the library's own logits for the same row."""
    import torch
    from transformers import AutoModelForQuestionAnswering

    folder = tiny_model(tmp_path / "qa", "question answering", seed=11)
    reader = ForeignReader(folder)
    (row,) = reader._rows(QUESTION, TEXT)
    network = AutoModelForQuestionAnswering.from_pretrained(folder).eval()
    with torch.inference_mode():
        output = network(
            input_ids=torch.tensor([row.ids]), token_type_ids=torch.tensor([row.kinds])
        )
    start, end = output.start_logits[0].numpy(), output.end_logits[0].numpy()
    places = np.flatnonzero(row.inside)
    pairs = [(start[a] + end[b], a, b) for a in places for b in places if a <= b <= a + 29]
    score, first, last = max(pairs)
    (reading,) = reader.read(QUESTION, [PASSAGE])
    assert reading.score == pytest.approx(score - start[0] - end[0], abs=1e-4)
    assert reading.answer is not None
    assert reading.answer.start == row.starts[first]
    assert reading.answer.end <= row.ends[last]


def test_a_cross_encoder_gives_the_librarys_scores(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification

    folder = tiny_model(tmp_path / "ranker", "cross-encoder", seed=12)
    reader = ForeignReader(folder)
    network = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    expected = []
    for sentence in PASSAGE.sentences:
        (row,) = reader._rows(QUESTION, TEXT[sentence.start : sentence.end])
        with torch.inference_mode():
            output = network(
                input_ids=torch.tensor([row.ids]), token_type_ids=torch.tensor([row.kinds])
            )
        expected.append(1 / (1 + np.exp(-float(output.logits))))
    (reading,) = reader.read(QUESTION, [PASSAGE])
    assert reading.sentences == pytest.approx(expected, abs=1e-5)
    assert reading.answer is None


def test_a_passage_longer_than_the_model_is_read_to_its_end(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "marks", "token classifier", positions=32)
    reader = ForeignReader(folder)
    text = "the sea is near. " * 30
    spans = tuple(Span(i * 17, i * 17 + 16) for i in range(30))
    rows = reader._rows(QUESTION, text)
    assert len(rows) > 1
    assert max(int(row.ends[row.inside].max()) for row in rows) == len(text.rstrip())
    (reading,) = reader.read(QUESTION, [PassageText(text, spans)])
    assert all(p > 1e-6 for p in reading.sentences)


def test_questions_that_cannot_be_asked(tmp_path: Path) -> None:
    reader = ForeignReader(tiny_model(tmp_path / "qa", "question answering", positions=16))
    with pytest.raises(UsageError, match="empty"):
        reader.read("  ", [PASSAGE])
    with pytest.raises(UsageError, match="too long"):
        reader.read("sea " * 40, [PASSAGE])
