"""Automatic numbers of lists, clauses and headings, as Word shows them."""

import pytest

from rag.extract.counting import formatted
from rag.extract.docx import read_docx
from tests.word import paragraph, part, word


def level(at: int, format: str, text: str, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{format}"/>'
        f'<w:lvlText w:val="{text}"/>{more}</w:lvl>'
    )


CLAUSES = (
    level(0, "decimal", "%1.")
    + level(1, "decimal", "%1.%2")
    + level(2, "lowerLetter", "(%3)")
    + level(3, "lowerRoman", "(%4)")
)


def numbering(*lists: str, abstract: str = CLAUSES) -> str:
    """One abstract list and the lists that use it, each with its overrides."""
    made = "".join(
        f'<w:num w:numId="{n}"><w:abstractNumId w:val="0"/>{more}</w:num>'
        for n, more in enumerate(lists or ("",), 1)
    )
    return part("numbering", f'<w:abstractNum w:abstractNumId="0">{abstract}</w:abstractNum>{made}')


def item(words: str, at: int = 0, id: int = 1) -> str:
    numbered = f'<w:numPr><w:ilvl w:val="{at}"/><w:numId w:val="{id}"/></w:numPr>'
    return paragraph(words, properties=numbered)


def lines(body: str, numbers: str, styles: str = "") -> list[str]:
    parts = {"numbering": numbers, **({"styles": part("styles", styles)} if styles else {})}
    return read_docx(word(body, parts)).text.replace("\n\n", "\n").split("\n")


def test_several_levels_and_where_they_begin_anew() -> None:
    body = (
        item("A") + item("B", 1) + item("C", 2) + item("D", 2) + item("E", 3) + item("F", 1)
        + item("G", 2) + paragraph("Between.") + item("H") + item("I", 1)
    )  # fmt: skip
    assert lines(body, numbering()) == [
        "1. A", "1.1 B", "(a) C", "(b) D", "(i) E", "1.2 F", "(a) G", "Between.", "2. H", "2.1 I",
    ]  # fmt: skip


def test_a_clause_s_full_number_is_its_label() -> None:
    body = item("A") + item("B", 1) + item("C", 2) + item("D", 3) + item("E", 1)
    draft = read_docx(word(body, {"numbering": numbering()}))
    named = [(draft.text[p.span.start : p.span.end], p.text) for p in draft.labels]
    assert named == [("(a) C", "1.1(a)"), ("(i) D", "1.1(a)(i)")]


def test_a_list_that_begins_anew() -> None:
    anew = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    body = item("A") + item("B") + item("C", id=2) + item("D", id=2) + item("E", id=3)
    assert lines(body, numbering("", anew, "")) == ["1. A", "2. B", "1. C", "2. D", "3. E"]


def test_an_override_can_change_the_level() -> None:
    roman = f'<w:lvlOverride w:ilvl="0">{level(0, "upperRoman", "%1)")}</w:lvlOverride>'
    assert lines(item("A") + item("B"), numbering(roman)) == ["I) A", "II) B"]


def test_levels_that_do_not_begin_anew_and_legal_numbers() -> None:
    abstract = level(0, "upperRoman", "%1.") + level(
        1, "decimal", "%1.%2", '<w:isLgl/><w:lvlRestart w:val="0"/>'
    )
    body = item("A") + item("B", 1) + item("C") + item("D", 1)
    assert lines(body, numbering(abstract=abstract)) == ["I. A", "1.1 B", "II. C", "2.2 D"]


def test_numbers_by_style_and_their_end() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="One"><w:name w:val="heading 1"/><w:pPr><w:numPr>'
        '<w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Two"><w:name w:val="heading 2"/>'
        '<w:basedOn w:val="One"/><w:pPr><w:numPr><w:ilvl w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    off = '<w:pStyle w:val="One"/><w:numPr><w:numId w:val="0"/></w:numPr>'
    body = (
        paragraph("Scope", properties='<w:pStyle w:val="One"/>')
        + paragraph("Rent", properties='<w:pStyle w:val="Two"/>')
        + paragraph("Preface", properties=off)
    )
    parts = {"numbering": numbering(), "styles": part("styles", styles)}
    draft = read_docx(word(body, parts))
    assert draft.text == "1. Scope\n\n1.1 Rent\n\nPreface"
    assert [draft.text[h.span.start : h.span.end] for h in draft.headings][1] == "1.1 Rent"


def test_bullets_count_but_are_not_written_and_empty_items_count() -> None:
    abstract = level(0, "bullet", "•") + level(1, "decimal", "%2)")
    body = item("A") + item("B", 1) + item("", 1) + item("C", 1)
    assert lines(body, numbering(abstract=abstract)) == ["A", "1) B", "3) C"]


def test_a_list_that_is_not_defined_is_a_list_all_the_same() -> None:
    assert read_docx(word(item("A", id=9) + item("B", id=9))).text == "A\nB"


def test_a_long_clause_is_a_paragraph() -> None:
    words = "The harbour master may close the basin. " * 9
    body = item("A") + item(words.strip()) + item("C")
    assert read_docx(word(body, {"numbering": numbering()})).text == (
        f"1. A\n\n2. {words.strip()}\n\n3. C"
    )


@pytest.mark.parametrize(
    ("count", "format", "expected"),
    [
        (3, "decimal", "3"), (28, "lowerLetter", "bb"), (26, "upperLetter", "Z"),
        (1994, "lowerRoman", "mcmxciv"), (4, "upperRoman", "IV"), (7, "decimalZero", "07"),
        (22, "ordinal", "22nd"), (12, "ordinal", "12th"), (12, "cardinalText", "Twelve"),
        (20, "ordinalText", "Twentieth"), (6, "ordinalText", "Sixth"), (5, "none", ""),
        (3, "decimalEnclosedCircle", "③"), (21, "cardinalText", "21"), (4, "hebrew1", "4"),
        (0, "lowerRoman", "0"), (10**12, "lowerLetter", "1000000000000"),
    ],
)  # fmt: skip
def test_formats_of_numbers(count: int, format: str, expected: str) -> None:
    assert formatted(count, format) == expected
