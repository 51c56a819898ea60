"""Passages and questions made for training: no place is lost, and what is made is what it says."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import GoldError
from rag.train.base_model import base_folder, load_tokenizer
from rag.train.batches import encode_groups
from rag.train.pairs import Group, joined_sentences, positive_pair
from rag.train.presented import as_list, as_speech, short_answers
from rag.train.rewording import fewer_shared, read_wordnet
from rag.train.squad import Paragraph, Question, QuestionSet, sentence_spans
from rag.train.tables import TableGroups, names_of
from rag.types import Span

TEXT = "The mill opened in 1790. Its wheel was made of oak. Tomas Brandt owned it until 1831."


def made(answer: str):
    start = TEXT.index(answer)
    gold = Question("1", "Which?", 0, (Span(start, start + len(answer)),))
    return positive_pair("Which?", gold, Paragraph("Mills", TEXT, sentence_spans(TEXT)))


@pytest.mark.parametrize("answer", ["1790", "oak", "Tomas Brandt", "1831"])
@given(seed=st.integers(0, 10**6))
def test_lists_and_talk_keep_answers_sentences_and_labels(answer, seed):
    pair = made(answer)
    rng = random.Random(seed)
    for changed in (as_list(pair, rng), as_speech(pair, ["Ada Berg", "Chair"], rng)):
        assert [changed.text[a.start : a.end] for a in changed.answers] == [answer]
        assert changed.labels == pair.labels
        assert len(changed.sentences) == len(pair.sentences)
        for before, after in zip(pair.sentences, changed.sentences, strict=True):
            sentence = changed.text[after.start : after.end]
            assert sentence.endswith(TEXT[before.start : before.end])
        ends = [s.end for s in changed.sentences]
        assert all(s.start >= end for s, end in zip(changed.sentences[1:], ends, strict=False))


def test_a_list_has_a_marker_on_every_line_and_talk_a_name_on_the_first():
    for seed in range(10):
        lines = as_list(made("oak"), random.Random(seed)).text.splitlines()
        items = [line for line in lines if not line.endswith(":")]
        assert len(items) == 3
        assert all(line[0] in "-*\u2022(123" for line in items)
        talk = as_speech(made("oak"), ["Ada Berg"], random.Random(seed)).text
        assert talk.lower().startswith("ada berg: the mill opened")
    assert as_speech(made("oak"), [], random.Random(0)) == made("oak")


def test_of_a_long_answer_only_its_sentences_are_taught():
    pair = made("oak")
    assert short_answers(pair, 3) == pair
    shortened = short_answers(pair, 2)
    assert shortened.answers == ()
    assert shortened.labels == pair.labels == (0, 1, 0)


def test_a_long_passage_keeps_its_labelled_sentence_without_an_answer():
    tokenizer = load_tokenizer(base_folder() / "tokenizer.json")
    lines = [f"Line number {i} of the long story goes on and on." for i in range(60)]
    pair = joined_sentences("Which line?", lines, right=[40], relevant=True)
    ((encoded,),) = encode_groups(tokenizer, [Group((pair,))])
    assert sum(encoded.labels) == 1


def test_shared_words_go_and_names_and_numbers_stay():
    question = "When did Tomas Brandt stop running the wooden mill with 12 wheels?"
    sentence = "Tomas Brandt was running the wooden mill with 12 wheels until 1831."
    made = {fewer_shared(question, sentence, random.Random(i), {}) for i in range(30)}
    assert question not in made
    for text in made:
        assert "Tomas Brandt" in text
        assert "12" in text
        assert "stop" in text
        assert text.endswith("?")
        assert "  " not in text
    swapped = {
        fewer_shared(question, sentence, random.Random(i), {"wooden": ("timber", "woodenly")})
        for i in range(60)
    }
    assert any("timber" in text for text in swapped)
    assert not any("woodenly" in text for text in swapped)  # the sentence has it in another form
    assert fewer_shared("Who owned it?", "Anna owned it.", random.Random(0), {}) == "Who owned it?"


def test_wordnet_gives_the_words_of_the_first_sense(tmp_path):
    (tmp_path / "data.noun").write_text(
        "  1 a licence line\n"
        "00000100 06 n 03 mill 0 factory 0 manufacturing_plant 0 000 | a building\n"
        "00000200 06 n 02 mill 1 grinder 0 000 | a machine\n"
    )
    (tmp_path / "index.noun").write_text(
        "  1 a licence line\nmill n 2 0 2 1 00000100 00000200\nfactory n 1 0 1 1 00000100\n"
    )
    for part in ("verb", "adj"):
        for kind in ("data", "index"):
            (tmp_path / f"{kind}.{part}").write_text("")
    assert read_wordnet(tmp_path) == {"mill": ("factory",), "factory": ("mill",)}
    with pytest.raises(GoldError, match="no WordNet"):
        read_wordnet(tmp_path / "elsewhere")


def test_a_table_is_asked_for_a_cell_it_has_and_one_it_has_not():
    names = [f"Hill {letter}" for letter in "ABCDEFGHIJKLMNOP"]
    ways = set()
    for index in range(60):
        positive, negative = TableGroups(names, 60, 1).make(index, 0).pairs
        assert positive.text == negative.text
        (row,) = [
            positive.text[s.start : s.end]
            for s, label in zip(positive.sentences, positive.labels, strict=True)
            if label
        ]
        (answer,) = positive.answers
        assert positive.text[answer.start : answer.end] in row
        asked = [name for name in names if name in positive.question]
        assert len(asked) == 1
        assert asked[0] in row
        assert not any(negative.labels)
        assert negative.question != positive.question
        ways.add("|" if "|" in row else "\t" if "\t" in row else ":")
    assert ways == {"|", "\t", ":"}


def test_names_are_the_names_among_the_answers():
    text = "Anna Holt mapped the river in 1911."
    answers = (Span(0, 9), Span(30, 34), Span(17, 26))
    paragraph = Paragraph("A", text, sentence_spans(text))
    questions = QuestionSet((paragraph,), (Question("1", "Who?", 0, answers),))
    assert names_of(questions) == ("Anna Holt",)
