"""The words of English that stand for nothing by themselves, and what words have in common.

One list for searching and for comparing; the finer closed classes by which a follow-up is told
are in ``rag.conversation.words``.
"""

from __future__ import annotations

from functools import lru_cache

import snowballstemmer

# Function words, and the words questions are made with. They are left out of queries, not of the
# index, so a question made of nothing else still finds its passages.
STOP_WORDS = frozenset(
    """
    a about above after again against all also am an and any are as at be because been before being
    below between both but by can cannot could did do does doing down during each few for from
    further had has have having he her here hers herself him himself his how i if in into is it its
    itself just let me more most my myself no nor not of off on once only or other ought our ours
    ourselves out over own same shall she should so some such than that the their theirs them
    themselves then there these they this those through to too under until up us very was we were
    what when where which while who whom whose why will with would you your yours yourself
    yourselves s t d m ll re ve don doesn didn isn wasn aren weren hasn haven hadn won wouldn couldn
    shouldn
    """.split()  # noqa: SIM905 (a list of 190 literals is no easier to read)
)
# Words that ask and name nothing: that a library holds none of them says nothing about it.
ASKING = STOP_WORDS | {"many", "much", "tell", "please"}
_stemmer = snowballstemmer.stemmer("english")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The Snowball English stem of a lower-case word."""
    return str(_stemmer.stemWord(word))
