"""PDF: files made for the purpose, read back character by character."""

import threading
from pathlib import Path

import pypdfium2
import pytest
from fpdf import FPDF

from rag.errors import UnreadableSource, UsageError
from rag.extract import boxes, page_image, read_file
from rag.segment import folded, segmenter, sentences, tile
from rag.types import Source, Span

LONG = "several lines which are long enough that they need to be wrapped by the layout of the page"


def page(pdf: FPDF, *paragraphs: str) -> None:
    pdf.add_page()
    for paragraph in paragraphs:
        pdf.multi_cell(0, 6, paragraph, align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.ln(4)


def new() -> FPDF:
    pdf = FPDF()
    pdf.set_font("helvetica", size=12)
    return pdf


def save(pdf: FPDF, path: Path, rotation: int = 0) -> Path:
    pdf.output(str(path))
    if rotation:
        document = pypdfium2.PdfDocument(path.read_bytes())
        document[0].set_rotation(rotation)
        document.save(path)
        document.close()
    return path


def read(path: Path) -> Source:
    return read_file(path, id=path.name)


@pytest.fixture
def treaty(tmp_path: Path) -> Path:
    pdf = new()
    pdf.set_title("The Treaty")
    pdf.set_author("Jane Roe")
    first = f"This is an inter-\nnational treaty. It has sev-\neral {LONG}, and more."
    page(pdf, first, f"Second one. It also has {LONG}, and more. The last one goes over the")
    page(pdf, "page break and ends here. Then another one.")
    pdf.add_page()
    page(pdf, "On the last page.")
    return save(pdf, tmp_path / "treaty.pdf")


def test_line_end_hyphens_paragraphs_and_pages(treaty: Path) -> None:
    source = read(treaty)
    pages = source.text.split("\f")
    first, second = pages[0].split("\n\n")
    assert first.startswith("This is an inter-\nnational treaty. It has sev-\neral several lines")
    assert first.endswith("and more.")
    assert second.startswith("Second one. It also has")
    assert pages[1:] == ["page break and ends here. Then another one.", "", "On the last page."]
    assert [source.page_at(source.text.index(w)) for w in ("Second", "Then", "On the")] == [1, 2, 4]
    assert "\ufffe" not in source.text
    assert "\x02" not in source.text
    assert source.notes == ("page 3 has no text",)
    assert (source.title, source.meta("author")) == ("The Treaty", "Jane Roe")
    assert source.extractor.startswith("pdf 3 (pypdfium2 ")


def test_what_is_searched_has_its_words_whole(treaty: Path) -> None:
    passages = tile(read(treaty), count=lambda t: len(t.split()) + 2, limit=256, target=180)
    assert "This is an international treaty. It has several several" in folded(passages[0])
    assert [p.place.page for p in passages] == [1, 1, 2, 4]


def test_a_sentence_over_a_page_break_is_two_flagged_sentences(treaty: Path) -> None:
    source = read(treaty)
    passages = tile(source, count=lambda t: len(t.split()) + 2, limit=256, target=180)
    found = [s for p in passages for s in sentences(p, segmenter())]
    flagged = [source.text[s.tile.start : s.tile.end].strip() for s in found if s.fragment]
    assert flagged == ["The last one goes over the", "page break and ends here."]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_turned_page_reads_the_same_and_its_boxes_turn(tmp_path: Path, rotation: int) -> None:
    pdf = new()
    page(pdf, "First line here.", "Second line there.")
    source = read(path := save(pdf, tmp_path / "turned.pdf", rotation))
    assert source.text == "First line here.\n\nSecond line there."
    start = source.text.index("Second")
    found = boxes(path, source, Span(start, start + 6))
    assert found is not None
    (box,) = found
    middle = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
    # Near the top left of the upright page; a turn clockwise moves that corner along the page.
    corner = {0: (0, 0), 90: (1, 0), 180: (1, 1), 270: (0, 1)}[rotation]
    assert abs(middle[0] - corner[0]) < 0.15
    assert abs(middle[1] - corner[1]) < 0.15


def test_text_set_sideways_keeps_its_order(tmp_path: Path) -> None:
    pdf = new()
    pdf.add_page()
    with pdf.rotation(90, x=100, y=100):
        for number, word in enumerate(("one", "two", "three")):
            pdf.text(60, 100 + 6 * number, f"Sideways line {word} is here.")
    source = read(save(pdf, tmp_path / "side.pdf"))
    assert [line.split()[2] for line in source.text.split("\n")] == ["one", "two", "three"]


def test_boxes_lie_on_the_ink(treaty: Path) -> None:
    import io

    from PIL import Image

    source = read(treaty)
    start = source.text.index("inter-")
    found = boxes(treaty, source, Span(start, start + len("inter-\nnational treaty")))
    assert found is not None
    upper, lower = found
    assert upper.page == lower.page == 1
    assert lower.y0 > upper.y1
    assert lower.x0 < upper.x0
    with Image.open(io.BytesIO(page_image(treaty, 1, scale=2.0))) as image:
        gray = image.convert("L")
        for box in found:
            area = (
                box.x0 * gray.width,
                box.y0 * gray.height,
                box.x1 * gray.width,
                box.y1 * gray.height,
            )
            darkest, _ = gray.crop(tuple(round(v) for v in area)).getextrema()
            assert darkest < 60
        above = (upper.x0 * gray.width, 0, upper.x1 * gray.width, upper.y0 * gray.height - 4)
        assert gray.crop(tuple(round(v) for v in above)).getextrema()[0] > 200


def test_boxes_are_refused_for_a_changed_file_or_other_text(treaty: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    from rag.types import digest

    source = read(treaty)
    other = new()
    page(other, "Something else.")
    assert boxes(save(other, tmp_path / "other.pdf"), source, Span(0, 4)) is None
    assert boxes(tmp_path / "gone.pdf", source, Span(0, 4)) is None
    text = "x" + source.text[1:]
    assert boxes(treaty, replace(source, text=text, sha256=digest(text)), Span(0, 4)) is None
    assert boxes(treaty, replace(source, extractor="pdf 0"), Span(0, 4)) is None
    assert boxes(treaty, source, Span(0, 4)) is not None


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    pdf = new()
    pdf.add_page()
    with pdf.text_columns(ncols=2, gutter=8, text_align="L") as columns:
        for number in range(9):
            columns.write(f"Paragraph {number} begins. It has {LONG}. It goes on. " * 2)
            columns.ln(12)
    source = read(save(pdf, tmp_path / "columns.pdf"))
    starts = [source.text.index(f"Paragraph {number} begins") for number in range(9)]
    assert starts == sorted(starts)
    paragraphs = [p for p in source.text.split("\n\n") if p.startswith("Paragraph")]
    assert len(paragraphs) == 9


def test_ligatures_and_letters_beyond_latin(tmp_path: Path) -> None:
    fonts = Path("/usr/share/fonts/truetype/liberation/LiberationSerif-Regular.ttf")
    if not fonts.is_file():
        pytest.skip("the Liberation fonts are not installed")
    pdf = FPDF()
    pdf.add_font("L", fname=str(fonts))
    pdf.set_font("L", size=12)
    page(pdf, "The \ufb01rst \ufb02ag — “quoted” naïve Привет 10 €.")
    source = read(path := save(pdf, tmp_path / "ligatures.pdf"))
    (passage,) = tile(source, count=lambda t: len(t.split()) + 2, limit=256, target=180)
    assert folded(passage) == "The first flag — “quoted” naïve Привет 10 €."
    found = boxes(path, source, Span(source.text.index("naïve"), source.text.index("naïve") + 5))
    assert found is not None
    assert len(found) == 1


def test_running_heads_are_boilerplate(tmp_path: Path) -> None:
    pdf = new()
    for number in range(4):
        page(pdf, "Annual Report", *(f"Text {'abcd'[number]}{i} {LONG}." for i in range(3)))
        pdf.start_section(f"Part {number}")
        pdf.multi_cell(0, 6, f"Part {number}\nIts {'wxyz'[number]} words.\n\nPage {number + 1}")
    source = read(save(pdf, tmp_path / "heads.pdf"))
    marked = [source.text[s.start : s.end].strip() for s in source.boilerplate]
    assert [m for m in marked if m == "Annual Report"] == ["Annual Report"] * 4
    assert [m for m in marked if m.startswith("Page")] == [f"Page {n}" for n in range(1, 5)]
    assert not any(m.startswith(("Text", "Its")) for m in marked)
    named = [source.text[h.span.start : h.span.end] for h in source.headings]
    assert named == [f"Part {number}" for number in range(4)]


def test_larger_type_is_a_heading_where_there_are_no_bookmarks(tmp_path: Path) -> None:
    pdf = new()
    pdf.set_font_size(20)
    page(pdf, "The main heading")
    for number in range(2):
        pdf.set_font_size(15)
        pdf.multi_cell(0, 9, f"Part {number}", new_x="LMARGIN", new_y="NEXT")
        pdf.set_font_size(11)
        pdf.multi_cell(0, 5, f"It has {LONG}. " * 4, align="L", new_x="LMARGIN", new_y="NEXT")
    source = read(save(pdf, tmp_path / "large.pdf"))
    named = [(h.level, source.text[h.span.start : h.span.end]) for h in source.headings]
    assert named == [(1, "The main heading"), (2, "Part 0"), (2, "Part 1")]
    assert "It has several" in source.text.split("\n\n")[2]


def test_a_gap_inside_a_sentence_opens_no_paragraph(tmp_path: Path) -> None:
    pdf = new()
    pdf.add_page()
    for down, line in (
        (20, "One sentence goes"),
        (26, "on and on over"),
        (32, "lines, and then"),
        (38, "a gap"),
        (52, "lies in it."),
        (70, "A new one."),
    ):
        pdf.text(20, down, line)
    text = read(save(pdf, tmp_path / "gap.pdf")).text
    assert text.split("\n\n")[1:] == ["A new one."]


def test_unreadable_pdfs_say_why(tmp_path: Path) -> None:
    locked, picture = new(), new()
    page(locked, "Secret.")
    locked.set_encryption(owner_password="owner", user_password="user")
    picture.add_page()
    picture.rect(10, 10, 50, 50)
    cases = {
        save(locked, tmp_path / "locked.pdf"): "is encrypted; save a copy without a password",
        save(picture, tmp_path / "picture.pdf"): "holds no text (1 page): it may be a scan",
    }
    for path, told in cases.items():
        with pytest.raises(UnreadableSource) as caught:
            read(path)
        assert told in caught.value.reason
        assert caught.value.id == path.name


def test_a_pdf_that_only_restricts_is_read(tmp_path: Path) -> None:
    pdf = new()
    page(pdf, "Open text.")
    pdf.set_encryption(owner_password="owner")
    assert read(save(pdf, tmp_path / "open.pdf")).text == "Open text."


def test_a_junk_title_is_not_taken(tmp_path: Path) -> None:
    pdf = new()
    pdf.set_title("Microsoft Word - final.docx")
    page(pdf, "Text.")
    assert read(save(pdf, tmp_path / "report 2024.pdf")).title == "report 2024"


def test_page_image_refuses_what_is_not_there(treaty: Path) -> None:
    assert page_image(treaty, 4, scale=0.2).startswith(b"\x89PNG")
    with pytest.raises(UsageError, match="has pages 1 to 4, not 5"):
        page_image(treaty, 5, scale=1.0)
    with pytest.raises(UnreadableSource, match="is gone"):
        page_image(treaty.with_name("gone.pdf"), 1, scale=1.0)


def test_many_threads_read_at_once(treaty: Path) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.extend(read(treaty).text for _ in range(3)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12
    assert len(set(found)) == 1
