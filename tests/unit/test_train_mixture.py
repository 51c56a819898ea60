"""A mixture of training sets: its file, its loaders, what is held out, and how groups are drawn."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest

from rag.errors import GoldError
from rag.train import mixture as module
from rag.train.doc2dial import DOCUMENTS, QUESTIONS, load_doc2dial, section_spans
from rag.train.examples import GroupMaker, Mix
from rag.train.followup import develop
from rag.train.mixture import (
    Drawn,
    Part,
    held_out_part,
    load_even,
    read_mixture,
    sources_of,
    split,
)
from rag.train.negatives import mine
from rag.train.reader_run import validation_groups, validation_of
from rag.train.squad import load_squad

TITLES = [f"Town {letter}" for letter in "ABCDEFGHIJ"]


def write_set(path: Path) -> Path:
    """Ten articles of one paragraph: one question with an answer, one written without."""
    articles = []
    for number, title in enumerate(TITLES):
        text = f"{title} has a mill. It was built in {1700 + number}. Children play near the river."
        year = str(1700 + number)
        answer = {"text": year, "answer_start": text.index(year)}
        qas = [
            {"id": f"y{number}", "question": f"When was the mill of {title} built?"}
            | {"answers": [answer]},
            {"id": f"n{number}", "question": f"When was the mill of {title} sold?", "answers": []},
        ]
        articles.append({"title": title, "paragraphs": [{"context": text, "qas": qas}]})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"data": articles}), encoding="utf-8")
    return path


MIXTURE = """
questions = 40
[recipe]
seed = 4
body_rate = 2e-5
[[part]]
name = "towns"
loader = "squad"
file = "towns.json"
share = 3
held_out = 2
mix = { written = 1.0 }
[[part]]
name = "even towns"
loader = "squad-even"
file = "towns.json"
share = 1
held_out = 0.2
"""


def test_a_mixture_says_shares_recipe_and_what_is_held_out(tmp_path):
    write_set(tmp_path / "towns.json")
    path = tmp_path / "mixture.toml"
    path.write_text(MIXTURE)
    mixture = read_mixture(path)
    assert (mixture.recipe.seed, mixture.recipe.body_rate) == (4, 2e-5)
    assert [part.name for part in mixture.parts] == ["towns", "even towns"]
    assert [len(source) for source in sources_of(mixture, tmp_path)] == [30, 10]
    assert len(held_out_part(mixture, "towns", tmp_path).articles) == 2
    assert len(held_out_part(mixture, "even towns", tmp_path).articles) == 1
    with pytest.raises(GoldError, match="no question set 'villages'"):
        held_out_part(mixture, "villages", tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"squad-even"', '"parquet"', "loader"),
        ("share = 3", "share = 0", "share above 0"),
        ("written = 1.0", "scribbled = 1.0", "scribbled"),
        ("body_rate", "speed", "speed"),
        ("questions = 40", "", "questions"),
        ("[[part]]", "[[part", "not a mixture"),
    ],
)
def test_a_wrong_mixture_is_refused_and_says_why(tmp_path, old, new, message):
    path = tmp_path / "mixture.toml"
    path.write_text(MIXTURE.replace(old, new, 1))
    with pytest.raises(GoldError, match=message):
        read_mixture(path)


def test_the_shipped_mixture_can_be_read():
    mixture = read_mixture(Path(module.__file__).with_name("reader-3.toml"))
    shares = {part.name: part.share for part in mixture.parts}
    assert sum(shares.values()) == 100
    assert shares["CUAD"] <= 5  # its questions repeat forty wordings


def test_no_article_is_both_trained_on_and_held_out(tmp_path):
    questions = load_squad(write_set(tmp_path / "towns.json"))
    training, held = split(questions, Part("towns", "squad", "towns.json", 1, 0.3), 7)
    assert len(held.articles) == 3
    assert set(held.articles) | set(training.articles) == set(TITLES)
    assert not set(held.articles) & {p.article for p in training.paragraphs}
    for part in (training, held):
        for question in part.questions:
            assert part.paragraphs[question.paragraph].article in question.text


def test_the_even_half_is_every_second_title(tmp_path):
    assert load_even(write_set(tmp_path / "towns.json")).articles == tuple(TITLES[::2])


def test_an_epoch_draws_every_group_once_before_any_again(tmp_path):
    questions = load_squad(write_set(tmp_path / "towns.json"))
    maker = GroupMaker(questions, mine(questions, each=1), Mix(keywords=0, leaning=0, bare=0), 3)
    assert len(maker) == len(TITLES)  # a question without an answer belongs to one that has one
    drawn = Drawn(maker, 4, "seed")
    asked = [drawn.make(i % 4, i // 4).pairs[0].question for i in range(20)]
    assert len(set(asked[:10])) == len(set(asked[10:])) == 10
    assert asked[:10] != asked[10:]
    assert [drawn.make(i, 0) for i in range(4)] == [drawn.make(i, 0) for i in range(4)]


def test_a_written_question_stands_beside_one_with_an_answer_over_the_same_passage(tmp_path):
    questions = load_squad(write_set(tmp_path / "towns.json"))
    mix = Mix(written=1.0, keywords=0, leaning=0, bare=0)
    maker = GroupMaker(questions, mine(questions, each=1), mix, 3)
    for index in range(len(maker)):
        positive, negative = maker.make(index, 0).pairs
        assert positive.question.replace("built", "sold") == negative.question
        assert positive.text == negative.text
        assert positive.relevant
        assert not negative.relevant
        assert not any(negative.labels)


def test_validation_takes_the_written_questions_that_are_held_out(tmp_path):
    write_set(tmp_path / "towns.json")
    questions = load_squad(tmp_path / "towns.json")
    groups, kinds = validation_groups(questions, 5, 1)
    assert kinds == ["written"] * 5
    assert all(g.pairs[1].question.endswith("sold?") for g in groups)


def test_validation_is_shared_out_over_the_parts(tmp_path, monkeypatch):
    from rag.train import reader_run
    from rag.train.base_model import base_folder, load_tokenizer

    write_set(tmp_path / "towns.json")
    path = tmp_path / "mixture.toml"
    path.write_text(MIXTURE)
    monkeypatch.setattr(reader_run, "VALIDATION_QUESTIONS", 8)
    tokenizer = load_tokenizer(base_folder() / "tokenizer.json")
    validation = validation_of(read_mixture(path), tmp_path, tokenizer)

    asked = [pair.question for pair, _, kind in validation._pairs if kind == "positive"]
    assert len(asked) == 3  # two held-out towns (six questions were allowed) and one even town


PAGE = """Renew a card \nYou can renew online. Bring a photo.

What it costs \nThe fee is 12 dollars. Children pay nothing.
"""


def write_dialogues(folder: Path) -> None:
    names = [f"page {i}" for i in range(8)]
    documents = [{"doc_id": name, "title": name.title(), "text": PAGE} for name in names]
    start = PAGE.index("The fee")
    answers = [{"text": "The fee is 12 dollars. ", "start": start}]
    heading = [{"text": "Renew a card ", "start": 0}]
    rows = [
        row
        for name in names
        for row in (
            {"qid": f"{name}/1", "question": "What do I pay?", "history": []}
            | {"doc_id": name, "answers": answers},
            {"qid": f"{name}/2", "question": "And them?", "history": [{"text": "x"}]}
            | {"doc_id": name, "answers": answers},
            {"qid": f"{name}/3", "question": "Is there a heading?", "history": []}
            | {"doc_id": name, "answers": heading},
        )
    ]
    for file, content in ((DOCUMENTS, documents), (QUESTIONS, rows)):
        with lzma.open(folder / file, "wt", encoding="utf-8") as stream:
            stream.writelines(json.dumps(row) + "\n" for row in content)


def test_doc2dial_gives_first_questions_on_sections_of_even_documents(tmp_path):
    write_dialogues(tmp_path)
    found = load_doc2dial(tmp_path)
    even = {f"page {i}" for i in range(8) if develop(f"page {i}")}
    assert {p.article.lower() for p in found.paragraphs} == even
    assert {q.id for q in found.questions} == {f"{name}/1" for name in even}
    for question in found.questions:
        paragraph = found.paragraphs[question.paragraph]
        (answer,) = question.answers
        assert paragraph.text[answer.start : answer.end] == "The fee is 12 dollars."
        inside = [paragraph.text[s.start : s.end] for s in paragraph.sentences]
        assert inside == ["The fee is 12 dollars.", "Children pay nothing."]  # no heading


def test_a_section_ends_at_a_blank_line():
    parts = [PAGE[s.start : s.end].split(" ")[0] for s in section_spans(PAGE)]
    assert parts == ["Renew", "What"]
    assert section_spans(" \n\n ") == []


def test_a_missing_doc2dial_file_is_named(tmp_path):
    with pytest.raises(GoldError, match=DOCUMENTS):
        load_doc2dial(tmp_path)
