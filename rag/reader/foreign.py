"""Extractive models of other makers as readers: question answering, ranking, marking of tokens.

Three kinds of the transformers library, told apart by what ``config.json`` says the network is:
``...ForQuestionAnswering`` (start and end of an answer; with or without a null answer at the first
token, as for SQuAD 2.0), ``...ForSequenceClassification`` with one label or two (a cross-encoder,
which scores question and sentence) and ``...ForTokenClassification`` (which marks the tokens that
bear on the question). Numbers and offsets come out, never text; the probabilities are not
calibrated, so a threshold of one's own has to be chosen (``rag calibrate``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from rag.embed.bert import use_all_cores
from rag.embed.files import digest_of, weight_files
from rag.embed.quiet import LOADING, quiet
from rag.errors import ModelError, UsageError
from rag.protocols import PassageText, Reading
from rag.types import Span

Kind = Literal["QuestionAnswering", "SequenceClassification", "TokenClassification"]
MAX_TOKENS = 512  # of a row: what nearly all of these models were trained on at most
OVERLAP = 128  # passage tokens that neighbouring rows share
LONGEST_ANSWER = 30  # tokens
BATCH_ROWS = 8
NOTHING = -20.0  # score of a passage without a sentence

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TextRow:
    """One row: token ids, kinds and code point offsets within its second text.

    inside: (tokens,) bool, True on tokens of the second text; starts, ends: (tokens,) int64.
    """

    ids: list[int]
    kinds: list[int]
    inside: NDArray[np.bool_]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


class ForeignReader:
    """A ``Reader`` over a model's folder. ModelError when it is of no kind that is read here.

    The files' digest is taken at once; the network is loaded when first used.
    """

    calibrated = False
    confidence = None
    threshold = 0.5

    def __init__(self, folder: Path, name: str | None = None) -> None:
        self._folder = folder
        self._kind = kind_of(folder)
        sha256 = digest_of(weight_files(folder))
        config = hashlib.sha256((folder / "config.json").read_bytes()).hexdigest()
        both = hashlib.sha256(f"{sha256}{config}".encode()).hexdigest()
        self.name = f"{name or folder.resolve().name}@{both[:12]}"

    def read(self, question: str, passages: Sequence[PassageText], /) -> tuple[Reading, ...]:
        """One reading per passage, in the order given; a long passage is read in overlapping rows.

        UsageError when the question is empty or leaves no room for a passage.
        """
        if not question.strip():
            raise UsageError("the question is empty: ask something")
        scored = [self._scores(question, passage) for passage in passages]
        return tuple(map(_reading, passages, scored))

    def _scores(self, question: str, passage: PassageText) -> tuple[Floats, Span | None]:
        """A score in logits per sentence, and the answer words where the model names any."""
        if not passage.sentences:
            return np.empty(0), None
        if self._kind == "SequenceClassification":
            return self._ranked(question, passage), None
        rows = self._rows(question, passage.text)
        logits = self._logits(rows)
        if self._kind == "TokenClassification":
            return _marked(passage, rows, logits, self._label), None
        return _answered(passage, rows, logits)

    def _ranked(self, question: str, passage: PassageText) -> Floats:
        texts = [passage.text[s.start : s.end] for s in passage.sentences]
        rows = [self._rows(question, text) for text in texts]
        logits = self._logits([row for part in rows for row in part])
        scores = logits[:, 0] if logits.shape[1] == 1 else logits[:, 1] - logits[:, 0]
        ends = np.cumsum([len(part) for part in rows])
        return np.array([part.max() for part in np.split(scores, ends[:-1])], dtype=np.float64)

    @cached_property
    def _label(self) -> int:
        """The label of tokens that bear on the question: the last one, as a rule of two."""
        return int(self._network.config.num_labels) - 1

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        room = min(MAX_TOKENS, self._positions)
        stride = min(OVERLAP, room // 4)
        tokenizer.enable_truncation(room, stride=stride, strategy="only_second")
        return tokenizer

    @cached_property
    def _positions(self) -> int:
        data = json.loads((self._folder / "config.json").read_text(encoding="utf-8"))
        most = int(data.get("max_position_embeddings", MAX_TOKENS))
        # RoBERTa's kind counts positions from behind the padding token.
        return most - 2 if "roberta" in str(data.get("model_type")) else most

    @cached_property
    def _network(self) -> Any:
        with LOADING, quiet():
            import torch
            import transformers

            loader = getattr(transformers, f"AutoModelFor{self._kind}")
            try:
                network = loader.from_pretrained(self._folder, local_files_only=True)
            except (OSError, ValueError, KeyError, RuntimeError) as error:
                raise ModelError(
                    f"{self._folder}: cannot be loaded as a reader ({error}); install it again"
                ) from error
            use_all_cores()
            return network.to(torch.float32).eval()

    def _rows(self, question: str, text: str) -> list[TextRow]:
        try:
            first = self._tokenizer.encode(question, text)
        except Exception as error:
            raise UsageError(f"the question is too long for this reader ({error})") from error
        return [_row(encoding) for encoding in (first, *first.overflowing)]

    def _logits(self, rows: Sequence[TextRow]) -> NDArray[np.float32]:
        """(rows, ...) logits: (tokens, 2) start and end, (labels,), or (tokens, labels)."""
        import torch

        parts = []
        widest = max(len(row.ids) for row in rows)
        for begin in range(0, len(rows), BATCH_ROWS):
            batch = rows[begin : begin + BATCH_ROWS]
            pad = [[0] * (widest - len(row.ids)) for row in batch]
            inputs = {
                "input_ids": torch.tensor([r.ids + p for r, p in zip(batch, pad, strict=True)]),
                "attention_mask": torch.tensor(
                    [[1] * len(r.ids) + p for r, p in zip(batch, pad, strict=True)]
                ),
            }
            if getattr(self._network.config, "type_vocab_size", 0) > 1:
                kinds = [r.kinds + p for r, p in zip(batch, pad, strict=True)]
                inputs["token_type_ids"] = torch.tensor(kinds)
            with torch.inference_mode():
                output = self._network(**inputs)
            if self._kind == "QuestionAnswering":
                parts.append(torch.stack([output.start_logits, output.end_logits], dim=-1))
            else:
                parts.append(output.logits)
        result: NDArray[np.float32] = torch.cat(parts).float().numpy()
        return result


def kind_of(folder: Path) -> Kind:
    """What the network of a folder is. ModelError when it cannot be read or is of another kind."""
    path = folder / "config.json"
    try:
        named = json.loads(path.read_text(encoding="utf-8")).get("architectures") or []
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read ({error})") from error
    if not (folder / "tokenizer.json").is_file():
        raise ModelError(f"{folder}: it holds no tokenizer.json, by which words are told apart")
    for kind in get_args(Kind):
        if any(str(architecture).endswith(f"For{kind}") for architecture in named):
            found: Kind = kind
            return found
    raise ModelError(
        f"{folder}: a {', '.join(map(str, named)) or 'network without a name'} is no reader; it "
        "takes a model for question answering, a cross-encoder or a token classifier"
    )


def _row(encoding: Any) -> TextRow:
    offsets = np.asarray(encoding.offsets, dtype=np.int64).reshape(-1, 2)
    inside = np.array([part == 1 for part in encoding.sequence_ids], dtype=bool)
    return TextRow(
        list(encoding.ids), list(encoding.type_ids), inside, offsets[:, 0], offsets[:, 1]
    )


def _reading(passage: PassageText, scored: tuple[Floats, Span | None]) -> Reading:
    scores, answer = scored
    if not len(scores):
        return Reading(NOTHING, float(_sigmoid(np.array(NOTHING))), None, ())
    sentences = tuple(float(p) for p in _sigmoid(scores))
    return Reading(float(scores.max()), max(sentences), answer, sentences)


def _sigmoid(logits: Floats) -> Floats:
    result: Floats = 1 / (1 + np.exp(-np.clip(logits, -40, 40)))
    return result


def _answered(
    passage: PassageText, rows: Sequence[TextRow], logits: NDArray[np.float32]
) -> tuple[Floats, Span | None]:
    """Per sentence the best span that begins in it less the null answer's score, and the best span.

    A model without a null answer has learnt nothing at the first token, and its scores rank alone.
    """
    scores = np.full(len(passage.sentences), NOTHING)
    best: tuple[float, Span | None] = (-np.inf, None)
    for row, both in zip(rows, logits, strict=True):
        size = len(row.ids)
        start = np.where(row.inside, both[:size, 0], -np.inf)
        end = np.where(row.inside, both[:size, 1], -np.inf)
        null = float(both[0, 0] + both[0, 1])
        value, last = _best_ends(start, end)
        for index, sentence in enumerate(passage.sentences):
            within = row.inside & (row.starts >= sentence.start) & (row.starts < sentence.end)
            if not within.any():
                continue
            first = int(np.argmax(np.where(within, value, -np.inf)))
            score = float(value[first]) - null
            scores[index] = max(scores[index], score)
            span = (int(row.starts[first]), min(int(row.ends[last[first]]), sentence.end))
            if score > best[0] and span[0] < span[1]:
                best = (score, Span(*span))
    return np.maximum(scores, NOTHING), best[1]


def _best_ends(start: Floats, end: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """For each first token the score of its best span, and the last token of that span."""
    size = len(start)
    value, last = start + end, np.arange(size)
    for width in range(1, min(LONGEST_ANSWER, size)):
        wider = np.full(size, -np.inf)
        wider[: size - width] = start[: size - width] + end[width:]
        better = wider > value
        value, last = (
            np.where(better, wider, value),
            np.where(better, np.arange(size) + width, last),
        )
    return value, last


def _marked(
    passage: PassageText, rows: Sequence[TextRow], logits: NDArray[np.float32], label: int
) -> Floats:
    """Per sentence the mean log-odds that its tokens bear on the question."""
    total, count = np.zeros(len(passage.sentences)), np.zeros(len(passage.sentences))
    for row, values in zip(rows, logits, strict=True):
        own = values[: len(row.ids)].astype(np.float64)
        rest = np.delete(own, label, axis=1)
        odds = own[:, label] - np.logaddexp.reduce(rest, axis=1)
        for index, sentence in enumerate(passage.sentences):
            within = row.inside & (row.starts >= sentence.start) & (row.starts < sentence.end)
            total[index] += odds[within].sum()
            count[index] += within.sum()
    return np.where(count > 0, total / np.maximum(count, 1), NOTHING)
