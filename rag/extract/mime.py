"""The parts of a MIME message (e-mail, saved web page) as text."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser

from rag.extract.decode import Decoded, NotText, charset, decode
from rag.extract.draft import one_line


def parsed(data: bytes) -> EmailMessage:
    """The message. The parser never fails; what it makes of a broken header may."""
    message = BytesParser(policy=policy.default).parsebytes(data)
    assert isinstance(message, EmailMessage)
    return message


def header(message: MIMEPart, name: str) -> str:
    """A header's decoded words as one line, "" when there is none."""
    try:
        value = message[name]
        return one_line(str(value), most=2000) if value is not None else ""
    except Exception:  # noqa: BLE001 - the parser of headers raises anything over broken ones
        return ""


def payload(part: MIMEPart) -> bytes:
    """The bytes of a part that is no container."""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def text_of(part: MIMEPart) -> Decoded:
    """A text part, by the character set it names if that fits, else as any text; never refused."""
    data = payload(part)
    named = part.get_content_charset()
    for encoding in (charset(named) if named else None, None):
        try:
            return decode(data, encoding, utf8=encoding is None)
        except NotText:
            continue
    text = data.decode("latin-1").replace("\0", "\ufffd")
    return Decoded(text, "latin-1", ("its character set could not be told; read as latin-1",))
