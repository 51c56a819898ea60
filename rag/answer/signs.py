"""Signs in the words that a sentence answers a question: each is of the two texts alone.

None of them hangs on what else the library holds, so a confidence made of them means the same in
every library.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.segment.lexicon import ASKING, stem

_WORD = re.compile(r"[^\W_]+(?:[.,:/’'-][^\W_]+)*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# Words that turn a statement round: asked with one of a pair, a sentence with the other alone
# answers another question.
_OPPOSITES = (
    ("minimum", "maximum"), ("least", "most"), ("lowest", "highest"), ("smallest", "largest"),
    ("before", "after"), ("first", "last"), ("earliest", "latest"), ("start", "end"),
    ("begin", "end"), ("open", "close"), ("increase", "decrease"), ("rise", "fall"),
    ("accept", "reject"), ("approve", "reject"), ("allow", "prohibit"), ("include", "exclude"),
    ("north", "south"), ("east", "west"), ("buy", "sell"), ("import", "export"), ("win", "lose"),
    ("male", "female"), ("arrive", "depart"), ("upper", "lower"), ("internal", "external"),
    ("employer", "employee"), ("paid", "unpaid"), ("with", "without"), ("above", "below"),
    ("parent", "child"), ("old", "new"), ("public", "private"), ("enable", "disable"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks for. stems: of the words that carry its topic; numbers: as written;
    words: all, lower case.
    """

    stems: frozenset[str]
    numbers: frozenset[str]
    words: frozenset[str]


@lru_cache(maxsize=64)
def asked(question: str) -> Asked:
    """What ``question`` asks for."""
    return Asked(
        stems=stems(question),
        numbers=frozenset(_NUMBER.findall(question)),
        words=frozenset(word.casefold() for word in _WORD.findall(question)),
    )


@lru_cache(maxsize=4096)
def stems(text: str) -> frozenset[str]:
    """Stems of the words of ``text`` that carry its topic; parts of a hyphened word count too."""
    found = (part for word in _WORD.findall(text.casefold()) for part in _parts(word))
    return frozenset(stem(word) for word in found if word not in ASKING)


def _parts(word: str) -> tuple[str, ...]:
    word = word.removesuffix("'s").removesuffix("’s")
    parts = tuple(p for p in re.split(r"[-/’']", word) if p)
    return parts if len(parts) == 1 else (*parts, word)


def missed_numbers(question: Asked, text: str) -> int:
    """How many numbers of the question do not stand in ``text``."""
    return len(question.numbers - set(_NUMBER.findall(text))) if question.numbers else 0


def opposed(question: Asked, sentence: str) -> int:
    """How many pairs of opposites stand with one word in the question and only the other in the
    sentence.
    """
    held = {w.casefold() for w in _WORD.findall(sentence)}
    count = 0
    for one, other in _OPPOSITES:
        for mine, theirs in ((one, other), (other, one)):
            if mine in question.words and theirs not in question.words:
                count += theirs in held and mine not in held
    return count
