"""What else stands in Word files: content controls, symbols, formulas, tracked changes, boxes."""

import pytest

from rag.extract.docx import read_docx
from rag.extract.draft import Draft, Unreadable
from rag.types import Span
from tests.word import SPACES, paragraph, part, run, word

SUP, SUB = '<w:vertAlign w:val="superscript"/>', '<w:vertAlign w:val="subscript"/>'
DELETED = '<w:rPr><w:del w:id="1" w:author="a"/></w:rPr>'


def text(body: str, **parts: str) -> str:
    return read_docx(word(body, parts)).text


def slices(draft: Draft, spans: list[Span]) -> list[str]:
    return [draft.text[s.start : s.end] for s in spans]


def control(inner: str) -> str:
    return (
        f"<w:sdt><w:sdtPr><w:tag w:val='x'/></w:sdtPr><w:sdtContent>{inner}</w:sdtContent></w:sdt>"
    )


def box(inner: str) -> str:
    return (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx><w:txbxContent>"
        f"{inner}</w:txbxContent></wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict>"
        f"<v:textbox><w:txbxContent>{inner}</w:txbxContent></v:textbox></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        (("about 10", run("6", SUP), " litres"), "about 10⁶ litres"),
        (("in 1911", run("1", SUP), run("2", SUP), "."), "in 1911¹²."),
        (("H", run("2", SUB), "O"), "H₂O"),
        (("the 21", run("st", SUP), " day"), "the 21st day"),
        (("5", run("see note", SUP), "7"), "5\u202fsee note\u202f7"),
        (("10", run("9", '<w:position w:val="10"/><w:sz w:val="14"/>'), " m"), "10⁹ m"),
        (("x", run("7", '<w:position w:val="-6"/>'), " m"), "x₇ m"),
        (("3 ", run("not raised", '<w:position w:val="0"/>')), "3 not raised"),
    ],
)
def test_raised_and_lowered_runs_stay_apart(runs: tuple[str, ...], expected: str) -> None:
    assert text(paragraph(*runs)) == expected


def test_a_style_can_raise_strike_and_hide() -> None:
    styles = "".join(
        f'<w:style w:type="character" w:styleId="{name}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="{base}"/><w:rPr>{look}</w:rPr></w:style>'
        for name, base, look in (
            ("Up", "", SUP),
            ("UpToo", "Up", "<w:b/>"),
            ("Gone", "", "<w:strike/>"),
            ("Back", "Gone", '<w:strike w:val="0"/>'),
            ("Secret", "", "<w:vanish/>"),
        )
    )
    body = paragraph(
        "10", run("4", '<w:rStyle w:val="UpToo"/>'), " a ", run("b", '<w:rStyle w:val="Gone"/>'),
        " c ", run("d", '<w:rStyle w:val="Back"/>'), " ", run("e", '<w:rStyle w:val="Secret"/>'),
    )  # fmt: skip
    draft = read_docx(word(body, {"styles": part("styles", styles)}))
    assert draft.text == "10⁴ a ⟦b⟧ c d ⟦e⟧"
    assert [(m.kind, draft.text[m.span.start : m.span.end]) for m in draft.marks] == [
        ("struck", "⟦b⟧"),
        ("hidden", "⟦e⟧"),
    ]
    assert draft.notes == (
        "struck-out words are read, marked and searched last",
        "hidden words are read, marked and searched last",
    )


def test_a_paragraph_that_is_struck_out_whole_needs_no_brackets() -> None:
    draft = read_docx(word(paragraph(run("Old.", "<w:dstrike/>")) + paragraph("New.")))
    assert draft.text == "Old.\n\nNew."
    assert [m.kind for m in draft.marks] == ["struck"]


def test_content_controls_at_every_level() -> None:
    cell = "<w:tc>{}</w:tc>"
    row = (
        f"<w:tr>{cell.format(paragraph('Deposit'))}{control(cell.format(paragraph('870')))}</w:tr>"
    )
    body = (
        control(paragraph("Block."))
        + paragraph("In ", control(run("line")), " text.")
        + f"<w:tbl>{control(row)}{row}</w:tbl>"
        + control(control(paragraph("Nested.")))
    )
    assert text(body) == "Block.\n\nIn line text.\n\nDeposit\t870\nDeposit\t870\n\nNested."


@pytest.mark.parametrize(
    ("font", "code", "expected"),
    [
        ("Symbol", "F0B3", "≥"), ("Symbol", "006D", "μ"), ("Wingdings", "F0FE", "☑"),
        ("Arial", "2265", "≥"), ("Nobody's", "F0B3", "\ufffd"), ("Symbol", "no", "\ufffd"),
    ],
)  # fmt: skip
def test_symbols(font: str, code: str, expected: str) -> None:
    draft = read_docx(
        word(paragraph("at ", f'<w:r><w:sym w:font="{font}" w:char="{code}"/></w:r>', " 45"))
    )
    assert draft.text == f"at {expected} 45"
    assert bool(draft.notes) == (expected == "\ufffd")


def test_words_set_in_a_symbol_font() -> None:
    assert text(paragraph("5 ", run("m", '<w:rFonts w:ascii="Symbol"/>'), "l")) == "5 μl"


def element(name: str, *inner: str) -> str:
    return f"<m:{name}>{''.join(inner)}</m:{name}>"


def letters(words: str) -> str:
    return f"<m:r><m:t>{words}</m:t></m:r>"


def e(*inner: str) -> str:
    return element("e", *inner)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (letters("ΔT=12"), "ΔT=12"),
        (element("f", element("num", letters("a+b")), element("den", letters("2"))), "(a+b)/2"),
        (element("sSup", e(letters("10")), element("sup", letters("6"))), "10⁶"),
        (element("sSup", e(letters("a+b")), element("sup", letters("n+1"))), "(a+b)ⁿ⁺¹"),
        (element("sSup", e(letters("e")), element("sup", letters("π"))), "e^π"),
        (element("sSub", e(letters("x")), element("sub", letters("i"))), "xᵢ"),
        (element("rad", element("deg"), e(letters("x+1"))), "√(x+1)"),
        (element("d", e(letters("x")), e(letters("y"))), "(x|y)"),
        (
            element(
                "nary",
                '<m:naryPr><m:chr m:val="∑"/></m:naryPr>',
                element("sub", letters("i=1")), element("sup", letters("n")), e(letters("i")),
            ),
            "∑ᵢ₌₁ⁿ i",
        ),
        (element("m", element("mr", e(letters("a")), e(letters("b")))), "[a, b]"),
        (element("func", element("fName", letters("sin")), e(letters("x"))), "sin x"),
    ],
)  # fmt: skip
def test_formulas_are_linear_text_in_their_sentence(formula: str, expected: str) -> None:
    assert text(paragraph("so ", element("oMath", formula), " holds")) == f"so {expected} holds"


def test_a_formula_of_its_own() -> None:
    inner = element("oMath", letters("a=b"))
    assert text(paragraph(f"<m:oMathPara>{inner}</m:oMathPara>")) == "a=b"


def test_tracked_changes() -> None:
    body = (
        paragraph("The bridge is closed ", properties=DELETED)
        + paragraph("until ", '<w:del w:author="a"><w:r><w:delText>May</w:delText></w:r></w:del>')
        + paragraph(f'<w:ins w:author="B. Roe" w:date="2031-04-05T00:00:00Z">{run("New.")}</w:ins>')
        + paragraph(
            f"<w:moveFrom>{run('Moved.')}</w:moveFrom>", properties="<w:rPr><w:moveFrom/></w:rPr>"
        )
        + paragraph("Kept.")
        + paragraph(f"<w:moveTo>{run('Moved.')}</w:moveTo>")
    )
    draft = read_docx(word(body))
    assert draft.text == "The bridge is closed until\n\nNew.\n\nKept.\n\nMoved."
    assert [(m.kind, m.note) for m in draft.marks] == [("inserted", "B. Roe, 2031-04-05")]
    assert draft.notes == (
        "tracked changes: insertions are read and marked, deletions are left out",
    )


def test_the_old_look_of_a_changed_format_is_not_its_look() -> None:
    old = "<w:rPrChange><w:rPr><w:strike/></w:rPr></w:rPrChange>"
    assert read_docx(word(paragraph(run("Fine.", old)))).marks == ()


def test_a_drop_capital_belongs_to_its_word() -> None:
    big = paragraph("T", properties='<w:framePr w:dropCap="drop"/>')
    assert text(big + paragraph("he weir is old.")) == "The weir is old."


def test_text_boxes_once_wherever_they_stand() -> None:
    boxed = paragraph("Boxed.", box(paragraph("Inner.", box(paragraph("Innermost.")))))
    cell = (
        f"<w:tr><w:tc>{paragraph('Here')}</w:tc><w:tc>{paragraph('A ', box(boxed))}</w:tc></w:tr>"
    )
    assert text(paragraph("Anchor.", box(boxed)) + "<w:p/>" + paragraph("After.")) == (
        "Anchor.\n\nBoxed.\n\nInner.\n\nInnermost.\n\nAfter."
    )
    assert text(f"<w:tbl>{cell}</w:tbl>") == "Here\tA Boxed. Inner. Innermost."


def test_alternate_content_of_whole_blocks_is_read_once() -> None:
    first, second = paragraph("Chosen."), paragraph("Other.")
    body = (
        f"<mc:AlternateContent><mc:Choice Requires='x'>{first}</mc:Choice>"
        f"<mc:Fallback>{second}</mc:Fallback></mc:AlternateContent>"
        f"<mc:AlternateContent><mc:Choice Requires='x'><w:p/></mc:Choice>"
        f"<mc:Fallback>{second}</mc:Fallback></mc:AlternateContent>"
    )
    assert text(body) == "Chosen.\n\nOther."


def test_a_reading_aid_stands_in_brackets() -> None:
    ruby = (
        f"<w:r><w:ruby><w:rubyPr/><w:rt>{run('kah')}</w:rt>"
        f"<w:rubyBase>{run('Ka')}</w:rubyBase></w:ruby></w:r>"
    )
    assert text(paragraph("In ", ruby, " now.")) == "In Ka(kah) now."


def test_notes_follow_the_body_under_their_numbers() -> None:
    def note(id: int, words: str) -> str:
        own = f"<w:r><w:rPr>{SUP}</w:rPr><w:footnoteRef/></w:r>"
        return f'<w:footnote w:id="{id}">{paragraph(own, words)}</w:footnote>'

    notes = '<w:footnote w:type="separator" w:id="-1"><w:p/></w:footnote>'
    notes += note(5, " Second.") + note(4, " First.")
    ends = f'<w:endnote w:id="2">{paragraph("<w:r><w:endnoteRef/></w:r>", " End.")}</w:endnote>'

    def reference(kind: str, id: int) -> str:
        return f'<w:r><w:{kind}Reference w:id="{id}"/></w:r>'

    first, second, last = (
        reference("footnote", 4),
        reference("footnote", 5),
        reference("endnote", 2),
    )
    body = paragraph("In 1911", first, " and 1912", second, ".", last)
    draft = read_docx(
        word(body, {"footnotes": part("footnotes", notes), "endnotes": part("endnotes", ends)})
    )
    assert draft.text == "In 1911¹ and 1912².ⁱ\n\n¹ First.\n\n² Second.\n\nⁱ End."
    assert draft.notes == ("2 footnotes read after the body", "1 endnote read after the body")


def test_headers_of_first_pages_and_later_sections_are_read_and_stale_ones_not() -> None:
    def section(*references: tuple[str, str], more: str = "") -> str:
        made = (f'<w:headerReference w:type="{t}" r:id="{id}"/>' for t, id in references)
        return f"<w:sectPr>{''.join(made)}{more}</w:sectPr>"

    body = (
        paragraph("One.", properties=section(("first", "header1"), more="<w:titlePg/>"))
        + paragraph("Two.")
        + section(("default", "header2"), ("first", "header3"), ("even", "header4"))
    )
    headers = {
        f"header{n}": part("hdr", paragraph(words) + paragraph("3"))
        for n, words in enumerate(("Draft of June", "Valid to 2031", "Stale", "Even"), 1)
    }
    draft = read_docx(word(body, headers))
    assert draft.text == "One.\n\nTwo.\n\nDraft of June\n\nValid to 2031"
    assert slices(draft, list(draft.boilerplate)) == ["Draft of June", "Valid to 2031"]


def test_form_fields_show_what_was_filled_in() -> None:
    def field(data: str) -> str:
        return (
            f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData>{data}</w:ffData></w:fldChar></w:r>'
        )

    box_on = field('<w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox>')
    entries = '<w:listEntry w:val="Oak"/><w:listEntry w:val="Ash"/>'
    choice = field(f'<w:ddList><w:result w:val="1"/>{entries}</w:ddList>')
    draft = read_docx(word(paragraph("Sworn ", box_on, " of ", choice)))
    assert draft.text == "Sworn ☒ of Ash"
    assert [m.kind for m in draft.marks] == ["form", "form"]


def test_what_is_not_read_is_said() -> None:
    picture = '<w:r><w:drawing><a:blip r:embed="x"/></w:drawing></w:r>'
    watermark = (
        '<w:p><w:r><w:pict><v:shape><v:textpath string="DRAFT"/></v:shape></w:pict></w:r></w:p>'
    )
    body = paragraph("Text.", picture, picture) + '<w:altChunk r:id="aFChunk1"/>'
    body += '<w:sectPr><w:headerReference w:type="default" r:id="header1"/></w:sectPr>'
    parts = {
        "aFChunk1": "<html/>",
        "glossaryDocument": part("glossaryDocument", ""),
        "header1": part("hdr", watermark),
    }
    draft = read_docx(word(body, parts))
    assert draft.text == "Text."
    assert draft.notes == (
        "a watermark on its pages reads “DRAFT”",
        "2 pictures not read",
        "a part inserted whole (altChunk, word/aFChunk1.xml) not read",
        "building blocks kept beside the text (glossary) not read",
    )


def test_a_table_of_contents_is_boilerplate() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>'
    entry = paragraph("Scope", "<w:r><w:tab/></w:r>", "3", properties='<w:pStyle w:val="TOC1"/>')
    draft = read_docx(word(entry + paragraph("Text."), {"styles": part("styles", styles)}))
    assert draft.text == "Scope\t3\n\nText."
    assert slices(draft, list(draft.boilerplate)) == ["Scope\t3"]


def test_outline_levels_and_styles_make_headings() -> None:
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{id}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="{base}"/><w:pPr>{more}</w:pPr></w:style>'
        for id, name, base, more in (
            ("H1", "heading 1", "", ""),
            ("Own", "Clause title", "H1", ""),
            ("Not", "TOC Heading", "H1", '<w:outlineLvl w:val="9"/>'),
            ("Two", "Anything", "", '<w:outlineLvl w:val="1"/>'),
        )
    )
    body = "".join(
        paragraph(id, properties=f'<w:pStyle w:val="{id}"/>') for id in ("H1", "Own", "Not", "Two")
    ) + paragraph("Direct", properties='<w:outlineLvl w:val="2"/>')
    draft = read_docx(word(body, {"styles": part("styles", styles)}))
    named = [(h.level, draft.text[h.span.start : h.span.end]) for h in draft.headings]
    assert named == [(1, "H1"), (1, "Own"), (2, "Two"), (3, "Direct")]


def test_the_strict_dialect_and_parts_that_are_gone() -> None:
    missing = '<Relationship Id="t" Type="http://x/thumbnail" Target="docProps/gone.jpeg"/>'
    null = '<Relationship Id="p" Type="http://x/image" Target="../NULL"/><Relationship Id="q"/>'
    data = word(
        paragraph("The weir is low, 10", run("6", SUP)),
        strict=True, package_relations=missing, relations=null,
    )  # fmt: skip
    assert read_docx(data).text == "The weir is low, 10⁶"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (part("document", ""), "is damaged: its main part has no body"),
        (part("glossaryDocument", "<w:body/>"), "its main part is a <glossaryDocument>"),
        (
            f"<w:document {SPACES}><w:body><w:p>",
            "is damaged: the XML of word/document.xml is broken",
        ),
        (part("document", "<w:body>" + "<w:sdt>" * 400 + "</w:sdt>" * 400 + "</w:body>"), "broken"),
        (part("document", "<w:body/>"), "holds no text"),
        ("", "is damaged: the XML of"),
    ],
)
def test_files_that_cannot_be_read(document: str, told: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_docx(word("", document=document or " "))
    assert told in str(caught.value)


def test_a_date_out_of_range_and_broken_properties_cost_nothing() -> None:
    core = (
        '<cp:coreProperties xmlns:cp="x" xmlns:dcterms="http://purl.org/dc/terms/">'
        "<dcterms:modified>2024-13-45T00:00:00Z</dcterms:modified></cp:coreProperties>"
    )
    for properties, date in (
        (core, ""),
        ("<broken", ""),
        (core.replace("13-45", "02-29"), "2024-02-29"),
    ):
        data = word(paragraph("Text."), others={"docProps/core.xml": properties})
        assert read_docx(data).metadata.get("date", "") == date


def test_styles_in_circles_and_long_chains() -> None:
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="s{n}"><w:name w:val="n{n}"/>'
        f'<w:basedOn w:val="s{n - 1}"/></w:style>'
        for n in range(30_000)
    ) + "".join(
        f'<w:style w:type="paragraph" w:styleId="{a}"><w:name w:val="{a}"/>'
        f'<w:basedOn w:val="{b}"/></w:style>'
        for a, b in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "d"))
    )
    body = "".join(
        paragraph(id, properties=f'<w:pStyle w:val="{id}"/>') for id in ("s29999", "a", "d")
    )
    assert text(body, styles=part("styles", styles)) == "s29999\n\na\n\nd"
