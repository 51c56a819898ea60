"""Which sources a question is put to: by id, by date, by author."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.dates import Dated, dated
from rag.errors import UsageError
from rag.protocols import SourceRecord


@dataclass(frozen=True, slots=True)
class Filter:
    """sources: ids, or None for all. after, before: ISO days, months or years, both inclusive; a
    source dated with a month or a year alone counts when any day of it fits. author: words that
    stand in the author's name, in any case. A source without a date or author fits no filter of
    them.
    """

    sources: tuple[str, ...] | None = None
    after: str | None = None
    before: str | None = None
    author: str | None = None

    def chosen(self, records: Sequence[SourceRecord]) -> frozenset[str] | None:
        """The ids of the sources that fit; None when nothing is filtered. ``sources`` are ids of
        records. Raises UsageError for a date that is none, and when no source fits.
        """
        if self.after is None and self.before is None and not self.author:
            return None if self.sources is None else frozenset(self.sources)
        after, before = _bound(self.after), _bound(self.before)
        wanted = None if self.sources is None else frozenset(self.sources)
        fitting = frozenset(
            record.id
            for record in records
            if (wanted is None or record.id in wanted)
            and _fits(dict(record.metadata), after, before, self.author)
        )
        if not fitting:
            raise UsageError(f"no source fits {self._said()}; {_without(records)}")
        return fitting

    def _said(self) -> str:
        parts = [f"--after {self.after}"] if self.after else []
        parts += [f"--before {self.before}"] if self.before else []
        parts += [f"--author {self.author}"] if self.author else []
        return " ".join(parts)


def _bound(text: str | None) -> Dated | None:
    if text is None:
        return None
    found = dated(text)
    if found is None:
        raise UsageError(f"{text!r} is no date; give a day, month or year such as 2024-03-05")
    return found


def _fits(
    said: dict[str, str], after: Dated | None, before: Dated | None, author: str | None
) -> bool:
    if author and not _names(said.get("author", ""), author.split()):
        return False
    if after is None and before is None:
        return True
    day = dated(said.get("date", ""))
    if day is None:
        return False
    late_enough = after is None or day.last >= after.first
    return late_enough and (before is None or day.first <= before.last)


def _names(author: str, words: Iterable[str]) -> bool:
    held = author.casefold()
    return all(word.casefold() in held for word in words)


def _without(records: Sequence[SourceRecord]) -> str:
    undated = sum(1 for record in records if dated(dict(record.metadata).get("date", "")) is None)
    nameless = sum(1 for record in records if not dict(record.metadata).get("author"))
    return (
        f"of {len(records)} sources {undated} have no date and {nameless} no author that is known"
    )
