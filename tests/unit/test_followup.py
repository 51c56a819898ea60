"""What a question takes over from its history: hand-made cases, and what holds for every text."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.conversation import model, understanding
from rag.conversation.earlier import EarlierTurn
from rag.conversation.features import question_features
from rag.conversation.terms import MAX_WORDS, phrases
from rag.conversation.understanding import TERMS, TURNS, forced, understand
from rag.conversation.words import content_stems, words
from rag.errors import ModelError, UsageError
from rag.types import Understanding, as_understood
from tests.unit.followup_cases import CASES, HISTORIES, Case


def kind(reading: Understanding) -> str:
    return "leans" if reading.leans else "new" if reading.switched else "alone"


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.history}: {c.question}")
def test_a_question_is_read_after_its_history_as_a_person_would(case: Case) -> None:
    reading = understand(case.question, HISTORIES[case.history])
    assert kind(reading) == case.wanted, reading
    held = content_stems(" ".join(c.term for c in reading.carried))
    assert content_stems(case.carried) <= held, reading.carried
    assert not content_stems(case.barred) & held, reading.carried


def test_the_cases_are_many_and_of_every_kind() -> None:
    counts = {w: sum(c.wanted == w for c in CASES) for w in ("leans", "alone", "new")}
    assert len(set(CASES)) == len(CASES) >= 60
    assert min(counts.values()) >= 8


@pytest.mark.parametrize("case", [c for c in CASES if c.wanted == "new"], ids=lambda c: c.question)
def test_a_change_of_topic_inherits_nothing(case: Case) -> None:
    reading = understand(case.question, HISTORIES[case.history])
    assert reading == Understanding(
        case.question,
        switched=True,
        reasons=("opens a new topic",),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.question)
def test_without_history_nothing_is_taken_over(case: Case) -> None:
    assert understand(case.question) == Understanding(case.question)


def test_every_carried_term_says_where_it_comes_from() -> None:
    reading = understand("Where was she born?", HISTORIES["bridge"])
    reasons = {c.term: c.reason for c in reading.carried}
    assert reasons["Ingrid Solheim"] == "from a quote cited for your last question"
    first = understand("When did he sign it?", HISTORIES["order, question alone"])
    assert [(c.term, c.reason) for c in first.carried] == [("order", "from your last question")]
    third = understand(
        "Is it free?", (EarlierTurn("Who runs the Sandvik museum?"), EarlierTurn("Where is it?"))
    )
    assert ("from your first question") in {c.reason for c in third.carried}


def test_the_question_as_understood_is_its_own_words_and_the_carried_terms() -> None:
    reading = understand("When did he sign it?", HISTORIES["order, question alone"])
    assert reading.understood == "When did he sign it? order"
    assert as_understood("Why?", ()) == "Why?"


def test_a_pronoun_with_two_names_has_two_readings() -> None:
    reading = understand("When was he born?", HISTORIES["meeting"])
    named = [[c.term for c in carried] for carried in reading.readings]
    assert {terms[0] for terms in named} == {"Maria Costa", "Pedro Alves"}
    for terms in named:
        assert not {"Maria Costa", "Pedro Alves"} <= set(terms)


def test_a_pronoun_with_one_name_has_one_reading() -> None:
    assert understand("Where was she born?", HISTORIES["bridge"]).readings == ()
    assert understand("What did they discuss?", HISTORIES["meeting"]).readings == ()


def test_only_the_last_turns_are_looked_at() -> None:
    old = tuple(EarlierTurn(f"Who founded the Zorblax company number {n}?") for n in range(200))
    recent = tuple(EarlierTurn(f"Where is the lighthouse of Skagen {n}?") for n in range(TURNS))
    assert understand("Who built it?", old + recent) == understand("Who built it?", recent)
    carried = understand("Who built it?", old + recent).carried
    assert carried
    assert not any("Zorblax" in c.term for c in carried)


def test_a_pronoun_means_something_of_the_current_topic() -> None:
    turns = (
        EarlierTurn("When was the Rome Statute adopted?"),
        EarlierTurn("When did the Titanic sink?"),
    )
    reading = understand("Where had she been built?", turns)
    assert [c.term for c in reading.carried] == ["Titanic"]


def test_the_work_for_a_question_does_not_grow_with_the_conversation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = 0

    def counted(*args: object, **kwargs: object) -> float:
        nonlocal calls
        calls += 1
        return original(*args, **kwargs)  # type: ignore[arg-type]

    original = understanding.probability
    monkeypatch.setattr(understanding, "probability", counted)
    turn = EarlierTurn("Who designed the Sandvik Bridge?", ("It was designed by Ingrid Solheim.",))

    def work(turns: int) -> int:
        nonlocal calls
        calls = 0
        understand("When was it opened?", (turn,) * turns)
        return calls

    assert work(TURNS) == work(200) > 1


def test_chosen_terms_are_carried_as_given() -> None:
    reading = forced("When was it signed?", (), ("trade treaty", "Oslo", "Oslo"))
    assert [(c.term, c.reason) for c in reading.carried] == [
        ("trade treaty", "chosen by you"),
        ("Oslo", "chosen by you"),
    ]
    assert reading.understood == "When was it signed? trade treaty Oslo"
    assert reading.queries == ("When was it signed? trade treaty Oslo",)


def test_no_chosen_terms_is_a_new_question() -> None:
    reading = forced("When was it signed?", HISTORIES["order"], ())
    assert (reading.carried, reading.queries, reading.likely) == ((), (), ())
    assert reading.understood == "When was it signed?"


def test_an_empty_term_is_refused() -> None:
    with pytest.raises(UsageError, match="empty"):
        forced("When?", (), ("order", "  "))


def test_cited_sources_are_places_to_look_first_the_latest_before() -> None:
    turns = (
        EarlierTurn("Who runs the museum?", ("The city runs it.",), sources=("a.txt", "b.txt")),
        EarlierTurn("Where is it?", ("It stands in Skagen.",), sources=("b.txt",)),
    )
    assert understand("When was it built?", turns).likely == ("b.txt", "a.txt")
    assert understand("What is photosynthesis?", turns).likely == ()


TEXT = st.text(
    st.sampled_from("abc ABCÉß '’.,?!-\n\u00a0the it he who of in 0123456789中"), max_size=80
)
TURN = st.builds(
    EarlierTurn,
    TEXT,
    st.lists(TEXT, max_size=3).map(tuple),
    st.lists(TEXT, max_size=1).map(tuple),
    st.lists(TEXT, max_size=1).map(tuple),
)
REAL = st.sampled_from(sorted(HISTORIES)).map(HISTORIES.__getitem__)
HISTORY = st.one_of(st.lists(TURN, max_size=4).map(tuple), REAL)
ASKED = st.one_of(TEXT, st.sampled_from([c.question for c in CASES]))


@settings(max_examples=150, deadline=None)
@given(ASKED, HISTORY)
def test_nothing_carried_is_made_up(question: str, turns: tuple[EarlierTurn, ...]) -> None:
    reading = understand(question, turns)
    said = [
        t for turn in turns for t in (turn.question, *turn.quotes, *turn.titles, *turn.headings)
    ]
    for carried in reading.carried:
        assert carried.term.strip()
        assert any(carried.term in text for text in said)
    for alternative in reading.readings:
        assert set(alternative) <= set(reading.carried)
    assert len(reading.carried) <= TERMS
    assert len({c.term for c in reading.carried}) == len(reading.carried)
    assert reading.understood == as_understood(question, reading.carried)
    assert reading.question == question
    if reading.switched:
        assert reading == Understanding(question, switched=True, reasons=reading.reasons)


@settings(max_examples=100, deadline=None)
@given(TEXT)
def test_phrases_are_disjoint_slices_in_order(text: str) -> None:
    last = 0
    for phrase in phrases(text):
        assert text[phrase.start : phrase.end] == phrase.term
        assert last <= phrase.start < phrase.end
        assert 0 < phrase.size <= MAX_WORDS
        assert phrase.stems
        last = phrase.end


@settings(max_examples=100, deadline=None)
@given(TEXT)
def test_words_are_slices_of_their_text(text: str) -> None:
    last = 0
    for word in words(text):
        assert last <= word.start < word.end <= len(text)
        assert re.sub(r"\s", "", text[word.start : word.end])
        last = word.end


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("When did Zappa and the Mothers of Invention disband?",
         ["Zappa", "Mothers of Invention", "disband"]),
        ("By early 1980 the band had a deal with the Bank of England.",
         ["early 1980", "band", "deal", "Bank of England"]),
        ("What happened to the people?", []),
        ("The court’s ruling on 4 May 1931", ["court", "ruling", "4 May 1931"]),
        ("", []),
    ],
)  # fmt: skip
def test_phrases_of_a_text(text: str, found: list[str]) -> None:
    assert [p.term for p in phrases(text)] == found


def test_weights_name_only_features_that_exist() -> None:
    """A renamed feature would silently count nothing."""
    made: set[str] = set()
    for case in CASES:
        turns = HISTORIES[case.history]
        made |= question_features(case.question, [t.question for t in turns]).keys()
    known = model.weights("leans").keys() - {model.BIAS}
    assert len(known - made) <= 3, known - made


def test_a_damaged_table_of_weights_is_a_model_error(monkeypatch: pytest.MonkeyPatch) -> None:
    good = json.loads(files("rag.conversation").joinpath(model.FILE).read_text("utf-8"))
    del good["models"]["leans"][model.BIAS]
    monkeypatch.setattr(model.json, "loads", lambda _: good)
    model.weights.cache_clear()
    try:
        with pytest.raises(ModelError, match="bias"):
            model.weights("leans")
        good.pop("models")
        with pytest.raises(ModelError, match="install again"):
            model.weights("leans")
    finally:
        model.weights.cache_clear()


def test_an_understanding_carries_nothing_by_default() -> None:
    empty = Understanding("Why?")
    assert [getattr(empty, f.name) for f in fields(empty)][1:] == [
        False, False, (), (), (), (), (), (), (),
    ]  # fmt: skip
