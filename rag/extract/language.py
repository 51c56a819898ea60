"""The language of a source, as far as a sample of it tells."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

# Fewer letters than this say too little; the share is what the detector must be sure of.
_FEWEST_LETTERS = 200
_SAMPLE = 3000
_SURE = 0.95
_LETTER_RUNS = re.compile(r"[^\W\d_]+")


def language(text: str) -> str | None:
    """ISO 639-1 code of the language most of ``text`` is in, or None when that cannot be told.

    Three samples (beginning, middle, end) must agree; py3langid's model ships with it.
    """
    middle = len(text) // 2
    pieces = (text[:_SAMPLE], text[middle : middle + _SAMPLE], text[-_SAMPLE:])
    found = {_of(piece) for piece in pieces if len(text) > _SAMPLE or piece is pieces[0]}
    found.discard(None)
    return found.pop() if len(found) == 1 else None


def _of(sample: str) -> str | None:
    words = " ".join(_LETTER_RUNS.findall(sample))
    if len(words) < _FEWEST_LETTERS:
        return None
    code, share = _identifier().classify(words)
    return str(code) if share >= _SURE else None


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
