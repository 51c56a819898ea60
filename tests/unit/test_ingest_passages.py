"""Passages: paragraphs, headings, lists, limits, numbers, folding."""

import pytest

from rag.errors import UsageError
from rag.extract.decode import Decoded
from rag.extract.markdown import read_markdown
from rag.segment import folded, tile
from rag.segment.tokens import count_tokens
from rag.types import Passage, Source, Span, digest


def source(text: str, media_type: str = "text/plain", **fields: object) -> Source:
    if media_type == "text/markdown":
        draft = read_markdown(Decoded(text, "utf-8"))
        fields = {"headings": draft.headings, "boilerplate": draft.boilerplate}
    return Source("a", text, digest(text), "0", "a", media_type, "test", **fields)  # type: ignore[arg-type]


def words(text: str) -> int:
    return len(text.split()) + 2


def cut(
    text: str, media_type: str = "text/plain", *, limit: int = 256, target: int = 180
) -> tuple[Passage, ...]:
    return tile(source(text, media_type), count=words, limit=limit, target=target)


def texts(passages: tuple[Passage, ...]) -> list[str]:
    return [passage.text for passage in passages]


def test_blank_lines_part_paragraphs_and_ride_with_the_one_before() -> None:
    passages = cut("\n One.\nStill one.\n\n\n  Two.\r\n\r\nThree.\r\rFour.")
    assert texts(passages) == ["\n One.\nStill one.\n\n\n  ", "Two.\r\n\r\n", "Three.\r\r", "Four."]
    assert [p.paragraph for p in passages] == [1, 2, 3, 4]
    assert [p.index for p in passages] == [0, 1, 2, 3]


def test_long_lines_without_blank_lines_are_paragraphs() -> None:
    line = "A line that is long enough to be a paragraph of its own. " * 4
    assert texts(cut(f"{line}\n{line}\n{line}")) == [f"{line}\n", f"{line}\n", line]
    wrapped = "A wrapped line of text\n" * 5
    assert texts(cut(wrapped)) == [wrapped]


def test_headings_ride_with_their_paragraph() -> None:
    text = "# A\n\n## B\nText of b.\n\nMore of b.\n\n### C\n\n## D\n"
    passages = cut(text, "text/markdown")
    assert texts(passages) == ["# A\n\n## B\nText of b.\n\n", "More of b.\n\n", "### C\n\n## D\n"]
    assert [folded(p) for p in passages] == ["A B Text of b.", "A. B. More of b.", "A. B. C D"]


def test_list_items_join_up_to_the_target() -> None:
    text = "Of these:\n\n- one\n\n- two\n\n- three\n\nAfter."
    assert texts(cut(text, "text/markdown")) == [
        "Of these:\n\n- one\n\n- two\n\n- three\n\n",
        "After.",
    ]
    long = "- " + "many words " * 60 + "\n\n"
    assert len(cut(long * 3, "text/markdown")) == 3


def test_a_long_paragraph_is_split_at_sentence_ends_into_even_pieces() -> None:
    text = "This is a sentence of a long paragraph. " * 40
    passages = cut(text, target=100)
    assert all(p.text.endswith("paragraph. ") for p in passages)
    sizes = [count_tokens(p.text) for p in passages]
    assert max(sizes) <= 100
    assert min(sizes) > 60
    assert {p.paragraph for p in passages} == {1}


def test_the_limit_counts_the_folded_form_with_its_headings() -> None:
    text = "# A heading of five words\n\n" + "word " * 300
    passages = cut(text, "text/markdown", limit=70)
    assert max(words(folded(p)) for p in passages) <= 70
    assert folded(passages[1]).startswith("A heading of five words. word")


def test_a_limit_that_nothing_fits_is_refused() -> None:
    with pytest.raises(UsageError, match="larger window"):
        tile(source("text here"), count=lambda text: 99, limit=10, target=10)


def test_no_passage_crosses_a_form_feed() -> None:
    assert texts(cut("One page\fanother page\f\flast")) == [
        "One page\f",
        "another page\f\f",
        "last",
    ]


def test_boilerplate_is_flagged_by_its_larger_part() -> None:
    text = "Home About\n\nReal text of the page.\n\nMostly boiler plate, not all."
    made = source(text, boilerplate=(Span(0, 10), Span(36, 60)))
    passages = tile(made, count=words, limit=99, target=99)
    assert [p.boilerplate for p in passages] == [True, False, True]


def test_front_matter_is_boilerplate_and_no_paragraph() -> None:
    text = "---\ntitle: The Title\n\nauthor: [A, B]\n---\n\nFirst."
    passages = cut(text, "text/markdown")
    assert [(p.boilerplate, p.paragraph) for p in passages] == [(True, 1), (False, 1)]


def test_folding_joins_hyphens_as_the_source_writes_the_word() -> None:
    text = "A well-known inter-\nnational and well-\nknown o\ufb03ce "
    text += "of Anglo-\nSaxon na\u00adture\u00a0now."
    (passage,) = cut(text)
    assert folded(passage) == (
        "A well-known international and well-known office of Anglo-Saxon nature now."
    )


def test_folding_markdown_leaves_marks_and_addresses_out() -> None:
    (passage,) = cut(
        "The **court** of [The Hague](https://x.org/a_b) is `new` in 5 * 3 snake_case.",
        "text/markdown",
    )
    assert folded(passage) == "The court of The Hague is new in 5 * 3 snake_case."


def test_a_megabyte_without_white_space_is_cut_in_linear_time() -> None:
    passages = cut("x" * 1_000_000, limit=256, target=180)
    assert sum(len(p.span) for p in passages) == 1_000_000


def test_tokens_are_those_of_tiktoken() -> None:
    assert count_tokens("hello world") == 2
    assert count_tokens("<|endoftext|>") > 1
