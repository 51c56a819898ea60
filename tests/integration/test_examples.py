"""Every question the chat offers is answered by the shipped reader, from a source that knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.commands.ui import EXAMPLES
from rag.conversation import after
from rag.library import Library
from rag.types import Answer

ROOT = Path(__file__).parents[2]
SOURCES = {
    "How many people died when the Titanic sank?": "titanic/counting-the-dead.pdf",
    "Did the Titanic break in two?": "titanic/breaking-up.txt",
    "When did President Trump sign the order against the court?": "icc/sanctions-2020.txt",
    "Which treaty established the International Criminal Court?": "icc/rome-statute.html",
    "How many lifeboats did the Titanic carry?": "titanic/lifeboats.docx",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with Library.build(ROOT / "corpus", at=tmp_path_factory.mktemp("examples") / "lib") as built:
        yield built


@pytest.mark.parametrize("question", EXAMPLES)
def test_an_example_is_answered_from_the_right_source(library: Library, question: str) -> None:
    result = library.ask(question)
    assert isinstance(result, Answer)
    assert result.quotes[0].source.id == SOURCES[question]


def test_a_history_that_carries_nothing_gives_the_identical_quotes(library: Library) -> None:
    question, history = EXAMPLES[3], ("How many lifeboats did the Titanic carry?",)
    assert not after(question, history).carried
    alone, later = library.ask(question), library.ask(question, history=history)
    assert isinstance(alone, Answer)
    assert isinstance(later, Answer)
    assert later.quotes == alone.quotes
    assert later.hits == alone.hits


def test_unrelated_sources_do_not_move_a_confidence(tmp_path: Path) -> None:
    source = (ROOT / "corpus" / "titanic" / "breaking-up.txt").read_bytes()
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "breaking-up.txt").write_bytes(source)
    question = "Did the Titanic break in two?"
    with Library.build(tmp_path / "one", at=tmp_path / "a") as small:
        before = small.ask(question, threshold=0.0)
    for number in range(20):
        text = f"Bakers in street {number} sell bread. The oven is lit at {number} every morning.\n"
        (tmp_path / "one" / f"bread-{number}.txt").write_text(text, encoding="utf-8")
    with Library.build(tmp_path / "one", at=tmp_path / "b") as large:
        after_all = large.ask(question, threshold=0.0)
    assert isinstance(before, Answer)
    assert isinstance(after_all, Answer)
    one, other = before.quotes[0], after_all.quotes[0]
    assert one.span == other.span
    assert one.confidence is not None
    assert other.confidence == pytest.approx(one.confidence, abs=0.03)
