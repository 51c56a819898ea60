"""Conversations over a library: turns, what they carry, their JSON, and bounded work."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from rag.conversation.conversation import Conversation, earlier_turn
from rag.conversation.earlier import EarlierTurn
from rag.conversation.understanding import TURNS
from rag.conversation.understanding import understand as plain_understand
from rag.embed import HashEmbedder
from rag.errors import UsageError, VerificationError
from rag.library import Library
from rag.protocols import PassageText, Reading
from rag.types import Abstention, Answer, Result, Understanding

BRIDGE = (
    "The Sandvik Bridge was designed by Ingrid Solheim.\n\n"
    "Ingrid Solheim was born in Bergen in 1891.\n\n"
    "The Sandvik Bridge was opened on 4 May 1931.\n"
)
TALK = "Who talked at Lisbon in July?"
MEETING = (
    "Maria Costa talked with Pedro Alves at Lisbon on 16 July 2018.\n\n"
    "Maria Costa was born in 1960.\n\n"
    "Pedro Alves was born in 1971.\n"
)


class WordReader:
    """Answers with the sentence that holds most of the longer words asked; three are needed."""

    name = "words"
    threshold = 0.5
    calibrated = False
    confidence = None

    def __init__(self) -> None:
        self.questions: list[str] = []
        self.passages = 0

    def read(self, question: str, passages: Sequence[PassageText], /) -> tuple[Reading, ...]:
        self.questions.append(question)
        self.passages += len(passages)
        asked = {w for w in _words(question) if len(w) > 3}
        return tuple(_reading(asked, passage) for passage in passages)


def _words(text: str) -> list[str]:
    return "".join(c.lower() if c.isalnum() else " " for c in text).split()


def _reading(asked: set[str], passage: PassageText) -> Reading:
    held = [len(asked & set(_words(passage.text[s.start : s.end]))) for s in passage.sentences]
    best = max(held, default=0)
    scores = tuple(0.9 if n == best and n > 2 else 0.0 for n in held)
    chance = min(0.9, 0.2 * best)
    return Reading(score=chance, probability=chance, answer=None, sentences=scores)


@pytest.fixture
def reader() -> WordReader:
    return WordReader()


@pytest.fixture
def library(tmp_path: Path, reader: WordReader) -> Iterator[Library]:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "bridge.txt").write_text(BRIDGE, "utf-8")
    (folder / "meeting.txt").write_text(MEETING, "utf-8")
    with Library.build(
        folder, at=tmp_path / "library", embedder=HashEmbedder(), reader=reader
    ) as made:
        yield made


def first(result: Result) -> str:
    assert isinstance(result, Answer), result
    return result.quotes[0].text


def test_a_follow_up_finds_what_it_cannot_find_alone(library: Library) -> None:
    conversation = library.conversation()
    assert first(conversation.ask("Who designed the Sandvik Bridge?")).endswith("Solheim.")
    result = conversation.ask("Where was she born?")
    assert first(result) == "Ingrid Solheim was born in Bergen in 1891."
    assert "Ingrid Solheim" in {c.term for c in result.carried}
    assert result.history == ("Who designed the Sandvik Bridge?",)
    turn = conversation.turns[-1]
    assert turn.leans
    assert turn.understood.startswith("Where was she born? Ingrid")
    assert isinstance(library.ask("Where was she born?"), Abstention)


def test_a_change_of_topic_inherits_nothing(library: Library, reader: WordReader) -> None:
    conversation = library.conversation()
    conversation.ask("Who designed the Sandvik Bridge?")
    result = conversation.ask("What is the weather in Paris?")
    assert isinstance(result, Abstention)
    assert result.carried == ()
    assert conversation.turns[-1].switched
    assert reader.questions[-1] == "What is the weather in Paris?"


def test_a_bare_why_is_not_answered_by_what_was_just_quoted(tmp_path: Path) -> None:
    text = (
        "The Sandvik Bridge was closed in May.\n\nThe Alder Bridge was closed because it swayed.\n"
    )
    (tmp_path / "bridges.txt").write_text(text, "utf-8")
    with Library.build(
        tmp_path, at=tmp_path / "lib", embedder=HashEmbedder(), reader=WordReader()
    ) as library:
        conversation = library.conversation()
        conversation.ask("When was the Sandvik Bridge closed?")
        result = conversation.ask("Why?", carry=("Sandvik Bridge closed",))
        assert not isinstance(result, Answer) or "Sandvik" not in first(result)
        again = library.conversation()
        again.ask("When was the Alder Bridge closed?")
        assert "because" in first(again.ask("Why?", carry=("Alder Bridge closed",)))


def test_asking_afresh_is_asking_without_a_history(library: Library, reader: WordReader) -> None:
    conversation = library.conversation()
    conversation.ask("Who designed the Sandvik Bridge?")
    result = conversation.ask("Where was she born?", fresh=True)
    assert result.carried == ()
    assert reader.questions[-1] == "Where was she born?"
    assert conversation.ask("Where was she born?", carry=()).carried == ()


def test_terms_of_ones_own_are_carried_as_given(library: Library, reader: WordReader) -> None:
    conversation = library.conversation()
    result = conversation.ask("When was she born?", carry=("Maria Costa",))
    assert first(result) == "Maria Costa was born in 1960."
    assert [(c.term, c.reason) for c in result.carried] == [("Maria Costa", "chosen by you")]
    assert reader.questions[-1] == "When was she born? Maria Costa"


def test_asking_again_replaces_the_last_turn(library: Library) -> None:
    conversation = library.conversation()
    conversation.ask(TALK)
    conversation.ask("When was he born?")
    result = conversation.again(carry=("Pedro Alves",))
    assert first(result) == "Pedro Alves was born in 1971."
    assert [t.question for t in conversation.turns] == [
        TALK,
        "When was he born?",
    ]
    assert conversation.turns[-1].result is result


def test_asking_again_needs_a_turn_and_a_failure_keeps_it(library: Library) -> None:
    conversation = library.conversation()
    with pytest.raises(UsageError, match="nothing was asked"):
        conversation.again()
    conversation.ask(TALK)
    before = conversation.turns
    with pytest.raises(UsageError, match="empty"):
        conversation.again(carry=(" ",))
    assert conversation.turns == before


def test_two_readings_of_a_pronoun_are_answered_apart(library: Library) -> None:
    conversation = library.conversation()
    conversation.ask(TALK)
    conversation.ask("When was he born?")
    turn = conversation.turns[-1]
    assert {first(reading) for reading in turn.readings} == {
        "Maria Costa was born in 1960.",
        "Pedro Alves was born in 1971.",
    }
    assert turn.result is turn.readings[0]
    for reading in turn.readings:
        assert reading.carried[0].term in first(reading)


def test_readings_that_one_name_cannot_answer_are_not_shown(library: Library) -> None:
    conversation = library.conversation()
    conversation.ask(TALK)
    conversation.ask("Where did he study law?")
    assert conversation.turns[-1].readings == ()


def test_a_question_that_fails_leaves_no_turn(library: Library) -> None:
    conversation = library.conversation()
    with pytest.raises(UsageError):
        conversation.ask("   ")
    with pytest.raises(UsageError):
        conversation.ask("Who met?", sources=["nowhere.txt"])
    assert conversation.turns == ()


def test_json_gives_the_conversation_back(library: Library) -> None:
    conversation = library.conversation()
    for question in (
        TALK,
        "When was he born?",
        "What is the weather in Paris?",
    ):
        conversation.ask(question)
    data = conversation.to_json()
    again = Conversation.from_json(data, library)
    assert again.turns == conversation.turns
    assert again.to_json() == data
    assert again.ask("Who designed the Sandvik Bridge?") == conversation.ask(
        "Who designed the Sandvik Bridge?"
    )


@pytest.mark.parametrize("fault", ["quote", "question", "understood", "key", "format"])
def test_json_that_was_altered_is_refused(library: Library, fault: str) -> None:
    conversation = library.conversation()
    conversation.ask(TALK)
    assert isinstance(conversation.turns[0].result, Answer)
    data = copy.deepcopy(conversation.to_json())
    row = data["turns"][0]
    if fault == "quote":
        row["result"]["quotes"][0]["text"] += " Not."
    elif fault == "key":
        del row["result"]
    elif fault == "format":
        data["format"] = 99
    else:
        row[fault] += "?"
    with pytest.raises(UsageError if fault == "format" else VerificationError):
        Conversation.from_json(data, library)


def test_json_of_another_library_is_refused(library: Library, tmp_path: Path) -> None:
    conversation = library.conversation()
    conversation.ask(TALK)
    data = conversation.to_json()
    library.remove(["meeting.txt"])
    with pytest.raises(VerificationError, match=r"meeting\.txt"):
        Conversation.from_json(data, library)


def test_the_export_holds_every_quote_and_what_was_carried(library: Library) -> None:
    conversation = library.conversation()
    conversation.ask("Who designed the Sandvik Bridge?")
    conversation.ask("Where was she born?")
    text = conversation.export()
    assert "Ingrid Solheim was born in Bergen in 1891." in text
    assert "Carried over: Ingrid Solheim" in text


def test_results_at_hand_can_be_gone_on_from(library: Library) -> None:
    result = library.ask("Who designed the Sandvik Bridge?")
    conversation = Conversation.after(library, [result])
    assert first(conversation.ask("Where was she born?")).startswith("Ingrid Solheim was born")


def test_an_abstention_gives_its_question_and_no_quotes(library: Library) -> None:
    result = library.ask("What is the weather in Paris?")
    assert earlier_turn(result) == EarlierTurn("What is the weather in Paris?")


def test_the_two_hundredth_turn_costs_what_the_second_does(
    library: Library, reader: WordReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def counted(question: str, turns: Sequence[EarlierTurn]) -> Understanding:
        seen.append(len(turns))
        return plain_understand(question, turns)

    monkeypatch.setattr("rag.conversation.conversation.understand", counted)
    opening = library.ask("Who designed the Sandvik Bridge?")
    costs = []
    for turns in (TURNS, 199):
        conversation = Conversation.after(library, [opening] * turns)
        reader.questions.clear()
        reader.passages = 0
        result = conversation.ask("Where was she born?")
        costs.append((seen[-1], len(reader.questions), reader.passages, len(result.history)))
    assert costs[0] == costs[1]
    assert costs[1][0] == costs[1][3] == TURNS
