"""The model card is written from what a checkpoint and a manifest hold."""

from __future__ import annotations

from dataclasses import asdict

import pytest
import torch

from rag.errors import GoldError
from rag.reader.manifest import SHIPPED, read_manifest
from rag.train.checkpoint import Progress, save_checkpoint
from rag.train.model_card import write_card
from rag.train.trainer import Recipe

PARTS = [
    {"name": "towns", "share": 3, "held_out": 2},
    {"name": "rivers", "share": 1, "held_out": 0.1},
    {"name": "tables", "share": 1, "held_out": 0},
]


def card(tmp_path, **settings):
    folder = tmp_path / "reader"
    folder.mkdir(exist_ok=True)
    (folder / "reader.json").write_bytes((SHIPPED / "reader.json").read_bytes())
    checkpoint = tmp_path / "checkpoint.safetensors"
    progress = Progress(step=1338, questions=19189, seconds=3600.0)
    recipe = {"recipe": asdict(Recipe()), "mixture": PARTS}
    save_checkpoint(checkpoint, {"x": torch.zeros(1)}, progress, recipe | settings)
    return write_card(folder, checkpoint).read_text(encoding="utf-8")


def test_a_card_tells_start_parts_and_steps(tmp_path):
    text = card(tmp_path, started_from="reader-0@abc")
    assert "From the weights of reader-0@abc. 19,189 questions in 1,338 steps" in text
    assert "| towns | 60.0% | 2 |" in text
    assert "| rivers | 20.0% | 10% |" in text
    assert "| tables | 20.0% |  |" in text
    assert read_manifest(SHIPPED).weights in text
    assert "in 1.0 hours" in text
    assert "From the base model." in card(tmp_path)


def test_figures_of_another_reader_are_refused(tmp_path):
    card(tmp_path)
    results = tmp_path / "results.json"
    results.write_text('{"reader": "another@1"}')
    with pytest.raises(GoldError, match="another@1"):
        write_card(tmp_path / "reader", tmp_path / "checkpoint.safetensors", results)
