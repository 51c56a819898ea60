"""Every number a user may set, in one frozen value. Defaults are chosen as each comment says."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from rag.errors import UsageError


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a library.

    passage_tokens: target size of a passage in tiktoken tokens (cl100k_base). candidates: depth of
    each of the two searches before fusion. dense_weight: share of the dense score in min-max
    fusion, in [0, 1]. read_passages: hits given to the reader. limit: most quotes in an answer.
    close: share of the best probability that a further quote must reach, in [0, 1].
    threshold: the least probability of an answer; None takes the reader's own. threshold_reader:
    name of the reader that the threshold was chosen with; None: it was given by a person.
    Raises UsageError on a value out of range.
    """

    passage_tokens: int = 180
    candidates: int = 50
    # Chosen on 48 articles of SQuAD 1.1 train (2,500 questions, `tests.benchmarks.retrieval
    # squad-train`): the middle of the flat top between 0.45 and 0.55.
    dense_weight: float = 0.5
    read_passages: int = 12
    limit: int = 3
    close: float = 0.8
    threshold: float | None = None
    threshold_reader: str | None = None

    def __post_init__(self) -> None:
        for name in ("passage_tokens", "candidates", "read_passages", "limit"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1, not {getattr(self, name)}")
        if not 0.0 <= self.dense_weight <= 1.0:
            raise UsageError(f"dense_weight must lie in [0, 1], not {self.dense_weight}")
        if not 0.0 <= self.close <= 1.0:
            raise UsageError(f"close must lie in [0, 1], not {self.close}")
        if self.threshold is not None and not 0.0 <= self.threshold <= 1.0:
            raise UsageError(f"threshold must lie in [0, 1], not {self.threshold}")

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Sorted (name, value as text) pairs, for receipts and run records."""
        return tuple(sorted((name, str(value)) for name, value in asdict(self).items()))
