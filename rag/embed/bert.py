"""BERT's encoder in plain torch, for the shipped models: nothing else is imported to answer.

The parameters have the names that transformers gives them, so that its weights load as they are
(Devlin et al. 2019; MiniLM is the same with other sizes, Wang et al. 2020). Rows are packed: the
linear layers, which are nine tenths of the work, see no padding at all; attention is computed on
rows padded to the longest of a batch. The projections of a layer are one product.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

PACK = 64  # packed tokens are padded to a multiple: bf16 kernels are tuned anew for each shape


@dataclass(frozen=True, slots=True)
class Architecture:
    """The sizes of a BERT encoder, as ``config.json`` names them."""

    vocab_size: int = 30522
    hidden_size: int = 384
    num_hidden_layers: int = 6
    num_attention_heads: int = 12
    intermediate_size: int = 1536
    max_position_embeddings: int = 512
    type_vocab_size: int = 2
    layer_norm_eps: float = 1e-12

    @classmethod
    def read(cls, path: Path) -> Architecture:
        """The sizes in a ``config.json``. ValueError when it is of another kind of network."""
        data = json.loads(path.read_text(encoding="utf-8"))
        kind = (data.get("model_type"), data.get("hidden_act"), data.get("position_embedding_type"))
        if kind[0] != "bert" or kind[1] != "gelu" or kind[2] not in (None, "absolute"):
            raise ValueError(f"{path}: not a BERT encoder with GELU and absolute positions")
        return cls(**{name: data[name] for name in cls.__slots__ if name in data})


MINILM = Architecture()


@dataclass(frozen=True, slots=True)
class Packing:
    """Where the tokens of (rows, length) padded rows lie when they are packed one after another.

    places: (packed,) int64 index into the flattened rows, padded by repeats of the first. back:
    (rows * length,) int64 index into the packed tokens; padding points anywhere. mask: (rows, 1, 1,
    length) float32, 0 on tokens and the lowest finite number on padding.
    """

    places: Tensor
    back: Tensor
    mask: Tensor


def packing(attention: Tensor) -> Packing:
    """The packing of rows. attention: (rows, length) bool, False on padding."""
    import torch

    flat = attention.reshape(-1)
    places = flat.nonzero().squeeze(1)
    back = torch.zeros(flat.numel(), dtype=torch.int64)
    back[places] = torch.arange(places.numel())
    more = -places.numel() % PACK
    if more:
        places = torch.cat([places, places[:1].expand(more)])
    mask = torch.zeros(attention.shape).masked_fill(~attention, torch.finfo(torch.bfloat16).min)
    return Packing(places, back, mask[:, None, None, :])


def build_encoder(architecture: Architecture) -> Module:
    """An untrained encoder: tokens, segments, attention, each (rows, length), to hidden states.

    The last ones come back, (rows, length, hidden), in the type of the parameters.
    """
    import torch
    from torch import nn

    size, heads = architecture.hidden_size, architecture.num_attention_heads

    def norm() -> nn.LayerNorm:
        return nn.LayerNorm(size, eps=architecture.layer_norm_eps)

    class Block(nn.Module):  # type: ignore[misc]
        """Attention and feed-forward, each followed by its normalisation."""

        def __init__(self) -> None:
            super().__init__()
            linear = {name: nn.Linear(size, size) for name in ("query", "key", "value")}
            output = nn.ModuleDict({"dense": nn.Linear(size, size), "LayerNorm": norm()})
            self.attention = nn.ModuleDict({"self": nn.ModuleDict(linear), "output": output})
            wide = architecture.intermediate_size
            self.intermediate = nn.ModuleDict({"dense": nn.Linear(size, wide)})
            self.output = nn.ModuleDict({"dense": nn.Linear(wide, size), "LayerNorm": norm()})
            self.fused: tuple[Tensor, Tensor] | None = None

        def projected(self, states: Tensor) -> Tensor:
            """(packed, 3 * hidden): query, key and value of each token."""
            if self.fused is not None:
                return nn.functional.linear(states, *self.fused)
            own: Any = self.attention["self"]
            return torch.cat([own[n](states) for n in ("query", "key", "value")], dim=-1)

        def fuse(self) -> None:
            """Join the three projections into one product, for reading only."""
            own: Any = self.attention["self"]
            names = ("query", "key", "value")
            self.fused = (
                torch.cat([own[n].weight for n in names]).detach(),
                torch.cat([own[n].bias for n in names]).detach(),
            )

        def forward(self, states: Tensor, pack: Packing, shape: tuple[int, int]) -> Tensor:
            """(packed, hidden) to the same."""
            rows, length = shape
            padded = self.projected(states)[pack.back].view(rows, length, 3, heads, size // heads)
            query, key, value = padded.permute(2, 0, 3, 1, 4)
            joined = self.fused is not None and has_tiles()
            context = _attend(query, key, value, pack.mask, joined=joined)
            context = context.transpose(1, 2).reshape(rows * length, size)[pack.places]
            attention: Any = self.attention["output"]
            states = attention["LayerNorm"](attention["dense"](context) + states)
            inner: Any = self.intermediate["dense"]
            outer: Any = self.output
            wide = nn.functional.gelu(inner(states))
            result: Tensor = outer["LayerNorm"](outer["dense"](wide) + states)
            return result

    class Encoder(nn.Module):  # type: ignore[misc]
        """Embeddings and the blocks."""

        def __init__(self) -> None:
            super().__init__()
            words = nn.Embedding(architecture.vocab_size, size)
            positions = nn.Embedding(architecture.max_position_embeddings, size)
            kinds = nn.Embedding(architecture.type_vocab_size, size)
            self.embeddings = nn.ModuleDict(
                {
                    "word_embeddings": words,
                    "position_embeddings": positions,
                    "token_type_embeddings": kinds,
                    "LayerNorm": norm(),
                }
            )
            blocks = nn.ModuleList(Block() for _ in range(architecture.num_hidden_layers))
            self.encoder = nn.ModuleDict({"layer": blocks})

        def fuse(self) -> None:
            """Prepare for reading: the parameters may not change afterwards."""
            for block in self.encoder["layer"]:
                block.fuse()

        def forward(self, tokens: Tensor, segments: Tensor, attention: Tensor) -> Tensor:
            """(rows, length) each; attention is bool, False on padding."""
            rows, length = tokens.shape
            pack = packing(attention)
            part: Any = self.embeddings
            states = part["word_embeddings"](tokens.reshape(-1)[pack.places])
            states = states + part["token_type_embeddings"](segments.reshape(-1)[pack.places])
            states = states + part["position_embeddings"](pack.places % length)
            states = part["LayerNorm"](states)
            for block in self.encoder["layer"]:
                states = block(states, pack, (rows, length))
            return states[pack.back].view(rows, length, size)

    return Encoder()


def _attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor, *, joined: bool) -> Tensor:
    """Attention in the type of the query. joined: by torch's own kernel, else as two products.

    Which is faster turns on the processor: with heads of 32, torch's kernel takes a third of the
    time where there are matrix tiles (AMX) and two to four times as long where there are none.
    """
    import torch

    mask = mask.to(query.dtype)
    with torch.autocast("cpu", enabled=False):
        if joined:
            return torch.nn.functional.scaled_dot_product_attention(query, key, value, mask)
        scores = torch.matmul(query * query.shape[-1] ** -0.5, key.transpose(-1, -2))
        scores += mask
        return torch.matmul(torch.softmax(scores, dim=-1), value)


def has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself; emulated, it is slower than float32."""
    return has_tiles() or "avx512_bf16" in _capabilities()


def has_tiles() -> bool:
    """Whether the processor multiplies matrices of bfloat16 in tiles (AMX)."""
    return "amx_bf16" in _capabilities()


@lru_cache(maxsize=1)
def _capabilities() -> frozenset[str]:
    import torch

    ask = getattr(torch.cpu, "get_capabilities", None)  # not in every version of torch
    return frozenset(name for name, has in (ask() if ask is not None else {}).items() if has)


def use_all_cores() -> None:
    """Let torch use the cores that this process may run on; the environment may say otherwise."""
    import torch

    if "OMP_NUM_THREADS" in os.environ:
        return
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    torch.set_num_threads(len(affinity(0)) if affinity is not None else os.cpu_count() or 1)
