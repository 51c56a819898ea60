"""CommonMark. A quote is a fenced code block: the one form in which nothing is mark-up."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.render.escape import escape
from rag.render.pieces import Piece, pieces
from rag.types import Result

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#!|~&$])")


def to_markdown(result: Result | Sequence[Result]) -> str:
    """One result or several as a CommonMark document, ending in a line feed.

    Each quote is a fenced block whose fence is longer than any run of its character in the quote,
    and whose content is the quote and one line feed. A quote with a carriage return, which a
    CommonMark reader may turn into a line feed, is a ``<pre>`` block of escaped text instead.
    """
    results = tuple(result) if isinstance(result, Sequence) else (result,)
    return "\n".join(_section(one) for one in results)


def _section(result: Result) -> str:
    question = f"# {escaped(result.question)}\n\n"
    return question + "\n".join(_piece(piece) for piece in pieces(result))


def _piece(piece: Piece) -> str:
    if piece.kind == "quote":
        number = f"**\\[{(piece.index or 0) + 1}\\]**\n\n" if piece.role != "also" else ""
        return number + quote_block(piece.text)
    if piece.kind == "citation":
        text = escaped(piece.text)
        link = piece.cited.link if piece.cited is not None else ""
        return f"— {text}" + (f" ([in the page](<{link}>))" if link else "") + "\n"
    if piece.role == "caution":
        return f"*{escaped(piece.text)}*\n"
    return f"{escaped(piece.text)}\n"


def quote_block(text: str) -> str:
    """A block of CommonMark whose text content is exactly ``text`` (and one line feed)."""
    if "\r" in text:
        # An HTML parser drops one line feed right after the tag, so one is there to be dropped.
        return f"<pre>\n{escape(text).replace(chr(10), '&#10;')}</pre>\n"
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}\n"


def escaped(text: str) -> str:
    """Text of one line with every character that could be mark-up escaped."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
