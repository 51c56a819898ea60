"""What the small models of follow-up questions look at, as named numbers between 0 and about 3."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rag.conversation.words import (
    DEMONSTRATIVE,
    DETERMINERS,
    HE,
    IT,
    LOCATING,
    OPENERS,
    ORDINALS,
    OTHERS,
    PRONOUNS,
    SHE,
    STANDING_FOR,
    THEY,
    WH,
    Word,
    numeral,
    word_set,
    words,
)

Features = Mapping[str, float]
_POSTMODIFIERS = word_set("of for to in on at by with from about between that who which")
_BE = word_set("is are was were be been will would")


def question_features(question: str, earlier: Sequence[str]) -> dict[str, float]:
    """How a question is put, beside the words of ``earlier`` texts (most recent first).

    Closed-class signs (pronouns, "what about", "the other"), how much of its own topic it names,
    and how much of that was named before.
    """
    found = words(question)
    before = [{w.stem for w in words(text) if not w.weak} for text in earlier]
    seen = frozenset().union(*before)
    topical = [w for w in found if not w.weak]
    names = [w for w in topical if w.name]
    known = [w for w in topical if w.stem in seen and not numeral(w.stem)]
    last = [w for w in topical if before and w.stem in before[0]]
    count = len(topical)
    features = {
        **_signs(found, question),
        "none": float(count == 0),
        "one": float(count == 1),
        "two": float(count == 2),
        "many": math.log1p(max(0, count - 2)),
        "length": math.log1p(len(found)),
        "names": min(2.0, len(names)),
        "new names": min(2.0, sum(w.stem not in seen for w in names)),
        "known names": min(2.0, sum(w.stem in seen for w in names)),
        "known": min(3.0, len(known)),
        "known share": len(known) / count if count else 0.0,
        "last share": len(last) / count if count else 0.0,
        "unknown": math.log1p(count - len(known)),
        "nothing known": float(count > 0 and not known),
        "definition": float(count > 0 and not known and _definition(found)),
    }
    return {name: value for name, value in features.items() if value}


def _signs(found: Sequence[Word], question: str) -> dict[str, float]:
    """Closed-class signs that something outside the question is meant."""
    lower = [w.lower for w in found]
    person = _unbound(found, HE | SHE)
    return {
        "he or she": float(person),
        "it": float(_unbound(found, IT) and not _expletive(lower)),
        "they": float(_unbound(found, THEY)),
        "this": float(_bare_demonstrative(found, question)),
        "this noun": float(_demonstrative_noun(found)),
        "other": float(any(w in OTHERS for w in lower)),
        "opener": float(bool(lower) and lower[0] in OPENERS),
        "what about": float(lower[:2] in (["what", "about"], ["how", "about"])),
        "there": float(_locative(lower)),
        "then": float("then" in lower[1:]),
        "ordinal": float(any(w in ORDINALS for w in lower)),
        "the noun": min(2.0, _bare_definites(found)),
        "bare": float(len(lower) <= 2 and any(w in WH for w in lower)),
        "bound pronoun": float(any(w in PRONOUNS for w in lower) and not person),
    }


def _definition(found: Sequence[Word]) -> bool:
    """Whether one thing is asked for, named in full: "what is photosynthesis"."""
    lower = [w.lower for w in found]
    if lower[:1] not in (["what"], ["who"]) or not set(lower[1:2]) & _BE:
        return False
    rest = found[3:] if lower[2:3] in (["a"], ["an"]) else found[2:]
    return bool(rest) and all(not w.weak for w in rest)


def _unbound(found: Sequence[Word], pronouns: frozenset[str]) -> bool:
    """Whether such a pronoun stands with no name before it that it may mean."""
    for i, word in enumerate(found):
        if word.lower in pronouns:
            return not any(_may_bind(found, j) for j in range(i))
    return False


def _may_bind(found: Sequence[Word], at: int) -> bool:
    """Whether a name is one that a later pronoun may mean: no number, not "from Paris"."""
    if not found[at].name or found[at].lower[0].isdigit():
        return False
    before = [w.lower for w in found[max(0, at - 2) : at]]
    article = before[-1:] == ["the"]
    return not (before[:1] if article else before[-1:]) or (
        (before[0] if article else before[-1]) not in LOCATING
    )


def _expletive(lower: Sequence[str]) -> bool:
    """The empty subject of "is it true that" and "how long does it take to"."""
    text = " ".join(lower)
    return any(s in text for s in ("is it true that", "is it possible to", "does it take to"))


def _bare_demonstrative(found: Sequence[Word], question: str) -> bool:
    for i, word in enumerate(found):
        if word.lower not in DEMONSTRATIVE or word.lower == "such":
            continue
        follower = found[i + 1] if i + 1 < len(found) else None
        clause = word.lower == "that" and i > 0 and not found[i - 1].function
        if (follower is None or follower.function) and not clause:
            return True
    return False


def _demonstrative_noun(found: Sequence[Word]) -> bool:
    for i, word in enumerate(found[:-1]):
        subordinate = word.lower == "that" and i > 0 and not found[i - 1].function
        if word.lower in DEMONSTRATIVE and not found[i + 1].function and not subordinate:
            return True
        if word.lower in DETERMINERS and found[i + 1].lower in STANDING_FOR:
            return True
    return False


def _locative(lower: Sequence[str]) -> bool:
    """A "there" that names a place: not the one of "is there" and "there are"."""
    for i, word in enumerate(lower):
        if word == "there":
            beside = set(lower[max(0, i - 1) : i]) | set(lower[i + 1 : i + 2])
            if not beside & _BE:
                return True
    return False


def _bare_definites(found: Sequence[Word]) -> int:
    """Definite phrases that nothing narrows down: "the order", not "the order of"."""
    count = 0
    for i, word in enumerate(found):
        if word.lower != "the":
            continue
        end = i + 1
        while end < len(found) and not found[end].function:
            end += 1
        phrase = found[i + 1 : end]
        narrowed = end < len(found) and found[end].lower in _POSTMODIFIERS
        if phrase and len(phrase) <= 2 and not narrowed and not any(w.name for w in phrase):
            count += 1
    return count
