"""PDFs made for the purpose: quotes, pages and boxes, checked against the ink on the page."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from rag import render
from rag.answer import compose, verify
from rag.extract import boxes, page_image, read_file
from rag.protocols import Reading
from rag.segment import segmenter, sentences, tile
from rag.types import Answer, Hit, Quote, Searched, Source, Span

WIDTH, HEIGHT = 595.0, 842.0
INK = 128  # grey level below which a pixel is ink


@dataclass(frozen=True)
class Document:
    path: Path
    source: Source


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Document:
    path = tmp_path_factory.mktemp("pdf") / "made.pdf"
    canvas = Canvas(str(path), pagesize=(WIDTH, HEIGHT), invariant=1)

    def lines(x: float, y: float, *texts: str) -> None:
        canvas.setFont("Helvetica", 11)
        for row, text in enumerate(texts):
            canvas.drawString(x, y - 14 * row, text)

    # 1: a hyphen at a line's end, and a sentence that runs over the page's end
    lines(72, 780, "The treaty set up an inter-", "national court in 1998.")
    lines(72, 100, "The inquiry heard that the captain")
    canvas.showPage()
    lines(72, 780, "had received seven warnings of ice.")
    canvas.showPage()
    # 3: two columns
    lines(72, 780, "The left column says that", "France sent ten ships.")
    lines(330, 780, "The right column says that", "Spain sent twelve galleons.")
    canvas.showPage()
    canvas.showPage()  # 4: no text
    canvas.setPageRotation(90)  # 5: turned
    lines(72, 300, "The turned page names a fine of 40 euros.")
    canvas.showPage()
    canvas.setPageRotation(0)  # 6: a ligature drawn as one character
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    canvas.setFont("Vera", 11)
    canvas.drawString(72, 780, "The \ufb01rst of\ufb01ce opened late.")
    canvas.save()
    return Document(path, read_file(path, id="made.pdf"))


def answered(document: Document, words: str, nth: int = 0) -> Quote:
    """The quote that a reader who points at ``words`` leads to, through the gate."""
    rules = segmenter()
    source = document.source
    passages = tile(source, count=lambda text: len(text.split()), limit=256, target=180)
    passage = next(p for p in passages if words in p.text)
    split = sentences(passage, rules)
    start = passage.text.index(words)
    inner = [s.inner.shift(-passage.span.start) for s in split if s.inner and not s.heading]
    answer = Span(start, start + len(words))
    relevance = tuple(float(span.overlaps(answer)) for span in inner)
    hit = Hit(passage, 1.0)
    reading = Reading(1.0, 0.9, answer, relevance)
    quotes = compose("?", [hit], [reading], [split], limit=3, threshold=0.5, calibrated=True)
    result = Answer("?", quotes, (hit,), Searched(1, len(passages)))
    verify(result, {source.id: source}.__getitem__)
    assert render.from_json(render.to_json(result), {source.id: source}.__getitem__) == result
    return quotes[nth]


CASES = [
    ("national court", "The treaty set up an inter-\nnational court in 1998.", 1),
    ("captain", "The inquiry heard that the captain", 1),
    ("seven warnings", "had received seven warnings of ice.", 2),
    ("ten ships", "The left column says that\nFrance sent ten ships.", 3),
    ("twelve galleons", "The right column says that\nSpain sent twelve galleons.", 3),
    ("40 euros", "The turned page names a fine of 40 euros.", 5),
    ("office", "The first office opened late.", 6),
]


@pytest.mark.parametrize(("words", "text", "page"), CASES)
def test_quotes_and_pages(document: Document, words: str, text: str, page: int) -> None:
    quote = answered(document, words)
    assert (quote.text, quote.place.page) == (text, page)
    assert f"p. {page}" in render.to_text(Answer("?", (quote,), (), Searched(1, 1)), tty=False)


def test_a_sentence_over_a_page_break_is_two_quotes_of_two_pages(document: Document) -> None:
    first, second = answered(document, "captain"), answered(document, "seven warnings")
    assert (first.place.page, second.place.page) == (1, 2)
    assert first.span.end < second.span.start
    assert document.source.text[first.span.end : second.span.start] == "\f"


def test_a_page_without_text_is_named(document: Document) -> None:
    assert any("page 4" in note for note in document.source.notes)


def ink(document: Document, page: int) -> np.ndarray:
    """(height, width) whether each pixel of the page's image is ink."""
    image = Image.open(io.BytesIO(page_image(document.path, page, scale=2.0))).convert("L")
    return np.asarray(image) < INK


@pytest.mark.parametrize(("words", "text", "page"), CASES)
def test_boxes_hold_the_ink_of_the_quote_and_no_other(
    document: Document, words: str, text: str, page: int
) -> None:
    quote = answered(document, words)
    found = boxes(document.path, document.source, quote.span)
    assert found is not None
    assert {box.page for box in found} == {page}
    assert len(found) == text.count("\n") + 1
    inked = ink(document, page)
    height, width = inked.shape
    covered = np.zeros_like(inked)
    for box in found:
        rows = slice(int(box.y0 * height) - 1, int(box.y1 * height) + 2)
        covered[rows, int(box.x0 * width) - 1 : int(box.x1 * width) + 2] = True
        assert inked[rows, int(box.x0 * width) : int(box.x1 * width)].any()
    others = [t for w, t, p in CASES if p == page and t != text]
    if not others:
        assert not (inked & ~covered).any()
    else:  # the page also holds another quote: the boxes of both together hold all of its ink
        for other, _, same in CASES:
            if same == page and other != words:
                for box in (
                    boxes(document.path, document.source, answered(document, other).span) or ()
                ):
                    rows = slice(int(box.y0 * height) - 1, int(box.y1 * height) + 2)
                    columns = slice(int(box.x0 * width) - 1, int(box.x1 * width) + 2)
                    assert not covered[rows, columns].any()
                    covered[rows, columns] = True
        assert not (inked & ~covered).any()


def test_no_boxes_once_the_file_has_changed(document: Document, tmp_path: Path) -> None:
    changed = tmp_path / "made.pdf"
    changed.write_bytes(document.path.read_bytes() + b"\n% changed\n")
    span = answered(document, "40 euros").span
    assert boxes(document.path, document.source, span)
    assert boxes(changed, document.source, span) is None
