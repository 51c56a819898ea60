"""Tiny models of the transformers library with random weights, for readers of other makers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

KINDS = ("question answering", "cross-encoder", "cross-encoder of two labels", "token classifier")
SENTENCE = "the a sea hill is near far which where of town number lies nothing here"


def tiny_model(folder: Path, kind: str, *, seed: int = 3, positions: int = 64) -> Path:
    """Write a BERT of a few thousand parameters with its tokenizer; its folder comes back."""
    import torch
    from transformers import (
        BertConfig,
        BertForQuestionAnswering,
        BertForSequenceClassification,
        BertForTokenClassification,
    )

    torch.manual_seed(seed)
    tokenizer = _tokenizer()
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=positions,
        num_labels=1 if kind == "cross-encoder" else 2,
    )
    made: dict[str, Any] = {
        "question answering": BertForQuestionAnswering,
        "cross-encoder": BertForSequenceClassification,
        "cross-encoder of two labels": BertForSequenceClassification,
        "token classifier": BertForTokenClassification,
    }
    made[kind](config).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import WordPiece

    letters = "abcdefghijklmnopqrstuvwxyz0123456789?.,"
    tokens = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        *SENTENCE.split(),
        *letters,
        *("##" + c for c in letters),
    ]
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys(tokens))}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ends
    )
    return tokenizer
