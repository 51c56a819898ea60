"""Questions that share fewer words with the sentence that answers them.

People who ask do not know the words of the document. A word of the question that the answering
sentence repeats is left out or, half of the time where a synonym is at hand, replaced by it; names
and numbers stay, because they say what is asked about.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from pathlib import Path

from rag.errors import GoldError
from rag.train.unanswerable import SMALL_WORDS

Synonyms = Mapping[str, tuple[str, ...]]

STEM = 5  # letters by which two forms of a word are told to be one
LEAST = 3  # informative words that a question keeps, names and numbers included
_WORD = re.compile(r"[A-Za-z][a-z]{3,}")


def fewer_shared(question: str, sentence: str, rng: random.Random, synonyms: Synonyms) -> str:
    """The question with one or two words that ``sentence`` repeats replaced or left out; as it was
    when too little would be left.
    """
    held = {word.lower()[:STEM] for word in re.findall(r"\w{3,}", sentence)}
    informative = [w for w in re.findall(r"\w+", question) if w.lower() not in SMALL_WORDS]
    shared = [
        m
        for m in _WORD.finditer(question)
        if m.group().islower() and m.group() not in SMALL_WORDS and m.group()[:STEM] in held
    ]
    rng.shuffle(shared)
    changed, room = question, len(informative) - LEAST
    for match in sorted(shared[: rng.choice((1, 1, 2))], key=lambda m: -m.start()):
        others = [s for s in synonyms.get(match.group(), ()) if s[:STEM] not in held]
        if others and rng.random() < 0.5:
            new = rng.choice(others)
        elif room > 0:
            new, room = "", room - 1
        else:
            continue
        changed = changed[: match.start()] + new + changed[match.end() :]
    return re.sub(r"\s+(?=[ ?])", "", changed).strip()


def read_wordnet(folder: Path) -> Synonyms:
    """Single-word synonyms of each lower-case word in its most frequent sense as a noun, a verb or
    an adjective, from the files of WordNet's database. GoldError when they cannot be read.
    """
    found: dict[str, tuple[str, ...]] = {}
    try:
        for part in ("noun", "verb", "adj"):
            sets = _synonym_sets(folder / f"data.{part}")
            for line in (folder / f"index.{part}").read_text(encoding="utf-8").splitlines():
                fields = line.split()
                if line.startswith(" ") or not fields[0].islower() or "_" in fields[0]:
                    continue
                first = fields[-int(fields[2])]  # the most frequent sense
                words = set(sets.get(first, ())) - {fields[0]}
                found[fields[0]] = tuple(sorted({*found.get(fields[0], ()), *words}))
    except (OSError, ValueError, IndexError) as error:
        raise GoldError(f"{folder}: no WordNet database can be read there ({error})") from error
    return {word: others for word, others in found.items() if others}


def _synonym_sets(path: Path) -> dict[str, tuple[str, ...]]:
    """Lower-case single words of each set, by its offset as the index names it."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            continue
        fields = line.split()
        words = [re.sub(r"\(.*\)", "", w) for w in fields[4 : 4 + 2 * int(fields[3], 16) : 2]]
        found[fields[0]] = tuple(w for w in words if w.islower() and w.isalpha() and len(w) > 2)
    return found
