"""Tuning on a gold set: groups point at the library's own words; nothing worse is written."""

from __future__ import annotations

import pytest

from rag.embed import HashEmbedder
from rag.errors import GoldError
from rag.evaluate.gold import GoldAnswer, GoldRow
from rag.library import Library
from rag.reader.trained import TrainedReader
from rag.train import tune as tuning
from rag.train.gold_groups import GoldGroups, asked_by_words, gold_questions
from rag.train.pairs import Pair
from rag.train.trainer import Recipe
from rag.types import Span

NAMES = "apples boots candles drums eggs flutes gloves hats inks jars kites lamps"
THINGS = NAMES.split()
TEXT = "\n\n".join(
    f"# Shelf {n}\n\nShelf {n} stands by the wall. It holds {thing} of every kind. Nobody dusts it."
    for n, thing in enumerate(THINGS * 2)
)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gold")
    (folder / "shelves.md").write_text(TEXT)
    built = Library.build(folder, at=folder / "library", embedder=HashEmbedder())
    yield built
    built.close()


def row(n):
    start = TEXT.index(f"Shelf {n} stands")
    start = TEXT.index("It holds", start) + len("It holds ")
    answer = Span(start, start + len(THINGS[n % len(THINGS)]))
    question = f"What does shelf {n} hold?"
    place = GoldAnswer("shelves.md", answer, TEXT[answer.start : answer.end])
    return GoldRow(f"q{n}", question, (place,))


def test_groups_hold_the_answer_in_the_positive_and_not_in_the_negatives(library):
    rows = [row(n) for n in range(24)]
    for gold, question in zip(rows, gold_questions(library, rows), strict=True):
        (positive,) = question.positives
        (answer,) = positive.answers
        assert positive.text[answer.start : answer.end] == gold.answers[0].text
        right = [s for s, label in zip(positive.sentences, positive.labels, strict=True) if label]
        assert [positive.text[s.start : s.end] for s in right] == [
            f"It holds {gold.answers[0].text} of every kind."
        ]
        assert not any(negative.text == positive.text for negative in question.negatives)
        assert not any(any(negative.labels) for negative in question.negatives)
    groups = GoldGroups(gold_questions(library, rows), 1)
    assert all(groups.make(i, 0).pairs[0].relevant for i in range(len(groups)))
    assert groups.make(3, 1) == groups.make(3, 1)


def test_an_unanswerable_question_has_only_negatives(library):
    (question,) = gold_questions(library, [GoldRow("u", "Who painted the wall?")])
    assert question.positives == ()
    assert question.negatives
    assert not GoldGroups((question,), 1).make(0, 0).pairs[0].relevant


def test_a_long_place_teaches_sentences_but_no_answer_words(library):
    start = TEXT.index("Shelf 3 stands")
    place = GoldAnswer("shelves.md", Span(start, start + 50), TEXT[start : start + 50])
    whole = GoldAnswer("shelves.md", Span(start, start + 500), TEXT[start : start + 500])
    (short,) = gold_questions(library, [GoldRow("s", "What of shelf 3?", (place,))])
    assert sum(short.positives[0].labels) == 2
    (long,) = gold_questions(library, [GoldRow("l", "What of shelf 3?", (whole,))])
    assert all(len(a) <= 200 for pair in long.positives for a in pair.answers)


def test_too_few_questions_are_refused(library, tmp_path):
    with pytest.raises(GoldError, match="5 questions"):
        tuning.tune(library, [row(n) for n in range(5)], tmp_path / "o", state=tmp_path / "s")


@pytest.fixture(scope="module")
def start(untrained_reader):
    return untrained_reader


def test_a_tuned_reader_is_written_when_it_is_no_worse(library, start, tmp_path):
    recipe = Recipe(tokens=2048, body_rate=3e-4, head_rate=3e-3, warmup=2, average=0.5)
    out, rows = tmp_path / "out", [row(n) for n in range(24)]
    tuned = tuning.tune(
        library, rows, out, state=tmp_path / "state", start=start, epochs=6, recipe=recipe
    )
    assert tuned.kept == 4
    assert tuned.after["sentence"] >= tuned.before["sentence"]
    reader = TrainedReader(out)
    assert reader.name == tuned.name
    assert not reader.calibrated


def test_a_worse_reader_is_not_written(library, start, tmp_path, monkeypatch):
    figures = iter([{"sentence": 0.9}, {"sentence": 0.8}])
    monkeypatch.setattr(tuning.Validation, "measure", lambda self, network: next(figures))
    rows = [row(n) for n in range(24)]
    tuned = tuning.tune(
        library, rows, tmp_path / "out", state=tmp_path / "s", start=start, epochs=1
    )
    assert tuned.name is None
    assert not (tmp_path / "out").exists()


def test_a_question_in_key_words_keeps_everything_else():
    pair = Pair("What is it built of?", "Oak.", (Span(0, 4),), (Span(0, 3),), True, (1,), "Mills.")
    asked = asked_by_words(pair)
    assert (asked.text, asked.answers, asked.heading) == (pair.text, pair.answers, "Mills.")
