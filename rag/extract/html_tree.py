"""HTML as a tree of elements, however deep or broken it is.

The tree is built from the parser's events: that bounds what one element may carry, and no page is
cut off because its elements are nested deep.
"""

from __future__ import annotations

import re
from typing import Any

from rag.extract.draft import Unreadable

_MOST_ATTRIBUTES = 500
# Characters that the tree refuses; one refused would cost the whole page.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def parse(text: str) -> tuple[Any, tuple[str, ...]]:
    """The root element of a page, and what was left out of it. Raises Unreadable."""
    from lxml import etree

    builder = _Builder(etree.TreeBuilder())
    parser = etree.HTMLParser(
        target=builder, encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError) as error:
        raise Unreadable("holds no HTML elements and no text") from error
    if root is None:
        raise Unreadable("holds no HTML elements and no text")
    fatal = [error.message for error in parser.error_log if error.level_name == "FATAL"]
    if fatal:  # the parser stopped there: what came after would be missing without a word
        raise Unreadable(f"cannot be read to its end as HTML: {fatal[0]}")
    noun = "attribute" if builder.dropped == 1 else "attributes"
    notes = (f"{builder.dropped} {noun} of overfull elements not read",) if builder.dropped else ()
    return root, notes


class _Builder:
    """A parser target: lxml's own tree builder with a bound on attributes."""

    def __init__(self, tree: Any) -> None:
        self._tree = tree
        self.dropped = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(attributes) > _MOST_ATTRIBUTES:
            self.dropped += len(attributes) - _MOST_ATTRIBUTES
            attributes = dict(list(attributes.items())[:_MOST_ATTRIBUTES])
        # The tree takes names of XML alone: "xml:lang" and "@click" say nothing of the text, and
        # an element such as Word's "o:p" is a wrapper inside a line.
        named = {n: _held(value) for n, value in attributes.items() if _NAME.fullmatch(n)}
        self._tree.start(tag if _NAME.fullmatch(tag) else "span", named)

    def end(self, tag: str) -> None:
        self._tree.end(tag if _NAME.fullmatch(tag) else "span")

    def data(self, text: str) -> None:
        self._tree.data(_held(text))

    def close(self) -> Any:
        return self._tree.close()


def _held(text: str) -> str:
    """Text as the tree can hold it: form feeds as spaces, other control characters as U+FFFD."""
    return _CONTROL.sub(lambda m: " " if m[0] in "\v\f" else "\ufffd", text)
