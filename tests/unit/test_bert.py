"""The encoder in plain torch is the one of the model library, to the last digits of float32."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import BertConfig, BertModel

from rag.embed.bert import Architecture, build_encoder, packing

SMALL = Architecture(
    vocab_size=50,
    hidden_size=24,
    num_hidden_layers=2,
    num_attention_heads=3,
    intermediate_size=40,
    max_position_embeddings=64,
)


@pytest.fixture(scope="module")
def pair() -> tuple[BertModel, torch.nn.Module]:
    """The model library's encoder with random weights, and ours with the same."""
    torch.manual_seed(5)
    config = BertConfig(**{name: getattr(SMALL, name) for name in Architecture.__slots__})
    theirs = BertModel(config, add_pooling_layer=False).eval()
    ours = build_encoder(SMALL)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return theirs, ours.eval()


def rows_of(lengths: list[int], seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(seed)
    shape = (len(lengths), max(lengths))
    attention = torch.arange(shape[1])[None, :] < torch.tensor(lengths)[:, None]
    return torch.randint(1, 50, shape), torch.randint(0, 2, shape), attention


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(0, 99), st.booleans())
def test_hidden_states_equal_those_of_the_model_library(
    pair: tuple[BertModel, torch.nn.Module], lengths: list[int], seed: int, fused: bool
) -> None:
    theirs, ours = pair
    tokens, segments, attention = rows_of(lengths, seed)
    for block in ours.encoder["layer"]:
        block.fused = None
    if fused:
        ours.fuse()
    with torch.inference_mode():
        expected = theirs(
            input_ids=tokens, token_type_ids=segments, attention_mask=attention.long()
        ).last_hidden_state
        states = ours(tokens, segments, attention)
    assert torch.allclose(states[attention], expected[attention], atol=2e-5)


def test_padding_gets_no_gradient(pair: tuple[BertModel, torch.nn.Module]) -> None:
    _, ours = pair
    for block in ours.encoder["layer"]:
        block.fused = None
    tokens, segments, attention = rows_of([3, 9], 1)
    tokens[~attention] = 49
    tokens[attention] = tokens[attention].clamp(max=48)
    ours.zero_grad()
    states = ours(tokens, segments, attention)
    states[attention].pow(2).sum().backward()
    gradient = ours.embeddings["word_embeddings"].weight.grad
    assert gradient[49].abs().max() == 0
    assert gradient[tokens[0, 0]].abs().max() > 0


def test_packed_tokens_find_their_way_back() -> None:
    attention = torch.tensor([[True, True, False], [True, False, False]])
    pack = packing(attention)
    values = torch.arange(6)
    assert values[pack.places][pack.back].view(2, 3)[attention].tolist() == [0, 1, 3]


def test_a_network_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"model_type": "mpnet", "hidden_act": "gelu"}))
    with pytest.raises(ValueError, match="not a BERT encoder"):
        Architecture.read(path)
