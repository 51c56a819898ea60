"""What a person may have meant by a text that is not in a source: the nearest text that is."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher

_LIMIT = 200_000
_ENOUGH = 0.6
_FOLD = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
    }
)


def fold(text: str) -> tuple[str, list[int]]:
    """``text`` with look-alikes made equal, and for each character where it came from.

    Quotation marks and dashes of all kinds become the plain ones, white space becomes one space,
    letters lose case and compatibility forms.
    """
    out: list[str] = []
    origin: list[int] = []
    for at, character in enumerate(text):
        if character.isspace():
            if out and out[-1] != " ":
                out.append(" ")
                origin.append(at)
            continue
        if character == "\u00ad":
            continue
        for folded in unicodedata.normalize("NFKC", character.translate(_FOLD)).casefold():
            out.append(folded)
            origin.append(at)
    return "".join(out), origin


def nearest(text: str, body: str) -> str:
    """A clause that names the nearest text of ``body``, or "" when nothing is near."""
    wanted, _ = fold(text.strip())
    held, origin = fold(body[:_LIMIT])
    if not wanted:
        return ""
    at = held.find(wanted)
    if at >= 0:
        start, end = origin[at], origin[at + len(wanted) - 1] + 1
        return (
            f"; nearest is [{start}, {end}) {body[start:end]!r} ({_differs(text, body[start:end])})"
        )
    return _similar(wanted, held, origin, body)


def _differs(text: str, found: str) -> str:
    marks = set("‘’‚‛“”„‟«»\"'`´")
    if {c for c in text if c in marks} != {c for c in found if c in marks}:
        return "other quotation marks"
    if text.split() == found.split():
        return "other white space"
    return "other characters that look alike" if text.lower() != found.lower() else "other case"


def _similar(wanted: str, held: str, origin: list[int], body: str) -> str:
    matcher = SequenceMatcher(None, held, wanted, autojunk=False)
    if len(held) * len(wanted) > 40_000_000:
        return ""
    block = matcher.find_longest_match()
    start = max(0, block.a - block.b)
    end = min(len(held), start + len(wanted))
    near = SequenceMatcher(None, held[start:end], wanted, autojunk=False)
    if end <= start or near.ratio() < _ENOUGH:
        return ""
    first, last = origin[start], origin[end - 1] + 1
    return f"; nearest is [{first}, {last}) {body[first:last]!r}"
