"""The encoding of a text that is not UTF-8, where it can be told with confidence.

charset-normalizer says which encodings are possible; it does not tell Icelandic from Romanian or
Turkish from either. What decides is which language's letters the text would be made of: a reading
in which nearly every mark beyond ASCII is a letter of one language, and no sign stands inside a
word, is believed. Anything else has to be named by the user.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.extract.language import language

_SIGNS = "‘’‚“”„–—…•€™‰\xa0£§°·©®«»¡¿½¼¾¹²³×"
_SAMPLE = 200_000
_MOST_CHAOS = 0.1
_LETTERS_ONLY = 0.97
_LATIN = ("cp1250", "cp1252", "cp1254", "cp1257")


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a text in an encoding is made of.

    language: ISO 639-1 code, "" for several. marks: a set for a regular expression. share: of
    the characters beyond ASCII that must be in it; fewest: how many there must be at least.
    """

    encoding: str
    language: str
    marks: str
    share: float = _LETTERS_ONLY
    fewest: int = 1

    def fit(self, text: str) -> float:
        """The share of ``text`` beyond ASCII that is expected; 0 when it is not enough."""
        marks = re.sub(r"[\x00-\x7f]+", "", text)
        expected = len(re.findall(f"[{self.marks}{_SIGNS}]", marks))
        inside = sum(len(odd.findall(text)) for odd in _ODD)
        share = (expected - inside) / len(marks) if marks else 0.0
        return share if share >= self.share and len(marks) >= self.fewest else 0.0


def _both(letters: str) -> str:
    return letters + letters.upper().replace("SS", "")


# What a wrong reading is full of: signs inside words, letters of two scripts in one word, capitals
# after small letters.
_OTHER = "\u0370-\u03ff\u0400-\u04ff\u0590-\u06ff\u0e00-\u0e7f"
_ODD = (
    re.compile(r"(?<=[^\W\d_])[¡¿½¼¾¹²³°£§©®×](?=[^\W\d_])"),
    re.compile(f"[A-Za-z][{_OTHER}]|[{_OTHER}][A-Za-z]"),
    re.compile("[а-яё][А-ЯЁ]|[α-ώ][Α-Ω]"),
)
_CYRILLIC = "А-Яа-яЁёЄєІіЇїҐґЎў№"
_CHINESE = "的一是不了在人有我他中大上和地到你出也时時年得就那要下以生会會自着著去之过過家学學对對可她里裡后後小么麼心多天而能好都然没沒日于於起还還发發成事只作当當想看文无無开開手十用主行方又如前所本见見经經头頭面公同三已老从從动動两兩长長知民样樣现現分将將外但身些与與高意进進把法此实實回二理美点點月明其种種声聲全工己话話儿兒者向情部正名定女问問力机機给給等几幾很业業最间間新什打便位因重被走电電四第门門相次东東政海口使教西再平真听聽世气氣信北少关關并內内加化由却卻代军軍产產入先山五太水万萬市眼体體别別处處总總才场場师師书書比住员員九笑性通目华華报報立马馬命张張活难難神数數件安表原车車白应應路期叫死常提感金何更反合放做系计計或司利受光王果亲親界及今京务務制解各任至清物台象记記边邊共风風战戰"  # noqa: E501
# Each language by itself first, a mixture of Western ones last; of readings that fit alike the
# one whose language the words are in, else the first.
_READINGS = (
    *(
        _Reading("cp1252", code, _both(letters))
        for code, letters in (
            ("de", "äöüß"),
            ("fr", "àâæçèéêëîïôœùûü"),
            ("es", "áéíñóúü"),
            ("pt", "áâãàçéêíóôõúü"),
            ("it", "àèéìíîòóùú"),
            ("sv", "åäöé"),
            ("da", "æøåéü"),
            ("nl", "éëïóöüáíè"),
            ("is", "áðéíóúýþæö"),
            ("fo", "áðíóúýæø"),
        )
    ),
    _Reading("cp1254", "tr", _both("âçğıîöşûü") + "İ", fewest=3),
    *(
        _Reading("cp1250", code, _both(letters), fewest=5)
        for code, letters in (
            ("pl", "ąćęłńóśźż"),
            ("cs", "áčďéěíňóřšťúůýž"),
            ("sk", "áäčďéíĺľňóôŕšťúýž"),
            ("hu", "áéíóöőúüű"),
            ("ro", "ăâîşţ"),
            ("hr", "čćđšž"),
        )
    ),
    *(
        _Reading("cp1257", code, _both(letters), fewest=5)
        for code, letters in (("lt", "ąčęėįšųūž"), ("lv", "āčēģīķļņšūž"), ("et", "äöõüšž"))
    ),
    _Reading("cp1255", "he", "א-ת", fewest=20),  # before Cyrillic, which has more letters there
    _Reading("cp1251", "", _CYRILLIC, fewest=20),
    _Reading("koi8_r", "", _CYRILLIC, fewest=20),
    _Reading("cp1253", "el", "Ά-ώ", fewest=20),
    _Reading("cp1256", "ar", "\u060c-\u0652\u067e\u0686\u0698\u06af", fewest=20),
    _Reading("cp874", "th", "ก-๛", fewest=20),
    _Reading("cp932", "ja", "\u3041-\u30ff", 0.2, 20),
    _Reading("euc_jp", "ja", "\u3041-\u30ff", 0.2, 20),
    _Reading("cp949", "ko", "가-힣", 0.5, 20),
    _Reading("gb18030", "zh", _CHINESE, 0.1, 20),
    _Reading("big5", "zh", _CHINESE, 0.1, 20),
    _Reading("cp1252", "", _both("àáâãäåæçèéêëìíîïñòóôõöøùúûüœšž") + "ß"),
)


def detect(data: bytes, near: int) -> str | None:
    """The encoding of ``data``, of which byte ``near`` is not UTF-8, or None when it is not sure.

    The whole of the data can be decoded with it.
    """
    possible = _possible(_sample(data, near))
    best: list[tuple[float, _Reading, str]] = []
    texts: dict[str, str] = {}
    for reading in _READINGS:
        name = reading.encoding
        if name not in possible:
            continue
        if name not in texts:
            texts[name] = _decoded(data, name)
        sample = texts[name][: 4 * _SAMPLE]
        fit = reading.fit(sample)
        if fit and (not best or fit >= best[0][0]):
            best = [(fit, reading, sample), *(b for b in best if b[0] == fit)]
    best.reverse()  # of those that fit alike, in the order of the table
    for _, reading, sample in best:
        if len(best) > 1 and reading.language and language(sample) == reading.language:
            return reading.encoding
    return best[0][1].encoding if best else None


def _sample(data: bytes, near: int) -> bytes:
    start = max(0, min(near - _SAMPLE // 4, len(data) - _SAMPLE))
    return data[start : start + _SAMPLE]


def _decoded(data: bytes, name: str) -> str:
    """The text, "" when it is not in this encoding."""
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return ""


def _possible(sample: bytes) -> frozenset[str]:
    """The encodings that charset-normalizer holds possible, with those that hold more letters.

    The Latin ones always are: a short text tells it too little, and their letters decide.
    """
    from charset_normalizer import from_bytes

    names = set()
    for match in from_bytes(sample):
        if match.chaos <= _MOST_CHAOS:
            names |= {match.encoding, *match.could_be_from_charset}
    names |= {r.encoding for r in _READINGS if r.encoding in _LATIN}
    if "shift_jis" in names:
        names.add("cp932")
    if names & {"gbk", "gb2312"}:
        names.add("gb18030")
    if "euc_kr" in names:
        names.add("cp949")
    return frozenset(names)
