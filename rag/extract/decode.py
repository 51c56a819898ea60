"""Bytes of a text file to text, without a guess that is not said."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from rag.errors import UsageError
from rag.extract.detect import detect

# UTF-32 stands before UTF-16, whose mark is the beginning of its own.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
MARKS = tuple(mark for mark, _ in _MARKS)
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_REPLACED = "replaced by U+FFFD"
_BINARY = "is not a text file: it holds binary data (many control characters)"
_MOST_CONTROL = 0.01
_BYTES_PER_BAD = 10_000  # a file of ASCII with fewer strange bytes than one in so many is read
# Codecs of Python that are no encodings of text in files, and one that hides what it encodes.
_NO_CHARSETS = frozenset(
    (
        "undefined",
        "idna",
        "punycode",
        "unicode-escape",
        "raw-unicode-escape",
        "utf-7",
        "mbcs",
        "oem",
    )
)
# Encodings that write everything in ASCII characters: their files look like valid UTF-8.
_ESCAPED = ("iso2022", "hz")


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


def decode(data: bytes, encoding: str | None = None, *, utf8: bool = True) -> Decoded:
    """Decode a text file: byte order mark, else UTF-8, else ``encoding`` if given, else detected.

    utf8: False when an encoding that is given comes first.

    The mark stays outside the text. A few bytes that do not fit a UTF-8 text, NUL characters and
    lone surrogates become U+FFFD, and a note says how many. Raises NotText with the reason;
    UsageError for an unknown encoding.
    """
    if encoding is not None and charset(encoding) is None:
        raise UsageError(
            f"unknown encoding {encoding!r}; give a name such as utf-8, cp1252 or utf-16"
        )
    for mark, name in _MARKS:
        if data.startswith(mark):
            return replaced(data[len(mark) :], name)
    wide = _wide(data) if encoding is None else None
    if wide is not None:
        return _finish(_strict(data, wide), wide, f"no byte order mark; read as {wide}")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _named(data, encoding) if encoding else _detected(data, error)
    if encoding is not None and (not utf8 or _hides(data, charset(encoding) or "")):
        return _named(data, encoding)
    return _finish(text, "utf-8")


def charset(name: str) -> str | None:
    """Python's name of a text encoding, or None when there is none of that name."""
    try:
        known = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    return known.name if known._is_text_encoding and known.name not in _NO_CHARSETS else None


def _hides(data: bytes, name: str) -> bool:
    """Whether bytes that are valid UTF-8 are in the named encoding all the same."""
    if name.startswith(("utf-16", "utf-32")):
        return b"\0" in data
    return name.startswith(_ESCAPED) and data.isascii() and (b"\x1b" in data or b"~{" in data)


def _named(data: bytes, encoding: str) -> Decoded:
    name = charset(encoding) or encoding
    return _finish(_strict(data, name), name)


def replaced(data: bytes, name: str) -> Decoded:
    """Decode bytes that say what they are in; a few that do not fit are replaced, and noted.

    Raises NotText when there are many.
    """
    try:
        return _finish(_strict(data, name), name)
    except NotText:
        text = data.decode(name, "replace")
        bad = text.count("\ufffd")
        if not text.strip("\ufffd \n") or bad > max(1, len(text) // 100):
            raise
        return _finish(text, name, f"{_count(bad, 'byte')} not valid in {name} {_REPLACED}")


def _strict(data: bytes, name: str) -> str:
    # surrogatepass: a lone surrogate is replaced and reported, it does not cost the whole file.
    errors = "surrogatepass" if name.startswith(("utf-16", "utf-32", "utf-8")) else "strict"
    try:
        return data.decode(name, errors)
    except UnicodeError as error:
        what = (
            f"byte {error.start}: {error.reason}" if isinstance(error, UnicodeDecodeError) else ""
        )
        raise NotText(
            f"is not valid {name} ({what or error}); give the right one with --encoding"
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
    """UTF-8 but for a few bytes, else the encoding that is told with confidence, else NotText."""
    sample = data[max(0, error.start - 50_000) : error.start + 150_000]
    controls = len(_CONTROL_BYTES.findall(sample))
    if controls > max(8, _MOST_CONTROL * len(sample)):
        raise NotText(_BINARY)
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd") - data.count(b"\xef\xbf\xbd")
    cut = len(data) - error.start >= 2 and error.reason == "unexpected end of data"
    if not cut and not _is_utf8(text, bad):
        name = detect(data, error.start)
        if name is not None:
            return _finish(
                data.decode(name), name, f"not UTF-8; read as {name}, which was detected"
            )
        if bad > max(1, len(data) // _BYTES_PER_BAD):
            raise NotText(
                f"is not UTF-8 (byte {error.start}) and its encoding could not be told with "
                "confidence; name it with --encoding, for example --encoding cp1252"
            )
    note = (
        f"{_count(bad, 'byte')} not valid in UTF-8 {_REPLACED} (the first is byte "
        f"{error.start}); if the file is in another encoding, name it with --encoding"
    )
    return _finish(text, "utf-8", note)


def _is_utf8(text: str, bad: int) -> bool:
    """Whether a text read with replacements is UTF-8: more characters fit than do not.

    Two bytes of another encoding make a character between U+0100 and U+07FF now and then; others
    hardly ever.
    """
    marks = re.sub(r"[\x00-\x7f\ufffd]+", "", text)
    sure = sum(1 for mark in marks if not "\u0100" <= mark <= "\u07ff")
    return len(marks) > bad or sure >= bad


def _finish(text: str, encoding: str, note: str = "") -> Decoded:
    notes = [note] if note else []
    sample = text[:1_000_000]
    if len(_CONTROL.findall(sample)) + sample.count("\0") > max(8, _MOST_CONTROL * len(sample)):
        raise NotText(_BINARY)
    if "\0" in text:
        notes.append(_count(text.count("\0"), "NUL character") + f" {_REPLACED}")
        text = text.replace("\0", "\ufffd")
    text, lone = _SURROGATE.subn("\ufffd", text)
    if lone:
        notes.append(_count(lone, "lone surrogate") + f" {_REPLACED}")
    return Decoded(text, encoding, tuple(notes))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
