"""What the style sheets inside a page, and styles at its elements, say of how words are meant.

Only what changes the meaning of words is read: whether they are shown, crossed out, raised or
lowered. Selectors of one element (``p.draft``, ``#old``) are known; those with pseudo-classes,
attributes or combinators, and rules for other media than the screen, are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_SELECTOR = re.compile(r"([\w-]+|\*)?((?:[.#][\w-]+)*)")
_PART = re.compile(r"[.#][\w-]+")
_DECLARATION = re.compile(
    r"(?:^|[;\s])(display|visibility|text-decoration(?:-line)?|vertical-align)\s*:"
    r"\s*([^;!{}]+)(!\s*important)?",
    re.IGNORECASE,
)
_SCREEN = re.compile(r"@media\s+(?:only\s+)?(?:all|screen)\s*|@layer\b.*|@supports\b.*", re.DOTALL)
_MOST_NESTED = 5

Weight = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """How an element is shown. rise: 1 raised, -1 lowered, 0 on the line, None: not said."""

    hidden: bool = False
    struck: bool = False
    rise: int | None = None


PLAIN = Look()


@dataclass(frozen=True, slots=True)
class _Rule:
    tag: str
    names: frozenset[str]  # classes and ids, with their signs
    values: dict[str, str]
    weight: Weight


class Sheets:
    """The rules of a page's own style sheets."""

    def __init__(self, root: Any) -> None:
        self._rules: dict[str, list[_Rule]] = {}
        self._known: dict[tuple[str, str, str], dict[str, tuple[Weight, str]]] = {}
        self._count = 0
        for style in root.iter("style"):
            media = (style.get("media") or "all").lower()
            if "all" in media or "screen" in media:
                self._add(_COMMENT.sub(" ", style.text or ""), 0)

    def of(self, element: Any) -> Look:
        """How an element is shown by itself, whatever it stands in."""
        own = element.get("style")
        if not self._rules and not own:
            return PLAIN
        best = dict(self._ruled(element)) if self._rules else {}
        for name, value, important in _declared(own or ""):
            weight = (int(important), 1 << 30, 0, 0, 0)
            if name not in best or weight >= best[name][0]:
                best[name] = (weight, value)
        return _look({name: value for name, (_, value) in best.items()})

    def _ruled(self, element: Any) -> dict[str, tuple[Weight, str]]:
        """What the rules say of an element: worked out once for all that are named alike."""
        key = (element.tag, element.get("class") or "", element.get("id") or "")
        if key not in self._known:
            best: dict[str, tuple[Weight, str]] = {}
            for rule in self._matching(element):
                for name, value in rule.values.items():
                    if name not in best or rule.weight >= best[name][0]:
                        best[name] = (rule.weight, value)
            self._known[key] = best
        return self._known[key]

    def _matching(self, element: Any) -> Iterator[_Rule]:
        names = {f".{name}" for name in (element.get("class") or "").split()}
        names |= {f"#{element.get('id')}"} if element.get("id") else set()
        for key in (element.tag, *names):
            for rule in self._rules.get(key, ()):
                if rule.names <= names and rule.tag in ("", "*", element.tag):
                    yield rule

    def _add(self, sheet: str, depth: int) -> None:
        for prelude, body in _blocks(sheet):
            if not prelude.startswith("@"):
                self._add_rule(prelude, body)
            elif depth < _MOST_NESTED and _SCREEN.fullmatch(prelude):
                self._add(body, depth + 1)

    def _add_rule(self, prelude: str, body: str) -> None:
        said = list(_declared(re.sub(r"[^;{}]*\{.*", "", body, flags=re.DOTALL)))
        for selector in prelude.split(",") if said else ():
            match = _SELECTOR.fullmatch(selector.strip())
            if match is None or not selector.strip():
                continue
            names = _PART.findall(match[2])
            tag = (match[1] or "").lower()
            ids = sum(1 for name in names if name[0] == "#")
            for important in (False, True):
                values = {n: v for n, v, i in said if i == important}
                if values:
                    self._count += 1
                    weight = (int(important), ids, len(names) - ids, int(bool(tag)), self._count)
                    rule = _Rule(tag, frozenset(names), values, weight)
                    self._rules.setdefault(names[0] if names else tag, []).append(rule)


def _blocks(sheet: str) -> Iterator[tuple[str, str]]:
    """The preludes of a sheet's blocks and what stands between their braces."""
    depth, start, begun, prelude = 0, 0, 0, ""
    for match in re.finditer(r"[{}]", sheet):
        if match[0] == "{":
            if not depth:
                prelude = sheet[start : match.start()].rsplit(";", 1)[-1].strip()
                begun = match.end()
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                yield prelude, sheet[begun : match.start()]
        if not depth:
            start = match.end()


def _declared(text: str) -> Iterator[tuple[str, str, bool]]:
    """(property, value, whether it is important) of declarations, in small letters."""
    for match in _DECLARATION.finditer(text):
        name = match[1].lower().removesuffix("-line")
        yield name, match[2].strip().lower(), bool(match[3])


def _look(values: dict[str, str]) -> Look:
    aligned = values.get("vertical-align", "")
    rise = {"super": 1, "sub": -1, "baseline": 0}.get(aligned)
    hidden = values.get("display") == "none" or values.get("visibility") in ("hidden", "collapse")
    return Look(hidden, "line-through" in values.get("text-decoration", ""), rise)
