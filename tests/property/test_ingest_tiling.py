"""Tilings lose nothing, whatever the text: passages, sentences, windows and limits."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.extract.decode import Decoded
from rag.extract.markdown import read_markdown
from rag.extract.plain import read_plain
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
            counted = text[sentence.inner.start : sentence.inner.end].replace("\r\n", "\n")
            assert sentence.heading or len(counted) <= window


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.sampled_from(["text/plain", "text/markdown"]), st.data())
def test_line_ends_never_change_the_tiles(text: str, media: str, data: st.DataObject) -> None:
    """LF, CRLF, lone CR and a mixture give the same passages and sentences up to line ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    ends = st.sampled_from(["\n", "\r\n", "\r"])
    mixed = "".join(data.draw(ends) if c == "\n" else c for c in text)
    forms = [text, text.replace("\n", "\r\n"), text.replace("\n", "\r"), mixed]
    tiled = [_pieces(form, media) for form in forms if _feeds(form) == text]
    assert all(pieces == tiled[0] for pieces in tiled)


def _feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _pieces(text: str, media: str) -> list[tuple[object, ...]]:
    """Every passage and sentence of a text with line feeds only, and how it is flagged."""
    read = read_markdown if media == "text/markdown" else read_plain
    draft = read(Decoded(text, "utf-8"))
    made = Source(
        "a", text, digest(text), "0", "a", media, "test", headings=draft.headings,
        boilerplate=draft.boilerplate, marks=draft.marks, tables=draft.tables,
    )  # fmt: skip
    pieces: list[tuple[object, ...]] = []
    for passage in tile(made, count=count, limit=64, target=60):
        pieces.append((_feeds(passage.text), passage.paragraph, passage.boilerplate))
        for s in sentences(passage, segmenter(), window=40):
            tile_text = _feeds(text[s.tile.start : s.tile.end])
            pieces.append((tile_text, s.inner is None, s.fragment, s.heading))
    return pieces


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
    made = source("One is the first of them. \n\n Two is the second of them.", "text/plain")
    passages = tile(made, count=count, limit=64, target=60)
    stripped = [p.text.strip() for p in passages]
    assert "".join(stripped) != made.text
    assert isinstance(passages[0], Passage)
