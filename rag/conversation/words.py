"""Words of questions and quotes as the follow-up rules see them: closed classes, names, stems.

English only, like the closed classes below. Text of another language has no pronoun or function
word that these lists know, so its questions count as standing alone and inherit nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rag.segment.lexicon import stem

_WORD = re.compile(r"[^\W_]+(?:(?:[.\-&/'’]|(?<=\d),(?=\d))[^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)


def word_set(words: str) -> frozenset[str]:
    """The words of a list written with spaces."""
    return frozenset(words.split())


HE = word_set("he him his himself")
SHE = word_set("she her hers herself")
IT = word_set("it its itself")
THEY = word_set("they them their theirs themselves")
DEMONSTRATIVE = word_set("this that these those such")
PRONOUNS = HE | SHE | IT | THEY
PLACE_TIME = word_set("there then here")
OTHERS = word_set(
    "other others another else more also too same latter former previous previously again instead "
    "either neither both one ones besides next aforementioned above"
)
STANDING_FOR = word_set("one ones former latter")
LOCATING = word_set("in at on near from since until during")
OPENERS = word_set("and but or so then also because plus")
ORDINALS = word_set("first second third fourth fifth last")
WH = word_set("who whom whose what which when where why how")
DETERMINERS = word_set("the this that these those")
_MORE_FUNCTION = word_set(
    "a an any anyone anything anybody each every everyone everything few many much most least less "
    "no none nobody nothing not some someone something somebody several all half enough "
    "i me my mine myself we us our ours ourselves you your yours yourself "
    "am is are was were be been being do does did doing done don't doesn't didn't isn't aren't "
    "wasn't weren't won't wouldn't can't cannot couldn't shouldn't hasn't haven't hadn't i'm i've "
    "i'd i'll it's that's what's who's there's he's she's they're we're you're let's "
    "have has had having can could may might must shall should will would ought "
    "about above across after against along among around as at before behind below beneath beside "
    "between beyond by despite down during except for from in inside into like near of off on "
    "onto out outside over per since through throughout till to toward towards under until up "
    "upon via with within without than if though although unless while whereas whether nor yet "
    "just only even ever never still very quite rather really maybe perhaps please yes yeah ok "
    "okay hello hi hey thanks thank well now ago already always often sometimes usually however "
    "therefore thus per etc"
)
FUNCTION = (
    PRONOUNS | DEMONSTRATIVE | PLACE_TIME | OTHERS | OPENERS | WH | DETERMINERS | _MORE_FUNCTION
)
# Words that say little about a topic: they neither make a question stand alone nor are carried.
GENERIC = word_set(
    "tell know knew think say said says tells told mean means meant happen happens happened "
    "interesting aspect aspects article fact facts thing things anything information info detail "
    "details example examples reason reasons way ways kind kinds type types sort lot lots "
    "important significant notable specific different certain possible sure right able "
    "get gets got give gives gave given go goes going went gone come comes came make makes made "
    "making take takes took taken taking put use used uses using want wants wanted need needs "
    "needed work works worked working become becomes became see saw seen look looks looked "
    "find finds found call called calls help helps helped start started begin began end ended "
    "have do did try tried let keep kept show shows showed begin begun feel felt seem seemed "
    "time times year years day days month months people person part number name names named "
    "good bad best better great big new old high low long short next "
    "question answer matter case explain describe list talk discuss mention mentioned "
    "don know i'm unanswerable"
)
_DATES = word_set(
    "january february march april june july august september october november december monday "
    "tuesday wednesday thursday friday saturday sunday"
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: half-open code points, its lower-case form (possessive 's cut) and stem.

    function: of a closed class, or only punctuation around it. name: written as a proper name
    or holding a digit. initial: the first word of a sentence.
    """

    start: int
    end: int
    lower: str
    stem: str
    function: bool
    name: bool
    initial: bool

    @property
    def weak(self) -> bool:
        """Of a closed class, or too general to tell one topic from another."""
        return self.function or self.lower in GENERIC


_DATE_STEMS = frozenset(map(stem, _DATES))


@lru_cache(maxsize=512)
def words(text: str) -> tuple[Word, ...]:
    """The words of ``text`` in order; offsets are code points of ``text``.

    A capital marks a name except at the start of a sentence, where the next word must be a name
    too; in a text without any lower-case letter capitals mean nothing.
    """
    capitals = any(c.islower() for c in text)
    found: list[Word] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        possessive = _POSSESSIVE.search(match.group())
        if possessive:
            end -= len(possessive.group())
        if end == start:
            continue
        raw = text[start:end]
        lower = raw.lower().replace("’", "'")
        before = text[max(0, start - 8) : start].rstrip(" \t\"'“‘(")
        initial = not before or before[-1] in ".?!:\r\n"
        digits = any(c.isdigit() for c in raw)
        acronym = capitals and raw.isupper() and len(raw) > 1
        month = raw == "May" and not initial
        function = lower in FUNCTION and not (digits or acronym or month)
        name = digits or (capitals and raw[0].isupper() and not function)
        found.append(Word(start, end, lower, stem(lower), function, name, initial))
    return tuple(_settle_initials(found, text))


def _settle_initials(found: list[Word], text: str) -> Iterable[Word]:
    """A capital at a sentence start is a name's only when more speaks for it."""
    inside = {w.lower for w in found if w.name and not w.initial}
    for i, word in enumerate(found):
        if word.name and word.initial and not any(c.isdigit() for c in word.lower):
            follower = found[i + 1] if i + 1 < len(found) else None
            joined = follower is not None and text[word.end : follower.start] == " "
            by_next = joined and follower is not None and follower.name
            acronym = text[word.start : word.end].isupper() and word.end - word.start > 1
            if not (by_next or acronym or word.lower in inside or word.lower in _DATES):
                word = Word(word.start, word.end, word.lower, word.stem, word.function, False, True)
        yield word


def numeral(stem: str) -> bool:
    """Whether a stem is a number, a weekday or a month."""
    return any(c.isdigit() for c in stem) or stem in _DATE_STEMS


def content_stems(text: str) -> frozenset[str]:
    """Stems of the words of ``text`` that are of no closed class."""
    return frozenset(w.stem for w in words(text) if not w.function)
