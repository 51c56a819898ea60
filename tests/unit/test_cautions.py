"""Safe in context: hand-made cases, half of which must not fire, and what widening mends."""

from __future__ import annotations

from collections import Counter

import pytest

from rag.answer.caution_rules import REASONS
from rag.answer.cautions import cautions, widen_highlight, widened
from rag.segment import segmenter, sentences
from rag.types import Heading, Passage, Place, Sentence, Source, Span, digest

# (the code that must be among the cautions, the text with the quote between double brackets)
FIRING = [
    # opens by pointing back
    ("points-back", "Smith led the inquiry. [[He found no fault with the crew.]]"),
    ("points-back", "The court sits in The Hague. [[It has eighteen judges.]]"),
    ("points-back", "The parties met in May. [[They signed the protocol.]]"),
    ("points-back", "Mary Jones chaired the panel. [[Her report runs to 400 pages.]]"),
    ("points-back", "The ship sank at night. [[This was the line's first loss.]]"),
    ("points-back", "Two duties were raised. [[These took effect in June.]]"),
    ("points-back", "The bill passed the house. [[However, the senate rejected it.]]"),
    ("points-back", "Costs rose by a third. [[Therefore the board cut the dividend.]]"),
    ("points-back", "The plant closed. [[As a result, 400 people lost their work.]]"),
    ("points-back", "The first test failed. [[But the second one succeeded.]]"),
    ("points-back", "Most members agreed. [[For example, Norway voted in favour.]]"),
    ("points-back", "The duty is ten per cent. [[In that case, a refund is due.]]"),
    ("points-back", "There were two bids. [[The latter was accepted.]]"),
    ("points-back", "Rain fell for a week. [[Because of this, the match was moved.]]"),
    ("points-back", "The treaty lapsed. [[Since then, no talks have been held.]]"),
    ("points-back", "The witness spoke first. [[“He never saw the ship,” the clerk noted.]]"),
    ("points-back", "A list was drawn up. [[Such goods are exempt.]]"),
    ("points-back", "Members may object. [[Otherwise the rule is adopted.]]"),
    # denied or negated just outside
    ("negated", "[[The board approved the merger in May.]] That is not true."),
    ("negated", "[[The vaccine causes the illness.]] This claim has been debunked many times."),
    ("negated", "[[The minister took the money.]] The minister denied the allegation."),
    ("negated", "[[Sales doubled last year.]] The company later retracted this."),
    ("negated", "The following statements are false: [[The moon is made of cheese.]]"),
    ("negated", "It is a myth, repeated often: [[Lemmings jump off cliffs.]]"),
    ("negated", "The report does not say the following: [[The captain was drunk.]]"),
    ("negated", "[[The ship was sunk by a torpedo.]] None of this is supported by the record."),
    ("negated", "[[All of the money was repaid.]] No, it was not."),
    ("negated", "[[The bridge was closed on Monday.]] The story was false."),
    # alleged, supposed, conditional
    ("hedged", "The indictment alleges three things: [[The director forged the accounts.]]"),
    ("hedged", "Suppose that the vote had gone the other way. [[The treaty would be dead.]]"),
    ("hedged", "[[The fund is insolvent.]] Allegedly."),
    ("hedged", "[[The two firms have agreed a price.]] This has not been confirmed."),
    ("hedged", "[[A licence is granted at once.]] If the applicant pays the fee."),
    ("hedged", "Rumours spread that night: [[The king had fled to the coast.]]"),
    ("hedged", "Imagine a world without the court. [[Every crime goes unpunished.]]"),
    # a question before it
    ("question", "Did the board approve the merger? [[In May, by nine votes to two.]]"),
    ("question", "Is the rule in force? [[Only in part.]]"),
    ("question", "Who owns the wreck? [[Nobody, in the view of most lawyers.]]"),
    # given as what somebody said
    ("attributed", "According to the trade union: [[The strike was lawful.]]"),
    ("attributed", "In a letter the owner stated: [[The ship carried enough boats.]]"),
    ("attributed", "[[The tax will fall next year.]] So says the minister."),
    ("attributed", "[[The order protects allies.]] This is what the White House claims."),
    ("attributed", "The chairman told reporters: [[The talks have ended.]]"),
    # inside a quotation
    ("quotation", "The judge wrote: “The duty is clear. [[The master broke it.]] He knew.”"),
    ("quotation", '"We lost the case. [[The appeal will succeed."]]'),
    ("quotation", "“We will fight. [[The order is an outrage.]] We shall win,” the envoy said."),
    ("quotation", "> [[The order imposes duties on all members.]]"),
    ("quotation", "Jones: «All is lost. [[The fleet has surrendered.]] Farewell.»"),
    ("quotation", "“The first paragraph runs on. [[The speaker is not named here.]]"),
    ("quotation", '[["The sea was as calm as a pond."]] The lookout said no more.'),
    # cut by a wrong sentence end
    ("continues", "The board, advised by Messrs.\n[[approve the merger under protest.]]"),
    ("continues", "The board did not\n[[approve the merger.]]"),
]

SILENT = [
    # openings that point at nothing before them
    "The sea was calm. [[It is known that ice had drifted south.]]",
    "The sea was calm. [[It was not until 1985 that the wreck was found.]]",
    "Prices rose. [[It rained for forty days in the valley.]]",
    "Prices rose. [[It takes nine votes to adopt a rule.]]",
    "The rules changed. [[Those who were born abroad may apply.]]",
    "The rules changed. [[This agreement enters into force on 1 July.]]",
    "The rules changed. [[This section applies to ships of every kind.]]",
    "The rules changed. [[However hard the crew worked, the water rose.]]",
    "The rules changed. [[So far, 124 states have joined the court.]]",
    "The rules changed. [[His Majesty opened the session in person.]]",
    "The rules changed. [[Besides the captain, four officers had charts.]]",
    "The rules changed. [[In addition to the fine, a ban was imposed.]]",
    "The rules changed. [[Also known as the hull, the body of a ship floats.]]",
    "The rules changed. [[IT departments keep the records for ten years.]]",
    "The rules changed. [[That the ship had enough boats was never argued.]]",
    "The rules changed. [[Then-president Taft lost a friend on board.]]",
    "The rules changed. [[Under this Act a licence is needed.]]",
    "The rules changed. [[Instead of a fine, the court gave a warning.]]",
    "The rules changed. [[Still waters run deep in the fjord.]]",
    "The rules changed. [[Theirry Breton led the talks.]]",
    "The rules changed. [[Italy signed in 1998.]]",
    "The rules changed. [[Heathrow handled eighty million passengers.]]",
    "The rules changed. [[Button sales rose by a third.]]",
    "The rules changed. [[Soap was rationed until 1950.]]",
    "The rules changed. [[Andorra joined the court in 2002.]]",
    # neighbours that do not govern
    "The board did not meet in April. [[The board approved the merger in May.]]",
    "Nobody was hurt. [[The bridge was closed for a week.]]",
    "[[The board approved the merger.]] The chairman did not attend.",
    "[[The court was founded in 2002.]] No state has left since 2019.",
    "[[Sales doubled last year.]] The company denied entry to reporters.",
    "If the vote had failed, the firm would have closed. [[The vote passed.]]",
    "[[The fee is ten euros.]] If the form is late, the fee doubles.",
    "[[The vote passed.]] Perhaps the next one will not.",
    "The court has three organs: [[The Presidency, the Chambers and the Registry.]]",
    "The fee covers not only postage but also the following: [[A copy of the map.]]",
    "[[Is the rule in force?]] The clerk did not know.",
    "The minister spoke for an hour. [[The tax will fall next year.]]",
    "[[The tax will fall next year.]] The minister said the cut would cost a billion.",
    "[[The tax will fall next year.]] According to the plan, the cut costs a billion.",
    "The question was put to a vote. [[The motion was carried.]]",
    # quotations that are closed, or name their speaker inside
    "“We lost,” the envoy said. [[The appeal was filed on Monday.]]",
    'The film "Ice" opened in May. [[The reviews were poor.]]',
    "[[The judge wrote: “The duty is clear.”]] The master appealed.",
    "[[“We lost the case,” the envoy said on Friday.]] The appeal was filed.",
    'The hole was 6" wide. [[The plate was replaced in dock.]]',
    "The so-called “practical” ship was new. [[The crew had joined in Belfast.]]",
    "The rock 'n' roll years ended. [[The hall was sold in 1971.]]",
    # sentence ends that are right
    "The firm is owned by Smith & Co. [[The shares are not listed.]]",
    "The list follows. [[1. The first organ is the Presidency.]]",
    "iPhones were sold out. [[eBay listed hundreds of them.]]",
]


def quoted(marked: str, *, headings: tuple[str, ...] = ()) -> tuple[Source, Span, list[Sentence]]:
    """The source, the quote's span and the sentences of one passage."""
    start, end = marked.index("[["), marked.index("]]") - 2
    text = marked.replace("[[", "").replace("]]", "")
    found = tuple(Heading(2, Span(text.index(h), text.index(h) + len(h))) for h in headings)
    source = Source(
        "a.txt", text, digest(text), digest(text), "A", "text/plain", "t", headings=found
    )
    whole = Passage(Place(source, Span(0, len(text))), 0, 1)
    return source, Span(start, end), list(sentences(whole, segmenter()))


def codes(marked: str, **more: tuple[str, ...]) -> set[str]:
    return {caution.code for caution in cautions(*quoted(marked, **more))}


def test_there_are_enough_cases_and_half_of_them_are_silent() -> None:
    assert len(FIRING) + len(SILENT) >= 100
    assert len(SILENT) >= 50
    assert set(Counter(code for code, _ in FIRING)) | {"fragment"} == set(REASONS)


@pytest.mark.parametrize(("code", "marked"), FIRING)
def test_what_misleads_is_flagged(code: str, marked: str) -> None:
    assert code in codes(marked)


@pytest.mark.parametrize("marked", SILENT)
def test_what_stands_alone_is_left_alone(marked: str) -> None:
    assert codes(marked) == set()


WIDENED = [
    "Smith led the inquiry. [[He found no fault with the crew.]]",
    "[[The board approved the merger in May.]] That is not true.",
    "Did the board approve the merger? [[In May, by nine votes to two.]]",
    "[[The tax will fall next year.]] So says the minister.",
    "[[A licence is granted at once.]] If the applicant pays the fee.",
    "The board did not [[approve the merger.]]",
    "The owner stated in a letter: [[The ship carried enough boats.]]",
    "“We will fight,” said the envoy. [[“The order is an outrage.”]]",
]


@pytest.mark.parametrize("marked", WIDENED)
def test_one_neighbour_mends_it(marked: str) -> None:
    source, span, tiles = quoted(marked)
    assert cautions(source, span, tiles) != ()
    wider = widened(source, span, tiles)
    assert wider == Span(0, len(source.text))
    assert not {c.code for c in cautions(source, wider, tiles)} & {c for c, _ in FIRING}


def test_widening_stops_at_paragraphs_pages_and_length() -> None:
    source, span, tiles = quoted("Smith led the inquiry.\n\n[[He found no fault.]]")
    assert widened(source, span, tiles) == span
    assert [c.code for c in cautions(source, span, tiles)] == ["points-back"]
    source, span, tiles = quoted(f"Smith led {'very ' * 150}long talks. [[He found no fault.]]")
    assert widened(source, span, tiles) == span
    source, span, tiles = quoted("Smith led the inquiry.\f[[He found no fault.]]")
    assert widened(source, span, tiles) == span


def test_a_chain_of_pronouns_is_widened_once_and_still_flagged_or_left() -> None:
    source, span, tiles = quoted("Smith sat. He listened. [[He found no fault.]]")
    assert widened(source, span, tiles) == span
    assert [c.code for c in cautions(source, span, tiles)] == ["points-back"]


def test_a_heading_that_calls_it_a_myth_governs_it() -> None:
    text = "Common myths\n\n[[The moon is made of cheese.]]"
    assert codes(text, headings=("Common myths",)) == {"negated"}
    assert codes(text.replace("myths", "foods"), headings=("Common foods",)) == set()


def test_a_list_under_a_denying_lead_in_is_flagged_item_by_item() -> None:
    text = "These claims are false:\n\n- The sea is sweet.\n- [[The moon is made of cheese.]]\n"
    assert "negated" in codes(text)
    assert codes(text.replace("claims are false", "are the topics of the day")) == {"list-item"}


HIGHLIGHTS = [
    ("The board [did not (approve the merger)].", "did not approve the merger"),
    ("The board [didn't (approve the merger)].", "didn't approve the merger"),
    (
        "The board [did not, in the end, (approve the merger)].",
        "did not, in the end, approve the merger",
    ),
    ("[Nobody on the board (approved the merger)].", "Nobody on the board approved the merger"),
    ("The board [refused to (approve the merger)].", "refused to approve the merger"),
    ("The board [denied that it (approved the merger)].", "denied that it approved the merger"),
    (
        "The board [never sold, merged or (closed the firm)].",
        "never sold, merged or closed the firm",
    ),
    ("He [allegedly (took the money)].", "allegedly took the money"),
    ("The board, which did not meet in April, (approved the merger).", "approved the merger"),
    ("He did not resign. The board (approved the merger).", "approved the merger"),
    ("The board did not wait but (approved the merger).", "approved the merger"),
    ("The board (approved the merger) and did not wait.", "approved the merger"),
]


@pytest.mark.parametrize(("marked", "expected"), HIGHLIGHTS)
def test_a_highlight_takes_in_the_negation_that_governs_it(marked: str, expected: str) -> None:
    bare = marked.replace("[", "").replace("]", "")
    start, end = bare.index("("), bare.index(")") - 1
    text = bare.replace("(", "").replace(")", "")
    source = Source("a.txt", text, digest(text), digest(text), "A", "text/plain", "t")
    light = widen_highlight(source, Span(0, len(text)), Span(start, end))
    assert text[light.start : light.end] == expected
