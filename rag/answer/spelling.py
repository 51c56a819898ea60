"""Words of a question that are misspelt, read as the words of the library that are most like them.

A word is misspelt when it occurs nowhere in the library and the embedder, whose vocabulary holds
the common words, does not know it whole. Names are left alone: another name is another person.
"""

from __future__ import annotations

import re

from rag.protocols import Embedder, Store


def respelled(store: Store, embedder: Embedder, question: str) -> tuple[str, tuple[str, ...]]:
    """(the question as it is to be read, a note for each word that was read otherwise)."""
    notes = []
    capitals = any(c.islower() for c in question)
    whole = embedder.count("a")
    for word in store.unknown_words(question):
        at = question.find(word)
        if at < 0 or (capitals and at > 0 and word[0].isupper()) or embedder.count(word) <= whole:
            continue
        meant = store.similar_word(word)
        if meant is not None:
            question = re.sub(rf"\b{re.escape(word)}\b", meant, question)
            notes.append(f"Read “{word}” as “{meant}”.")
    return question, tuple(notes)
