"""Plain text, for a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Sequence

from rag.render.citation import citation, visible
from rag.render.pieces import Piece, pieces
from rag.types import Hit, Result

_MARK, _DIM, _BOLD, _END = "\x1b[1;4m", "\x1b[2m", "\x1b[1m", "\x1b[0m"


def to_text(result: Result, *, tty: bool) -> str:
    """A result as lines of text, ending in a line feed.

    tty False: every quote stands exactly as in its source, on lines of its own. tty True: control
    characters, which could drive the terminal, are shown as visible symbols, and the highlight is
    bold and underlined; only the escape sequences written here reach the terminal.
    """
    return blocks(pieces(result), tty=tty)


def blocks(shown: Sequence[Piece], *, tty: bool) -> str:
    """Pieces as text, one after the other: see ``to_text``."""
    return "".join(_piece(piece, tty) for piece in shown)


def hits_to_text(hits: Sequence[Hit], *, tty: bool) -> str:
    """Passages with their scores and citations, best first; texts as ``to_text`` writes quotes."""
    parts = []
    for index, hit in enumerate(hits):
        passage = hit.passage
        cited = str(citation(passage.place, passage.paragraph))
        quote = Piece("quote", passage.text, "nearest", index=index, place=passage.place)
        parts.append(_styled(f"[{index + 1}] {hit.score:.3f}  {cited}\n", _DIM, tty))
        parts.append(f"{_quote(quote, tty)}\n\n")
    return "".join(parts) or "Nothing found.\n"


def _piece(piece: Piece, tty: bool) -> str:
    if piece.kind == "quote":
        index = piece.index or 0
        number = f"[{index + 1}]\n" if piece.role != "also" else ""
        gap = "\n" if index and piece.role != "also" else ""
        return gap + _styled(number, _BOLD, tty) + _quote(piece, tty) + "\n"
    text = piece.text if piece.kind == "frame" else f"    — {piece.text}"
    style = _BOLD if piece.role == "caution" else _DIM
    return _styled(f"{text}\n", style, tty)


def _quote(piece: Piece, tty: bool) -> str:
    if not tty:
        return piece.text
    light, place = piece.highlight, piece.place
    if light is None or place is None:
        return visible(piece.text)
    text, start, end = place.source.text, place.span.start, place.span.end
    parts = (text[start : light.start], text[light.start : light.end], text[light.end : end])
    before, marked, after = map(visible, parts)
    return before + "\n".join(f"{_MARK}{line}{_END}" for line in marked.split("\n")) + after


def _styled(text: str, style: str, tty: bool) -> str:
    return f"{style}{text.rstrip()}{_END}\n" if tty and text else text
