"""What a reader is shown of a passage: its text, with the signs that are no words blanked out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.types import Passage, Sentence

_LINE = re.compile(r"[^\n\r]+")


def readable(passage: Passage, sentences: Sequence[Sentence]) -> str:
    """The passage's text, one character for one, so that offsets stay: underlines and rules in the
    tiles that are not quoted, and mark-up that is no words, are spaces. Never shown or quoted.
    """
    text, start = passage.text, passage.span.start
    blank = [(m.start(), m.end()) for s in sentences if s.heading for m in _signs(passage, s)]
    for mark in passage.source.marks_in(passage.span):
        if mark.kind in ("markup", "garbled"):
            first, last = mark.span.start - start, mark.span.end - start
            blank.append((max(first, 0), min(last, len(text))))
    for first, last in blank:
        text = text[:first] + " " * (last - first) + text[last:]
    return text


def _signs(passage: Passage, sentence: Sentence) -> list[re.Match[str]]:
    start = passage.span.start
    lines = _LINE.finditer(passage.text, sentence.tile.start - start, sentence.tile.end - start)
    return [line for line in lines if not any(map(str.isalnum, line.group()))]
