"""Readings to quotes: what is quoted, how much of it, and when nothing is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.answer import abstain, compose
from rag.answer.compose import NEW_WORDS
from rag.answer.units import TRUST
from rag.answer.verify import verify
from rag.errors import VerificationError
from rag.protocols import Reading
from rag.segment import segmenter, sentences
from rag.settings import Settings
from rag.types import (
    Also,
    Answer,
    Caution,
    Hit,
    Passage,
    Place,
    Quote,
    Searched,
    Sentence,
    Source,
    Span,
    digest,
)

SEGMENTER = segmenter()


def passages(text: str, id: str = "a.txt", pages: tuple[int, ...] = ()) -> list[Passage]:
    """A source with a passage per paragraph."""
    source = Source(id, text, digest(text), digest(text), id, "text/plain", "t", pages=pages)
    cuts = [0]
    while (cut := text.find("\n\n", cuts[-1])) >= 0:
        cuts.append(cut + 2)
    bounds = zip(cuts, [*cuts[1:], len(text)], strict=True)
    return [Passage(Place(source, Span(a, b)), i, i + 1) for i, (a, b) in enumerate(bounds)]


class Case:
    """Passages with the readings given to them, ready to be composed."""

    def __init__(self, *found: Passage) -> None:
        self.hits = [Hit(passage, 1.0) for passage in found]
        self.sentences: list[tuple[Sentence, ...]] = [sentences(p, SEGMENTER) for p in found]
        self.readings: list[Reading] = []

    def read(self, probability: float, answer: str = "", *relevances: float) -> Case:
        """A reading of the next passage; without relevances the answer's sentence alone counts."""
        index = len(self.readings)
        text = self.hits[index].passage.text
        span = Span(text.index(answer), text.index(answer) + len(answer)) if answer else None
        start = self.hits[index].passage.span.start
        tiles = [s.tile.shift(-start) for s in self.sentences[index] if s.inner and not s.heading]
        wanted = span or tiles[0]
        given = relevances or tuple(probability * tile.overlaps(wanted) for tile in tiles)
        self.readings.append(Reading(probability, probability, span, given))
        return self

    def quotes(
        self, question: str = "What?", threshold: float = 0.5, **more: object
    ) -> tuple[Quote, ...]:
        options = {"limit": 3, "calibrated": True, **more}
        return compose(
            question,
            self.hits,
            self.readings,
            self.sentences,
            threshold=threshold,
            **options,  # type: ignore[arg-type]
        )


def shown(quotes: Sequence[Quote]) -> list[str]:
    return [quote.text for quote in quotes]


def lights(quotes: Sequence[Quote]) -> list[str | None]:
    return [
        None if q.highlight is None else q.source.text[q.highlight.start : q.highlight.end]
        for q in quotes
    ]


MERGER = "The board met on Monday. Members did not approve the merger. The shares fell.\n"


def test_the_answer_is_its_whole_sentence_with_the_words_highlighted() -> None:
    quotes = Case(*passages(MERGER)).read(0.9, "on Monday").quotes()
    assert shown(quotes) == ["The board met on Monday."]
    assert lights(quotes) == ["on Monday"]
    assert quotes[0].confidence == 0.9


def test_approve_the_merger_cannot_be_had_without_its_negation() -> None:
    quotes = Case(*passages(MERGER)).read(0.9, "approve the merger").quotes()
    assert shown(quotes) == ["Members did not approve the merger."]
    assert lights(quotes) == ["did not approve the merger"]


def test_an_answer_over_two_sentences_is_one_quote() -> None:
    quotes = Case(*passages(MERGER)).read(0.9, "approve the merger. The shares").quotes()
    assert shown(quotes) == ["Members did not approve the merger. The shares fell."]


def test_without_answer_words_the_best_sentence_is_quoted_without_a_highlight() -> None:
    quotes = Case(*passages(MERGER)).read(0.9, "", 0.1, 0.2, 0.9).quotes(calibrated=False)
    assert shown(quotes) == ["The shares fell."]
    assert lights(quotes) == [None]
    assert quotes[0].confidence is None


def test_answer_words_in_a_sentence_of_little_relevance_are_not_followed() -> None:
    for relevance, expected in (
        (0.9 * TRUST, "The board met on Monday."),
        (0.1, "The shares fell."),
    ):
        quotes = Case(*passages(MERGER)).read(0.9, "on Monday", relevance, 0.0, 0.9).quotes(limit=1)
        assert shown(quotes) == [expected]
        assert lights(quotes) == ["on Monday" if relevance > 0.1 else None]


FAQ = "How is the fee paid? The fee is paid by card. Cash is refused.\n"


def test_a_question_in_a_source_is_quoted_with_what_follows_it_or_not_at_all() -> None:
    case = Case(*passages(FAQ)).read(0.9, "", 0.9, 0.2, 0.1)
    for widen in (True, False):
        (quote,) = case.quotes("How is the fee paid?", widen=widen)
        assert quote.text == "How is the fee paid? The fee is paid by card."
        assert quote.confidence == 0.9
    assert Case(*passages("Who pays? And when?\n")).read(0.9, "", 0.9, 0.9).quotes() == ()
    low = Case(*passages("Card or cash. Who pays?\n")).read(0.9, "", 0.4, 0.9)
    assert low.quotes() == ()
    assert shown(low.quotes(threshold=0.4)) == ["Card or cash."]


def test_a_question_that_holds_the_answer_words_may_be_quoted() -> None:
    text = "Was it not the Rome Statute that set up the court? Some forget.\n"
    quotes = Case(*passages(text)).read(0.9, "the Rome Statute").quotes()
    assert shown(quotes) == ["Was it not the Rome Statute that set up the court?"]


def test_below_the_threshold_nothing_is_quoted() -> None:
    case = Case(*passages(MERGER)).read(0.49, "on Monday")
    assert case.quotes() == ()
    assert shown(case.quotes(threshold=0.49)) == ["The board met on Monday."]
    assert Case().quotes() == ()


def test_the_highest_score_decides_and_leads() -> None:
    case = Case(*passages("The board met on Monday.\n\nShares fell in June.\n"))
    case.read(0.9, "on Monday").read(0.6, "in June")
    case.readings[1] = Reading(5.0, 0.6, case.readings[1].answer, (0.6,))
    assert shown(case.quotes())[0] == "Shares fell in June."
    assert case.quotes(threshold=0.7) == ()


TITANIC = [
    *passages("The American inquiry counted 1,517 dead.\n", "senate.txt"),
    *passages("The British inquiry counted 1,490 dead.\n", "british.txt"),
    *passages("Lifeboats held 1,178 people.\n", "boats.txt"),
]


def test_a_second_source_is_quoted_when_it_is_close_enough_and_only_then() -> None:
    for second, count in ((0.9 * Settings().close, 2), (0.9 * Settings().close - 0.01, 1)):
        case = Case(*TITANIC).read(0.9, "1,517").read(second, "1,490").read(0.1, "1,178")
        quotes = case.quotes("How many died?")
        assert lights(quotes) == ["1,517", "1,490"][:count]


def test_a_further_quote_must_reach_the_threshold_and_the_limit_holds() -> None:
    case = Case(*TITANIC).read(0.6, "1,517").read(0.55, "1,490").read(0.5, "1,178")
    assert len(case.quotes(threshold=0.58)) == 1
    assert len(case.quotes(limit=2)) == 2
    assert len(case.quotes(limit=3)) == 3


def test_the_same_answer_of_one_source_is_quoted_once() -> None:
    text = "The court sits in The Hague.\n\nIts seat, by treaty, remains The Hague.\n"
    quotes = Case(*passages(text)).read(0.9, "The Hague").read(0.9, "The Hague").quotes()
    assert shown(quotes) == ["The court sits in The Hague."]


def test_two_parts_of_an_answer_in_one_source_are_two_quotes() -> None:
    text = "France sent ten ships.\n\nWeather was mild.\n\nSpain sent twelve galleons.\n"
    case = Case(*passages(text)).read(0.9, "ten ships").read(0.0).read(0.85, "twelve galleons")
    assert shown(case.quotes("Who sent what?")) == [
        "France sent ten ships.",
        "Spain sent twelve galleons.",
    ]


def test_neighbours_that_both_answer_are_one_quote() -> None:
    text = "France sent ten ships. Spain sent twelve galleons. Weather was mild.\n"
    quotes = Case(*passages(text)).read(0.9, "ten ships", 0.9, 0.85, 0.1).quotes("Who sent what?")
    assert shown(quotes) == ["France sent ten ships. Spain sent twelve galleons."]
    assert lights(quotes) == ["ten ships"]


def test_a_sentence_that_adds_no_words_is_not_quoted() -> None:
    assert 0 < NEW_WORDS < 1
    text = "France sent ten ships.\n\nFrance sent ten big ships.\n"
    quotes = Case(*passages(text)).read(0.9, "").read(0.9, "").quotes("How many ships?")
    assert len(quotes) == 1


def test_a_pronoun_takes_in_the_sentence_before_unless_widening_is_off() -> None:
    text = "Smith led the inquiry. He found no fault.\n"
    case = Case(*passages(text)).read(0.9, "no fault")
    assert shown(case.quotes()) == ["Smith led the inquiry. He found no fault."]
    narrow = case.quotes(widen=False)
    assert shown(narrow) == ["He found no fault."]
    assert [c.code for c in narrow[0].caution] == ["points-back"]


def test_no_quote_runs_over_a_page() -> None:
    text = "The board met on Monday.\fThe shares fell in June.\n"
    found = passages(text, pages=(0, text.index("\f") + 1))
    case = Case(*found)
    case.sentences = [
        (
            Sentence(Span(0, 25), Span(0, 24)),
            Sentence(Span(25, len(text)), Span(25, len(text) - 1)),
        )
    ]
    for answer in ("on Monday.\fThe shares fell", "on Monday"):
        quotes = case.read(0.9, answer, 0.9, 0.9).quotes()
        case.readings.clear()
        assert all("\f" not in text for text in shown(quotes))
        assert {q.place.page for q in quotes} <= {1, 2}


def test_the_same_words_elsewhere_are_further_places_not_quotes() -> None:
    found = [
        *passages("The board met on Monday.\n\nThe board met on Monday.\n"),
        *passages("Intro.\n\nThe board  met on Monday!\n", "b.txt"),
    ]
    case = (
        Case(*found).read(0.9, "on Monday").read(0.9, "on Monday").read(0.0).read(0.9, "on Monday")
    )
    (quote,) = case.quotes()
    assert [(a.place.source.id, a.kind, a.place.text) for a in quote.also] == [
        ("a.txt", "identical", "The board met on Monday."),
        ("b.txt", "same words", "The board  met on Monday!"),
    ]


def test_sources_beyond_the_hits_are_searched_for_the_same_words() -> None:
    other = passages("Before.\nThe board met on Monday.\n", "far.txt")[0].source
    case = Case(*passages(MERGER)).read(0.9, "on Monday")
    (quote,) = case.quotes(candidates=lambda place: [other], paragraph=lambda s, o: 42)
    assert [(a.place.source.id, a.place.span, a.paragraph) for a in quote.also] == [
        ("far.txt", Span(8, 32), 42)
    ]
    assert quote.paragraph == 1


def test_a_cut_sentence_is_marked_as_a_fragment() -> None:
    case = Case(*passages("The board met on Monday.\n"))
    case.sentences = [(Sentence(Span(0, 25), Span(0, 24), fragment=True),)]
    (quote,) = case.read(0.9, "on Monday").quotes()
    assert quote.fragment
    assert "fragment" in [c.code for c in quote.caution]


def test_headings_are_never_quoted() -> None:
    case = Case(*passages("Heading\nThe board met.\n"))
    case.sentences = [
        (Sentence(Span(0, 8), Span(0, 7), heading=True), Sentence(Span(8, 23), Span(8, 22)))
    ]
    assert shown(case.read(0.9, "Heading", 0.9).quotes()) == ["The board met."]


def test_readings_that_do_not_fit_are_refused() -> None:
    case = Case(*passages(MERGER))
    with pytest.raises(ValueError, match="1 hits, 0 readings"):
        case.quotes()
    with pytest.raises(ValueError, match="1 relevances for 3 sentences"):
        case.read(0.9, "", 0.9).quotes()


def test_an_abstention_says_the_same_each_time() -> None:
    case = Case(*passages(MERGER))
    made = [abstain("q?", Searched(1, 1), case.hits * 4, unknown_words=("z",)) for _ in range(2)]
    assert made[0] == made[1]
    assert len(made[0].nearest) == 3
    reasons = {
        abstain("q?", Searched(1, 1), case.hits).reason,
        abstain("q?", Searched(1, 1)).reason,
        abstain("q?", Searched(0, 0)).reason,
        abstain("q?", Searched(1, 1), case.hits, candidates=case.read(0.9, "on").quotes()).reason,
    }
    assert len(reasons) == 4


# --- the gate: each planted fault is refused ------------------------------------------------------


def forged(**changes: object) -> Quote:
    """A quote whose checks were bypassed, as a bug would."""
    quote = Case(*passages(MERGER)).read(0.9, "on Monday").quotes()[0]
    for name, value in changes.items():
        object.__setattr__(quote, name, value)
    return quote


def answer(*quotes: Quote) -> Answer:
    made = object.__new__(Answer)
    values = {"question": "q", "quotes": quotes, "hits": (), "searched": Searched(1, 1)}
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made


SOURCE = passages(MERGER)[0].source
COPY = passages("The board met on Monday. More.", "b.txt")[0].source


def bypassed(source: Source, start: int, end: int) -> Place:
    place, span = object.__new__(Place), object.__new__(Span)
    object.__setattr__(span, "start", start)
    object.__setattr__(span, "end", end)
    object.__setattr__(place, "source", source)
    object.__setattr__(place, "span", span)
    return place


def altered_source() -> Source:
    made = passages(MERGER)[0].source
    object.__setattr__(made, "text", MERGER.replace("Monday", "Sunday"))
    return made


FAULTS = {
    "leaves the text": forged(place=bypassed(SOURCE, 70, 999), highlight=None),
    "is empty": forged(place=bypassed(SOURCE, 5, 5), highlight=None),
    "starts before the text": forged(place=bypassed(SOURCE, -3, 5), highlight=None),
    "is white space": forged(place=bypassed(SOURCE, 3, 4), highlight=None),
    "highlight outside": forged(highlight=Span(24, 30)),
    "highlight of white space": forged(highlight=Span(3, 4)),
    "text altered": forged(place=bypassed(altered_source(), 0, 24)),
    "not identical there": forged(also=(Also(Place(COPY, Span(0, 20)), 1, "identical"),)),
    "identical called same words": forged(also=(Also(Place(COPY, Span(0, 24)), 1, "same words"),)),
    "a further place twice": forged(also=(Also(Place(COPY, Span(0, 24)), 1, "identical"),) * 2),
    "itself as a further place": forged(also=(Also(Place(SOURCE, Span(0, 24)), 1, "identical"),)),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_gate_refuses(name: str) -> None:
    lookup = {"a.txt": SOURCE, "b.txt": COPY}.__getitem__
    with pytest.raises(VerificationError):
        verify(answer(FAULTS[name]), lookup)


def test_a_source_altered_in_place_does_not_match_its_digest() -> None:
    altered = altered_source()
    quote = forged(place=bypassed(altered, 0, 24), highlight=None)
    with pytest.raises(VerificationError, match="does not match its digest"):
        verify(answer(quote), {"a.txt": altered}.__getitem__)


def test_the_gate_refuses_answers_that_do_not_fit_the_library() -> None:
    good = forged()
    lookup = {"a.txt": SOURCE}.__getitem__
    verify(answer(good), lookup)
    wrong = {
        "no longer the text": (
            answer(good),
            {"a.txt": passages(MERGER + "x")[0].source}.__getitem__,
        ),
        "no source": (answer(good), {}.__getitem__),
        "gave 'b.txt'": (answer(good), lambda id: COPY),
        "overlap": (answer(good, forged(caution=(Caution("x", "y"),))), lookup),
        "without a quote": (answer(), lookup),
        "neither": ("text", lookup),
    }
    for message, (result, held) in wrong.items():
        with pytest.raises(VerificationError, match=message):
            verify(result, held)  # type: ignore[arg-type]


# --- what is never quoted by itself ---------------------------------------------------------------


@pytest.mark.parametrize("label", ["**Organ donors**", "[Donor leave](https://example.org/leave)"])
def test_a_label_or_a_link_alone_is_never_quoted(label: str) -> None:
    case = Case(*passages(label)).read(0.9, "", 0.9)
    assert shown(case.quotes(threshold=0.1, limit=1)) == []
    assert shown(Case(*passages("It is open.")).read(0.9).quotes(threshold=0.1)) == ["It is open."]


def test_a_lead_in_without_items_is_never_quoted() -> None:
    text = "Ask first. You can take leave for:"
    case = Case(*passages(text)).read(0.9, "", 0.2, 0.9)
    assert shown(case.quotes(threshold=0.1, limit=1, widen=False)) == ["Ask first."]
