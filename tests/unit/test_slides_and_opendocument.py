"""PPTX by python-pptx and OpenDocument by odfdo: pages, tables, notes, what is hidden."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import odfdo
import pytest
from pptx import Presentation
from pptx.util import Inches

from rag.extract import read_file
from rag.types import Source


def read(path: Path) -> Source:
    return read_file(path, id=path.name)


def headings(source: Source) -> list[str]:
    return [source.text[h.span.start : h.span.end] for h in source.headings]


def marked(source: Source, kind: str) -> list[str]:
    return [source.text[m.span.start : m.span.end] for m in source.marks if m.kind == kind]


def heads_at(source: Source, words: str) -> tuple[str, ...]:
    at = source.text.index(words)
    found = source.row_at(at)
    assert found is not None
    cell = next(c.span for c in found[1].cells if c.span.start <= at < c.span.end)
    return tuple(source.text[h.start : h.end] for h in found[0].heads_of(found[1], cell))


def slides(tmp_path: Path) -> tuple[Any, Path]:
    deck = Presentation()
    deck.core_properties.title, deck.core_properties.author = "Harbour plan", "Ann Roe"
    first = deck.slides.add_slide(deck.slide_layouts[1])
    first.shapes.title.text = "The mole"
    frame = first.placeholders[1].text_frame
    frame.text = "It weighs 10"
    raised = frame.paragraphs[0].add_run()
    raised.text = "6"
    raised.font._element.set("baseline", "30000")
    frame.paragraphs[0].add_run().text = " tons."
    frame.add_paragraph().text = "It is old."
    first.notes_slide.notes_text_frame.text = "Say who built it."
    second = deck.slides.add_slide(deck.slide_layouts[5])
    second.shapes.title.text = "Dues"
    shape = second.shapes.add_table(3, 3, Inches(1), Inches(2), Inches(5), Inches(2))
    for row, words in enumerate(
        (("Ship", "Due", "Paid"), ("Mole", "", "3.50"), ("Hern", "4", "5"))
    ):
        for column, word in enumerate(words):
            shape.table.cell(row, column).text = word
    third = deck.slides.add_slide(deck.slide_layouts[5])
    third.shapes.title.text = "Old dues"
    third._element.set("show", "0")
    path = tmp_path / "a.pptx"
    deck.save(path)
    return deck, path


def test_a_slide_is_a_page_with_its_title_texts_and_notes(tmp_path: Path) -> None:
    source = read(slides(tmp_path)[1])
    assert source.text == (
        "The mole\n\nIt weighs 10⁶ tons.\nIt is old.\n\nSay who built it.\f"
        "Dues\n\nShip\tDue\tPaid\nMole\t\t3.50\nHern\t4\t5\fOld dues"
    )
    assert headings(source) == ["The mole", "Dues", "Old dues"]
    assert marked(source, "notes") == ["Say who built it."]
    assert marked(source, "hidden") == ["Old dues"]
    assert [source.page_at(source.text.index(w)) for w in ("tons", "3.50", "Old dues")] == [1, 2, 3]
    assert heads_at(source, "3.50") == ("Paid",)
    assert (source.title, source.meta("author")) == ("Harbour plan", "Ann Roe")
    assert "slide is hidden in the file: 3" in source.notes


def test_merged_cells_of_a_slide(tmp_path: Path) -> None:
    deck, path = slides(tmp_path)
    table = next(s for s in deck.slides[1].shapes if s.has_table).table
    table.cell(1, 0).merge(table.cell(2, 0))
    deck.save(path)
    source = read(path)
    assert heads_at(source, "3.50") == ("Paid",)
    found = source.row_at(source.text.rindex("\t5") + 1)
    assert found is not None
    assert [source.text[s.start : s.end] for s in found[1].labels] == ["Mole Hern"]


def text_document(tmp_path: Path) -> Path:
    document = odfdo.Document("text")
    body = document.body
    body.clear()
    body.append(odfdo.Header(1, "The mole"))
    raised = odfdo.Style("text", name="High")
    raised.set_properties({"style:text-position": "super 58%"}, area="text")
    document.insert_style(raised, automatic=True)
    paragraph = odfdo.Paragraph("It weighs 10")
    paragraph.append(odfdo.Span("6", style="High"))
    paragraph.append(" tons.")
    body.append(paragraph)
    body.append(odfdo.Header(2, "Rules"))
    body.append(odfdo.List(["Pay on entry.", "Keep left."]))
    noted = odfdo.Paragraph("The keeper lives here.")
    noted.insert_note(after="keeper", note_id="n1", citation="1", body="Since 1911.")
    body.append(noted)
    table = odfdo.Table("Dues")
    table.set_values([["Ship", "Due", "Paid"], ["Mole", None, "3.50"], ["Hern", "4", "5"]])
    body.append(table)
    document.meta.title = "Harbour"
    document.meta.creator = "Ann Roe"
    path = tmp_path / "a.odt"
    document.save(path)
    return path


def test_an_opendocument_text(tmp_path: Path) -> None:
    source = read(text_document(tmp_path))
    assert source.text == (
        "The mole\n\nIt weighs 10⁶ tons.\n\nRules\n\nPay on entry.\nKeep left.\n\n"
        "The keeper¹ lives here.\n\nShip\tDue\tPaid\nMole\t\t3.50\nHern\t4\t5\n\n¹ Since 1911."
    )
    assert [(h.level, source.text[h.span.start : h.span.end]) for h in source.headings] == [
        (1, "The mole"), (2, "Rules"),
    ]  # fmt: skip
    assert heads_at(source, "3.50") == ("Paid",)
    assert (source.title, source.meta("author")) == ("Harbour", "Ann Roe")


def test_opendocument_sheets(tmp_path: Path) -> None:
    document = odfdo.Document("spreadsheet")
    document.body.clear()
    for name, price in (("Prices", 5), ("Old", 4)):
        table = odfdo.Table(name)
        table.set_values([["Item", "Size", "Price"], ["Rope", None, price]])
        document.body.append(table)
    path = tmp_path / "a.ods"
    document.save(path)
    source = read(path)
    assert headings(source) == ["Prices", "Old"]
    assert (
        source.text
        == "Prices\n\nItem\tSize\tPrice\nRope\t\t5\n\nOld\n\nItem\tSize\tPrice\nRope\t\t4"
    )
    assert heads_at(source, "5") == ("Price",)


def test_opendocument_slides(tmp_path: Path) -> None:
    document = odfdo.Document("presentation")
    document.body.clear()
    for number in (1, 2):
        page = odfdo.DrawPage(f"p{number}", name=f"Page {number}")
        title = odfdo.Frame.text_frame(f"Title {number}", presentation_class="title")
        page.append(title)
        page.append(odfdo.Frame.text_frame([f"Words {number}.", "More."]))
        document.body.append(page)
    path = tmp_path / "a.odp"
    document.save(path)
    source = read(path)
    assert source.text == "Title 1\n\nWords 1.\n\nMore.\fTitle 2\n\nWords 2.\n\nMore."
    assert headings(source) == ["Title 1", "Title 2"]
    assert source.page_at(source.text.index("Words 2")) == 2


@pytest.mark.parametrize("suffix", [".odt", ".ods", ".odp", ".pptx"])
def test_what_is_none_is_refused(tmp_path: Path, suffix: str) -> None:
    from rag.errors import UnreadableSource

    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"words")
    with pytest.raises(UnreadableSource, match="but something else"):
        read(path)
