"""What stands above a passage and is read with it: who speaks, a list's lead-in, a table's heads.

Context is embedded, read and cited; it is never part of a quote.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.segment.lists import listing_of, may_be_item
from rag.types import Source, Span, Table, ink

_MOST_HEADS = 300  # code points of a table's heads
_MOST_LEAD = 160  # code points of what announces a list


def context(source: Source, span: Span) -> tuple[str, ...]:
    """Who speaks the words of a span, what announces the list it starts in, and the heads of the
    table rows in it; less what the span itself holds.
    """
    text = source.text[span.start : span.end]
    said = (m.note for m in source.marks_in(span) if m.kind == "said" and m.note)
    speakers = [name for name in dict.fromkeys(said) if name not in text]
    return (*speakers[:1], *_lead_in(source, span), *_heads(source, span))


def _lead_in(source: Source, span: Span) -> Iterator[str]:
    core = ink(source.text, span.start, span.end)
    if core is None or not may_be_item(source, core):
        return
    listing = listing_of(source, core.start)
    if listing is not None and not span.contains(listing.lead):
        lead = source.text[listing.lead.start : listing.lead.end]
        yield " ".join(lead.split()).rstrip(":")[-_MOST_LEAD:]


def _heads(source: Source, span: Span) -> Iterator[str]:
    for table in source.tables_in(span):
        names = [source.text[s.start : s.end] for s in _outside(table, span)]
        joined = ", ".join(" ".join(name.split()) for name in names)
        if joined:
            yield joined if len(joined) <= _MOST_HEADS else joined[:_MOST_HEADS].rsplit(",", 1)[0]


def _outside(table: Table, span: Span) -> dict[Span, None]:
    """Labels and column heads of the rows that meet the span, and do not stand in it."""
    spans = [label for row in table.rows_in(span) for label in row.labels]
    spans += [head for column in table.heads for head in column]
    return {s: None for s in spans if not span.contains(s)}
