"""Earlier turns of a conversation and their texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.conversation.mentions import Text
from rag.conversation.words import content_stems

QUOTES = 3  # quotes of a turn that are looked at
QUOTE_CHARACTERS = 1200  # of each


@dataclass(frozen=True, slots=True)
class EarlierTurn:
    """An earlier question with what was cited for it.

    quotes: texts of the quotes shown, best first; titles: titles of their sources, headings: of the
    sections they stand in; sources: the ids. All are empty where only the question is known.
    """

    question: str
    quotes: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


def earlier_texts(turns: Sequence[EarlierTurn]) -> tuple[Text, ...]:
    """The texts of ``turns`` (oldest first), most recent first; each title once, at the end."""
    found: list[Text] = []
    titles: dict[Text, None] = {}
    for ago, turn in enumerate(reversed(turns), 1):
        who = turn.question.lower().startswith(("who ", "whom ", "whose ", "which "))
        told = content_stems(turn.question) if who else None
        found += [Text("quote", ago, q[:QUOTE_CHARACTERS], told) for q in turn.quotes[:QUOTES]]
        if turn.question:
            found.append(Text("question", ago, turn.question[:QUOTE_CHARACTERS]))
        titles |= dict.fromkeys(Text("title", len(turns), title) for title in turn.titles)
        titles |= dict.fromkeys(Text("heading", len(turns), title) for title in turn.headings)
    return (*found, *titles)
