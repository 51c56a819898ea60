"""The automatic numbers of lists, clauses and headings in a Word file, as Word shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from rag.extract.counting import formatted
from rag.extract.docx_package import Package, child, children, descend, number, value
from rag.extract.docx_styles import NO_STYLE, Styles, numbering, paragraph_style

_LEVELS = 9
_PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True, slots=True)
class _Level:
    """How a level of a list is numbered. text: "%1.%2" and the like. restart: the level (from 1)
    whose next number starts this one anew, 0 for none; None: any level above.
    """

    start: int = 1
    format: str = "decimal"
    text: str = ""
    legal: bool = False
    restart: int | None = None
    style: str = ""


@dataclass(slots=True)
class _List:
    levels: dict[int, _Level]
    abstract: str
    starts: dict[int, int] = field(default_factory=dict)  # where this list begins anew


@dataclass(frozen=True, slots=True)
class Number:
    """A paragraph's number. shown: as it stands before the paragraph, "" for a bullet; full: with
    the numbers of the levels above where they are not in it: "(a)" under "2.1" is "2.1(a)".
    """

    shown: str = ""
    full: str = ""


class Numbers:
    """Counts the numbered paragraphs of a document in its order."""

    def __init__(self, package: Package, styles: Styles) -> None:
        self._styles = styles
        self._lists = _lists(package, styles)
        self._counts: dict[str, dict[int, int]] = {}
        self._full: dict[tuple[str, int], str] = {}
        self._begun: set[tuple[str, int]] = set()

    def next(self, properties: Any) -> Number | None:
        """The number of the next paragraph, by its properties; None when it is in no list."""
        style_id = paragraph_style(properties) or self._styles.usual
        style = self._styles.of(style_id) if style_id else NO_STYLE
        own = numbering(properties)
        id = own[0] if own[0] is not None else style.number[0]
        found = self._lists.get(id or "")
        if found is None:
            return Number() if id not in (None, "0") else None
        level = own[1] if own[1] is not None else _level_of(found, style_id, style.number[1])
        return self._count(id or "", found, min(max(level, 0), _LEVELS - 1))

    def _count(self, id: str, found: _List, level: int) -> Number:
        counts = self._counts.setdefault(found.abstract, {})
        here = found.levels.get(level, _Level())
        if level in found.starts and (id, level) not in self._begun:
            self._begun.add((id, level))
            counts.pop(level, None)
        start = found.starts.get(level, here.start)
        counts[level] = counts[level] + 1 if level in counts else start
        for deeper in range(level + 1, _LEVELS):
            if _restarts(found.levels.get(deeper, _Level()), level):
                counts.pop(deeper, None)
        if here.format in ("bullet", "none") and not _PLACE.search(here.text):
            return Number()
        return self._numbered(found, level, counts)

    def _numbered(self, found: _List, level: int, counts: dict[int, int]) -> Number:
        here = found.levels.get(level, _Level())
        text = here.text or f"%{level + 1}."

        def shown(match: re.Match[str]) -> str:
            other = int(match[1]) - 1
            at = found.levels.get(other, _Level())
            count = counts.get(other, at.start)
            return formatted(count, "decimal" if here.legal else at.format)

        label = _PLACE.sub(shown, text).strip()
        full = label
        named = {int(n) - 1 for n in _PLACE.findall(text)}
        if level and named == {level}:
            above = self._full.get((found.abstract, level - 1), "")
            full = above.rstrip(".") + label
        self._full[found.abstract, level] = full
        return Number(label, full.rstrip("."))


def _restarts(level: _Level, by: int) -> bool:
    """Whether a new number at level ``by`` starts this deeper one anew."""
    return level.restart is None or by < level.restart


def _level_of(found: _List, style_id: str, usual: int | None) -> int:
    for level, rule in found.levels.items():
        if rule.style and rule.style == style_id:
            return level
    return usual or 0


def _lists(package: Package, styles: Styles) -> dict[str, _List]:
    root = package.tree(package.first("numbering"))
    if root is None:
        return {}
    abstracts = {value(a, "w:abstractNumId") or "": a for a in children(root, "w:abstractNum")}
    uses = {value(n, "w:numId") or "": n for n in children(root, "w:num")}
    made = {}
    for id, use in uses.items():
        abstract = _abstract(use, abstracts, uses, styles)
        levels = _levels(abstracts.get(abstract))
        found = _List(levels, abstract)
        for override in children(use, "w:lvlOverride"):
            level = number(override, "w:ilvl") or 0
            start = number(child(override, "w:startOverride"))
            if start is not None:
                found.starts[level] = start
            found.levels |= _levels(override)
        made[id] = found
    return made


def _abstract(use: Any, abstracts: dict[str, Any], uses: dict[str, Any], styles: Styles) -> str:
    """The abstract list of a list; one that is but a link to a style is that style's."""
    id = value(child(use, "w:abstractNumId")) or ""
    for _ in range(5):
        link = value(child(abstracts.get(id), "w:numStyleLink"))
        target = uses.get(styles.of(link).number[0] or "") if link else None
        if target is None:
            break
        id = value(child(target, "w:abstractNumId")) or ""
    return id


def _levels(holder: Any) -> dict[int, _Level]:
    found = {}
    for level in children(holder, "w:lvl") if holder is not None else ():
        start = number(child(level, "w:start"))
        legal = child(level, "w:isLgl")
        found[number(level, "w:ilvl") or 0] = _Level(
            1 if start is None else start,
            value(descend(level, "w:numFmt")) or "decimal",
            value(child(level, "w:lvlText")) or "",
            legal is not None and value(legal) not in ("0", "false"),
            number(child(level, "w:lvlRestart")),
            value(child(level, "w:pStyle")) or "",
        )
    return found
