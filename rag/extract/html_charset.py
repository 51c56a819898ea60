"""The encoding of an HTML page: what it declares, where that is an encoding and fits its bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.extract.decode import MARKS, Decoded, NotText, charset, decode, replaced

_HEAD = 4096  # bytes in which a page has to say it
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_META = re.compile(rb"<meta(?=[\s/])((?:[^>\"']|\"[^\"]*\"|'[^']*')*)", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    rb"([^\s\"'>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?", re.IGNORECASE
)
_CONTENT = re.compile(rb"charset\s*=\s*[\"']?\s*([^\s\"';]+)", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"']+)[\"']", re.IGNORECASE)
# Browsers read these labels as the Windows encodings, and so do the people who write them.
_MEANT = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}
# Encodings in which any two bytes may be a character, so that some texts in them are UTF-8 too.
_WIDE = ("cp932", "cp949", "gb18030", "big5", "euc", "iso2022", "hz", "shift", "johab")


def decode_page(data: bytes, encoding: str | None) -> Decoded:
    """Decode a page: by its byte order mark; as UTF-8 if it is; by ``encoding``; by what it
    declares; else as any text. A declaration that is of no use is noted. Raises NotText.
    """
    label = declared(data)
    if encoding is not None or label is None or data.startswith(MARKS):
        return decode(data, encoding)
    name = charset(label)
    if name is None:
        return _noted(decode(data), f"the page's charset {label!r} is no encoding of text")
    name = _MEANT.get(name, name)
    if name.startswith("utf"):  # a declaration that can be read as ASCII is not UTF-16
        return decode(data)
    if not name.startswith(_WIDE) and not data.isascii() and _is_utf8(data):
        return _noted(decode(data), f"the page says that it is in {label}, but it is valid UTF-8")
    try:
        return decode(data, name, utf8=False)
    except NotText:
        told = f"the page says that it is in {label}, which it is not"
    try:
        return _noted(decode(data), told)
    except NotText:
        return replaced(data, name)


def declared(data: bytes) -> str | None:
    """The label of the encoding that a page declares, comments aside, or None."""
    head = _COMMENT.sub(b" ", data[:_HEAD])
    labels = [label for tag in _META.finditer(head) if (label := _of_meta(tag[1]))]
    if not labels:
        found = _XML.match(head)
        labels = [found[1]] if found else []
    return labels[0].strip().decode("ascii", "replace")[:60] if labels else None


def _of_meta(attributes: bytes) -> bytes:
    """The charset of a meta element: its own attribute, or that of a content type."""
    pairs = dict(reversed(list(_pairs(attributes))))
    if pairs.get(b"charset"):
        return pairs[b"charset"]
    found = _CONTENT.search(pairs.get(b"content", b""))
    typed = pairs.get(b"http-equiv", b"").strip().lower() == b"content-type"
    return found[1] if found and typed else b""


def _pairs(attributes: bytes) -> Iterator[tuple[bytes, bytes]]:
    for match in _ATTRIBUTE.finditer(attributes):
        yield match[1].lower(), match[2] or match[3] or match[4] or b""


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _noted(decoded: Decoded, what: str) -> Decoded:
    if any(f"read as {decoded.encoding}" in note for note in decoded.notes):
        return Decoded(decoded.text, decoded.encoding, (what, *decoded.notes))
    note = f"{what}; read as {decoded.encoding}"
    return Decoded(decoded.text, decoded.encoding, (note, *decoded.notes))
