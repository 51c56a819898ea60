"""What a question leans on from earlier in its conversation. Rules and three tiny models, no text
is made up: every carried term is a slice of an earlier question, quote or title.

The method is term selection from the history, as in QuReTeC (Voskarides et al., 2020), on
hand-made features instead of a language model. Context widens where the search looks; whether a
passage answers is judged by the same threshold as ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.answer.parts import parts_of
from rag.conversation.earlier import EarlierTurn, earlier_texts
from rag.conversation.features import question_features
from rag.conversation.mentions import Term, answers_who, term_features, terms
from rag.conversation.model import probability, threshold
from rag.conversation.topic import leaning, since_switch, switched
from rag.conversation.why import bare_why
from rag.conversation.words import content_stems
from rag.errors import UsageError
from rag.types import Carried, Understanding, as_understood

TURNS = 8  # earlier turns that are looked at: a long conversation costs what a short one does
TERMS = 5  # carried at most
OLD_TOPIC = 0.3  # factor on a term not said since the topic probably changed
JUST_NAMED = 0.5  # least probability of carrying a name that just answered "who" or "which"
QUERY_CHARACTERS = 600  # of earlier questions in the query that widens the search


def understand(question: str, turns: Sequence[EarlierTurn] = ()) -> Understanding:
    """Read ``question`` after ``turns`` (oldest first; only the last ``TURNS`` are looked at).

    A pure function. With no turns, or after a change of topic, nothing is inherited. The parts of a
    question that asks several things are each read after those before them.
    """
    asked = parts_of(question)
    if len(asked) > 1:
        before = [*turns, *map(EarlierTurn, asked)]
        each = (_one(part, before[: len(turns) + n]) for n, part in enumerate(asked))
        return Understanding(question, parts=tuple(each))
    return _one(question, turns)


def _one(question: str, turns: Sequence[EarlierTurn]) -> Understanding:
    recent = tuple(turns)[-TURNS:]
    if not recent:
        return Understanding(question)
    texts = earlier_texts(recent)
    features = question_features(question, [t.text for t in texts])
    lean, reasons = leaning(features)
    if not lean and switched(features):
        return Understanding(question, switched=True, reasons=("opens a new topic",))
    current = since_switch(recent, surely=True)
    chosen = _choose(question, current, features) if lean else ()
    carried = tuple(Carried(t.text, _reason(t, len(recent))) for t in chosen)
    why = reasons if lean else ("stands alone on the same topic",)
    if not carried:  # read as if nothing had come before, to the same result
        return Understanding(question, leans=lean, reasons=why, shown=_shown(question, recent))
    return Understanding(
        question,
        leans=lean,
        reasons=why,
        carried=carried,
        queries=_queries(question, current, carried),
        likely=_likely(current),
        readings=_readings(chosen, carried, features),
        shown=_shown(question, recent),
    )


def after(question: str, history: Sequence[str]) -> Understanding:
    """Read ``question`` after earlier questions (oldest first) whose answers are not at hand."""
    return understand(question, tuple(EarlierTurn(earlier) for earlier in history))


def forced(question: str, turns: Sequence[EarlierTurn], terms: Sequence[str]) -> Understanding:
    """Read ``question`` with exactly these ``terms`` carried, as chosen by the person who asks.

    No terms: the question is asked as a new one. Raises UsageError on an empty term.
    """
    if any(not term.strip() for term in terms):
        raise UsageError("a term to carry over is empty; leave it out or write a word")
    if not terms:
        return Understanding(question, reasons=("asked as a new question",))
    recent = tuple(turns)[-TURNS:]
    carried = tuple(Carried(term, "chosen by you") for term in dict.fromkeys(terms))
    understood = as_understood(question, carried)
    return Understanding(
        question,
        leans=True,
        reasons=("terms chosen by you",),
        carried=carried,
        queries=(understood,),
        likely=_likely(recent),
        shown=_shown(question, recent),
    )


def _shown(question: str, turns: Sequence[EarlierTurn]) -> tuple[str, ...]:
    """What a bare "why" asks about: the quotes of the turn before."""
    return turns[-1].quotes if turns and bare_why(question) else ()


def _choose(
    question: str, turns: Sequence[EarlierTurn], features: Mapping[str, float]
) -> tuple[Term, ...]:
    """The terms to carry, the likeliest first, none made only of words of another."""
    asked = content_stems(question)
    topic = len(since_switch(turns, surely=False))
    scored = []
    for term in terms(question, earlier_texts(turns)):
        if (term.verbal and not features.get("none")) or _plain_title(term):
            continue
        score = probability("carried", term_features(term, features, asked))
        if term.mentions[0].origin.ago > topic:
            score *= OLD_TOPIC
        scored.append((max(score, JUST_NAMED) if _named(term, features) else score, term))
    scored.sort(key=lambda pair: -pair[0])
    least = threshold("carried")
    chosen: list[Term] = []
    for score, term in scored:
        if len(chosen) == TERMS or (score < least and chosen):
            break
        if score < least / 2:
            break
        if any(term.stems <= other.stems for other in chosen):
            continue
        chosen = [other for other in chosen if not other.stems <= term.stems]
        chosen.append(term)
    return _only_person(chosen, features)


def _plain_title(term: Term) -> bool:
    """A term of titles alone that is no name: many a title is a file's name."""
    return not term.name and all(m.origin.kind in ("title", "heading") for m in term.mentions)


def _named(term: Term, features: Mapping[str, float]) -> bool:
    """A name that just answered "who" or "which" is what a pronoun most likely means.

    The dialogues that the model learnt from go round one article, so it cannot know.
    """
    pronoun = features.get("he or she") or features.get("they")
    return bool(pronoun) and any(answers_who(m) and m.origin.ago <= 2 for m in term.mentions)


def _only_person(chosen: Sequence[Term], features: Mapping[str, float]) -> tuple[Term, ...]:
    """Where a personal pronoun is all that points back, the names that just answered "who".

    More terms would draw the reader to the sentence that gave the name.
    """
    if not features.get("he or she") or any(features.get(sign) for sign in _FURTHER):
        return tuple(chosen)
    named = tuple(term for term in chosen if _named(term, features))
    return named or tuple(chosen)


_FURTHER = ("none", "it", "they", "this", "this noun", "other", "the noun", "opener")


def _reason(term: Term, turns: int) -> str:
    origin = term.mentions[0].origin
    if origin.kind in ("title", "heading"):
        return f"from the {origin.kind} of a source cited before"
    if origin.ago == 1:
        where = "your last question"
    elif origin.ago == turns < TURNS:
        where = "your first question"
    else:
        where = f"your question {origin.ago} turns ago"
    return f"from {where}" if origin.kind == "question" else f"from a quote cited for {where}"


def _queries(
    question: str, turns: Sequence[EarlierTurn], carried: tuple[Carried, ...]
) -> tuple[str, ...]:
    """The question after the earlier ones; and with its carried terms, if these add words."""
    tail: list[str] = []
    for turn in reversed(turns):
        if sum(map(len, tail)) + len(turn.question) > QUERY_CHARACTERS:
            break
        tail.insert(0, turn.question)
    after = " ".join([*tail, question])
    terms = as_understood(question, carried)
    new = content_stems(terms) - content_stems(after)
    return tuple(q for q, wanted in ((after, tail), (terms, new)) if wanted)


def _likely(turns: Sequence[EarlierTurn]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(id for turn in reversed(turns) for id in turn.sources))


def _readings(
    chosen: Sequence[Term], carried: Sequence[Carried], features: Mapping[str, float]
) -> tuple[tuple[Carried, ...], ...]:
    """The readings of a singular pronoun when two or more names of the last turns are carried."""
    if not (features.get("he or she") or features.get("it")):
        return ()
    rivals = [
        (term, said)
        for term, said in zip(chosen, carried, strict=True)
        if term.name
        and not term.numeral
        and not term.mentions[0].phrase.located
        and term.mentions[0].origin.kind in ("question", "quote")
    ]
    latest = min((term.mentions[0].origin.ago for term, _ in rivals), default=0)
    rivals = [pair for pair in rivals if pair[0].mentions[0].origin.ago == latest]
    if len(rivals) < 2:
        return ()
    shared = tuple(c for c in carried if all(c is not said for _, said in rivals))
    return tuple((said, *shared) for _, said in rivals[:2])
