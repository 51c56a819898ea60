"""Formulas of a Word file as one line of text, in the order in which they are read aloud."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from rag.extract.docx_package import child, children, descend, short, value
from rag.extract.raised import subscript, superscript

_SIMPLE = re.compile(r"[\w.,′]*|[^\w\s]")
_CHANGED = frozenset(("w:del", "w:moveFrom", "w:delText"))


def linear(element: Any) -> str:
    """A formula, or a part of one, as text: (a+b)/2, x², √(2), ∑_(i=1)^n i."""
    name = short(element.tag)
    if name.endswith("Pr") or name in _CHANGED:
        return ""
    if name in ("m:t", "w:t"):
        return str(element.text or "")
    write = _WRITERS.get(name)
    return write(element) if write else _inside(element)


def _inside(element: Any) -> str:
    return "".join(linear(part) for part in element) if element is not None else ""


def _part(element: Any, name: str) -> str:
    return _inside(child(element, name)).strip()


def _grouped(text: str) -> str:
    return text if _SIMPLE.fullmatch(text) else f"({text})"


def _property(element: Any, properties: str, name: str, usual: str) -> str:
    found = descend(element, properties, name)
    return usual if found is None else value(found, "m:val") or ""


def _fraction(element: Any) -> str:
    over, under = _part(element, "m:num"), _part(element, "m:den")
    if _property(element, "m:fPr", "m:type", "bar") == "noBar":
        return f"({over} ¦ {under})"
    return f"{_grouped(over)}/{_grouped(under)}"


def _raised(base: str, text: str) -> str:
    written = superscript(text, "", "")
    return base + (written if written != text else f"^{_grouped(text)}" if text else "")


def _lowered(base: str, text: str) -> str:
    written = subscript(text, "", "")
    return base + (written if written != text else f"_{_grouped(text)}" if text else "")


def _script(element: Any) -> str:
    base = _part(element, "m:e")
    base = base if len(base) == 1 else _grouped(base)
    return _raised(_lowered(base, _part(element, "m:sub")), _part(element, "m:sup"))


def _before(element: Any) -> str:
    scripts = _raised(_lowered("", _part(element, "m:sub")), _part(element, "m:sup"))
    return scripts + _grouped(_part(element, "m:e"))


def _root(element: Any) -> str:
    degree = _part(element, "m:deg")
    sign = {"": "√", "2": "√", "3": "∛", "4": "∜"}.get(degree, superscript(degree, "", "") + "√")
    return f"{sign}{_grouped(_part(element, 'm:e'))}"


def _sum(element: Any) -> str:
    sign = _property(element, "m:naryPr", "m:chr", "∫")
    limits = _raised(_lowered(sign, _part(element, "m:sub")), _part(element, "m:sup"))
    return f"{limits} {_part(element, 'm:e')}"


def _delimited(element: Any) -> str:
    opens = _property(element, "m:dPr", "m:begChr", "(")
    closes = _property(element, "m:dPr", "m:endChr", ")")
    parts = _property(element, "m:dPr", "m:sepChr", "|")
    return opens + parts.join(_inside(e) for e in children(element, "m:e")) + closes


def _matrix(element: Any) -> str:
    rows = (
        ", ".join(_inside(e) for e in children(row, "m:e")) for row in children(element, "m:mr")
    )
    return f"[{'; '.join(rows)}]"


def _lines(element: Any) -> str:
    return "; ".join(_inside(e) for e in children(element, "m:e"))


def _accent(element: Any) -> str:
    base, sign = _part(element, "m:e"), _property(element, "m:accPr", "m:chr", "\u0302")
    return base + sign if len(base) == 1 else _grouped(base) + sign


def _function(element: Any) -> str:
    name, of = _part(element, "m:fName"), _part(element, "m:e")
    return f"{name}{of}" if of.startswith("(") else f"{name} {of}"


_WRITERS: dict[str, Callable[[Any], str]] = {
    "m:f": _fraction,
    "m:sSup": _script,
    "m:sSub": _script,
    "m:sSubSup": _script,
    "m:sPre": _before,
    "m:rad": _root,
    "m:nary": _sum,
    "m:d": _delimited,
    "m:m": _matrix,
    "m:eqArr": _lines,
    "m:acc": _accent,
    "m:func": _function,
    "m:limLow": lambda e: _lowered(_part(e, "m:e"), _part(e, "m:lim")),
    "m:limUpp": lambda e: _raised(_part(e, "m:e"), _part(e, "m:lim")),
}
