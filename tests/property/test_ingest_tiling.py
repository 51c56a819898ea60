"""Tilings lose nothing, whatever the text: passages, sentences, windows and limits."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.extract.decode import Decoded
from rag.extract.markdown import read_markdown
from rag.segment import folded, segmenter, sentences, tile
from rag.types import Passage, Source, digest

PIECES = [
    "a", "The ", "U.S. ", "Analysts ", "said. ", "Ms. ", "approx. ", "\n", "\r\n", "\r", "\n\n",
    "\f", "\u2028", "\u2029", "\ufffe", "\ufffd", "\U0001f600",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "e\u0301",
    "İ", "שלום ", "مرحبا. ", "“", "”", '"', "'", "(", ")", "[1]", "# ", "## x\n", "- ",
    "1. ", "|a|b|\n", "---\n", "===\n", "```\n", "  ", "\t", "。", "? ", "! ", "... ",
    "\x85", "\x0b",
    "\xa0", "\u200b", "inter-\nnational ", "word " * 30, "x" * 70,
]  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=40).map("".join),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=120),
).filter(lambda text: bool(text.strip()))
MEDIA = ("text/plain", "text/markdown", "text/html")


def source(text: str, media_type: str) -> Source:
    draft = read_markdown(Decoded(text, "utf-8"))
    marked = media_type == "text/markdown"
    return Source(
        "a", text, digest(text), "0", "a", media_type, "test",
        headings=draft.headings if marked else (),
        boilerplate=draft.boilerplate if marked else (),
    )  # fmt: skip


def count(text: str) -> int:
    """More than one token for a long word, as a real tokenizer has it."""
    return 2 + sum(1 + len(word) // 4 for word in text.split())


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.sampled_from(MEDIA), st.sampled_from([5, 30, 100]))
def test_passages_tile_the_source_within_the_limit(text: str, media: str, target: int) -> None:
    passages = tile(source(text, media), count=count, limit=64, target=target)
    assert "".join(p.text for p in passages) == text
    assert [p.index for p in passages] == list(range(len(passages)))
    assert all(count(folded(p)) <= 64 for p in passages)
    assert all("\f" not in p.text.strip() for p in passages)
    numbers = [p.paragraph for p in passages]
    assert numbers == sorted(numbers)
    assert numbers[0] == 1


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.sampled_from(MEDIA), st.sampled_from([20, 1200]))
def test_sentences_tile_their_passage(text: str, media: str, window: int) -> None:
    made = source(text, media)
    for passage in tile(made, count=count, limit=64, target=60):
        found = sentences(passage, segmenter(), window=window)
        assert "".join(text[s.tile.start : s.tile.end] for s in found) == passage.text
        for sentence in found:
            piece = text[sentence.tile.start : sentence.tile.end]
            if sentence.inner is None:
                assert not piece.strip()
                continue
            assert text[sentence.inner.start : sentence.inner.end] == piece.strip()
            assert sentence.heading or len(sentence.inner) <= window


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_the_segmenter_tiles_and_never_crosses_a_blank_line(text: str) -> None:
    spans = segmenter().split(text)
    assert "".join(text[s.start : s.end] for s in spans) == text
    for span in spans:
        inner = text[span.start : span.end].strip().replace("\r\n", "\n")
        assert "\n\n" not in inner
        assert "\f" not in inner


def test_a_lossy_tiling_would_be_seen() -> None:
    made = source("One. \n\n Two.", "text/plain")
    passages = tile(made, count=count, limit=64, target=60)
    stripped = [p.text.strip() for p in passages]
    assert "".join(stripped) != made.text
    assert isinstance(passages[0], Passage)
