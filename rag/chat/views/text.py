"""Text of sources as HTML: every character escaped, the text content exactly the source's.

``marked`` is the one way in which the words of a source reach the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from markupsafe import Markup

from rag.render.citation import citation as cite
from rag.render.escape import escape
from rag.types import Place, Searched, Source, Span

Mark = tuple[Span, str]
"""A span of a source, in source offsets, and the tag that marks it (with its attributes)."""


def escaped(text: str) -> Markup:
    """Text as mark-up whose text content is that text (see ``rag.render.escape``)."""
    return Markup(escape(text))


def marked(source: Source, span: Span, marks: Iterable[Mark] = ()) -> Markup:
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
    return Markup("".join(parts))


def _clip(span: Span, marks: Iterable[Mark]) -> Iterator[Mark]:
    for mark, name in marks:
        if mark.overlaps(span):
            yield Span(max(mark.start, span.start), min(mark.end, span.end)), name


def words(place: Place, highlight: Span | None = None) -> Markup:
    """A place's words: exact text content, isolated from the direction of the text around it."""
    marks = [(highlight, "mark")] if highlight is not None else []
    inner = marked(place.source, place.span, marks)
    return Markup('<bdi class="cv-words" dir="auto">{}</bdi>').format(inner)


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


def confidence(probability: float) -> str:
    """A calibrated probability in one of three words."""
    steps = ((0.75, "very likely"), (0.5, "likely"))
    return next((word for least, word in steps if probability >= least), "possible")


def confidence_percent(probability: float) -> str:
    """What a calibrated probability says, with the number."""
    # 99.6 % must not be shown as certainty.
    percent = min(99, max(1, round(probability * 100)))
    return f"Estimated probability that this quote answers the question: {percent} %"


def searched(what: Searched) -> str:
    """What was searched, as a sentence."""
    text = f"Searched {count(what.sources, 'source')}, {count(what.passages, 'passage')}"
    if what.filters:
        text += " (filtered)"
    if what.unreadable:
        text += f"; {count(len(what.unreadable), 'file')} could not be read"
    return text + "."


def count(number: int, noun: str) -> str:
    """``1 source``, ``2,000 sources``."""
    return f"{number:,} {noun if number == 1 else noun + 's'}"
