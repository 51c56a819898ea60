"""Widen or narrow a quote by a sentence, always along the sentences of its source."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from rag.chat.state.remembered import quotes_of
from rag.chat.state.shelves import Shelf
from rag.errors import UsageError
from rag.types import Answer, Place, Quote, Result, Span

By = Literal["wider-before", "wider-after", "narrower-first", "narrower-last"]
WAYS: tuple[By, ...] = ("wider-before", "wider-after", "narrower-first", "narrower-last")


def adjusted(result: Result, index: int, by: By, shelf: Shelf) -> Result:
    """The result with its quote ``index`` a sentence wider or narrower.

    The new quote carries no confidence: it was given for other words. Raises UsageError when there
    is no further sentence, when a page ends, when the quote would run into another one, or when the
    source has changed since it was quoted.
    """
    quotes = quotes_of(result)
    quote = quotes[index]
    if shelf.library.source(quote.source.id).sha256 != quote.source.sha256:
        raise UsageError("the source has changed since; ask again to widen the quote")
    span = _moved(quote, by, shelf)
    keeps = quote.highlight is not None and span.contains(quote.highlight)
    changed = Quote(
        place=Place(quote.source, span),
        paragraph=shelf.passage_at(quote.source.id, span.start).paragraph,
        highlight=quote.highlight if keeps else None,
        caution=quote.caution,
        fragment=quote.fragment,
    )
    for i, other in enumerate(quotes):
        if i != index and other.source.id == quote.source.id and other.span.overlaps(span):
            raise UsageError(f"the next sentence is already quote {i + 1}")
    moved = (*quotes[:index], changed, *quotes[index + 1 :])
    if isinstance(result, Answer):
        return replace(result, quotes=moved)
    return replace(result, candidates=moved)


def _moved(quote: Quote, by: By, shelf: Shelf) -> Span:
    sentences = _sentences(quote, shelf)
    span = quote.span
    if by.startswith("wider"):
        return _wider(quote, by, sentences)
    inside = [s for s in sentences if span.contains(s)]
    if len(inside) < 2:
        raise UsageError("the quote is a single sentence; it cannot be narrowed")
    if by == "narrower-first":
        return Span(inside[1].start, span.end)
    return Span(span.start, inside[-2].end)


def _wider(quote: Quote, by: By, sentences: list[Span]) -> Span:
    span, source = quote.span, quote.source
    if by == "wider-before":
        earlier = [s for s in sentences if s.end <= span.start]
        if not earlier:
            raise UsageError("the source begins here")
        wide = Span(earlier[-1].start, span.end)
    else:
        later = [s for s in sentences if s.start >= span.end]
        if not later:
            raise UsageError("the source ends here")
        wide = Span(span.start, later[0].end)
    if source.page_at(wide.start) != source.page_at(wide.end - 1):
        raise UsageError("the page ends here; a quote stays on its page")
    return wide


def _sentences(quote: Quote, shelf: Shelf) -> list[Span]:
    """Inner spans of the sentences around a quote, headings left out, ascending."""
    passages = shelf.library.passages(quote.source.id)
    touched = [i for i, p in enumerate(passages) if p.span.overlaps(quote.span)]
    # A heading or an empty tile may stand between the quote and its neighbour: look a few further.
    near = passages[max(0, touched[0] - 3) : touched[-1] + 4]
    return [
        sentence.inner
        for passage in near
        for sentence in shelf.library.sentences(passage)
        if sentence.inner is not None and not sentence.heading
    ]
