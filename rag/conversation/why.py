"""Questions that ask for nothing but a reason for what was said before."""

from __future__ import annotations

import re

from rag.conversation.words import content_stems

_WHY = re.compile(r"\W*(?:(?:and|but|so|then)\s+)?(?:why|how come|what for)\b", re.IGNORECASE)


def bare_why(question: str) -> bool:
    """Whether a question asks for a reason and names at most one thing of its own."""
    return _WHY.match(question) is not None and len(content_stems(question)) <= 1
