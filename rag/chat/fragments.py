"""Text to HTML for the chat: pure functions, every character of a document escaped.

The results are only ever the ``value`` of a ``gr.HTML`` with its default template. Never put them
into a template: a template is evaluated as JavaScript, and escaping does not help there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from rag.render.citation import citation as cite
from rag.render.escape import escape as escape
from rag.types import Place, Source, Span

Mark = tuple[Span, str]
"""A span of a source, in source offsets, and the tag that marks it (with its attributes)."""


def tag(name: str, content: str, /, **attributes: str | int | bool | None) -> str:
    """An element around finished HTML. ``class_`` is class, ``_`` in a name becomes ``-``.

    None and False leave an attribute out, True writes it without a value.
    """
    return f"<{name}{_attributes(attributes)}>{content}</{name}>"


def _attributes(attributes: dict[str, str | int | bool | None]) -> str:
    parts = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        parts.append(f" {key}" if value is True else f' {key}="{escape(str(value))}"')
    return "".join(parts)


def marked(source: Source, span: Span, marks: Iterable[Mark] = ()) -> str:
    """The text of ``span`` as HTML whose text content is exactly ``source.text[span]``.

    marks: nested or disjoint spans, outer before inner; each is clipped to ``span``.
    """
    clipped = list(_clip(span, marks))
    cuts = sorted({span.start, span.end, *(e for m, _ in clipped for e in (m.start, m.end))})
    parts: list[str] = []
    opened: list[Mark] = []
    for start, end in pairwise(cuts):
        while opened and opened[-1][0].end <= start:
            parts.append(f"</{opened.pop()[1].split()[0]}>")
        for mark in clipped:
            if mark[0].start == start:
                parts.append(f"<{mark[1]}>")
                opened.append(mark)
        parts.append(escape(source.text[start:end]))
    parts.extend(f"</{name.split()[0]}>" for _, name in reversed(opened))
    return "".join(parts)


def _clip(span: Span, marks: Iterable[Mark]) -> Iterator[Mark]:
    for mark, name in marks:
        if mark.overlaps(span):
            yield Span(max(mark.start, span.start), min(mark.end, span.end)), name


def words(place: Place, highlight: Span | None = None) -> str:
    """A place's words: exact text content, isolated from the direction of the text around it."""
    marks = [(highlight, "mark")] if highlight is not None else []
    return tag("bdi", marked(place.source, place.span, marks), class_="cv-words", dir="auto")


def citation(place: Place, paragraph: int) -> str:
    """Where a place is, short enough for a card: title, page or section, paragraph."""
    cited = cite(place, paragraph)
    where = [cited.title]
    if cited.page is not None:
        where.append(f"page\u00a0{cited.page}")
    elif cited.headings and cited.headings[-1] != cited.title:
        where.append(cited.headings[-1])
    where.append(f"paragraph\u00a0{paragraph}")
    return ", ".join(where)


def confidence(probability: float | None) -> str:
    """A calibrated probability in words and number; empty where nothing was calibrated."""
    if probability is None:
        return ""
    steps = ((0.9, "very likely"), (0.75, "likely"), (0.5, "more likely than not"))
    word = next((name for least, name in steps if probability >= least), "uncertain")
    # 99.6 % must not be shown as certainty.
    return f"{word}, {min(99, round(probability * 100))} %"


def count(number: int, noun: str) -> str:
    """``1 source``, ``2 sources``, with thin spaces no one has to parse: a comma for thousands."""
    return f"{number:,} {noun if number == 1 else noun + 's'}"


def button(label: str, act: str, /, *, name: str = "", kind: str = "", **data: str | int) -> str:
    """A button whose click reaches the server as ``act`` with its data (``data_turn=3``)."""
    return tag(
        "button",
        escape(label),
        type="button",
        class_=f"cv-act {kind}".strip(),
        aria_label=name or None,
        data_act=act,
        **data,
    )
