"""Drawings of a PDF that draw each other without end, told from the file before it is opened.

A form XObject is a drawing that pages and other forms call. A few hundred bytes of forms that call
themselves, or each other twice, make PDFium build millions of drawings before it gives a single
character. Forms are streams, so their dictionaries stand in the file as they are; only what they
draw has to be unpacked, and only of those that name other forms.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from rag.extract.draft import Unreadable

_FORM = re.compile(rb"/S(?:ubtype|[#\w]{7,21})\s*/(?:Form\b|F[#\w]*#[#\w]*)")
_OBJECT = re.compile(rb"(\d{1,10})\s+\d{1,5}\s+obj\b")
_REFERENCE = re.compile(rb"/([^\s/<>\[\]()]+)\s+(\d{1,10})\s+\d{1,5}\s+R\b")
_XOBJECTS = re.compile(rb"/XObject\s*(?:<<(.*?)>>|(\d{1,10})\s+\d{1,5}\s+R\b)", re.DOTALL)
_RESOURCES = re.compile(rb"/Resources\s+(\d{1,10})\s+\d{1,5}\s+R\b")
_DRAWS = re.compile(rb"/([^\s/<>\[\]()]+)\s+Do\b")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_PACKED = re.compile(rb"/Type\s*/ObjStm\b")
_LEVELS = 48  # PDFium follows forms no deeper
_MOST_DRAWN = 200_000
_LONGEST_HEAD = 1 << 16
_MOST_UNPACKED = 1 << 24


@dataclass(slots=True)
class _Form:
    head: bytes
    start: int  # of the stream's bytes in the file
    end: int


def check_forms(data: bytes) -> None:
    """Raise Unreadable for a file whose forms draw more than 200,000 drawings."""
    forms = _forms(data)
    if not forms:
        return
    file = _File(data)
    calls: dict[int, Counter[int]] = {}
    for number, form in forms.items():
        names = {name: to for name, to in file.drawings(form.head).items() if to in forms}
        if names:
            drawn = Counter(_DRAWS.findall(_unpacked(data, form)))
            calls[number] = Counter()
            for name, to in names.items():
                calls[number][to] += drawn[name] if drawn else 1
    drawn_most = _most_drawn(calls)
    if drawn_most > _MOST_DRAWN:
        raise Unreadable(
            "its drawings draw each other over and over (more than "
            f"{_MOST_DRAWN:,} times): print it to a new PDF file and index that"
        )


def _most_drawn(calls: Mapping[int, Mapping[int, int]]) -> int:
    """How many drawings the form makes that makes most of them, to PDFium's depth."""
    total: dict[int, int] = dict.fromkeys(calls, 1)
    for _ in range(_LEVELS):
        following = {
            number: 1 + sum(times * total.get(to, 1) for to, times in drawn.items())
            for number, drawn in calls.items()
        }
        if following == total:
            break
        total = following
        if max(total.values(), default=0) > _MOST_DRAWN:
            break
    return max(total.values(), default=0)


def _forms(data: bytes) -> dict[int, _Form]:
    """The forms of a file by the numbers of their objects."""
    found: dict[int, _Form] = {}
    for match in _FORM.finditer(data):
        opening = data.rfind(b"obj", max(0, match.start() - _LONGEST_HEAD), match.start())
        stream = data.find(b"stream", match.end(), match.end() + _LONGEST_HEAD)
        if opening < 0 or stream < 0:
            continue
        number = _OBJECT.search(data, max(0, opening - 24), opening + 3)
        if number:
            start = stream + len(b"stream")
            end = data.find(b"endstream", start)
            head = _plain_names(data[opening + 3 : stream])
            found[int(number[1])] = _Form(head, start, end if end >= 0 else len(data))
    return found


def _plain_names(head: bytes) -> bytes:
    return _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), head)


class _File:
    """The objects of a file that forms refer to for their resources."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.places: dict[int, int] | None = None
        self.packed: dict[int, bytes] | None = None

    def drawings(self, head: bytes) -> dict[bytes, int]:
        """What a form's resources call: names and numbers of objects."""
        resources = _RESOURCES.search(head)
        if resources:
            head = self.object(int(resources[1]))
        found: dict[bytes, int] = {}
        for inline, number in _XOBJECTS.findall(head):
            names = self.object(int(number)) if number else inline
            found.update((name, int(to)) for name, to in _REFERENCE.findall(names))
        return found

    def object(self, number: int) -> bytes:
        """The first bytes of an object; b"" when it cannot be told where it is."""
        if self.places is None:
            self.places = {int(m[1]): m.end() for m in _OBJECT.finditer(self.data)}
        place = self.places.get(number)
        if place is not None:
            end = self.data.find(b"endobj", place, place + _LONGEST_HEAD)
            return _plain_names(self.data[place : end if end >= 0 else place + _LONGEST_HEAD])
        if self.packed is None:
            self.packed = _object_streams(self.data)
        return _plain_names(self.packed.get(number, b""))


def _object_streams(data: bytes) -> dict[int, bytes]:
    """The objects that stand packed in object streams, by their numbers."""
    found: dict[int, bytes] = {}
    for match in _PACKED.finditer(data):
        stream = data.find(b"stream", match.end(), match.end() + _LONGEST_HEAD)
        first = re.search(rb"/First\s+(\d+)", data[max(0, match.start() - 512) : stream])
        if stream < 0 or not first:
            continue
        end = data.find(b"endstream", stream)
        head = data[max(0, match.start() - 512) : stream]
        body = _unpacked(data, _Form(head, stream + 6, end if end >= 0 else len(data)))
        numbers = [int(n) for n in re.findall(rb"\d+", body[: int(first[1])])]
        starts = [int(first[1]) + offset for offset in numbers[1::2]]
        for number, start, stop in zip(
            numbers[::2], starts, [*starts[1:], len(body)], strict=False
        ):
            found[number] = body[start : min(stop, start + _LONGEST_HEAD)]
    return found


def _unpacked(data: bytes, form: _Form) -> bytes:
    """A stream's content, at most 16 MiB of it; b"" for a packing that is not known here."""
    raw = data[form.start : form.end].strip(b"\r\n")
    if b"/Filter" not in form.head:
        return raw[:_MOST_UNPACKED]
    try:
        if b"/ASCII85Decode" in form.head or b"/A85" in form.head:
            raw = base64.a85decode(raw.strip().removesuffix(b"~>"))
        elif b"/ASCIIHexDecode" in form.head or b"/AHx" in form.head:
            raw = bytes.fromhex(raw.strip().rstrip(b">").decode("ascii"))
        if b"/FlateDecode" in form.head or b"/Fl" in form.head:
            raw = zlib.decompressobj().decompress(raw, _MOST_UNPACKED)
    except (ValueError, zlib.error):
        return b""
    return raw
