"""Whether a question leans on what came before, opens a new topic, or neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.conversation.earlier import EarlierTurn, earlier_texts
from rag.conversation.features import question_features
from rag.conversation.model import probability, threshold
from rag.conversation.words import WH, word_set, words

# Thresholds that the tables do not hold, chosen on the halves they were learnt from.
WITHOUT_SIGN = 0.7  # of leaning, for a question with no word that points back
WITH_PRONOUN = 0.2  # of leaning, for one whose pronoun nothing in it explains
NEW_NAME = 0.5  # of a new topic, when all that is named is new
SURELY = 0.85  # of a new topic, to leave what came before it out of a search

_SIGNS = (
    ("what about", "asks what about something else"),
    ("none", "names no topic of its own"),
    ("he or she", "has a pronoun without its name"),
    ("they", "has a pronoun without its name"),
    ("it", "has a pronoun without its name"),
    ("this", "points back"),
    ("this noun", "points back"),
    ("other", "asks for something other than before"),
    ("opener", "goes on from what was said"),
    ("ordinal", "counts among things named before"),
    ("the noun", "means something named before"),
)
_ALWAYS = frozenset({"none", "what about"})
_POINTING = frozenset({"he or she", "they", "it", "this", "this noun"})
_UNEXPLAINED = frozenset({"he or she", "this noun"})


def leaning(features: Mapping[str, float]) -> tuple[bool, tuple[str, ...]]:
    """Whether a question of these features does not stand alone, and why, in words for people."""
    signs = {sign for sign, _ in _SIGNS if features.get(sign)}
    if signs & _ALWAYS:
        lean = True
    elif features.get("definition"):
        lean = False
    else:
        least = WITHOUT_SIGN if not signs else threshold("leans")
        least = WITH_PRONOUN if signs & _UNEXPLAINED else least
        lean = probability("leans", features) >= least
    reasons = tuple(dict.fromkeys(reason for sign, reason in _SIGNS if sign in signs))
    return lean, reasons or ("says too little on its own",)


def switched(features: Mapping[str, float], *, surely: bool = False) -> bool:
    """Whether a question that does not lean opens a new topic."""
    if any(features.get(sign) for sign in _POINTING):
        return False
    chance = probability("switched", features)
    if surely:
        return chance >= SURELY
    all_new = features.get("new names") and not features.get("known")
    least = min(NEW_NAME, threshold("switched")) if all_new else threshold("switched")
    return bool(features.get("definition")) or chance >= least


def since_switch(turns: Sequence[EarlierTurn], *, surely: bool) -> tuple[EarlierTurn, ...]:
    """The turns of the current topic: from the last question that opened one; never empty.

    surely: only a change of topic beyond much doubt counts.
    """
    for start in range(len(turns) - 1, 0, -1):
        if not asks(turns[start - 1].question):  # a bare title set the topic
            continue
        earlier = [text.text for text in earlier_texts(turns[:start])]
        features = question_features(turns[start].question, earlier)
        if not leaning(features)[0] and switched(features, surely=surely):
            return tuple(turns[start:])
    return tuple(turns)


def asks(text: str) -> bool:
    """Whether a text is put as a question or request, not as a bare title."""
    found = words(text)
    return "?" in text or any(w.lower in WH or w.lower in _ASKING for w in found)


_ASKING = word_set(
    "i my me we our you is are was were do does did can could may might shall should will would "
    "has have had tell list name explain describe compare show give"
)
