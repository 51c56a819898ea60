"""PDF: fonts that do not say which letters they draw, and fonts that only look like it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.extract.pdf_fonts import legible
from rag.extract.pdf_words import Word

ENGLISH = (
    "The keeper of the lighthouse was paid nine hundred crowns a year and lived with his family "
    "in the house beside the tower until the light was made automatic in the spring of 1954."
)
OTHERS = [
    "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są oni "
    "obdarzeni rozumem i sumieniem i powinni postępować wobec innych w duchu braterstwa.",
    "Genir pawb yn rhydd ac yn gydradd â'i gilydd mewn urddas a hawliau. Fe'u cynysgaeddir â "
    "rheswm a chydwybod, a dylai pawb ymddwyn y naill at y llall mewn ysbryd cymodlon.",
    "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan. Heille on "
    "annettu järki ja omatunto, ja heidän on toimittava toisiaan kohtaan veljeyden hengessä.",
    "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом.",
    "01/14/2016 Transfer 1,406,164.00 1,406,246.50 02/14/2016 Fee 12.00 03/14/2016 Fee 14.00",
    "03-7FA81.03 03-7FA81.05 03-7FB00.11 03-7FB01.11 03-7FC15.02 ENGINE ECU ERROR CODES 07F8A1.5",
    "for (int i = 0; i < n; i++) { if (buf[i] != NULL) printf(buf[i]->name); } static inline void "
    "*xmalloc(size_t n) { void *p = malloc(n); return p; } while (*s++) len++; return len - 1;",
    "stx id stx mrk stx stx id p stx mod id p mrk p stx s-exp s-exp s-exp n p c-exp c-exp n n p",
    "GET PUT FTP SSH DNS TCP UDP SSL TLS XML PDF CSS SQL XSD WSDL HTTP HTML JSON RFC IETF W3C ISO",
]


def words(text: str, *, unsure: bool = False) -> list[Word]:
    return [
        Word(list(map(ord, token)), list(range(len(token))), font=1, size=10, unsure=unsure)
        for token in text.split()
    ]


def lost(text: str, *, unsure: bool = False) -> int:
    kept, count = legible(words(text, unsure=unsure))
    assert count == sum(len(token) for token in text.split()) - sum(len(w.codes) for w in kept)
    return count


def by_alphabet(by: int) -> Callable[[str], str]:
    def shifted(c: str) -> str:
        first = ord("a" if c.islower() else "A")
        return chr((ord(c) - first + by) % 26 + first) if c.isascii() and c.isalpha() else c

    return shifted


@pytest.mark.parametrize("by", range(1, 26))
def test_letters_shifted_along_the_alphabet_are_left_out(by: int) -> None:
    assert lost("".join(map(by_alphabet(by), ENGLISH)))


@pytest.mark.parametrize("by", [-31, -29, -3, 3, 29])
@pytest.mark.parametrize("unsure", [False, True])
def test_shifted_codes_are_left_out(by: int, unsure: bool) -> None:
    text = " ".join("".join(chr(max(1, ord(c) + by)) for c in word) for word in ENGLISH.split())
    assert lost(
        "".join("\ufffd" if c < " " or "\x7f" <= c < "\xa0" else c for c in text), unsure=unsure
    )


def test_control_codes_in_place_of_letters_are_left_out() -> None:
    assert lost(" ".join("\ufffd" * len(word) for word in ENGLISH.split()), unsure=True)


@pytest.mark.parametrize("text", [ENGLISH, *OTHERS])
def test_texts_are_kept(text: str) -> None:
    assert not lost(text)


@pytest.mark.parametrize("text", [ENGLISH, *OTHERS[:6]])
def test_a_font_without_a_table_is_kept_where_it_reads_like_text(text: str) -> None:
    assert not lost(text, unsure=True)


def test_signs_of_formulas_and_list_marks_are_kept() -> None:
    assert not lost("\ufffd x y \ufffd = \ufffd + 1 z \ufffd \ufffd " * 5, unsure=True)


def test_one_font_does_not_answer_for_another() -> None:
    strange = words("".join(map(by_alphabet(3), ENGLISH)))
    plain = words(ENGLISH)
    for word in plain:
        word.font = 2
    kept, count = legible([*strange, *plain])
    assert kept == plain
    assert count == sum(len(word.codes) for word in strange)
