"""Sentence ends, by hand: every case is what a careful reader would call the sentences."""

import pytest

from rag.extract.decode import Decoded
from rag.extract.markdown import read_markdown
from rag.segment import SEGMENTER_VERSION, segmenter, sentences, tile
from rag.types import Source, digest

# Each tuple is one text: joined with a space where the pieces do not end in white space.
CASES = [
    ("Ms. Smith met Ex-Rep. Jones.", "They talked."),
    ("It cost approx. 5 bn. in 2020.", "Nobody paid."),
    ("It was due at 5 p.m. EST on Monday.", "It came late."),
    ("It was due at 5 p.m. Monday.", "It came late."),
    ("It starts at 5 p.m.", "The doors open at four."),
    ("He lives in the U.S.", "Analysts say so."),
    ("U.S. Analysts agreed.", "Others did not."),
    ("The U.S. Senate voted.", "The U.S. Attorneys General met."),
    ("He left the U.S.", "The rest stayed."),
    ("Shares of Apple Inc. rose.", "Apple Inc. said so."),
    ("It was made by Smith & Co.", "He left."),
    ("Prices rose by 5 bn.", "Analysts said so."),
    ("He saw Dr. Brown of St. Mary's.", "Gen. Lee left."),
    ("Lt. Gov. Dan Smith and Rep. Jones (R-Ohio) met Sen. Doe.", "Adm. King did not."),
    ("J. K. Rowling wrote it.", "So did George R. R. Martin."),
    ("See Art. 5 and No. 7 of vol. 2, pp. 3-4.", "See paras. 3-5."),
    ("Smith v. Jones, 5 U.S.C. § 1702, applies.", "The Fed. Reg. notice is new."),
    ("Pub. L. 117-2 was signed.", "It passed."),
    ("In Jan. 2020 it was.", "In Sept. 2021 it was not."),
    ("“Why?” he asked.", "“Go!”", "She left."),
    ('"Stop!" he said.', 'Then "No."', "He left."),
    ("He said: “I came. I saw. I conquered.”", "Then he left."),
    ('He said, "It is done. We won."', "She agreed."),
    ("‘I came. I saw.’", "He said so."),
    ("It ended.)", "Then it began."),
    ("(He left.)", "She stayed."),
    ('He is 6" wide.', '"Unpaired quote here.', "Another sentence."),
    ("1. The Court shall decide.", "2. The Court may act."),
    ("(a) The first.", "(b) The second."),
    ("It happened.[12]", "Then it did.[3]", "And so."),
    ("Well... I think so.", "He left ... and came back."),
    ("Is it true?!", "Yes!!", "It is."),
    ("Yahoo! said it would.", "It did."),
    ("Jeopardy! is on.", "Watch it."),
    ("It ended in 1998.", "12 states voted no."),
    ("It cost $5.2m.", "The rest was free."),
    ("No. 5 is alive.", "The answer was no.", "Then it was yes."),
    ("Washington, D.C. Mayor Bowser said so.", "It rained."),
    ("He met Ms. Doe, i.e. the judge, at 9 a.m. in court.", "She sat."),
    ("Rooms, halls, etc. were full.", "He paid 3 bn. in cash."),
    ("He was wrapped\nin lines. ", "And this\ntoo."),
    ("Dr.\nSmith came.", "He left."),
    ("First line.\n\n", "Second paragraph without end\n\n", "Third."),
    ("Names:\n", "- First item.\n", "- Second item\n  wrapped\n", "- Third"),
    ("| a | b |\n", "|---|---|\n", "| c. D | e |\n", "Text after."),
    ("Page one ends\f", "page two begins."),
    ("The vote was held in May.", "Members of the house left.", "He may.", "Others will not."),
    ("He said no.", "Nobody agreed.", "Clause no. 5 is in the book of art.", "See Art. II of it."),
    ("It began before World War I.", "The army grew.", "Fruit holds vitamin C.", "It helps."),
    ("John F. Kennedy was shot.", "George W. Bush won.", "Miss. Governor Barbour lost."),
    ("Visit example.com today.", "Or www.un.org."),
    ('Judge Akane said: "This is wrong. We will fight."', "The order followed."),
]


def split(text: str) -> list[str]:
    return [text[span.start : span.end] for span in segmenter().split(text)]


@pytest.mark.parametrize("pieces", CASES, ids=lambda p: p[0][:30].strip())
def test_sentences_are_those_of_a_reader(pieces: tuple[str, ...]) -> None:
    joined = [
        p if p[-1].isspace() or i == len(pieces) - 1 else p + " " for i, p in enumerate(pieces)
    ]
    assert split("".join(joined)) == joined


def test_the_name_tells_the_rules() -> None:
    assert segmenter().name.endswith(SEGMENTER_VERSION)
    assert segmenter().name.startswith("sentencex ")


def test_no_text_no_sentence() -> None:
    assert split("") == []


def test_a_space_that_crashes_sentencex_is_survived() -> None:
    assert split("B \u2028.”;” Then he left.\u2029A.") == [
        "B \u2028.”;” Then he left.\u2029",
        "A.",
    ]


def source(text: str, media_type: str = "text/plain") -> Source:
    if media_type == "text/markdown":
        draft = read_markdown(Decoded(text, "utf-8"))
        headings, boilerplate = draft.headings, draft.boilerplate
    else:
        headings, boilerplate = (), ()
    return Source(
        "a",
        text,
        digest(text),
        "0",
        "a",
        media_type,
        "test",
        headings=headings,
        boilerplate=boilerplate,
    )


def words(text: str) -> int:
    return len(text.split()) + 2


def test_headings_are_sentences_of_their_own() -> None:
    text = "# One. Two\nFirst. Second.\n\nUnder\n-----\nThird."
    (passage,) = tile(source(text, "text/markdown"), count=words, limit=100, target=100)
    found = [(text[s.tile.start : s.tile.end], s.heading) for s in sentences(passage, segmenter())]
    assert found == [
        ("# One. Two\n", True),
        ("First. ", False),
        ("Second.\n\n", False),
        ("Under\n-----\n", True),
        ("Third.", False),
    ]


def test_a_too_long_sentence_becomes_fragments_at_white_space() -> None:
    text = "Short one. " + "word " * 50 + "end. Last one."
    (passage,) = tile(source(text), count=words, limit=100, target=100)
    found = sentences(passage, segmenter(), window=60)
    assert [s.fragment for s in found] == [False, *[True] * 5, False]
    assert all(s.inner is not None and len(s.inner) <= 60 for s in found)
    assert all(
        text[s.inner.start : s.inner.end].split()[0] in ("word", "Short", "Last")
        for s in found
        if s.inner
    )


def test_a_long_quotation_is_split_at_its_sentences_first() -> None:
    text = "He said: “I came here. " + "I saw it all. " * 8 + "I won.”"
    (passage,) = tile(source(text), count=words, limit=100, target=100)
    assert len(sentences(passage, segmenter())) == 1
    found = sentences(passage, segmenter(), window=60)
    assert not any(s.fragment for s in found)
    assert text[found[1].tile.start : found[1].tile.end] == "I saw it all. "


def test_a_sentence_cut_by_the_passage_is_a_fragment_on_both_sides() -> None:
    text = " ".join(f"w{i}" for i in range(200)) + "."
    passages = tile(source(text), count=words, limit=80, target=500)
    assert len(passages) > 2
    assert all(s.fragment for p in passages for s in sentences(p, segmenter()))


def test_a_sentence_over_a_page_break_is_two_fragments() -> None:
    text = "Whole. This goes over the\fpage break. Whole again.\fNew page."
    passages = tile(source(text), count=words, limit=80, target=80)
    found = [
        (text[s.tile.start : s.tile.end], s.fragment)
        for p in passages
        for s in sentences(p, segmenter())
    ]
    assert found == [
        ("Whole. ", False),
        ("This goes over the\f", True),
        ("page break. ", True),
        ("Whole again.\f", False),
        ("New page.", False),
    ]
