"""Days as documents write them, compared as spans of time (standard library only)."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = "|".join(f"{month}[a-z]*" for month in _MONTHS)
_ISO = re.compile(r"(?<![\d/.])((?:1[5-9]|20)\d\d)(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?![\d/.])")
_DAY_FIRST = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)?[ .-]+({_NAMED})[ .,-]+((?:1[5-9]|20)\d\d)\b", re.IGNORECASE
)
_MONTH_FIRST = re.compile(
    rf"\b({_NAMED})\.? +(?:(\d{{1,2}})(?:st|nd|rd|th)?,? +)?((?:1[5-9]|20)\d\d)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Dated:
    """A day, a month or a year. text: as ISO writes it; first, last: its days, ISO, inclusive."""

    text: str
    first: str
    last: str


def dated(words: str) -> Dated | None:
    """The first date in ``words``: 2024, 2024-03, 2024-03-05, 5 March 2024, March 5, 2024.

    None where there is none, and for 3/5/2024, which means one day here and another elsewhere.
    """
    match = _DAY_FIRST.search(words)
    if match:
        return _made(match[3], _month(match[2]), match[1])
    match = _MONTH_FIRST.search(words)
    if match:
        return _made(match[3], _month(match[1]), match[2])
    match = _ISO.search(words)
    return _made(match[1], match[2], match[3]) if match else None


def _month(name: str) -> str:
    return str(_MONTHS.index(name[:3].lower()) + 1)


def _made(year: str, month: str | None, day: str | None) -> Dated | None:
    if month is None:
        return Dated(year, f"{year}-01-01", f"{year}-12-31")
    number = int(month)
    if not 1 <= number <= 12:
        return None
    days = monthrange(int(year), number)[1]
    prefix = f"{year}-{number:02d}"
    if day is None:
        return Dated(prefix, f"{prefix}-01", f"{prefix}-{days:02d}")
    if not 1 <= int(day) <= days:
        return None
    whole = f"{prefix}-{int(day):02d}"
    return Dated(whole, whole, whole)
