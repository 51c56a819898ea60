"""Between rows of the library file and the types of the project."""

from __future__ import annotations

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rag.errors import LibraryError
from rag.protocols import Origin, SourceRecord
from rag.store.fields import OF_PASSAGE, OF_SOURCE, decode_fields, passage_extra, source_extra
from rag.types import Heading, Passage, Place, Source, Span

RECORD_COLUMNS = (
    "no, id, root, title, sha256, file_sha256, media_type, extractor, size, mtime_ns, "
    "characters, pages, passages, metadata, notes, tiling, encoding"
)
PASSAGE_COLUMNS = "key, no, position, start, stop, paragraph, boilerplate, extra"
REBUILD = "restore a backup, or remove the folder and run `rag index` again"


@contextmanager
def damage_told() -> Iterator[None]:
    """Turn what a damaged row leads to into a LibraryError that says so."""
    try:
        yield
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        what = f"{type(error).__name__}: {error}" if isinstance(error, KeyError) else str(error)
        raise LibraryError(f"the library is damaged ({what}); {REBUILD}") from error


def record_values(source: Source, origin: Origin, passages: int) -> tuple[object, ...]:
    """The values of a row of ``sources``, in the order of RECORD_COLUMNS less ``no``."""
    return (
        source.id,
        origin.root,
        source.title,
        source.sha256,
        source.file_sha256,
        source.media_type,
        source.extractor,
        origin.size,
        origin.mtime_ns,
        len(source.text),
        len(source.pages),
        passages,
        json.dumps(source.metadata, ensure_ascii=False),
        json.dumps(source.notes, ensure_ascii=False),
        origin.tiling,
        origin.encoding,
    )


def layout_of(source: Source) -> str:
    """What a source has besides its record and text, as JSON."""
    return json.dumps(
        {
            "pages": source.pages,
            "headings": [(h.level, h.span.start, h.span.end) for h in source.headings],
            "boilerplate": [(s.start, s.end) for s in source.boilerplate],
            "extra": source_extra(source),
        },
        ensure_ascii=False,
    )


def record_from(row: Sequence[object], aliases: tuple[str, ...]) -> SourceRecord:
    """A SourceRecord from a row of RECORD_COLUMNS. LibraryError when the row is damaged."""
    _, id_, root, title, sha256, file_sha256, media_type, extractor, *rest = row
    size, mtime_ns, characters, pages, passages, metadata, notes, tiling, encoding = rest
    with damage_told():
        return SourceRecord(
            id=str(id_),
            title=str(title),
            sha256=str(sha256),
            file_sha256=str(file_sha256),
            media_type=str(media_type),
            extractor=str(extractor),
            root=str(root),
            size=_int(size),
            mtime_ns=_int(mtime_ns),
            characters=_int(characters),
            pages=_int(pages),
            passages=_int(passages),
            metadata=tuple((str(k), str(v)) for k, v in json.loads(str(metadata))),
            notes=tuple(str(note) for note in json.loads(str(notes))),
            aliases=aliases,
            tiling=str(tiling),
            encoding=str(encoding),
        )


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise ValueError(f"{value!r} is not a number")
    return value


def source_from(record: SourceRecord, layout: str, text: str) -> Source:
    """A Source from its record, layout and text. LibraryError when one was altered."""
    with damage_told():
        parts = json.loads(layout)
        return Source(
            id=record.id,
            text=text,
            sha256=record.sha256,
            file_sha256=record.file_sha256,
            title=record.title,
            media_type=record.media_type,
            extractor=record.extractor,
            pages=_pages(parts["pages"], len(text)),
            headings=tuple(
                Heading(level, _within(s, e, text)) for level, s, e in parts["headings"]
            ),
            boilerplate=tuple(_within(s, e, text) for s, e in parts["boilerplate"]),
            metadata=record.metadata,
            notes=record.notes,
            aliases=record.aliases,
            **decode_fields(Source, parts.get("extra", {}), OF_SOURCE),
        )


def _pages(starts: Sequence[object], length: int) -> tuple[int, ...]:
    pages = tuple(_int(start) for start in starts)
    if list(pages) != sorted(pages) or (pages and not pages[0] == 0 <= pages[-1] <= length):
        raise ValueError("the starts of its pages do not ascend from 0 to its end")
    return pages


def _within(start: object, end: object, text: str) -> Span:
    span = Span(_int(start), _int(end))
    if span.end > len(text):
        raise ValueError(f"{span} leaves a text of {len(text)} characters")
    return span


def passage_from(row: Sequence[Any], source: Source) -> Passage:
    """A Passage from a row of PASSAGE_COLUMNS. LibraryError when the row is damaged."""
    _, _, position, start, stop, paragraph, boilerplate, extra = row
    with damage_told():
        more = json.loads(extra) if extra else {}
        return Passage(
            place=Place(source, Span(_int(start), _int(stop))),
            index=_int(position),
            paragraph=_int(paragraph),
            boilerplate=bool(boilerplate),
            **decode_fields(Passage, more, OF_PASSAGE),
        )


def passage_values(key: int, number: int, position: int, passage: Passage) -> tuple[object, ...]:
    """The values of a row of ``passages``, in the order of PASSAGE_COLUMNS."""
    extra = passage_extra(passage)
    return (
        key,
        number,
        position,
        passage.span.start,
        passage.span.end,
        passage.paragraph,
        int(passage.boilerplate),
        json.dumps(extra, ensure_ascii=False) if extra else None,
    )


def check_tiles(source: Source, passages: Sequence[Passage]) -> None:
    """Raise ValueError unless the passages are this source's and tile its text."""
    end = 0
    for position, passage in enumerate(passages):
        if passage.source is not source and passage.source != source:
            raise ValueError(f"a passage of {passage.source.id!r} was given for {source.id!r}")
        if passage.index != position or passage.span.start != end:
            raise ValueError(f"passage {position} of {source.id!r} leaves a gap or an overlap")
        end = passage.span.end
    if end != len(source.text):
        raise ValueError(f"the passages of {source.id!r} do not cover its text")


def aliases_of(connection: sqlite3.Connection) -> dict[int, tuple[str, ...]]:
    """Source number -> its aliases, sorted."""
    found: dict[int, list[str]] = {}
    for number, id_ in connection.execute("SELECT no, id FROM aliases ORDER BY id"):
        found.setdefault(number, []).append(id_)
    return {number: tuple(ids) for number, ids in found.items()}


class SourceCache:
    """The sources read last, bounded by their number and by the characters they hold."""

    def __init__(self, sources: int = 64, characters: int = 32_000_000) -> None:
        self._sources: OrderedDict[tuple[object, ...], Source] = OrderedDict()
        self._most = sources
        self._most_characters = characters
        self._characters = 0

    def get(self, key: tuple[object, ...]) -> Source | None:
        """The source under ``key``, or None."""
        source = self._sources.get(key)
        if source is not None:
            self._sources.move_to_end(key)
        return source

    def add(self, key: tuple[object, ...], source: Source) -> None:
        """Keep a source, letting go of those not used for longest."""
        if key in self._sources:
            return
        self._sources[key] = source
        self._characters += len(source.text)
        while len(self._sources) > 1 and (
            len(self._sources) > self._most or self._characters > self._most_characters
        ):
            _, gone = self._sources.popitem(last=False)
            self._characters -= len(gone.text)
