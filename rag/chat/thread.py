"""The conversation as HTML: questions with what came back for them. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.chat.cards import quote_card
from rag.chat.fragments import button, citation, count, escape, tag, words
from rag.chat.session import Turn
from rag.render.pieces import heading
from rag.types import Abstention, Answer, Hit, Quote, Result, Searched

IsKept = Callable[[str, Quote], bool]


def thread(turns: Sequence[Turn], is_kept: IsKept, current: tuple[int, int] | None = None) -> str:
    """All turns, oldest first. current: (turn, quote) that the source viewer shows."""
    return "".join(turn_card(turn, is_kept, current) for turn in turns)


def turn_card(turn: Turn, is_kept: IsKept, current: tuple[int, int] | None = None) -> str:
    """One question with what came back."""
    asked = tag("h2", tag("bdi", escape(turn.question)), class_="cv-question")
    if turn.result is None:
        body = failure(turn) if turn.problem else waiting()
    elif isinstance(turn.result, Answer):
        body = answer(turn, turn.result, is_kept, current)
    else:
        body = abstention(turn, turn.result)
    return tag(
        "section",
        asked + carried(turn) + body + readings(turn),
        class_="cv-turn",
        id=f"turn-{turn.number}",
        aria_label=f"Question {turn.number}",
    )


def carried(turn: Turn) -> str:
    """The terms of earlier turns that the question was read with, as chips one can remove."""
    result = turn.result
    if result is None or not (result.history or result.carried):
        return ""
    chips = "".join(
        tag(
            "li",
            tag("span", tag("bdi", escape(c.term)), title=c.reason)
            + button(
                "×", "drop", name=f"Ask without “{c.term}”", data_turn=turn.number, data_term=c.term
            ),
            class_="cv-chip",
        )
        for c in result.carried
    )
    label = "Read together with" if chips else "Read by itself"
    adder = tag(
        "form",
        tag(
            "input",
            "",
            type="text",
            name="term",
            placeholder="add a term",
            maxlength=80,
            aria_label="Add a term to read this question with",
        ),
        class_="cv-add",
        data_act="term",
        data_turn=turn.number,
    )
    fresh = (
        button("Ask as a new question", "fresh", kind="cv-link", data_turn=turn.number)
        if chips
        else ""
    )
    return tag(
        "div",
        tag("span", label, class_="cv-carried-label") + tag("ul", chips + tag("li", adder)) + fresh,
        class_="cv-carried",
    )


def readings(turn: Turn) -> str:
    """The other readings of a pronoun that may mean one of two names, each with its quotes."""
    return "".join(
        _reading(turn, i, other) for i, other in enumerate(turn.readings) if other != turn.result
    )


def _reading(turn: Turn, index: int, other: Result) -> str:
    terms = ", ".join(f"“{c.term}”" for c in other.carried)
    head = tag("p", "Read with " + tag("bdi", escape(terms)) + " instead:", class_="cv-dim")
    quotes = other.quotes if isinstance(other, Answer) else ()
    rows = "".join(
        tag(
            "li",
            tag("blockquote", words(q.place, q.highlight), class_="cv-words-block cv-quiet")
            + tag("p", tag("cite", tag("bdi", escape(citation(q.place, q.paragraph))))),
            class_="cv-cite",
        )
        for q in quotes
    )
    ask = button(
        "Ask it this way", "reading", kind="cv-link", data_turn=turn.number, data_reading=index
    )
    return tag("div", head + tag("ul", rows) + ask, class_="cv-other-reading")


def answer(turn: Turn, result: Answer, is_kept: IsKept, current: tuple[int, int] | None) -> str:
    """The quotes of an answer, best first."""
    cards = "".join(
        quote_card(turn, i, q, kept=is_kept(turn.library, q), shown=current == (turn.number, i))
        for i, q in enumerate(result.quotes)
    )
    total = len(result.quotes)
    frame = (
        f"{count(total, 'quote')} from {count(len({q.source.id for q in result.quotes}), 'source')}"
    )
    more = (
        ""
        if turn.every
        else button("Every passage that says this", "every", kind="cv-link", data_turn=turn.number)
    )
    foot = tag(
        "p",
        tag("span", f"{frame}. {searched(result.searched)}") + more,
        class_="cv-foot",
    )
    return tag("ol", cards, class_="cv-quotes") + foot


def searched(what: Searched) -> str:
    """What was searched, as a frame."""
    text = f"Searched {count(what.sources, 'source')}, {count(what.passages, 'passage')}"
    if what.filters:
        text += " (filtered)"
    if what.unreadable:
        text += f"; {count(len(what.unreadable), 'file')} could not be read"
    return text + "."


def abstention(turn: Turn, result: Abstention) -> str:
    """No quote was sure enough: the reason, what was searched, the nearest passages folded."""
    unknown = ""
    if result.unknown_words:
        listed = ", ".join(f"“{word}”" for word in result.unknown_words)
        unknown = tag(
            "p", f"Nowhere in these sources: {tag('bdi', escape(listed))}", class_="cv-dim"
        )
    near = "".join(tag("li", _near(turn, i, hit)) for i, hit in enumerate(result.nearest))
    folded = (
        tag(
            "details",
            tag(
                "summary",
                f"Nearest {count(len(result.nearest), 'passage')}, to judge for yourself",
            )
            + tag("ol", near),
            class_="cv-near",
        )
        if near
        else ""
    )
    body = (
        tag("p", escape(heading(result)), class_="cv-none")
        + tag("p", escape(result.reason), class_="cv-reason")
        + unknown
        + tag("p", searched(result.searched), class_="cv-dim")
        + folded
    )
    return tag("div", body, class_="cv-abstention", data_kind="abstention")


def _near(turn: Turn, index: int, hit: Hit) -> str:
    passage = hit.passage
    where = citation(passage.place, passage.paragraph)
    return button(where, "near", kind="cv-link", data_turn=turn.number, data_hit=index) + tag(
        "blockquote", words(passage.place), class_="cv-words-block cv-quiet"
    )


def failure(turn: Turn) -> str:
    """A failure, which never looks like an abstention."""
    body = tag("p", "This question could not be put to the sources.", class_="cv-none") + tag(
        "p", escape(turn.problem), class_="cv-reason"
    )
    again = button("Try again", "again", data_turn=turn.number)
    return tag("div", body + again, class_="cv-failure", role="alert", data_kind="failure")


def waiting() -> str:
    """What stands under a question while it is asked."""
    return tag("div", "<i></i><i></i><i></i>", class_="cv-waiting", aria_hidden="true")


def welcome(examples: Sequence[str], sources: int, passages: int) -> str:
    """What one sees before the first question."""
    buttons = "".join(
        tag("li", button(question, "example", kind="cv-example", data_text=question))
        for question in examples
    )
    lead = (
        tag("p", "Ask your documents.", class_="cv-lead")
        + tag(
            "p",
            "Every answer is made of their own words, each with its source and place. "
            "Where no quote is sure enough, the closest passages are yours to judge.",
            class_="cv-sub",
        )
        + tag(
            "p",
            f"{count(sources, 'source')}, {count(passages, 'passage')} at hand.",
            class_="cv-dim",
        )
    )
    listed = tag("ul", buttons, class_="cv-examples", aria_label="Example questions")
    return tag("div", lead + (listed if buttons else ""), class_="cv-welcome")
