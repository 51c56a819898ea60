"""On-topic questions that their passage does not answer, made by rule from answerable ones.

Five rules, after the kinds counted in SQuAD 2.0 (Rajpurkar et al. 2018): a name or a number of the
question is swapped for another of its kind that the passage does not hold, or, harder, for one
that it does hold; a condition that the passage does not speak of is added; a relation word is
swapped for its opposite; an auxiliary is negated.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Mapping

from rag.train.squad import QuestionSet

_OPPOSITES = """first/last before/after most/least largest/smallest highest/lowest more/fewer
more/less increase/decrease increased/decreased north/south east/west northern/southern
eastern/western early/late earliest/latest oldest/youngest older/younger begin/end began/ended
start/stop started/stopped open/close opened/closed win/lose won/lost above/below male/female
men/women father/mother son/daughter brother/sister king/queen husband/wife best/worst better/worse
longest/shortest larger/smaller higher/lower major/minor majority/minority public/private
rich/poor strong/weak positive/negative same/different success/failure allow/prevent
allowed/prohibited legal/illegal accept/reject accepted/rejected support/oppose supported/opposed
agree/disagree join/leave joined/left arrive/depart arrived/departed born/died birth/death buy/sell
bought/sold maximum/minimum internal/external inside/outside modern/ancient new/old common/rare
popular/unpopular advantage/disadvantage gain/loss rise/fall rose/fell import/export attack/defend
victory/defeat enemy/ally upper/lower hot/cold warm/cool summer/winter heavy/light fast/slow
include/exclude included/excluded introduced/abolished created/destroyed approved/vetoed
employer/employee teacher/student buyer/seller cause/cure causes/prevents"""
_MONTH_NAMES = (
    "January February March April May June July August September October November December"
)
MONTHS = tuple(_MONTH_NAMES.split())
_NEGATABLE = re.compile(
    r"\b(is|are|was|were|did|does|do|has|have|had|can|could|would|will|should)\b", re.IGNORECASE
)
_NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w]|[.,]\d)")
_NAME = re.compile(r"[A-Z][\w.-]*\w(?:(?:\s+(?:of|the|de|von|van)){0,2}\s+[A-Z][\w.-]*\w)*")
_PLACE_BEFORE = re.compile(r"\b(?:in|at|near|from|to|into|across|throughout)\s+(?:the\s+)?$")
_PLACE_ASKED = re.compile(
    r"\b(?:where|(?:what|which) (?:city|country|state|town|island|river))\b", re.IGNORECASE
)
_PERSON_ASKED = re.compile(r"\b(?:who|whom|whose)\b", re.IGNORECASE)
_CONDITION = re.compile(
    r"\s(?:in|during|after|before|by|for|with|from|at|on|under|within|through)\s[^,?]{3,26}\?$"
)


def _opposites() -> Mapping[str, tuple[str, ...]]:
    table: dict[str, list[str]] = defaultdict(list)
    for pair in _OPPOSITES.split():
        one, other = pair.split("/")
        table[one].append(other)
        table[other].append(one)
    return {word: tuple(others) for word, others in table.items()}


OPPOSITES = _opposites()


def is_name(text: str) -> bool:
    """Whether a text is one capitalised name and nothing else."""
    return _NAME.fullmatch(text) is not None


def names_in(text: str, sentence_start: bool = False) -> list[tuple[int, int]]:
    """(start, end) of capitalised names; one at the very start of a question is left out."""
    return [m.span() for m in _NAME.finditer(text) if m.start() > 0 or sentence_start]


def swappable(question: str) -> list[tuple[int, int]]:
    """(start, end) of the names and numbers of a question."""
    return names_in(question) + [m.span() for m in _NUMBER.finditer(question)]


def kind_of(value: str, before: str = "", asked: str = "") -> str:
    """The kind a value may be swapped within: year, number, month, place, person or name.

    before: the text in front of the value. asked: the question that the value answers, if it does.
    """
    if _NUMBER.fullmatch(value):
        return "year" if re.fullmatch(r"1\d{3}|20\d{2}", value.replace(",", "")) else "number"
    if value in MONTHS:
        return "month"
    if _PLACE_BEFORE.search(before) or _PLACE_ASKED.search(asked):
        return "place"
    return "person" if _PERSON_ASKED.search(asked) else "name"


class SwapPools:
    """Values of each kind per article, taken from questions and answers of that article."""

    def __init__(self, questions: QuestionSet) -> None:
        pools: dict[tuple[str, str], set[str]] = defaultdict(set)
        conditions: dict[str, set[str]] = defaultdict(set)
        for question in questions.questions:
            paragraph = questions.paragraphs[question.paragraph]
            article = paragraph.article
            found = _CONDITION.search(question.text)
            if found is not None:
                conditions[article].add(found.group())
            for start, end in swappable(question.text):
                kind = kind_of(question.text[start:end], question.text[:start])
                pools[article, kind].add(question.text[start:end])
            for span in question.answers:
                answer = paragraph.text[span.start : span.end]
                if _NAME.fullmatch(answer) or _NUMBER.fullmatch(answer):
                    pools[article, kind_of(answer, asked=question.text)].add(answer)
        self._pools = {key: tuple(sorted(values)) for key, values in pools.items()}
        self._conditions = {key: tuple(sorted(values)) for key, values in conditions.items()}

    def condition(self, article: str, passage: str, rng: random.Random) -> str | None:
        """The end of another question of the article with a word that the passage does not hold,
        such as " in Ohio?", or None.
        """
        pool, held = self._conditions.get(article, ()), passage.lower()
        for candidate in rng.sample(pool, min(len(pool), 8)):
            words = set(re.findall(r"\w{3,}", candidate.lower())) - SMALL_WORDS
            if any(word not in held for word in words):
                return candidate
        return None

    def other(
        self, article: str, value: str, kind: str, passage: str, rng: random.Random
    ) -> str | None:
        """A value of the kind from the article that the passage does not hold, or None."""
        pool = MONTHS if kind == "month" else self._pools.get((article, kind), ())
        if kind == "name":  # of unknown kind: people and names alike, rather than nothing
            pool += self._pools.get((article, "person"), ())
        for candidate in rng.sample(pool, min(len(pool), 8)):
            if candidate.lower() not in passage.lower() and not _share_word(candidate, value):
                return candidate
        return None


def inside(value: str, kind: str, question: str, passage: str, rng: random.Random) -> str | None:
    """A value of the kind that the passage holds and the question does not, or None.

    Kinds of names are not told apart: all that is known of a name in a passage is that it is one.
    """
    if kind == "month":
        found = {month for month in MONTHS if month in passage}
    elif kind in ("year", "number"):
        numbers = {match.group().rstrip(",") for match in _NUMBER.finditer(passage)}
        found = {number for number in numbers if kind_of(number) == kind}
    else:
        places = [m.span() for m in _NAME.finditer(passage) if not _begins(passage, m)]
        found = {passage[start:end] for start, end in places} - set(MONTHS)
    asked = question.lower()
    usable = sorted(v for v in found if v.lower() not in asked and not _share_word(v, value))
    return rng.choice(usable) if usable else None


def _begins(passage: str, name: re.Match[str]) -> bool:
    """Whether a name of one word begins a sentence, where any word has a capital."""
    before = passage[: name.start()].rstrip(" \"'(\u201c")
    return " " not in name.group() and (not before or before[-1] in ".!?:;\n")


def _share_word(one: str, other: str) -> bool:
    return bool(set(one.lower().split()) & set(other.lower().split()))


def swap_value(
    question: str, article: str, passage: str, pools: SwapPools, rng: random.Random
) -> str | None:
    """The question with one name, number, year or month replaced, or None when there is none; half
    of the time by one that the passage holds, so that a strange word is not what gives it away.
    """
    spans = swappable(question)
    rng.shuffle(spans)
    for start, end in spans:
        if question[start:end].lower() in article.lower().replace("_", " "):
            continue  # the article's own subject is in nearly every question: nothing to swap for
        kind = kind_of(question[start:end], question[:start])
        value, replacement = question[start:end], None
        if rng.random() < 0.5:
            replacement = inside(value, kind, question, passage, rng)
        replacement = replacement or pools.other(article, value, kind, passage, rng)
        if replacement is not None:
            return question[:start] + replacement + question[end:]
    return None


def add_condition(
    question: str, article: str, passage: str, pools: SwapPools, rng: random.Random
) -> str | None:
    """The question with a condition put at its end, or None when it has one or none is found."""
    if not question.endswith("?") or _CONDITION.search(question):
        return None
    added = pools.condition(article, passage, rng)
    return None if added is None else question.rstrip(" ?") + added


def swap_relation(question: str, rng: random.Random) -> str | None:
    """The question with one relation word replaced by its opposite, or None."""
    found = [m for m in re.finditer(r"[A-Za-z]+", question) if m.group().lower() in OPPOSITES]
    if not found:
        return None
    match = rng.choice(found)
    replacement = rng.choice(OPPOSITES[match.group().lower()])
    if match.group()[0].isupper():
        replacement = replacement.capitalize()
    return question[: match.start()] + replacement + question[match.end() :]


def negate(question: str, rng: random.Random) -> str | None:
    """The question with its first auxiliary negated, or None when it has none."""
    match = _NEGATABLE.search(question)
    if match is None or re.search(r"\b(not|never|no)\b|n't", question):
        return None
    word = match.group()
    if rng.random() < 0.3 or word.lower() == "will":
        return question[: match.end()] + " not" + question[match.end() :]
    contracted = "can't" if word.lower() == "can" else word + "n't"
    return question[: match.start()] + contracted + question[match.end() :]


def make_unanswerable(
    question: str, article: str, passage: str, pools: SwapPools, rng: random.Random
) -> str | None:
    """One altered question, by the first rule that applies in a drawn order, or None."""
    rules: dict[str, Callable[[], str | None]] = {
        "value": lambda: swap_value(question, article, passage, pools, rng),
        "relation": lambda: swap_relation(question, rng),
        "condition": lambda: add_condition(question, article, passage, pools, rng),
        "negate": lambda: negate(question, rng),
    }
    draw = rng.random()
    first = "negate" if draw < 0.08 else "condition" if draw < 0.25 else "value"
    order = [first, "value", "relation"]
    order += ["condition"] * (rng.random() < 0.3) + ["negate"] * (rng.random() < 0.15)
    for rule in order:
        altered = rules[rule]()
        if altered is not None and altered != question:
            return altered
    return None


_SMALL = """a an the is are was were be been do does did has have had of to in on at by
    for with from as and or that this these those what which who whom whose when where why how many
    much it its their there can could would will should name"""
SMALL_WORDS = frozenset(_SMALL.split())


def keywords(question: str) -> str:
    """The question as someone types it into a search box; unchanged when nothing would be left."""
    words = re.findall(r"\S+", question.rstrip(" ?"))
    kept = [w for w in words if w.lower().strip(",.?'\"") not in SMALL_WORDS]
    return " ".join(kept) if len(kept) >= 2 else question


def leaning(question: str, article: str, pools: SwapPools, rng: random.Random) -> str | None:
    """The question as a follow-up is read: one of its names is a pronoun, and the name stands at
    the end as a carried term, sometimes among others of the article. None when it has no name.
    """
    spans = [s for s in names_in(question) if not question[s[0] - 1].isalnum()]
    if not spans:
        return None
    start, end = rng.choice(spans)
    before, name = question[:start], question[start:end]
    before = re.sub(r"\b(?:the|a|an)\s+$", "", before, flags=re.IGNORECASE)
    kind = kind_of(name, question[:start])
    words = ("there", "it") if kind == "place" else ("it", "he", "she", "they", "this", "that")
    carried = [name]
    for _ in range(rng.choice((0, 0, 1, 2))):
        other = pools.other(article, name, kind, question, rng)
        if other is not None and other not in carried:
            carried.insert(rng.randint(0, len(carried)), other)
    return " ".join([before + rng.choice(words) + question[end:], *carried])
