"""Pages, libraries and a visitor's own documents in the browser."""

from __future__ import annotations

import io
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from chat_files import LETTERS, pdf
from conftest import Page
from PIL import Image

pytestmark = pytest.mark.browser
GRANITE = "How much does a block of granite weigh?"


def upload(page: Page, *files: Path) -> None:
    field = page.wait("#cv-files")[0]
    field.send_keys("\n".join(str(file) for file in files))


def drawn(page: Page) -> tuple[Image.Image, dict[str, float]]:
    """A picture of the page on show, and where the first box lies on it, in pixels."""
    page.wait("#cv-viewer .cv-page .cv-box")
    page.until(lambda: page.js("return document.querySelector('.cv-page img').complete"))
    picture = page.all("#cv-viewer .cv-page")[0].screenshot_as_png
    box = page.js(
        "const p = document.querySelector('.cv-page').getBoundingClientRect(),"
        " b = document.querySelector('.cv-box').getBoundingClientRect();"
        "return {x0: b.x - p.x, y0: b.y - p.y, x1: b.right - p.x, y1: b.bottom - p.y}"
    )
    return Image.open(io.BytesIO(picture)).convert("RGB"), box


def page_shown(page: Page) -> str:
    return str(
        page.js(
            "const l = document.querySelector('#cv-viewer label'); return l &&"
            " l.querySelector('input').value + l.textContent.replace('Page', '').trimEnd()"
        )
    ).replace("  ", " ")


def yellow(image: Image.Image, box: dict[str, float]) -> float:
    """The share of pixels of a part of an image that are marked yellow."""
    part = image.crop((int(box["x0"]), int(box["y0"]), int(box["x1"]), int(box["y1"])))
    pixels = list(part.get_flattened_data())
    return sum(1 for r, g, b in pixels if r - b > 40 and g - b > 30) / len(pixels)


def test_a_quote_is_drawn_on_its_page(page: Page) -> None:
    turn = page.ask(GRANITE)
    assert page.quotes(turn)[0]["source"] == "mole.pdf"
    assert "page\u00a02" in page.text(f"{turn} .cv-cite")
    image, box = drawn(page)
    assert page_shown(page) == "2 of 2"
    assert yellow(image, box) > 0.5
    below = {**box, "y0": box["y1"] + 60, "y1": box["y1"] + 90}
    assert yellow(image, below) == 0
    source = page.js("return document.querySelector('.cv-page img').src.slice(0, 22)")
    assert source == "data:image/png;base64,"


def test_pages_turn_and_text_takes_their_place(page: Page) -> None:
    page.ask(GRANITE)
    drawn(page)
    page.click("#cv-viewer [data-act=page][data-by='-1']")
    page.until(lambda: page_shown(page) == "1 of 2")
    assert not page.all("#cv-viewer .cv-box")
    page.click("#cv-viewer [data-act=zoom][data-by='1']")
    page.until(lambda: "125 %" in page.text("#cv-viewer .cv-tools"))
    page.click("#cv-viewer [data-act=as-text]")
    page.wait("#cv-viewer .cv-text")
    assert page.text("#cv-here").startswith("Each block of granite")


def test_the_original_comes_out_byte_for_byte(page: Page) -> None:
    page.js(
        "window.got = null; const make = URL.createObjectURL; URL.createObjectURL = (blob) => {"
        " blob.arrayBuffer().then(b => { window.got = new TextDecoder().decode(b); });"
        " return make(blob); }; HTMLAnchorElement.prototype.click = () => {};"
    )
    page.ask("How high is the lighthouse?")
    page.click("#cv-viewer [data-act=original]")
    from chat_files import HARBOUR

    assert page.until(lambda: page.js("return window.got")) == HARBOUR


def test_an_uploaded_pdf_is_asked_and_drawn(page: Page, tmp_path: Path) -> None:
    pdf(tmp_path / "granite.pdf")
    (tmp_path / "nothing.txt").write_bytes(b" \n")
    upload(page, tmp_path / "granite.pdf", tmp_path / "nothing.txt")
    rows = page.wait(".cv-uploaded li", 2)
    report = {row.text.split(":")[0]: row.text for row in rows}
    assert "ready" in report["granite.pdf"]
    assert "ready" not in report["nothing.txt"]
    turn = page.ask(GRANITE)
    assert page.quotes(turn)[0]["source"] == "granite.pdf"
    image, box = drawn(page)
    assert yellow(image, box) > 0.5
    shown = page.quotes()
    page.open(ready=".cv-card")
    assert page.quotes() == shown
    page.click("#cv-documents [data-act=remove]")
    page.until(lambda: "granite" not in page.text("#cv-documents"))
    page.until(lambda: "not served now" in page.text(".cv-turn .cv-note"))
    assert page.quotes() == shown
    page.click("#cv-status [data-act=undo]")
    page.until(lambda: "granite" in page.text("#cv-documents"))
    page.until(lambda: not page.all(".cv-turn .cv-note"))


def test_two_visitors_do_not_see_each_other(page: Page, other: Page, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("The password of the harbour master is swordfish.\n", encoding="utf-8")
    page.js(
        "window.sent = []; const o = XMLHttpRequest.prototype.open; XMLHttpRequest.prototype.open ="
        " function (m, u, ...r) { window.sent.push(String(u)); return o.call(this, m, u, ...r); };"
    )
    upload(page, secret)
    page.wait(".cv-uploaded .cv-good")
    question = "What is the password of the harbour master?"
    assert "swordfish" in page.quotes(page.ask(question))[0]["text"]
    assert not any("swordfish" in q["text"] for q in other.quotes(other.ask(question)))
    assert len(other.all(".cv-turn")) == 1
    assert "Your documents" not in other.text("#cv-library")
    for address in page.until(lambda: page.js("return window.sent")):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(address, timeout=10)
        refused.value.close()
        assert refused.value.code == 404


def test_files_of_one_name_are_both_kept(page: Page, tmp_path: Path) -> None:
    for name, text in (("a", "The first says granite."), ("b", "The second says basalt.")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.txt").write_text(text + "\n", encoding="utf-8")
    upload(page, tmp_path / "a" / "report.txt", tmp_path / "b" / "report.txt")
    page.wait(".cv-uploaded .cv-good", 2)
    assert {row.text.split(":")[0] for row in page.all(".cv-uploaded .cv-good")} == {
        "report.txt",
        "report (2).txt",
    }


def test_another_library_is_one_choice_away(page: Page) -> None:
    page.js(
        "const s = document.querySelector('#cv-library'); s.value = 'Letters';"
        " s.dispatchEvent(new Event('change', {bubbles: true}))"
    )
    page.until(lambda: "letter" in page.text("#cv-documents"))
    quotes = page.quotes(page.ask("How many boats were broken by the storm?"))
    assert [q["source"] for q in quotes] == ["letter.txt"]
    assert quotes[0]["text"] == LETTERS[quotes[0]["start"] : quotes[0]["end"]]


def test_questions_can_be_limited_to_chosen_sources(page: Page) -> None:
    page.wait("#cv-documents [data-act=pick][data-source='mole.pdf']")[0].click()
    page.until(lambda: "Only 1 source asked" in page.text("#cv-documents"))
    assert "1 of 3" in page.text("#cv-scope")
    turn = page.ask("How high is the lighthouse?")
    assert not any(q["source"] != "mole.pdf" for q in page.quotes(turn))
    assert "(filtered)" in page.text(turn)


def test_passages_are_found_without_asking(page: Page) -> None:
    page.wait("#cv-narrow input")[0].send_keys("quarry granite\n")
    page.wait("#cv-hits li")
    assert "Bornsund" in page.text("#cv-hits li")
    page.click("#cv-hits [data-act=hit]")
    page.wait("#cv-viewer .cv-page")


def test_what_could_not_be_read_is_named(page: Page) -> None:
    assert page.until(lambda: "empty.txt" in page.text("#cv-documents .cv-unreadable"))
