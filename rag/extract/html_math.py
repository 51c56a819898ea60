"""Formulas of a page (MathML) as one line of text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from rag.extract.raised import subscript, superscript

_SIMPLE = re.compile(r"[\w.,′]*|[^\w\s]")
_UNREAD = frozenset(("annotation", "annotation-xml", "mphantom", "none", "mprescripts"))
_DEEPEST = 150


def linear(element: Any, depth: int = 0) -> str:
    """A formula, or a part of one, as text: (a+b)/2, x², √2."""
    tag = element.tag.rpartition(":")[2] if isinstance(element.tag, str) else ""
    if tag in _UNREAD or not tag:
        return ""
    if depth > _DEEPEST:
        return "".join(element.itertext())
    parts = [linear(part, depth + 1) for part in element]
    if tag in ("mi", "mn", "mo", "mtext", "ms"):
        return " ".join("".join(element.itertext()).split())
    write = _WRITERS.get(tag)
    if write is not None and len(parts) == _NEEDED[tag]:
        return write(parts)
    if tag == "msqrt":
        return f"√{_grouped(''.join(parts))}"
    if tag == "mtable":
        return f"[{'; '.join(parts)}]"
    if tag == "mtr":
        return ", ".join(parts)
    return (element.text or "").strip() + "".join(parts)


def _grouped(text: str) -> str:
    return text if _SIMPLE.fullmatch(text) else f"({text})"


def _base(text: str) -> str:
    return text if len(text) == 1 else _grouped(text)


def _up(text: str) -> str:
    written = superscript(text)
    return written if written != text or not text else f"^{_grouped(text)}"


def _down(text: str) -> str:
    written = subscript(text)
    return written if written != text or not text else f"_{_grouped(text)}"


_WRITERS: dict[str, Callable[[list[str]], str]] = {
    "msup": lambda p: _base(p[0]) + _up(p[1]),
    "msub": lambda p: _base(p[0]) + _down(p[1]),
    "msubsup": lambda p: _base(p[0]) + _down(p[1]) + _up(p[2]),
    "mfrac": lambda p: f"{_grouped(p[0])}/{_grouped(p[1])}",
    "mroot": lambda p: f"{_up(p[1])}√{_grouped(p[0])}",
    "munder": lambda p: _base(p[0]) + _down(p[1]),
    "mover": lambda p: _base(p[0]) + _up(p[1]),
    "munderover": lambda p: _base(p[0]) + _down(p[1]) + _up(p[2]),
}
_NEEDED = {name: 3 if name in ("msubsup", "munderover") else 2 for name in _WRITERS}
