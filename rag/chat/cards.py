"""A quote card as HTML: the words, their place, how sure, and what can be done. Pure functions."""

from __future__ import annotations

from typing import TypedDict

from rag.chat.fragments import button, citation, confidence, count, escape, tag, words
from rag.chat.session import Turn
from rag.render.citation import citation as cite
from rag.types import Also, Quote


class At(TypedDict):
    """Which quote of which turn a button is about."""

    data_turn: int
    data_quote: int


SAME = {"identical": "the same words", "same words": "the same words, other punctuation"}


def quote_card(turn: Turn, index: int, quote: Quote, *, kept: bool, shown: bool) -> str:
    """One quote: its words, where they stand, how sure, where else, why to be careful."""
    number = index + 1
    place = citation(quote.place, quote.paragraph)
    at = At(data_turn=turn.number, data_quote=index)
    block = tag("blockquote", words(quote.place, quote.highlight), class_="cv-words-block")
    line = tag(
        "p",
        tag("span", str(number), class_="cv-number", aria_hidden="true")
        + tag("cite", tag("bdi", escape(place)), title=str(cite(quote.place, quote.paragraph)))
        + sure(quote),
        class_="cv-cite",
    )
    card = tag(
        "article",
        block + line + also(quote, at) + cautions(quote) + actions(quote, at, number, kept=kept),
        class_="cv-card" + (" cv-shown" if shown else ""),
        tabindex=0,
        aria_label=f"Quote {number}, {place}",
        aria_current="true" if shown else None,
        data_source=quote.source.id,
        data_start=quote.span.start,
        data_end=quote.span.end,
        data_copy=f"“{quote.text}” ({cite(quote.place, quote.paragraph)})",
        **at,
    )
    return tag("li", card)


def sure(quote: Quote) -> str:
    """The confidence of a quote in words and number, or nothing where none was calibrated."""
    text = confidence(quote.confidence)
    if not text:
        return ""
    return tag(
        "span",
        escape(text),
        class_="cv-sure",
        title="Estimated probability that this quote answers the question",
    )


def also(quote: Quote, at: At) -> str:
    """Further places with the same words, each with its own slice."""
    if not quote.also:
        return ""
    rows = "".join(tag("li", _also_row(i, other, at)) for i, other in enumerate(quote.also))
    head = f"Also in {count(len(quote.also), 'other place')}"
    return tag("details", tag("summary", head) + tag("ul", rows), class_="cv-also")


def _also_row(i: int, other: Also, at: At) -> str:
    where = citation(other.place, other.paragraph)
    shown = words(other.place) if other.kind != "identical" else ""
    return (
        button(where, "also", kind="cv-link", data_also=i, **at)
        + tag("span", SAME[other.kind], class_="cv-dim")
        + shown
    )


def cautions(quote: Quote) -> str:
    """Reasons to read around the quote."""
    reasons = [c.reason for c in quote.caution]
    if quote.fragment:
        reasons.append("The sentence is longer than is read at once; this is a part of it.")
    if not reasons:
        return ""
    items = "".join(tag("li", escape(reason)) for reason in reasons)
    return tag("ul", items, class_="cv-caution", aria_label="Cautions")


def actions(quote: Quote, at: At, number: int, *, kept: bool) -> str:
    """What can be done with a quote."""
    keep = "Kept" if kept else "Keep"
    row = (
        button("Show in source", "open", name=f"Show quote {number} in its source", **at)
        + button("Copy", "copy", name=f"Copy quote {number} with its citation", **at)
        + tag(
            "button",
            keep,
            type="button",
            class_="cv-act",
            data_act="keep",
            aria_pressed="true" if kept else "false",
            aria_label=f"Keep quote {number}",
            **at,
        )
    )
    sentence = (
        ("+ before", "wider-before", "Add the sentence before"),
        ("+ after", "wider-after", "Add the sentence after"),
        ("− first", "narrower-first", "Drop the first sentence"),
        ("− last", "narrower-last", "Drop the last sentence"),
    )
    more = "".join(
        button(label, "adjust", name=f"{name} (quote {number})", kind="cv-small", data_by=by, **at)
        for label, by, name in sentence
    )
    group = tag(
        "span", more, class_="cv-adjust", role="group", aria_label=f"Widen or narrow quote {number}"
    )
    return tag("div", row + group, class_="cv-actions")
