"""Several texts as one: the chapters of a book, the parts of a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.extract.draft import Draft
from rag.types import Cell, Heading, Label, Mark, Row, Table


def joined(drafts: Sequence[Draft], separator: str = "\n\n") -> Draft:
    """The texts one after the other, with all that is said of their spans; title, metadata and
    notes are those of the first.
    """
    whole = replace(drafts[0])
    for draft in drafts[1:]:
        by = len(whole.text) + len(separator)
        whole.text += separator + draft.text
        whole.pages += tuple(start + by for start in draft.pages)
        whole.page_labels += draft.page_labels
        whole.headings += tuple(Heading(h.level, h.span.shift(by)) for h in draft.headings)
        whole.boilerplate += tuple(span.shift(by) for span in draft.boilerplate)
        whole.marks += tuple(Mark(m.kind, m.span.shift(by), m.note) for m in draft.marks)
        whole.labels += tuple(Label(p.span.shift(by), p.text) for p in draft.labels)
        whole.tables += tuple(_shifted(table, by) for table in draft.tables)
    return whole


def _shifted(table: Table, by: int) -> Table:
    return Table(
        tuple(tuple(span.shift(by) for span in heads) for heads in table.heads),
        tuple(
            Row(
                row.span.shift(by),
                tuple(Cell(c.span.shift(by), c.column, c.columns) for c in row.cells),
                tuple(span.shift(by) for span in row.labels),
            )
            for row in table.rows
        ),
        tuple(span.shift(by) for span in table.head_rows),
    )
