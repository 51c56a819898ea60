"""The files that mail holds: the attachments of a message, the messages of a mailbox."""

from __future__ import annotations

import re
from email.message import EmailMessage
from typing import BinaryIO

from rag.extract.draft import Unreadable
from rag.extract.formats import Member
from rag.extract.mime import header, parsed, payload
from rag.extract.package import parsing

_LETTER = re.compile(rb"(?:\A|\r?\n\r?\n)From [^\r\n]*\r?\n(?=[!-9;-~]+:)")
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_APPLE = re.compile(rb"\s*\d+\s*\r?\n")
_SEPARATORS = re.compile(r"[/\\\x00-\x1f]+")
_MOST = 100_000


def unwrapped(data: bytes) -> bytes:
    """The message of a file; Apple Mail puts its length before it and its flags after."""
    match = _APPLE.match(data)
    if match is None:
        return data
    length = int(match[0])
    return data[match.end() : match.end() + length]


def attachments(message: EmailMessage) -> list[tuple[str, EmailMessage]]:
    """The attached files with their names, each once. Pictures shown in the body are none."""
    found: list[tuple[str, EmailMessage]] = []
    names: set[str] = set()
    for number, part in enumerate(_attached(message), start=1):
        name = _name(part, number)
        while name in names:
            name = f"{number}-{name}"
        names.add(name)
        found.append((name, part))
    return found


def _attached(message: EmailMessage) -> list[EmailMessage]:
    bodies = {id(message.get_body((kind,))) for kind in ("plain", "html")}
    found: list[EmailMessage] = []
    stack: list[tuple[EmailMessage, bool]] = [(message, False)]
    while stack:
        part, related = stack.pop()
        kind = part.get_content_type()
        if kind == "message/rfc822" and part is not message:
            found.append(part)
        elif part.is_multipart():
            parts = [p for p in part.iter_parts() if isinstance(p, EmailMessage)]
            stack.extend((p, kind == "multipart/related") for p in reversed(parts))
        elif id(part) not in bodies and not _is_shown(part, related=related):
            found.append(part)
    return found


def _is_shown(part: EmailMessage, *, related: bool) -> bool:
    """Whether a part belongs to what the message shows: its pictures, its other forms."""
    if part.get_filename() is None:
        return part.get_content_maintype() in ("text", "image")
    inline = part.get_content_disposition() != "attachment" and part["Content-ID"] is not None
    return (related or inline) and part.get_content_maintype() == "image"


def _name(part: EmailMessage, number: int) -> str:
    name = part.get_filename() or ""
    if part.get_content_type() == "message/rfc822":
        inner = next((p for p in part.iter_parts() if isinstance(p, EmailMessage)), part)
        name = name.removesuffix(".eml") or header(inner, "Subject") or f"message {number}"
        name += ".eml"
    name = _SEPARATORS.sub("-", name).strip(". ") or f"attachment-{number}"
    return name[-150:]


class Attachments:
    """The attached files of a message."""

    def __init__(self, stream: BinaryIO) -> None:
        data = unwrapped(stream.read())
        self._parts: dict[str, EmailMessage] = {}
        if b"ttachment" in data or b"name=" in data or b"message/rfc822" in data:
            with parsing("an e-mail message"):
                self._parts = dict(attachments(parsed(data)))

    def members(self) -> tuple[Member, ...]:
        """The attached files, in the order of the message."""
        return tuple(Member(name, len(self.read(name))) for name in self._parts)

    def read(self, name: str) -> bytes:
        """The bytes of an attached file."""
        part = self._parts[name]
        if part.get_content_type() != "message/rfc822":
            return payload(part)
        return b"\n".join(bytes(p) for p in part.iter_parts() if isinstance(p, EmailMessage))


class Mailbox:
    """The messages of a mailbox file, numbered from 1."""

    def __init__(self, stream: BinaryIO) -> None:
        self._data = stream.read()
        found = list(_LETTER.finditer(self._data))
        if not found:
            raise Unreadable("is not a mailbox: it holds no message")
        if len(found) > _MOST:
            raise Unreadable(f"holds {len(found)} messages; more than {_MOST} are not read")
        ends = [*(match.start() for match in found[1:]), len(self._data)]
        spans = ((match.end(), end) for match, end in zip(found, ends, strict=True))
        self._spans = {f"{n:04d}.eml": span for n, span in enumerate(spans, start=1)}

    def members(self) -> tuple[Member, ...]:
        """The messages, in order."""
        return tuple(Member(name, end - start) for name, (start, end) in self._spans.items())

    def read(self, name: str) -> bytes:
        """The bytes of a message, the signs undone that its "From " lines were given."""
        start, end = self._spans[name]
        return _ESCAPED.sub(rb"\1", self._data[start:end])
