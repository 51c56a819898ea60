"""HTML: what is visible, in order, with its structure."""

from pathlib import Path

import pytest

from rag.extract import read_file
from rag.segment import segmenter, sentences, tile
from rag.types import Source

PAGE = """<?xml version="1.0"?><!DOCTYPE html><html><head><title>T | Site</title>
<meta name=author content="Jane Roe"><link rel=canonical href="https://example.org/x">
<meta property="article:published_time" content="2025-02-06"><style>p{}</style></head><body>
<header><h1>Site</h1><nav><ul><li><a href=#>Home</a></li><li>About</li></ul></nav></header>
<main><article><header><h1>The  <em>title</em> &amp; more</h1></header>
<p>First para&nbsp;graph with <b>bold</b>ness
 wrapped. Second&#33; \U0001f600 &lt;tag&gt;</p><script>hidden()</script>tail
<div>Div<p>inner</p>after</div><ul><li>One<li><p>Two</p><li>Three<ol><li>nested</ol></ul>
<table><thead><tr><th>A</th><th>B</th></tr></thead><tr><td>1</td><td></td><td>2</td></tr>
<tr><td><p>p1</p></td><td><p>p2</p></td></tr></table>
line one<br>line two<br><br>new para<pre>code  line
  second</pre>
<h2>Sec</h2><p hidden>secret</p><p style="display: none">secret</p><template>secret</template>
<dl><dt>Term<dd>Def</dl></article></main><aside>Related</aside><footer>© 2025</footer></body></html>
"""


def read(tmp_path: Path, page: str | bytes, encoding: str | None = None) -> Source:
    path = tmp_path / "a.html"
    path.write_bytes(page if isinstance(page, bytes) else page.encode())
    return read_file(path, id="a.html", encoding=encoding)


def test_the_visible_text_with_its_structure(tmp_path: Path) -> None:
    source = read(tmp_path, PAGE)
    assert source.text == (
        "Site\n\nHome\nAbout\n\nThe title & more\n\n"
        "First para\xa0graph with boldness wrapped. Second! \U0001f600 <tag>\n\ntail\n\n"
        "Div\n\ninner\n\nafter\n\nOne\nTwo\nThree\n1. nested\n\n"
        "A\tB\n1\t\t2\np1\tp2\n\nline one \nline two\n\nnew para\n\ncode  line \n  second\n\n"
        "Sec\n\nTerm\nDef\n\nRelated\n\n© 2025"
    )
    named = [source.text[h.span.start : h.span.end] for h in source.headings]
    assert named == ["Site", "The title & more", "Sec"]
    marked = [source.text[s.start : s.end] for s in source.boilerplate]
    assert marked == ["Site\n\nHome\nAbout", "Related", "© 2025"]
    assert source.title == "T | Site"
    assert dict(source.metadata) == {
        "address": "https://example.org/x",
        "author": "Jane Roe",
        "date": "2025-02-06",
    }


def test_items_and_rows_are_sentences_and_lists_one_passage(tmp_path: Path) -> None:
    source = read(
        tmp_path,
        "<p>Fruit:</p><ul><li>red apples</li><li>ripe pears</li></ul>"
        "<p>Here the list has its end.</p>",
    )
    passages = tile(source, count=lambda t: len(t.split()) + 2, limit=99, target=99)
    assert [p.text for p in passages] == [
        "Fruit:\n\nred apples\nripe pears\n\n",
        "Here the list has its end.",
    ]
    found = [source.text[s.tile.start : s.tile.end] for s in sentences(passages[0], segmenter())]
    assert found == ["Fruit:\n\n", "red apples\n", "ripe pears\n\n"]


def test_a_break_is_no_end_of_a_sentence(tmp_path: Path) -> None:
    source = read(tmp_path, "<p>He was born<br>in Rome. Then<br>he left.</p>")
    (passage,) = tile(source, count=lambda t: len(t.split()) + 2, limit=99, target=99)
    found = [source.text[s.tile.start : s.tile.end] for s in sentences(passage, segmenter())]
    assert found == ["He was born \nin Rome. ", "Then \nhe left."]


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("iso-8859-1", "cp1252"),
        ("windows-1251", "cp1251"),
        ("shift_jis", "shift_jis"),
        ("utf-8", "utf-8"),
    ],
)
def test_the_declared_charset_is_honoured(tmp_path: Path, declared: str, written: str) -> None:
    words = {"cp1252": "“Zoë”", "cp1251": "Привет", "shift_jis": "日本語", "utf-8": "😀é"}[written]
    page = f'<html><head><meta charset="{declared}"></head><body>{words}</body></html>'
    assert read(tmp_path, page.encode(written)).text == words


def test_a_wrong_declaration_gives_way_to_what_the_bytes_are(tmp_path: Path) -> None:
    page = '<meta charset="ascii-nonsense"><p>Zoë said — yes</p>'
    assert read(tmp_path, page).text == "Zoë said — yes"


def test_a_broken_page_is_read(tmp_path: Path) -> None:
    page = "<div>" * 1000 + "deep" + "<p>un<b>closed <i>tags"
    assert read(tmp_path, page).text == "deep\n\nunclosed tags"


@pytest.mark.parametrize("tag", ["div", "span", "table", "ol", "blockquote", "sup", "b"])
def test_a_page_nested_deep_is_read_to_its_end(tmp_path: Path, tag: str) -> None:
    page = "<p>Start.</p>" + f"<{tag}>" * 5000 + "deep"
    text = read(tmp_path, page).text
    assert text.startswith("Start.")
    assert text.endswith("deep")


def test_linked_data_names_author_and_date(tmp_path: Path) -> None:
    article = '"@type": "NewsArticle", "author": [{"name": "A"}, {"name": "B"}]'
    data = f'{{"@graph": [{{{article}, "datePublished": "2024-05-01"}}]}}'
    page = (
        f'<head><script type="application/ld+json">{data}</script></head><h1>Head</h1><p>Text</p>'
    )
    source = read(tmp_path, page)
    assert (source.title, source.meta("author"), source.meta("date")) == (
        "Head",
        "A, B",
        "2024-05-01",
    )


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ('<html xml:lang="en" xmlns:og="http://x"><p>It weighs.</p></html>', "It weighs."),
        ("<p>It<o:p> </o:p>weighs.</p>", "It weighs."),
        ('<p @click="x" :a=1 1=2 é=3 title="\x01">It \x0c weighs \x01.</p>', "It weighs \ufffd."),
        ("<p>It &#1; weighs &#xFFFF; more \ufffe.</p>", "It \ufffd weighs \ufffd more \ufffd."),
    ],
)  # fmt: skip
def test_names_and_characters_that_xml_refuses_cost_no_page(
    tmp_path: Path, page: str, text: str
) -> None:
    path = tmp_path / "a.html"
    path.write_text(page, "utf-8")
    assert read_file(path, id="a.html").text == text
