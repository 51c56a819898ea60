"""Text to HTML whose text content is exactly that text, and which is inert in a template."""

from __future__ import annotations

from rag.types import Place, Span

# Beyond what HTML needs, the characters that template languages and JavaScript literals give a
# meaning to are references too: the same text content, and nothing to evaluate on the way.
_REFERENCES = {ord(char): f"&#{ord(char)};" for char in "&<>\"'`${}\\\r"}


def escape(text: str) -> str:
    """Escape ``text`` for the content of an element or a quoted attribute.

    CR becomes ``&#13;``: a parser turns a bare one into a line feed.
    """
    return text.translate(_REFERENCES)


def place_html(place: Place, highlight: Span | None = None) -> str:
    """A place as ``<bdi>`` with exact text content; ``highlight`` (source offsets) is ``<mark>``.

    Needs ``white-space: pre-wrap`` where it is shown.
    """
    text, start, end = place.source.text, place.span.start, place.span.end
    if highlight is None:
        inner = escape(text[start:end])
    else:
        inner = (
            escape(text[start : highlight.start])
            + f"<mark>{escape(text[highlight.start : highlight.end])}</mark>"
            + escape(text[highlight.end : end])
        )
    return f'<bdi class="quote">{inner}</bdi>'
