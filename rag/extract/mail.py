"""E-mail: a message with its headers, its words, and what it quotes of earlier ones.

The subject is a heading, the headers that people see are lines of text (so that they can be
quoted), the body follows. Of a message that is there as plain text and as HTML the plain one is
read, unless it is empty. Earlier messages that it quotes are marked as replies. Attachments are
files of their own (``rag.extract.mailbox``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import getaddresses

from rag.extract.builder import Builder, Run
from rag.extract.draft import Draft, Unreadable
from rag.extract.formats import Content, Format
from rag.extract.joined import joined
from rag.extract.mail_html import read_body
from rag.extract.mailbox import Attachments, Mailbox, attachments, unwrapped
from rag.extract.mime import header, parsed, text_of
from rag.extract.package import parsing
from rag.extract.properties import moment_day

LABEL = "an e-mail message"
_SEEN = ("From", "To", "Cc", "Date")
_ITEM = re.compile(r"[ \t]*(?:[-*•–]|\d{1,3}[.)])[ \t]")
_QUOTED = re.compile(r"[ \t]*>")
_WROTE = re.compile(
    r"(?:On\b.{5,200}\bwrote|Am\b.{5,200}\bschrieb.{0,80}|Le\b.{5,200}\ba écrit|"
    r"El\b.{5,200}\bescribió|.{5,200}<\S+@\S+>) ?:\s*$",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"\s*(?:-{2,} ?(?:Original Message|Forwarded message|Ursprüngliche Nachricht|Message d'origine)"
    r" ?-{2,}|_{20,}\s*$|Begin forwarded message:)",
    re.IGNORECASE,
)


def read_eml(content: Content) -> Draft:
    """A message. Raises Unreadable."""
    with parsing(LABEL):
        message = parsed(unwrapped(content.data))
        if not any(header(message, name) for name in ("From", "Date", "Subject", "Received")):
            raise Unreadable("is not an e-mail message: it has no headers")
        head = _headers(message)
        body = _body(message)
    names = [name for name, _ in attachments(message)]
    draft = joined([head, body]) if body.text else head
    draft.notes = body.notes
    if names:
        noun = "attachment" if len(names) == 1 else "attachments"
        draft.notes += (f"{len(names)} {noun}: {', '.join(names)}",)
    return draft


def _headers(message: EmailMessage) -> Draft:
    builder = Builder()
    subject = header(message, "Subject")
    builder.heading(1, subject)
    for name in _SEEN:
        words = header(message, name)
        if words:
            builder.paragraph(f"{name}: {words}", item=True)
    people = getaddresses([header(message, "From")])
    author = ", ".join(name or address for name, address in people if name or address)
    date = moment_day(header(message, "Date"))
    return builder.draft(subject, author=author, date=date)


def _body(message: EmailMessage) -> Draft:
    plain = message.get_body(("plain",))
    if plain is not None:
        decoded = text_of(plain)
        if decoded.text.strip():
            flowed = plain.get_param("format") == "flowed"
            return _plain(decoded.text, decoded.notes, flowed=flowed)
    page = message.get_body(("html",))
    return read_body(page) if page is not None else Draft("")


def _plain(text: str, notes: tuple[str, ...], *, flowed: bool) -> Draft:
    builder = Builder()
    for paragraph, quoted in _paragraphs(text, flowed=flowed):
        for number, words in enumerate(_items(paragraph)):
            run = Run(words, mark="reply" if quoted else None)
            builder.paragraph([run], item=number > 0 or _is_item(words))
    return builder.draft(notes=notes)


def _paragraphs(text: str, *, flowed: bool) -> Iterator[tuple[list[str], bool]]:
    """Blocks of lines, and whether each is quoted from an earlier message."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    block: list[str] = []
    quoted = forwarded = False
    for number, line in enumerate(lines):
        forwarded = forwarded or _FORWARDED.match(line) is not None
        earlier = forwarded or _QUOTED.match(line) is not None or _introduces(lines, number)
        if block and (not line.strip("> \t") or earlier != quoted):
            yield _unflowed(block) if flowed else block, quoted
            block = []
        if line.strip("> \t"):
            block.append(line)
            quoted = earlier
    if block:
        yield _unflowed(block) if flowed else block, quoted


def _introduces(lines: list[str], number: int) -> bool:
    """Whether a line says who wrote the quoted lines under it ("On Monday Ann wrote:")."""
    line = " ".join(lines[number : number + 2]) if len(lines[number]) > 40 else lines[number]
    if not (_WROTE.match(lines[number].strip()) or _WROTE.match(line.strip())):
        return False
    after = (later for later in lines[number + 1 : number + 5] if later.strip())
    return any(_QUOTED.match(later) for later in after)


def _unflowed(lines: list[str]) -> list[str]:
    """Lines of a flowed text: one that ends with a space goes on (RFC 3676)."""
    whole: list[str] = []
    goes_on = False
    for line in lines:
        if goes_on and whole:
            whole[-1] += line.lstrip(">").lstrip(" ") if _QUOTED.match(whole[-1]) else line
        else:
            whole.append(line)
        goes_on = line.endswith(" ") and line.rstrip() != "--"
    return whole


def _items(lines: list[str]) -> Iterator[str]:
    """A block cut where a list item begins; the other lines of an item follow it."""
    item: list[str] = []
    for line in lines:
        if item and _is_item(line):
            yield "\n".join(item)
            item = []
        item.append(line)
    yield "\n".join(item)


def _is_item(line: str) -> bool:
    return _ITEM.match(line.lstrip("> ")) is not None


FORMATS = (
    Format(
        name="E-mail",
        label=LABEL,
        suffixes=(".eml", ".emlx"),
        media_type="message/rfc822",
        key="mail",
        version=1,
        read=read_eml,
        opens=Attachments,
        keeps="subject, From, To, Cc and Date as text; the body; attachments as sources of their "
        "own, named `message.eml/file`; sender and date",
        loses="pictures in the body; the HTML of a message that is there as plain text too",
        noted="quoted replies and forwarded messages are marked and searched last; attachments are "
        "named; those of other formats are listed as skipped",
        structured=True,
        rests_on=".html",
    ),
    Format(
        name="Mailbox",
        label="a mailbox",
        suffixes=(".mbox",),
        media_type="application/mbox",
        key="mbox",
        version=1,
        read=None,
        opens=Mailbox,
        keeps="each message as a source of its own, named `box.mbox/0001.eml`",
        loses="nothing beside what a message loses",
        noted="a file that holds no message is unreadable",
    ),
)
