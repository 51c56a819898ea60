"""The gate before every exit: it raises, and never repairs.

What passes it: each source's text matches its digest and the text the library holds now; each
quote lies inside it, is not empty and overlaps no other quote of its source; each highlight lies
inside its quote; each further place holds what it is said to hold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.answer.same import same_kind
from rag.errors import VerificationError
from rag.types import Abstention, Answer, Place, Quote, Result, Source, digest, shown_quotes

Lookup = Callable[[str], Source]
"""Gives the source of an id as the library holds it; raises when there is none."""


def verify(result: Result, lookup: Lookup) -> None:
    """Check every place of ``result`` against the sources that ``lookup`` gives.

    Raises VerificationError naming the quote and what is wrong with it; what ``lookup`` raises for
    an unknown source passes through unless it is a KeyError, which becomes one too.
    """
    held: dict[str, str] = {}
    digested: set[int] = set()  # identities of the sources whose digest was taken

    def check(place: Place, name: str) -> None:
        if id(place.source) not in digested:
            _check_source(place.source, name)
            digested.add(id(place.source))
        _check_place(place, name, held, lookup)

    if not isinstance(result, Answer | Abstention):
        raise VerificationError(f"neither an answer nor an abstention: {type(result).__name__}")
    if isinstance(result, Answer) and not result.quotes:
        raise VerificationError("an answer without a quote")
    for number, quote in enumerate(shown_quotes(result), 1):
        check(quote.place, f"quote {number}")
        _check_quote(quote, f"quote {number}")
        for also in quote.also:
            check(also.place, f"a further place of quote {number}")
    hits = result.hits if isinstance(result, Answer) else result.nearest
    for number, hit in enumerate(hits, 1):
        check(hit.passage.place, f"passage {number} of those that were read")
    _check_disjoint(shown_quotes(result))


def _check_source(source: Source, name: str) -> None:
    if digest(source.text) != source.sha256:
        raise VerificationError(f"{name}: the text of {source.id!r} does not match its digest")


def _check_place(place: Place, name: str, held: dict[str, str], lookup: Lookup) -> None:
    source, span = place.source, place.span
    if source.id not in held:
        held[source.id] = _held_text(source.id, name, lookup)
    text = held[source.id]
    if source.text != text:
        raise VerificationError(
            f"{name}: {source.id!r} is no longer the text that was searched; ask again"
        )
    if not 0 <= span.start < span.end <= len(text):
        raise VerificationError(f"{name}: {span} lies outside {source.id!r} ({len(text)} long)")
    if place.text != text[span.start : span.end]:
        raise VerificationError(f"{name}: its text is not the slice of {source.id!r} at {span}")


def _held_text(id: str, name: str, lookup: Lookup) -> str:
    try:
        source = lookup(id)
    except KeyError as error:
        raise VerificationError(f"{name}: there is no source {id!r} in the library") from error
    if source.id != id:
        raise VerificationError(f"{name}: asked for {id!r}, the library gave {source.id!r}")
    return source.text


def _check_quote(quote: Quote, name: str) -> None:
    if not quote.text.strip():
        raise VerificationError(f"{name}: nothing but white space")
    if quote.highlight is not None:
        if not quote.span.contains(quote.highlight):
            raise VerificationError(f"{name}: the highlight {quote.highlight} leaves {quote.span}")
        if not quote.source.text[quote.highlight.start : quote.highlight.end].strip():
            raise VerificationError(f"{name}: the highlight is nothing but white space")
    places = [quote.place]
    for also in quote.also:
        if same_kind(quote.text, also.place.text) != also.kind:
            raise VerificationError(f"{name}: {also.place.source.id!r} is not {also.kind} there")
        if any(_meet(also.place, other) for other in places):
            raise VerificationError(f"{name}: a further place overlaps another")
        places.append(also.place)


def _check_disjoint(quotes: Sequence[Quote]) -> None:
    for i, quote in enumerate(quotes):
        for j, other in enumerate(quotes[:i]):
            if _meet(quote.place, other.place):
                raise VerificationError(f"quotes {j + 1} and {i + 1} overlap")


def _meet(one: Place, other: Place) -> bool:
    return one.source.id == other.source.id and one.span.overlaps(other.span)
