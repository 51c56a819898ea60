"""ZIP archives: members are files like others, and a harmful archive does no harm."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from rag.errors import UnreadableSource
from rag.extract import file_sha256, find_files, is_file, read_file
from rag.types import digest

NOTE = "The lock of the boat house was changed in May."


def zipped(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()


def test_members_are_found_and_read_as_files_are(tmp_path: Path) -> None:
    inner = zipped({"deep/c.md": b"# Deep\n\nWords."})
    data = zipped(
        {"a.txt": NOTE.encode(), "in/b.md": b"# B\n\nText.", "inner.zip": inner, "pic.jpg": b"x",
         "__MACOSX/._a.txt": b"x"}
    )  # fmt: skip
    (tmp_path / "box.zip").write_bytes(data)
    found = find_files(tmp_path)
    ids = ["box.zip/a.txt", "box.zip/in/b.md", "box.zip/inner.zip/deep/c.md"]
    assert [file.id for file in found.files] == ids
    assert found.skipped == ("box.zip/pic.jpg",)
    assert found.ignored == ("box.zip/__MACOSX/._a.txt",)
    assert found.unreadable == ()
    first, _, deep = (read_file(file.path, id=file.id) for file in found.files)
    assert (first.text, first.file_sha256) == (NOTE, digest(NOTE.encode()))
    assert (deep.title, deep.media_type) == ("Deep", "text/markdown")
    assert file_sha256(found.files[0].path) == digest(NOTE.encode())
    assert is_file(tmp_path / ids[2])
    assert not is_file(tmp_path / "box.zip/deep/c.md")


def test_a_member_that_is_gone_is_named(tmp_path: Path) -> None:
    path = tmp_path / "box.zip"
    path.write_bytes(zipped({"a.txt": NOTE.encode(), "b.txt": b"Bee."}))
    file = find_files(tmp_path).files[1]
    path.write_bytes(zipped({"a.txt": NOTE.encode()}))
    with pytest.raises(UnreadableSource, match=r"box.zip/b.txt: is no longer in box.zip"):
        read_file(file.path, id=file.id)
    path.unlink()
    with pytest.raises(UnreadableSource, match="is gone"):
        read_file(file.path, id=file.id)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"PK\x03\x04 not a zip after all", "is damaged: its ZIP archive cannot be read"),
        (b"words", "is damaged: its ZIP archive cannot be read"),
        (b"", "is damaged: its ZIP archive cannot be read"),
    ],
)
def test_a_damaged_archive_is_named(tmp_path: Path, data: bytes, told: str) -> None:
    (tmp_path / "box.zip").write_bytes(data)
    found = find_files(tmp_path)
    assert found.files == ()
    assert [item.id for item in found.unreadable] == ["box.zip"]
    assert told in found.unreadable[0].reason


def test_an_archive_that_unpacks_to_gigabytes_is_refused_unopened(tmp_path: Path) -> None:
    data = bytearray(zipped({f"{n}.txt": NOTE.encode() for n in range(9)}))
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:  # each claims 200 MB
        data[at + 24 : at + 28] = (200_000_000).to_bytes(4, "little")
        at += 4
    (tmp_path / "bomb.zip").write_bytes(data)
    (item,) = find_files(tmp_path).unreadable
    assert "unpacks to more than 1 GiB" in item.reason


def test_a_member_larger_than_it_says_is_not_unpacked(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": b"x" * 5_000_000}))
    at = data.find(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    (tmp_path / "lie.zip").write_bytes(data)
    (file,) = find_files(tmp_path).files
    with pytest.raises(UnreadableSource, match="is damaged in its ZIP archive"):
        read_file(file.path, id=file.id)


def test_names_that_lead_out_of_the_archive_stay_inside(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("Not this.")
    held = tmp_path / "held"
    held.mkdir()
    names = {"../secret.txt": NOTE.encode(), "/etc/passwd.txt": b"Root.", "a\\b.txt": b"Bee."}
    (held / "box.zip").write_bytes(zipped(names))
    found = find_files(held)
    assert {file.id for file in found.files} == {
        "box.zip/secret.txt", "box.zip/etc/passwd.txt", "box.zip/a/b.txt",
    }  # fmt: skip
    texts = {read_file(file.path, id=file.id).text for file in found.files}
    assert texts == {NOTE, "Root.", "Bee."}


def test_archives_are_opened_three_deep(tmp_path: Path) -> None:
    data = zipped({"a.txt": NOTE.encode()})
    for _ in range(4):
        data = zipped({"in.zip": data})
    (tmp_path / "box.zip").write_bytes(data)
    found = find_files(tmp_path)
    assert found.files == ()
    assert "more than 3 archives deep" in found.unreadable[0].reason


def test_files_without_a_suffix_are_read_when_they_are_text(tmp_path: Path) -> None:
    (tmp_path / "README").write_text(NOTE)
    (tmp_path / "Minutes 3.5.2024").write_text(NOTE)
    (tmp_path / "program").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(20))
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20))
    (tmp_path / "empty").write_bytes(b"")
    found = find_files(tmp_path)
    assert [file.id for file in found.files] == ["Minutes 3.5.2024", "README"]
    assert found.skipped == ("empty", "picture", "program")
    assert read_file(tmp_path / "README", id="README").media_type == "text/plain"
