"""E-mail and saved pages: messages made by the standard library, as mail programs make them."""

from __future__ import annotations

import mailbox
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import pytest

from rag.errors import UnreadableSource
from rag.extract import find_files, read_file
from rag.types import Source


def message(body: str = "The pier is shut.", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Ann Röe <ann@harbour.example>"
    made["To"] = "Bo Dee <bo@harbour.example>"
    made["Date"] = "Tue, 05 Mar 2024 23:30:00 +0100"
    made["Subject"] = "Pier: shut until 9 März"
    for name, value in headers.items():
        made[name] = value
    made.set_content(body)
    return made


def read(made: EmailMessage | bytes, tmp_path: Path, name: str = "m.eml") -> Source:
    path = tmp_path / name
    path.write_bytes(made if isinstance(made, bytes) else bytes(made))
    return read_file(path, id=name)


def marked(source: Source, kind: str) -> list[str]:
    return [source.text[m.span.start : m.span.end] for m in source.marks if m.kind == kind]


def test_headers_are_text_and_facts(tmp_path: Path) -> None:
    source = read(message("The pier is shut.\nUntil then,\nuse the slip.\n\nAnn\n"), tmp_path)
    assert source.text == (
        "Pier: shut until 9 März\n\n"
        "From: Ann Röe <ann@harbour.example>\nTo: Bo Dee <bo@harbour.example>\n"
        "Date: Tue, 05 Mar 2024 23:30:00 +0100\n\n"
        "The pier is shut. \nUntil then, \nuse the slip.\n\nAnn"
    )
    assert source.title == "Pier: shut until 9 März"
    assert (source.meta("author"), source.meta("date")) == ("Ann Röe", "2024-03-05")
    assert source.media_type == "message/rfc822"


def test_quoted_replies_and_forwards_are_marked(tmp_path: Path) -> None:
    body = (
        "No, it is open.\n\nOn Mon, 4 Mar 2024 at 10:00, Bo Dee wrote:\n> Is the pier shut?\n"
        ">\n> Bo\n\nYours\n\n-----Original Message-----\nFrom: Cy\n\nShut it.\n"
    )
    source = read(message(body), tmp_path)
    assert marked(source, "reply") == [
        "On Mon, 4 Mar 2024 at 10:00, Bo Dee wrote: \n> Is the pier shut?", "> Bo",
        "-----Original Message----- \nFrom: Cy", "Shut it.",
    ]  # fmt: skip


def test_a_flowed_text_is_joined(tmp_path: Path) -> None:
    made = MIMEText("The pier is \nshut for the \nwinter.\nBo\n", "plain", "utf-8")
    made.set_param("format", "flowed")
    made["Subject"] = "Pier"
    source = read(made.as_bytes(), tmp_path)
    assert source.text == "Pier\n\nThe pier is shut for the winter. \nBo"


def test_an_html_body_is_read_and_its_quotes_are_marked(tmp_path: Path) -> None:
    made = message()
    made.set_content(
        "<p>It holds 10<sup>6</sup> litres.</p><ul><li>One</li><li>Two</li></ul>"
        '<div class="gmail_quote"><div>On Monday Bo wrote:</div><blockquote type="cite">'
        "<p>How much?</p></blockquote></div><p>Ann</p>",
        subtype="html",
    )
    source = read(made, tmp_path)
    assert "\n\nOne\nTwo\n\nAnn\n\n" in source.text
    assert marked(source, "reply") == ["On Monday Bo wrote:\n\nHow much?"]


def test_attachments_are_sources_of_their_own_or_named(tmp_path: Path) -> None:
    inner = message("The older letter.", **{"X-Kind": "old"})
    made = message()
    made.add_attachment(b"Item,Due\nRope,3\n", maintype="text", subtype="csv", filename="dues.csv")
    made.add_attachment(b"\xff\xd8", maintype="image", subtype="jpeg", filename="../pier.jpg")
    made.add_attachment(inner)
    (tmp_path / "m.eml").write_bytes(bytes(made))
    found = find_files(tmp_path)
    letter = "m.eml/Pier: shut until 9 März.eml"
    assert [file.id for file in found.files] == ["m.eml", letter, "m.eml/dues.csv"]
    assert found.skipped == ("m.eml/-pier.jpg",)
    whole, old, dues = (read_file(file.path, id=file.id) for file in found.files)
    assert whole.notes[-1].startswith("3 attachments: dues.csv, -pier.jpg")
    assert "The older letter." in old.text
    assert dues.text == "Item\tDue\nRope\t3"
    assert "The pier is shut." in whole.text


def test_pictures_in_the_body_are_no_attachments(tmp_path: Path) -> None:
    made = message()
    made.set_content('<p>See <img src="cid:one"></p>', subtype="html")
    made.add_related(b"\x89PNG", maintype="image", subtype="png", cid="<one>", filename="x.png")
    (tmp_path / "m.eml").write_bytes(bytes(made))
    found = find_files(tmp_path)
    assert ([f.id for f in found.files], found.skipped) == (["m.eml"], ())


def test_a_mailbox_is_its_messages(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "box.mbox")
    box.lock()
    for number in range(3):
        box.add(message(f"Letter {number}.\n\nFrom here on it rains.\n\nFrom: me\n"))
    box.flush()
    box.unlock()
    box.close()
    found = find_files(tmp_path)
    assert [file.id for file in found.files] == [f"box.mbox/000{n}.eml" for n in (1, 2, 3)]
    texts = [read_file(file.path, id=file.id).text for file in found.files]
    for number, text in enumerate(texts):
        assert f"Letter {number}.\n\nFrom here on it rains.\n\nFrom: me" in text


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.eml", b"Just words, no headers.\n", "is not an e-mail message"),
        ("a.mht", b"From: x\n\nwords", "is not a saved web page"),
    ],
)
def test_what_is_none_is_refused(tmp_path: Path, name: str, data: bytes, told: str) -> None:
    with pytest.raises(UnreadableSource, match=told):
        read(data, tmp_path, name)


def test_a_mailbox_without_a_message_is_named(tmp_path: Path) -> None:
    (tmp_path / "box.mbox").write_bytes(b"words")
    assert "holds no message" in find_files(tmp_path).unreadable[0].reason


def test_a_saved_page_is_the_page_with_its_address(tmp_path: Path) -> None:
    made = MIMEMultipart("related", type="text/html")
    made["Snapshot-Content-Location"] = "https://harbour.example/dues"
    made["Subject"] = "Dues"
    made["Date"] = "Tue, 05 Mar 2024 23:30:00 +0100"
    page = "<html><title>Dues</title><body><h1>Dues</h1><p>Zoë pays £5.</p></body></html>"
    made.attach(MIMEText(page, "html", "utf-8"))
    made.attach(MIMEText("p { color: red }", "css", "utf-8"))
    source = read(made.as_bytes(), tmp_path, "a.mhtml")
    assert source.text == "Dues\n\nZoë pays £5."
    assert source.meta("address") == "https://harbour.example/dues"
    assert source.meta("saved") == "2024-03-05"
    assert [source.text[h.span.start : h.span.end] for h in source.headings] == ["Dues"]
