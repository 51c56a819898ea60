"""Bytes of a text file to text, without a guess that is not said."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from rag.errors import UsageError

# UTF-32 stands before UTF-16, whose mark is the beginning of its own.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
# A detector is believed on these encodings alone, in this order, and only when what it reads is
# made of the characters that are written in them. Anything else has to be named by the user.
_LATIN = (
    "\u2018\u2019\u201a\u201c\u201d\u201e\u2013\u2014\u2026\u2022\u20ac\u2122\u2030\xa0£§°·©®«»"
)
_WEST = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüŒœŠšŽž¡¿½¼¢¥²³×"
_CENTRAL = "ĄąĆćČčĎďĘęĚěŁłŃńŇňÓóŐőŘřŚśŠšŤťŮůŰűŹźŻżŽžÁáÂâÄäÇçÉéËëÍíÎîÔôÖöÚúÜüÝýŞşŢţĂă"
_CYRILLIC = r"А-Яа-яЁёЄєІіЇїҐґЎў№"
_EXPECTED = {
    "cp1252": (re.compile(f"[{_LATIN}{_WEST}]"), 0.97, 1),
    "cp1250": (re.compile(f"[{_LATIN}{_CENTRAL}]"), 0.97, 10),
    "cp1251": (re.compile(f"[{_LATIN}{_CYRILLIC}]"), 0.97, 20),
    "koi8_r": (re.compile(f"[{_LATIN}{_CYRILLIC}]"), 0.97, 20),
    "cp932": (re.compile("[\u3041-\u30ff]"), 0.2, 20),
    "euc_jp": (re.compile("[\u3041-\u30ff]"), 0.2, 20),
}
# Half the letters of a text in the wrong Cyrillic code are capitals inside words.
_ODD_CASE = re.compile("[а-яё][А-ЯЁ]")
_CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_BINARY = "is not a text file: it holds binary data (many control characters)"
_SAMPLE = 200_000
_MOST_CHAOS = 0.1
_MOST_CONTROL = 0.01


class NotText(Exception):
    """Bytes that are no readable text; ``str()`` is the reason."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the encoding it was in, and what a reader should know about the reading."""

    text: str
    encoding: str
    notes: tuple[str, ...] = ()

    @property
    def metadata(self) -> dict[str, str]:
        """The encoding as a source's metadata has it: only where it is not UTF-8."""
        return {} if self.encoding == "utf-8" else {"encoding": self.encoding}


def decode(data: bytes, encoding: str | None = None, *, declared: bool = False) -> Decoded:
    """Decode a text file: byte order mark, else ``encoding`` if given, else UTF-8, else detected.

    declared: the encoding is the file's own word, so nothing is noted about it.

    The mark stays outside the text. NUL characters and lone surrogates become U+FFFD, one for one,
    and a note says how many. Raises NotText with the reason; UsageError for an unknown encoding.
    """
    if encoding is not None:
        _known(encoding)
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _finish(_strict(data[len(mark) :], name), name)
    if encoding is not None:
        return _told(data, encoding, declared)
    wide = _wide(data)
    if wide is not None:
        return _finish(_strict(data, wide), wide, f"no byte order mark; read as {wide}")
    try:
        return _finish(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        return _detected(data, error)


def _known(encoding: str) -> None:
    try:
        if not codecs.lookup(encoding)._is_text_encoding:
            raise LookupError
    except LookupError:
        raise UsageError(
            f"unknown encoding {encoding!r}; give a name such as utf-8, cp1252 or utf-16"
        ) from None


def _told(data: bytes, encoding: str, declared: bool) -> Decoded:
    name = codecs.lookup(encoding).name
    note = ""
    if name != "utf-8" and not declared and not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            note = f"read as {name}, as asked, though the file is valid UTF-8"
    return _finish(_strict(data, name), name, note)


def _strict(data: bytes, name: str) -> str:
    # surrogatepass: a lone surrogate is replaced and reported, it does not cost the whole file.
    errors = "surrogatepass" if name.startswith(("utf-16", "utf-32", "utf-8")) else "strict"
    try:
        return data.decode(name, errors)
    except UnicodeDecodeError as error:
        raise NotText(
            f"is not valid {name} (byte {error.start}: {error.reason}); "
            "give the right one with --encoding"
        ) from None


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Western text is NUL."""
    head = data[:4000]
    if len(head) < 4 or len(data) % 2 or head.count(0) * 4 < len(head):
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > 20 * even and odd * 3 > len(head):
        return "utf-16-le"
    if even > 20 * odd and even * 3 > len(head):
        return "utf-16-be"
    return None


def _detected(data: bytes, error: UnicodeDecodeError) -> Decoded:
    """The encoding that charset-normalizer gives, if it is sure enough, else NotText."""
    start = max(0, min(error.start - _SAMPLE // 4, len(data) - _SAMPLE))
    sample = data[start : start + _SAMPLE]
    controls = len(_CONTROL_BYTES.findall(sample))
    if controls > max(8, _MOST_CONTROL * len(sample)):
        raise NotText(_BINARY)
    if _damaged(sample):
        raise NotText(
            f"is damaged UTF-8 (byte {error.start} does not fit); save it again as UTF-8, "
            "or name its encoding with --encoding"
        )
    names = _candidates(sample)
    for name in _EXPECTED:
        if name in names:
            try:
                text = data.decode(name)
            except UnicodeDecodeError:
                continue
            if _plausible(text, name):
                return _finish(text, name, f"not UTF-8; read as {name}, which was detected")
    raise NotText(
        f"is not UTF-8 (byte {error.start}) and its encoding could not be told with confidence; "
        "name it with --encoding, for example --encoding cp1252"
    )


def _damaged(sample: bytes) -> bool:
    """Whether bytes are UTF-8 but for a few: more characters fit it than do not."""
    read = sample.decode("utf-8", "replace")
    bad = read.count("\ufffd")
    fit = sum(1 for char in read if char > "\x7f") - bad
    return fit > bad


def _candidates(sample: bytes) -> frozenset[str]:
    """The encodings that charset-normalizer holds possible, with those that read the same."""
    from charset_normalizer import from_bytes

    names = set()
    for match in from_bytes(sample):
        if match.chaos <= _MOST_CHAOS:
            names |= {match.encoding, *match.could_be_from_charset}
    if names & {"latin_1", "iso8859_15"}:
        names.add("cp1252")  # the same letters; what is more in it are quotation marks and dashes
    if "shift_jis" in names:
        names.add("cp932")
    return frozenset(names)


def _plausible(text: str, name: str) -> bool:
    expected, share, fewest = _EXPECTED[name]
    marked = re.sub(r"[\x00-\x7f]+", "", text[: 4 * _SAMPLE])
    fit = len(expected.findall(marked))
    odd = len(_ODD_CASE.findall(text[: 4 * _SAMPLE]))
    return len(marked) >= fewest and fit >= share * len(marked) and odd * 20 <= len(marked)


def _finish(text: str, encoding: str, note: str = "") -> Decoded:
    notes = [note] if note else []
    sample = text[:1_000_000]
    if len(_CONTROL.findall(sample)) + sample.count("\0") > max(8, _MOST_CONTROL * len(sample)):
        raise NotText(_BINARY)
    if "\0" in text:
        notes.append(_count(text.count("\0"), "NUL character") + " replaced by U+FFFD")
        text = text.replace("\0", "\ufffd")
    text, lone = _SURROGATE.subn("\ufffd", text)
    if lone:
        notes.append(_count(lone, "lone surrogate") + " replaced by U+FFFD")
    return Decoded(text, encoding, tuple(notes))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
