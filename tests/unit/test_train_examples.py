"""Training groups: answers keep their words, negatives hold none, any position can be resumed."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import GoldError
from rag.train import batches
from rag.train.base_model import base_folder, load_tokenizer
from rag.train.batches import Position, batches_from, encode_groups, token_range
from rag.train.examples import GroupMaker, Mix
from rag.train.negatives import mine
from rag.train.pairs import (
    UNKNOWN,
    Group,
    crop,
    join,
    joined_sentences,
    occurrences,
    overlaps,
    positive_pair,
    without_answer,
)
from rag.train.selqa import SentenceGroupMaker, SentenceQuestion, load_selqa
from rag.train.squad import (
    Paragraph,
    Question,
    QuestionSet,
    first_by_hash,
    hold_out,
    load_squad,
    sentence_spans,
)
from rag.train.unanswerable import (
    SwapPools,
    add_condition,
    inside,
    keywords,
    kind_of,
    leaning,
    make_unanswerable,
    negate,
    swap_relation,
    swap_value,
)
from rag.types import Span

TEXTS = {
    "Rivers": [
        "The Alder rises in Norrland. It reaches the sea at Port Vane. The bridge dates from 1874.",
        "The Birch flows south. Fishing began in 1902 on Lake Orrin. Anna Holt mapped it in 1911.",
    ],
    "Mills": [
        "The mill opened in 1790. Its wheel was made of oak. Tomas Brandt owned it until 1831.",
        "A second mill burned down. Nobody rebuilt it. The ruins are open to visitors in summer.",
    ],
}
ASKED = [
    (0, "Where does the Alder reach the sea?", "Port Vane"),
    (0, "When was the bridge of the Alder built?", "1874"),
    (1, "Who mapped the Birch in 1911?", "Anna Holt"),
    (1, "When did fishing begin on Lake Orrin?", "1902"),
    (2, "Who owned the mill until 1831?", "Tomas Brandt"),
    (2, "When did the first mill open?", "1790"),
    (3, "When are the ruins open?", "summer"),
]


def question_set():
    paragraphs = [
        Paragraph(article, text, sentence_spans(text))
        for article, texts in TEXTS.items()
        for text in texts
    ]
    questions = []
    for number, (index, text, answer) in enumerate(ASKED):
        start = paragraphs[index].text.index(answer)
        span = Span(start, start + len(answer))
        questions.append(Question(f"q{number}", text, index, (span,)))
    return QuestionSet(tuple(paragraphs), tuple(questions))


@pytest.fixture(scope="module")
def tokenizer():
    return load_tokenizer(base_folder() / "tokenizer.json")


words = st.lists(
    st.sampled_from(["oak", "river", "1874", "Vane", "stone", "bridge"]), min_size=1, max_size=5
)
sentence = words.map(lambda w: " ".join(w).capitalize() + ".")


@settings(max_examples=80, deadline=None)
@given(st.lists(sentence, min_size=1, max_size=7), st.data())
def test_whatever_is_done_to_a_passage_the_answer_keeps_its_words(sentences, data):
    pair = joined_sentences("Which?", sentences)
    chosen = data.draw(st.integers(0, len(sentences) - 1))
    inside = pair.sentences[chosen]
    start = data.draw(st.integers(inside.start, inside.end - 1))
    end = data.draw(st.integers(start + 1, inside.end))
    answer = pair.text[start:end]
    paragraph = Paragraph("A", pair.text, pair.sentences)
    made = positive_pair("Which?", Question("1", "Which?", 0, (Span(start, end),)), paragraph)
    rng = random.Random(data.draw(st.integers(0, 9)))
    extra = joined_sentences("", ["Nothing here.", "Nor here."])
    before = data.draw(st.booleans())
    for changed in (crop(made, rng), join(made, extra.text, extra.sentences, before)):
        assert [changed.text[a.start : a.end] for a in changed.answers] == [answer]
        assert len(changed.labels) == len(changed.sentences)
        right = [
            s for s, label in zip(changed.sentences, changed.labels, strict=True) if label == 1
        ]
        assert [changed.text[s.start : s.end] for s in right] == [sentences[chosen]]
    rest = without_answer(made)
    if rest is not None:
        kept = [rest.text[s.start : s.end].lower() for s in rest.sentences]
        assert not any(answer.lower() in part for part in kept)
    assert rest is None or set(rest.labels) == {0}


def test_a_guessed_answer_may_be_at_any_of_its_places():
    text = "In 2 years 280 came. Then 2 left. None stayed."
    paragraph = Paragraph("A", text, sentence_spans(text))
    gold = Question("1", "How many left?", 0, (Span(26, 27),), certain=False)
    pair = positive_pair("How many left?", gold, paragraph)
    assert sorted(pair.answers) == [Span(3, 4), Span(26, 27)]
    assert pair.labels == (UNKNOWN, UNKNOWN, 0)
    sure = positive_pair("?", Question("1", "?", 0, (Span(26, 27),)), paragraph)
    assert sure.answers == (Span(26, 27),)
    assert sure.labels == (UNKNOWN, 1, 0)


def test_occurrences_do_not_begin_or_end_inside_a_word():
    assert occurrences("2 of 280 and 2.", "2") == (Span(0, 1), Span(13, 14))


def test_targets_decode_to_the_answer(tokenizer):
    found = question_set()
    for question in found.questions:
        paragraph = found.paragraphs[question.paragraph]
        pair = positive_pair(question.text, question, paragraph)
        ((encoded,),) = encode_groups(tokenizer, [Group((pair,))])
        row = encoded.row
        start = row.passage.starts[encoded.starts[0] - row.offset]
        end = row.passage.ends[encoded.ends[0] - row.offset]
        assert Span(int(start), int(end)) == question.answers[0]
        batch = batches.make_batch([(encoded,)])
        place = int(batch.start[0].nonzero()[0])
        assert int(batch.rows.tokens[0, place]) == row.passage.ids[place - row.offset]


def test_an_answer_without_a_token_is_refused(tokenizer):
    passage = batches.tokenize(tokenizer, ["ab   cd"])[0]
    assert token_range(passage, Span(5, 7)) == (1, 1)
    with pytest.raises(ValueError, match="no token"):
        token_range(passage, Span(3, 4))


def test_a_long_passage_is_shortened_around_its_answer(tokenizer):
    sentences = [f"Line number {i} of the long story goes on and on." for i in range(60)]
    pair = joined_sentences("Which line?", sentences)
    at = pair.sentences[40]
    paragraph = Paragraph("A", pair.text, pair.sentences)
    made = positive_pair("Which line?", Question("1", "Which line?", 0, (at,)), paragraph)
    ((encoded,),) = encode_groups(tokenizer, [Group((made,))])
    assert encoded.row.length <= batches.ROW_LENGTH
    assert encoded.row.length > batches.ROW_LENGTH * 0.8
    assert sum(encoded.labels) == 1


def makers():
    found = question_set()
    selqa = (SentenceQuestion("What burned?", ("A mill burned.", "It rained."), (0,)),)
    mix = Mix(hard_negative=0.3, random_negative=0.1, removed_sentence=0.2, unanswerable=0.3)
    return [GroupMaker(found, mine(found, each=1), mix, 5), SentenceGroupMaker(selqa, 5)]


def fingerprint(batch):
    return (batch.rows.tokens.tolist(), batch.start.tolist(), batch.labels.tolist())


def test_training_can_go_on_from_any_position(tokenizer, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 4)
    stream = batches_from(makers(), tokenizer, 160, 5, Position())
    whole = [next(stream) for _ in range(14)]
    assert whole[-1][1].epoch > 0
    for count in range(0, 13):
        position = whole[count - 1][1] if count else Position()
        batch, after = next(batches_from(makers(), tokenizer, 160, 5, position))
        assert fingerprint(batch) == fingerprint(whole[count][0])
        assert after == whole[count][1]


def test_every_epoch_makes_other_groups_and_the_same_epoch_the_same():
    maker = makers()[0]
    first = [maker.make(i, 0) for i in range(len(maker))]
    assert first == [maker.make(i, 0) for i in range(len(maker))]
    assert any(first != [maker.make(i, epoch) for i in range(len(maker))] for epoch in range(1, 4))


def test_negatives_hold_no_answer():
    maker = makers()[0]
    kinds = set()
    for epoch in range(30):
        for index in range(len(maker)):
            positive, *rest = maker.make(index, epoch).pairs
            assert any(overlaps(s, positive.answers[0]) for s in positive.sentences)
            for negative in rest:
                assert not negative.answers
                assert not any(negative.labels)
                if negative.question == positive.question:
                    kinds.add("other" if negative.text not in positive.text else "same")
                    answer = ASKED[index][2].lower()
                    assert answer not in negative.text.lower()
                else:
                    kinds.add("altered")
    assert {"other", "altered"} <= kinds


def test_mining_prefers_the_same_article_and_skips_the_answer():
    found = question_set()
    ranked = mine(found, each=2)
    for question, row in zip(found.questions, ranked, strict=True):
        answer = found.paragraphs[question.paragraph].text[
            question.answers[0].start : question.answers[0].end
        ]
        for index in row[row >= 0]:
            assert index != question.paragraph
            assert answer not in found.paragraphs[index].text
    assert ranked[5][0] == 3  # "When did the first mill open?": the other paragraph on mills


def test_a_swapped_value_is_of_its_kind():
    found = question_set()
    pools, passage = SwapPools(found), found.paragraphs[1].text
    made = {
        swap_value("Who mapped the Birch in 1911?", "Rivers", passage, pools, random.Random(seed))
        for seed in range(20)
    }
    assert made >= {"Who mapped the Birch in 1874?", "Who mapped the Alder in 1911?"}
    assert kind_of("1911") == "year"
    assert kind_of("31") == "number"
    assert kind_of("Lake Orrin", "near ") == "place"
    assert kind_of("Anna Holt", asked="Who mapped it?") == "person"


def test_a_value_from_inside_the_passage_is_of_its_kind():
    passage = "Two mills stood here. In 1911 Anna Holt sold 31 boats to Orrin; in May she left."
    rng = random.Random(3)
    assert inside("1874", "year", "Who came in 1874?", passage, rng) == "1911"
    assert inside("7", "number", "Who sold 7 boats?", passage, rng) == "31"
    assert inside("June", "month", "Who left in June?", passage, rng) == "May"
    names = {inside("Bo", "name", "Whom did Bo meet?", passage, random.Random(i)) for i in range(9)}
    assert names == {"Anna Holt", "Orrin"}  # not "Two", which only begins a sentence
    assert inside("Bo", "name", "Did Bo meet Orrin, Anna Holt?", passage, rng) is None


def test_a_condition_comes_from_another_question_and_is_strange_to_the_passage():
    found = question_set()
    pools, rng = SwapPools(found), random.Random(0)
    passage = found.paragraphs[1].text
    assert add_condition("Who mapped it in Ohio?", "Rivers", passage, pools, rng) is None
    made = add_condition("Who mapped the Birch?", "Rivers", "Nothing here.", pools, rng)
    assert made is not None
    assert made.startswith("Who mapped the Birch ")
    assert made.endswith("?")
    assert pools.condition("No such article", passage, rng) is None


def test_titles_stand_above_their_own_passages():
    found = question_set()
    mined, titled = mine(found, each=1), Mix(titled=1.0, hard_negative=1.0)
    maker = GroupMaker(found, mined, titled, 5)
    plain = GroupMaker(found, mined, replace(titled, titled=0.0), 5)
    texts = {p.text: p.article for p in found.paragraphs}
    for index in range(len(found.questions)):
        for pair, other in zip(maker.make(index, 0).pairs, plain.make(index, 0).pairs, strict=True):
            assert other == replace(pair, heading="")
            of = {article for text, article in texts.items() if pair.text in text}
            assert pair.heading.removesuffix(".") in of


def test_a_follow_up_has_a_pronoun_and_its_name_behind():
    found = question_set()
    pools = SwapPools(found)
    made = [
        leaning("Who mapped the Birch first?", "Rivers", pools, random.Random(seed))
        for seed in range(20)
    ]
    for text in made:
        assert text is not None
        asked, carried = text.split("? ")
        assert re.fullmatch(r"Who mapped \w+ first", asked)
        assert "Birch" not in asked
        assert "Birch" in carried
    assert leaning("Who mapped it?", "Rivers", pools, random.Random(0)) is None


def test_rules_of_relation_and_negation():
    rng = random.Random(0)
    assert swap_relation("Who was the first owner?", rng) == "Who was the last owner?"
    assert swap_relation("Where is it?", rng) is None
    assert negate("Who owned it?", rng) is None
    assert negate("Why did it not burn?", rng) is None
    made = {negate("When did it burn?", random.Random(i)) for i in range(20)}
    assert made == {"When didn't it burn?", "When did not it burn?"}


def test_an_altered_question_differs():
    found = question_set()
    pools = SwapPools(found)
    for seed in range(40):
        question = found.questions[seed % len(found.questions)]
        paragraph = found.paragraphs[question.paragraph]
        made = make_unanswerable(
            question.text, paragraph.article, paragraph.text, pools, random.Random(seed)
        )
        assert made != question.text


def test_keywords():
    assert keywords("Where does the Alder reach the sea?") == "Alder reach sea"
    assert keywords("What is it?") == "What is it?"


def test_the_draw_of_articles_and_questions_does_not_hang_on_order():
    found = question_set()
    assert hold_out(["a", "b", "c"], 2, 1) == hold_out(["c", "b", "a"], 2, 1)
    assert first_by_hash(found.questions, 3) == first_by_hash(found.questions[::-1], 3)
    assert found.select(["Mills"]).articles == ("Mills",)


def test_a_set_whose_answers_are_elsewhere_is_refused(tmp_path):
    path = tmp_path / "set.json"
    answer = {"text": "oak", "answer_start": 3}
    qas = [{"id": "q7", "question": "?", "answers": [answer]}]
    data = {"data": [{"title": "A", "paragraphs": [{"context": "An oak.", "qas": qas}]}]}
    path.write_text(json.dumps(data))
    assert load_squad(path).questions[0].answers == (Span(3, 6),)
    answer["answer_start"] = 2
    path.write_text(json.dumps(data))
    with pytest.raises(GoldError, match="q7"):
        load_squad(path)
    path.write_text("{")
    with pytest.raises(GoldError, match=r"set\.json"):
        load_squad(path)


def test_selqa_indices_follow_the_sentences_that_are_left(tmp_path):
    path = tmp_path / "selqa.json"
    entry = {"question": "?", "candidates": ["One.", " ", "Two."], "answers": [2]}
    path.write_text(json.dumps([entry]))
    assert load_selqa(path) == (SentenceQuestion("?", ("One.", "Two."), (1,)),)
    entry["answers"] = [3]
    path.write_text(json.dumps([entry]))
    with pytest.raises(GoldError, match="no candidate"):
        load_selqa(path)


def test_long_runs_of_sentences_are_cut_around_the_right_ones():
    sentences = tuple(f"Sentence {i}." for i in range(30))
    maker = SentenceGroupMaker((SentenceQuestion("?", sentences, (12, 14)),), 3)
    for epoch in range(10):
        (pair,) = maker.make(0, epoch).pairs
        right = [s for s, label in zip(pair.sentences, pair.labels, strict=True) if label]
        assert [pair.text[s.start : s.end] for s in right] == ["Sentence 12.", "Sentence 14."]


def test_hard_negatives_are_int32_of_the_asked_width():
    ranked = mine(question_set(), each=2)
    assert ranked.dtype == np.int32
    assert ranked.shape == (len(ASKED), 2)
