"""A source with one kind of line end: what is tiled, so that line ends never change the tiles."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from rag.extract.line_ends import LineEnds, moved
from rag.types import Source, digest


@lru_cache(maxsize=4)
def unified(source: Source) -> tuple[Source, LineEnds | None]:
    """The source with line feeds only, its parts moved along, and the way back; the source itself
    and None where it has no carriage return.
    """
    if "\r" not in source.text:
        return source, None
    ends = LineEnds(source.text)
    plain = replace(
        source,
        text=ends.text,
        sha256=digest(ends.text),
        pages=tuple(map(ends.forward, source.pages)),
        headings=moved(source.headings, ends.forward),
        boilerplate=moved(source.boilerplate, ends.forward),
        marks=moved(source.marks, ends.forward),
        labels=moved(source.labels, ends.forward),
        tables=moved(source.tables, ends.forward),
    )
    return plain, ends
