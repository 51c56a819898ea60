"""Which files are found, and every bad file reported by name with a reason to act on."""

import codecs
import os
from pathlib import Path

import pytest

from rag.errors import UnreadableSource, UsageError
from rag.extract import find_files, read_file, suffixes
from rag.types import Unreadable

POLISH = "Zażółć gęślą jaźń. Prezydent ogłosił decyzję w sprawie sądów, która może być zmieniona. "
ENGLISH = "The court ruled on Monday that the order stands. "


def write(path: Path, data: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def reason(path: Path, encoding: str | None = None) -> str:
    with pytest.raises(UnreadableSource) as caught:
        read_file(path, id=f"folder/{path.name}", encoding=encoding)
    assert str(caught.value).startswith(f"folder/{path.name}: ")
    return caught.value.reason


def test_a_folder_is_listed_whole_and_in_order(tmp_path: Path) -> None:
    for name in (
        "b.txt",
        "a/z.md",
        "a/b/c.PDF",
        "B.html",
        "pic.jpg",
        ".hidden.txt",
        ".git/x.txt",
        "drafts/d.txt",
        "keep/drafts.txt",
        "é.docx",
    ):
        write(tmp_path / name, "x")
    write(tmp_path / ".ragignore", "# comment\ndrafts/\n*.html\n")
    found = find_files(tmp_path)
    assert [f.id for f in found.files] == [
        "a/b/c.PDF",
        "a/z.md",
        "b.txt",
        "keep/drafts.txt",
        "é.docx",
    ]
    assert found.ignored == (".git/", ".hidden.txt", ".ragignore", "B.html", "drafts/")
    assert found.skipped == ("pic.jpg",)
    assert found.unreadable == ()
    assert found.files[0].size == 1
    assert found.files[0].mtime_ns == (tmp_path / "a/b/c.PDF").stat().st_mtime_ns


def test_a_single_file_is_its_name(tmp_path: Path) -> None:
    path = write(tmp_path / "x" / "notes.txt", "x")
    (file,) = find_files(path).files
    assert (file.id, file.path) == ("notes.txt", path)


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder"):
        find_files(tmp_path / "nowhere")


def test_an_empty_folder_is_for_the_caller_to_judge(tmp_path: Path) -> None:
    assert find_files(tmp_path).files == ()


def test_links_that_lead_nowhere_or_back_are_unreadable(tmp_path: Path) -> None:
    write(tmp_path / "real" / "a.txt", "x")
    (tmp_path / "real" / "back").symlink_to(tmp_path)
    (tmp_path / "broken.txt").symlink_to(tmp_path / "gone.txt")
    (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")
    (tmp_path / "also").symlink_to(tmp_path / "real")
    found = find_files(tmp_path)
    assert [f.id for f in found.files] == ["also/a.txt", "real/a.txt"]
    back = "is a link back to a folder that holds it; not followed"
    assert found.unreadable == (
        Unreadable("also/back/", back),
        Unreadable("broken.txt", "is a link to nothing"),
        Unreadable("real/back/", back),
        Unreadable("self.txt", "is a link that leads in a circle"),
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may read everything")
def test_a_folder_without_permission_by_the_system(tmp_path: Path) -> None:
    write(tmp_path / "shut" / "a.txt", "x")
    (tmp_path / "shut").chmod(0)
    try:
        found = find_files(tmp_path)
    finally:
        (tmp_path / "shut").chmod(0o700)
    assert found.unreadable[0].id == "shut/"


def test_no_permission_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "shut" / "a.txt", "x")
    listing = os.scandir

    def refuse(folder: Path) -> object:
        if str(folder).endswith("shut"):
            raise PermissionError(13, "Permission denied")
        return listing(folder)

    def refuse_file(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    assert find_files(tmp_path).unreadable == (
        Unreadable("shut/", "no permission to list this folder; nothing in it was read"),
    )
    monkeypatch.setattr(Path, "read_bytes", refuse_file)
    assert reason(path) == "no permission to read it; change its permissions and index again"


def test_a_file_that_vanishes(tmp_path: Path) -> None:
    (file,) = find_files(write(tmp_path / "a.txt", "x")).files
    file.path.unlink()
    assert reason(file.path).startswith("is gone: it was moved or deleted after it was listed")


@pytest.mark.parametrize("suffix", suffixes())
def test_an_empty_file(tmp_path: Path, suffix: str) -> None:
    assert reason(write(tmp_path / f"a{suffix}", b"")) == "empty file (0 bytes)"


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.txt", b" \n\t\n", "holds no text, only white space"),
        ("a.md", b"\xef\xbb\xbf\n", "holds no text, only white space"),
        ("a.txt", b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(99), "but a JPEG image"),
        ("a.md", b"%PDF-1.7\n", "is not a text file but a PDF file"),
        ("a.html", b"\x89PNG\r\n\x1a\n", "is not a text file but a PNG image"),
        ("a.pdf", b"\xff\xd8\xff\xe0", "is not a PDF file but a JPEG image"),
        ("a.pdf", b"just some words", "is damaged or not a PDF file"),
        ("a.pdf", b"%PDF-1.7\nbroken", "is damaged or not a PDF file"),
        ("a.docx", b"%PDF-1.7\n", "is not a Word file but a PDF file"),
        ("a.docx", b"just some words", "is not a Word file but something else"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "is encrypted, or an old"),
        ("a.docx", b"PK\x03\x04" + bytes(99), "is damaged: its ZIP archive cannot be read"),
        ("a.txt", bytes(range(1, 128)) * 9, "is not a text file: it holds binary data"),
        ("a.txt", bytes(range(256)) * 9, "is not a text file: it holds binary data"),
        ("a.html", b"<html><body><script>x()</script></body></html>", "shows no text"),
        ("a.html", b"<!-- nothing -->", "no text"),
        ("a.txt", b"\xff\xfea", "is not valid utf-16-le (byte 0: truncated data)"),
        ("a.xyz", b"words", "files named .xyz are not read; known: "),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_its_name_says(
    tmp_path: Path, name: str, data: bytes, told: str
) -> None:
    assert told in reason(write(tmp_path / name, data))


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("Naïve “quotes” — café €5. ".encode("cp1252") * 9, "cp1252"),
        ("Президент подписал указ о санкциях. ".encode("cp1251") * 9, "cp1251"),
        (POLISH.encode("cp1250") * 3, "cp1250"),
        ("Það er gott fyrir íbúa bæjarins og höfnina. ".encode("cp1252"), "cp1252"),
        ("Şehir güzel; ücret yüz kuruştur, liman yedide açılır. ".encode("cp1254"), "cp1254"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy. ".encode("cp1250"), "cp1250"),
        ("Az őrség minden órában vált, a gyűlés később lesz. ".encode("cp1250"), "cp1250"),
        ("Podul este închis până la întâi martie, spune şeful. ".encode("cp1250"), "cp1250"),
        (
            "Keltas plaukia kiekvieną valandą, sakė meras Žilvinas iš čia. ".encode("cp1257"),
            "cp1257",
        ),
        ("Η γέφυρα είναι κλειστή μέχρι την πρώτη Μαρτίου. ".encode("cp1253"), "cp1253"),
        ("הגשר סגור עד הראשון במרץ. המעבורת יוצאת בכל שעה. ".encode("cp1255"), "cp1255"),
        ("这座桥在三月一日之前关闭。渡船每小时开一次。".encode("gb18030"), "gb18030"),
        ("다리는 삼월 일일까지 닫혀 있습니다. 배는 매시간 출발합니다. ".encode("cp949"), "cp949"),
        ("Größe und Maß — naïve".encode("utf-16-le"), "utf-16-le"),
    ],
)
def test_a_detected_encoding_is_recorded_and_said(
    tmp_path: Path, data: bytes, encoding: str
) -> None:
    source = read_file(write(tmp_path / "a.txt", data), id="a.txt")
    assert source.text == data.decode(encoding)
    assert source.meta("encoding") == encoding
    assert encoding in source.notes[0]


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16", "utf-32"])
def test_the_byte_order_mark_stays_outside_the_text(tmp_path: Path, mark: str) -> None:
    text = "Zoë said 😀.\r\nNext.\rLast."
    source = read_file(write(tmp_path / "a.txt", text.encode(mark)), id="a.txt")
    assert source.text == text
    assert source.notes == ()


@pytest.mark.parametrize(
    "data", [b"M\x8fll \x8fr \x8d " * 9, bytes(range(0x80, 0x9F)) + b" is it."]
)
def test_an_encoding_that_cannot_be_told_is_asked_for(tmp_path: Path, data: bytes) -> None:
    path = write(tmp_path / "a.txt", data)
    assert "its encoding could not be told with confidence; name it with" in reason(path)
    assert read_file(path, id="a", encoding="latin-1").text == data.decode("latin-1")


@pytest.mark.parametrize(
    "data",
    [
        ENGLISH.encode() + b"One \xff byte.",
        "Zoë’s café — naïve ".encode() * 3 + b"\xff.",
        "Zoë was".encode() + b"\xa4 here.",
        "Cut off: “".encode()[:-1],
        codecs.BOM_UTF8 + b"With a mark \xe9 and all." + ENGLISH.encode(),
    ],
)
def test_one_bad_byte_is_replaced_and_said(tmp_path: Path, data: bytes) -> None:
    source = read_file(write(tmp_path / "a.txt", data), id="a.txt")
    assert source.text == data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
    assert source.text.count("\ufffd") == 1
    assert "replaced by U+FFFD" in source.notes[0]
    assert source.meta("encoding") is None


def test_a_named_encoding_is_for_files_that_are_not_utf8(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "café")
    told = read_file(path, id="a", encoding="cp1252")
    assert (told.text, told.notes) == ("café", ())
    old = write(tmp_path / "b.txt", "café – naïve".encode("mac_roman"))
    assert read_file(old, id="b", encoding="mac_roman").text == "café – naïve"
    assert "is not valid ascii (byte 3" in reason(old, "ascii")
    japanese = write(tmp_path / "c.txt", "日本語です。".encode("iso2022_jp"))
    assert read_file(japanese, id="c", encoding="iso2022_jp").text == "日本語です。"
    for name in ("klingon", "base64", "undefined", "unicode_escape"):
        with pytest.raises(UsageError, match=f"unknown encoding '{name}'"):
            read_file(path, id="a", encoding=name)


def test_nul_and_lone_surrogates_are_replaced_one_for_one_and_said(tmp_path: Path) -> None:
    source = read_file(write(tmp_path / "a.txt", b"a\0b\0" + b"c" * 99), id="a")
    assert source.text == "a\ufffdb\ufffd" + "c" * 99
    assert source.notes == ("2 NUL characters replaced by U+FFFD",)
    data = b"\xff\xfe" + "a\ud800b😀".encode("utf-16-le", "surrogatepass")
    source = read_file(write(tmp_path / "b.txt", data), id="b")
    assert source.text == "a\ufffdb😀"
    assert source.notes == ("1 lone surrogate replaced by U+FFFD",)


def test_other_languages_are_named(tmp_path: Path) -> None:
    french = "Le président a déclaré que la réforme était nécessaire pour le pays. " * 5
    source = read_file(write(tmp_path / "f.txt", french), id="f")
    assert source.meta("language") == "fr"
    assert source.notes == ("not in English (fr): both models are English",)
    english = read_file(write(tmp_path / "e.txt", ENGLISH * 9), id="e")
    assert (english.meta("language"), english.notes) == ("en", ())
    assert (
        read_file(write(tmp_path / "s.txt", "Bonjour tout le monde."), id="s").meta("language")
        is None
    )


def test_markdown_headings_of_both_kinds_and_no_others(tmp_path: Path) -> None:
    text = (
        "# One #\r\n## Two\n### Three\n#### Four\n##### Five\n###### Six\n####### no\n#no\n"
        "```\n# no\n```\n    # no\n\nFirst\nsecond\n===\n\nThird\n---\n\n- a\n---\n"
    )
    source = read_file(write(tmp_path / "a.md", text), id="a.md")
    found = [(h.level, text[h.span.start : h.span.end]) for h in source.headings]
    assert found == [
        (1, "One"), (2, "Two"), (3, "Three"), (4, "Four"), (5, "Five"), (6, "Six"),
        (1, "First\nsecond"), (2, "Third"),
    ]  # fmt: skip
    assert (source.text, source.title) == (text, "One")


def test_front_matter(tmp_path: Path) -> None:
    head = '---\ntitle: "The: Title"\nauthors: [Ann Roe, {name: Bo}]\ndate: 2025-02-06\n'
    text = head + "source: https://example.org/x\nnested: {a: 1}\n---\n\n# Heading\n"
    source = read_file(write(tmp_path / "a.md", text), id="a.md")
    assert source.title == "The: Title"
    assert dict(source.metadata) == {
        "author": "Ann Roe, Bo", "date": "2025-02-06", "address": "https://example.org/x",
    }  # fmt: skip
    assert text[source.boilerplate[0].end :] == "# Heading\n"
    assert len(source.headings) == 1
    plain = read_file(write(tmp_path / "b.md", "---\n\nNot front matter.\n\n---\n"), id="b.md")
    assert plain.boilerplate == ()
    broken = read_file(write(tmp_path / "c.md", "---\ntitle: [\n---\nText."), id="c.md")
    assert broken.notes == ("the front matter is not valid YAML and was not read",)
