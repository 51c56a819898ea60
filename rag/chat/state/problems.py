"""A failure as a sentence for the person at the page, without the paths of the server."""

from __future__ import annotations

import logging
import re

from rag.errors import RagError

# An absolute path up to its last part, which is a name the visitor may know.
_FOLDERS = re.compile(
    r"(?<![\w.~])(?:[A-Za-z]:)?(?:[/\\][^\s/\\:'\"<>|]+)*[/\\](?=[^\s/\\:'\"<>|]+)"
)


def problem_of(error: Exception) -> str:
    """What a person is told of a failure; one that nobody foresaw is logged with its traceback."""
    if isinstance(error, RagError):
        return sentence(str(error))
    logging.getLogger(__name__).error("unforeseen failure", exc_info=error)
    return sentence(f"something went wrong inside: {type(error).__name__}: {error}")


def sentence(text: str) -> str:
    """A message as a sentence, absolute paths cut down to their last part."""
    text = _FOLDERS.sub("", text).strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", ")", "!", "?")) else ".")
