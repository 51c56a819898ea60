"""Word search: from a question to an FTS5 query that cannot be a syntax error."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterable

from rag.segment.lexicon import ASKING, STOP_WORDS, stem

SHORTEST, LONG = 4, 8  # letters of a word that may be misspelt, and of one that may be twice
_CANDIDATE = re.compile(r"[^\s!-/:-@\[-`{-~]+")


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, each once, in order: runs of what FTS5's unicode61 takes for letters.

    Letters, numbers, private-use characters and combining marks belong to words; everything else
    parts them (Unicode general categories L*, N*, Co, Mn). Compatibility forms such as ligatures
    are read as what is indexed for them (NFKC).
    """
    text = unicodedata.normalize("NFKC", text)
    found: dict[str, str] = {}
    for run in _CANDIDATE.findall(text):
        parts = "".join(c if _in_word(c) else " " for c in run) if not run.isalnum() else run
        for word in parts.split(" "):
            if word and any(not unicodedata.combining(c) for c in word):
                found.setdefault(word.casefold(), word)
    return tuple(found.values())


def _in_word(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LN" or category in ("Co", "Mn")


def query_words(question: str) -> tuple[str, ...]:
    """The words searched for: stop words left out, unless nothing else is left."""
    words = words_of(question)
    return tuple(w for w in words if w.casefold() not in STOP_WORDS) or words


def quoted(word: str) -> str:
    """A word as an FTS5 string, which no content can turn into an operator."""
    return '"' + word.replace('"', '""').replace("\0", " ") + '"'


def match_query(words: tuple[str, ...]) -> str:
    """An FTS5 query for passages that hold any of the words."""
    return " OR ".join(quoted(word) for word in words)


def search(
    connection: sqlite3.Connection, question: str, k: int, numbers: str | None
) -> list[tuple[int, float]]:
    """(key, BM25) of the best ``k`` passages, ordered by (-score, key).

    ``numbers``: a JSON array of source numbers to stay within, or None. BM25 is FTS5's, k1 = 1.2,
    b = 0.75 (Robertson & Zaragoza 2009); its sign is turned so that higher is better.
    """
    words = query_words(question)
    if not words:
        return []
    inside = (
        "AND rowid IN (SELECT key FROM passages WHERE no IN (SELECT value FROM json_each(?)))"
        if numbers is not None
        else ""
    )
    sql = (
        "SELECT rowid, bm25(words) AS score FROM words "
        f"WHERE words MATCH ? {inside} ORDER BY score, rowid LIMIT ?"
    )
    limits = (numbers,) if numbers is not None else ()
    rows = connection.execute(sql, (match_query(words), *limits, k)).fetchall()
    return [(key, -score) for key, score in rows]


def unknown(connection: sqlite3.Connection, question: str) -> tuple[str, ...]:
    """The words of the question that no passage holds in any form; words that only ask left out."""
    found = (w for w in words_of(question) if w.casefold() not in ASKING)
    sql = "SELECT 1 FROM words WHERE words MATCH ? LIMIT 1"
    return tuple(w for w in found if connection.execute(sql, (quoted(w),)).fetchone() is None)


def closest(word: str, terms: Iterable[tuple[str, int]]) -> str | None:
    """The term (of pairs with how often each occurs) that ``word`` is a misspelling of, or None.

    One letter left out, added, changed or swapped with its neighbour makes a misspelling, two in a
    long word; the first letter is taken to be right. The fewer the likelier, then the commoner.
    """
    from rapidfuzz.distance import OSA

    least, wanted = None, word.casefold()
    allowed = 1 if len(wanted) < LONG else 2
    for term, count in terms:
        if term[:1] != wanted[:1] or abs(len(term) - len(wanted)) > allowed or not term.isalpha():
            continue
        away = OSA.distance(wanted, term, score_cutoff=allowed)
        if away <= allowed and (least is None or (away, -count, term) < least):
            least = (away, -count, term)
    return least and least[2]


def may_be_misspelt(word: str) -> bool:
    """Whether a word is long enough, and made of letters alone, to be told from another."""
    return len(word) >= SHORTEST and word.isalpha()


def similar(connection: sqlite3.Connection, word: str) -> str | None:
    """The word of the library that ``word`` is most likely a misspelling of, or None."""
    wanted = word.casefold()
    if not may_be_misspelt(wanted):
        return None
    connection.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.stems USING fts5vocab('main', 'words', 'row')"
    )
    terms = connection.execute(
        "SELECT term, doc FROM temp.stems WHERE term >= ? AND term < ?",
        (wanted[:1], wanted[:1] + "\U0010ffff"),
    ).fetchall()
    # The index holds stems: a word is looked up by its own, and written as one passage has it.
    found = closest(stem(wanted), terms) or closest(wanted, terms)
    if found is None:
        return None
    rows = connection.execute(
        "SELECT folded FROM words WHERE words MATCH ? LIMIT 20", (quoted(found),)
    )
    return closest(wanted, ((w.casefold(), 1) for (text,) in rows for w in words_of(text)))
