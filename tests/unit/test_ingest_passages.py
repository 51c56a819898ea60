"""Passages: paragraphs, headings, lists, limits, numbers, folding."""

import pytest

from rag.errors import UsageError
from rag.extract.decode import Decoded
from rag.extract.markdown import read_markdown
from rag.segment import folded, segmenter, sentences, tile
from rag.segment.tokens import count_tokens
from rag.types import Passage, Source, Span, digest


def source(text: str, media_type: str = "text/plain", **fields: object) -> Source:
    if media_type == "text/markdown":
        draft = read_markdown(Decoded(text, "utf-8"))
        fields = {
            name: getattr(draft, name) for name in ("headings", "boilerplate", "marks", "tables")
        }
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
    first, second, third = (
        f"{name} is a paragraph of its own." for name in ("One", "Two", "Three")
    )
    passages = cut(f"\n {first}\nStill one.\n\n\n  {second}\r\n\r\n{third}\r\r{second}")
    assert texts(passages) == [
        f"\n {first}\nStill one.\n\n\n  ",
        f"{second}\r\n\r\n",
        f"{third}\r\r",
        second,
    ]
    assert [p.paragraph for p in passages] == [1, 2, 3, 4]
    assert [p.index for p in passages] == [0, 1, 2, 3]


def test_long_lines_without_blank_lines_are_paragraphs() -> None:
    line = "A line that is long enough to be a paragraph of its own. " * 4
    assert texts(cut(f"{line}\n{line}\n{line}")) == [f"{line}\n", f"{line}\n", line]
    wrapped = "A wrapped line of text\n" * 5
    assert texts(cut(wrapped)) == [wrapped]


def test_headings_ride_with_their_paragraph() -> None:
    text = "# A\n\n## B\nThe text of part b stands here.\n\nAnd more of it stands down here.\n\n"
    passages = cut(text, "text/markdown")
    assert texts(passages) == [
        "# A\n\n## B\nThe text of part b stands here.\n\n",
        "And more of it stands down here.\n\n",
    ]
    assert [folded(p) for p in passages] == [
        "A B The text of part b stands here.",
        "A. B. And more of it stands down here.",
    ]


def test_crumbs_ride_with_a_neighbour_of_their_section() -> None:
    prose = "The harbour has two basins and one slip."
    assert texts(cut(f"{prose}\n\nFig. 2\n\n106\n\n{prose}")) == [
        f"{prose}\n\nFig. 2\n\n106\n\n",
        prose,
    ]
    assert texts(cut(f"0\n\n20 40\n\n{prose}\n\n{prose}")) == [f"0\n\n20 40\n\n{prose}\n\n", prose]
    text = f"# A\n\nN\n\n# B\n\n{prose}\n\n{prose}\n\n# C\n\n"
    assert texts(cut(text, "text/markdown")) == [
        f"# A\n\nN\n\n# B\n\n{prose}\n\n",
        f"{prose}\n\n# C\n\n",
    ]
    assert texts(cut(f"{prose}\f12\f{prose}")) == [f"{prose}\f", "12\f", prose]


def test_lines_of_a_contents_list_are_searched_last() -> None:
    prose = "The harbour has two basins and one slip."
    lines = "1 Basins ........ 3\n2 Slips . . . . . . 12\n3 Dues…………… iv\n"
    passages = cut(f"{prose}\n\n{lines}\n{prose}")
    assert [p.boilerplate for p in passages] == [False, True, False]


def test_comments_and_pictures_are_no_words() -> None:
    picture = f"![map](data:image/png;base64,{'QUJD' * 500})"
    text = f"# Plan\n\n<!-- the price is 50 -->\n\nThe plot is {picture} forty metres wide.\n"
    passages = cut(text, "text/markdown")
    assert texts(passages) == [
        "# Plan\n\n<!-- the price is 50 -->\n\nThe plot is ",
        picture,
        " forty metres wide.\n",
    ]
    assert [folded(p) for p in passages] == ["Plan The plot is", "Plan", "Plan. forty metres wide."]
    quotable = [s for s in sentences(passages[0], segmenter()) if not s.heading]
    assert [text[s.inner.start : s.inner.end] for s in quotable if s.inner] == ["The plot is"]


def test_what_a_colon_announces_stays_with_it() -> None:
    long = "Item number {} is described in a good many words so that it is long. " * 2
    items = "".join(f"- {long.format(n, n)}\n" for n in range(12))
    passages = cut(f"The harbour lends these:\n\n{items}", "text/markdown", target=60)
    assert passages[0].text.startswith("The harbour lends these:\n\n- Item number 0")
    assert folded(passages[2]).startswith("The harbour lends these. Item")


def test_list_items_join_up_to_the_target() -> None:
    after = "After them comes one more paragraph."
    text = f"Of these:\n\n- one\n\n- two\n\n- three\n\n{after}"
    assert texts(cut(text, "text/markdown")) == [
        "Of these:\n\n- one\n\n- two\n\n- three\n\n",
        after,
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
