"""Loss against brute force, the rate's course, and training that resumes exactly."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from rag.errors import ModelError
from rag.reader.network import NEGATIVE_INFINITY
from rag.train.base_model import base_folder, base_network, load_tokenizer
from rag.train.batches import Position
from rag.train.checkpoint import Progress, load_checkpoint, save_checkpoint
from rag.train.export import checkpoint_network, export_checkpoint
from rag.train.pairs import Group, positive_pair
from rag.train.reader_loss import span_loss
from rag.train.reader_training import CHECKPOINT, CURVE, Plan, Run, rate_scale
from rag.train.reader_validation import Validation
from rag.train.squad import Paragraph, Question, sentence_spans
from rag.train.trainer import Recipe, Trainer, resume
from rag.types import Span

TEXT = "The mill opened in 1790. Tomas Brandt owned it."
PAIRS = [("When did the mill open?", "1790"), ("Who owned the mill?", "Tomas Brandt")]


class Questions:
    """Four groups, the same in every epoch."""

    def __len__(self):
        return 4

    def make(self, index, epoch):
        question, answer = PAIRS[index % 2]
        start = TEXT.index(answer)
        gold = Question(str(index), question, 0, (Span(start, start + len(answer)),))
        paragraph = Paragraph("Mills", TEXT, sentence_spans(TEXT))
        return Group((positive_pair(question, gold, paragraph),))


def test_span_loss_normalises_over_the_passages_of_a_question():
    logits = torch.tensor([[1.0, 2.0, 0.5], [3.0, NEGATIVE_INFINITY, 0.0], [0.0, 1.0, 4.0]])
    target = torch.zeros(3, 3, dtype=torch.bool)
    target[0, 1] = target[0, 2] = target[2, 0] = True
    group = torch.tensor([[0, 1], [2, 3]])  # the second question has one passage
    first = np.log(np.exp([1, 2, 0.5, 3, 0]).sum()) - np.log(np.exp([2, 0.5]).sum())
    second = np.log(np.exp([0, 1, 4]).sum()) - 0.0
    assert float(span_loss(logits, target, group)) == pytest.approx((first + second) / 2, rel=1e-6)
    target[2, 0] = False  # a question without a span is left out
    assert float(span_loss(logits, target, group)) == pytest.approx(first, rel=1e-6)


def test_the_rate_warms_up_stays_and_falls_to_zero():
    recipe = Recipe(warmup=10)
    assert [rate_scale(s, recipe, 0, 0) for s in (0, 4, 9, 500)] == [0.1, 0.5, 1.0, 1.0]
    falling = [rate_scale(s, recipe, 100, 50) for s in (100, 125, 149)]
    assert falling == pytest.approx([1.0, 0.5, 0.02])


@pytest.fixture(scope="module")
def tokenizer():
    return load_tokenizer(base_folder() / "tokenizer.json")


RECIPE = Recipe(seed=3, tokens=64, warmup=2, average=0.9)


def test_a_resumed_run_equals_one_that_never_stopped(tokenizer, tmp_path):
    whole = Trainer(base_network(3), RECIPE)
    Run(whole, Plan(tmp_path / "whole", stop_step=5)).go([Questions()], tokenizer)
    Run(Trainer(base_network(3), RECIPE), Plan(tmp_path / "half", stop_step=2)).go(
        [Questions()], tokenizer
    )
    again = Trainer(base_network(3), RECIPE)
    resume(again, tmp_path / "half" / CHECKPOINT)
    assert again.progress.step == 2
    Run(again, Plan(tmp_path / "rest", stop_step=5)).go([Questions()], tokenizer)
    assert again.progress.position == whole.progress.position
    expected, found = whole.tensors(), again.tensors()
    assert set(expected) == set(found)
    for name, tensor in expected.items():
        assert torch.allclose(tensor, found[name], atol=1e-6), name


def test_a_run_told_to_stop_leaves_a_checkpoint_of_its_last_step(tokenizer, tmp_path):
    asked = iter([False, False, True, True, True])
    run = Run(Trainer(base_network(3), RECIPE), Plan(tmp_path), stopping=lambda: next(asked))
    assert run.go([Questions()], tokenizer).step == 2
    assert load_checkpoint(tmp_path / CHECKPOINT)[1].step == 2


def test_training_learns_its_questions_and_keeps_a_finished_model(tokenizer, tmp_path):
    recipe = Recipe(seed=3, tokens=256, warmup=2, average=0.5, body_rate=3e-4, head_rate=3e-3)
    trainer = Trainer(base_network(3), recipe)
    groups = [Questions().make(i, 0) for i in range(2)]
    validation = Validation(tokenizer, groups, ["hard", "hard"])
    run = Run(trainer, Plan(tmp_path, decay_steps=25), validation.measure)
    run.go([Questions()], tokenizer)
    lines = [json.loads(line) for line in (tmp_path / CURVE).read_text().splitlines()]
    figures = lines[-1]["validation"]["average"]
    assert figures["em"] == figures["sentence"] == 1.0
    assert validation.measure(checkpoint_network(tmp_path / CHECKPOINT)) == figures
    mean = checkpoint_network(tmp_path / CHECKPOINT, "model", [tmp_path / CHECKPOINT])
    one, other = (
        checkpoint_network(tmp_path / CHECKPOINT, part).state_dict()
        for part in ("model", "average")
    )
    for name, tensor in mean.state_dict().items():
        assert torch.allclose(tensor, (one[name] + other[name]) / 2, atol=1e-7), name
    assert any(not torch.equal(one[name], other[name]) for name in one)
    frozen = "embeddings.word_embeddings.weight"
    assert torch.equal(
        trainer.network["encoder"].state_dict()[frozen],
        base_network(3)["encoder"].state_dict()[frozen],
    )


def test_another_recipe_and_a_broken_file_are_refused(tmp_path):
    path = tmp_path / "c.safetensors"
    settings = {"recipe": {"seed": 1}}
    progress = Progress(step=3, position=Position(1, 2, 3), tokens=4, questions=5, seconds=6.0)
    save_checkpoint(path, {"x": torch.arange(3)}, progress, settings)
    tensors, found, stored = load_checkpoint(path)
    assert (found, stored) == (progress, settings)
    assert tensors["x"].tolist() == [0, 1, 2]
    with pytest.raises(ModelError, match="another recipe"):
        resume(Trainer(base_network(3), RECIPE), path)
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(ModelError, match=r"c\.safetensors"):
        load_checkpoint(path)


def test_annealed_time_ends_at_rate_zero(tokenizer, tmp_path, monkeypatch):
    now = iter(range(0, 100_000, 10))
    monkeypatch.setattr("rag.train.reader_training.time.monotonic", lambda: float(next(now)))
    plan = Plan(tmp_path, checkpoint_seconds=1e9, stop_after=4000.0, anneal=0.5)
    progress = Run(Trainer(base_network(3), RECIPE), plan).go([Questions()], tokenizer)
    lines = [json.loads(line) for line in (tmp_path / CURVE).read_text().splitlines()]
    rates = [line["rate"] for line in lines]
    assert rates[0] == 1.0
    assert rates == sorted(rates, reverse=True)
    part = 2 * (1 - lines[-1]["step"] / progress.step)  # of the rate, steps taking the same time
    assert rates[-1] == pytest.approx(part, abs=0.05)


def test_a_reader_is_averaged_with_a_checkpoint(tokenizer, tmp_path):
    trainer = Trainer(base_network(3), RECIPE)
    Run(trainer, Plan(tmp_path, stop_step=2)).go([Questions()], tokenizer)
    checkpoint = tmp_path / CHECKPOINT
    export_checkpoint(checkpoint, tmp_path / "reader", "tried", "average")
    mean = checkpoint_network(checkpoint, "model", [tmp_path / "reader"]).state_dict()
    one, other = (
        checkpoint_network(checkpoint, part).state_dict() for part in ("model", "average")
    )
    for name, tensor in mean.items():
        assert torch.allclose(tensor, (one[name] + other[name]) / 2, atol=1e-3), name
