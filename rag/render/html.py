"""A self-contained page: no script, nothing loaded from elsewhere, readable on paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rag.render.escape import escape, place_html
from rag.render.pieces import Piece, pieces, quote_pieces
from rag.types import Quote, Result

_CSS = """
:root { color-scheme: light dark; --ink: #1d1d1f; --paper: #fdfcf9; --soft: #5f5b52;
  --line: #d9d3c5; --card: #fff; --mark: #ffe89a; --warn: #8a4b00; }
@media (prefers-color-scheme: dark) { :root { --ink: #ecebe6; --paper: #17181a; --soft: #a5a199;
  --line: #3a3b3f; --card: #1f2023; --mark: #6b5600; --warn: #f0b35e; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 46rem; color: var(--ink);
  background: var(--paper); font: 1.06rem/1.6 Georgia, "Iowan Old Style", "Noto Serif", serif; }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 2.5rem 0 1.25rem; }
h1:first-child { margin-top: 0; }
ol, ul { list-style: none; padding: 0; margin: 0; }
article { background: var(--card); border: 1px solid var(--line);
  border-left: 4px solid var(--soft); border-radius: .4rem;
  padding: 1rem 1.25rem; margin: 0 0 1.1rem; break-inside: avoid; }
blockquote { margin: 0; }
.quote { display: block; white-space: pre-wrap; overflow-wrap: anywhere; }
mark { background: var(--mark); color: inherit; border-radius: .15em; }
cite, .note { display: block; font: normal .86rem/1.5 system-ui, sans-serif; color: var(--soft);
  margin-top: .55rem; overflow-wrap: anywhere; unicode-bidi: isolate; }
.note.caution { color: var(--warn); font-weight: 600; }
.number { float: right; font: .86rem system-ui, sans-serif; color: var(--soft); }
.also { margin: .9rem 0 0 1rem; padding-left: .9rem; border-left: 2px solid var(--line); }
a { color: inherit; }
footer { font: .8rem/1.5 system-ui, sans-serif; color: var(--soft); margin-top: 2.5rem; }
@media print { body { max-width: none; padding: 0; background: none; }
  article { border-color: #999; } mark { background: none; text-decoration: underline; } }
"""
_FOOTER = "Every quote is an exact copy of the text that was read from its source."


def to_html(result: Result | Sequence[Result]) -> str:
    """One result or several as an HTML document, UTF-8.

    The text content of each ``bdi.quote`` is exactly the quote's text.
    """
    results = tuple(result) if isinstance(result, Sequence) else (result,)
    title = results[0].question if len(results) == 1 else "Answers"
    body = "\n".join(_section(r) for r in results)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(_line(title))}</title>\n<style>{_CSS}</style>\n</head>\n<body>\n"
        f"{body}\n<footer>{_FOOTER}</footer>\n</body>\n</html>\n"
    )


def _section(result: Result) -> str:
    shown = pieces(result)
    parts = [f"<section>\n<h1><bdi>{escape(_line(result.question))}</bdi></h1>"]
    for index, group in groupby(shown, key=lambda piece: piece.index):
        together = list(group)
        if index is None:
            parts += [_note(piece) for piece in together]
        else:
            parts.append(_card(together, index + 1))
    return "\n".join([*parts, "</section>"])


def quote_html(quote: Quote, number: int) -> str:
    """One quote of an answer as a card: text, citation, cautions, further places.

    number: 1-based. Safe as the value of a component, never as a template: see ``escape``.
    """
    return _card(list(quote_pieces(quote, number - 1)), number)


def _card(shown: list[Piece], number: int) -> str:
    head = f'<span class="number">{number}</span>'
    main = [piece for piece in shown if piece.role != "also"]
    also = "".join(_inside(piece for piece in shown if piece.role == "also"))
    extra = f'<div class="also">{also}</div>' if also else ""
    return f"<article>{head}{''.join(_inside(main))}{extra}</article>"


def _inside(shown: Iterable[Piece]) -> Iterator[str]:
    for piece in shown:
        if piece.place is not None:
            yield f"<blockquote>{place_html(piece.place, piece.highlight)}</blockquote>"
        else:
            yield _note(piece)


def _note(piece: Piece) -> str:
    text = escape(piece.text)
    if piece.kind == "citation":
        link = piece.cited.link if piece.cited is not None else ""
        more = f' <a href="{escape(link)}" rel="noreferrer">in the page</a>' if link else ""
        return f"<cite>{text}{more}</cite>"
    return f'<div class="note {piece.role}">{text}</div>'


def _line(text: str) -> str:
    return " ".join(text.split())
