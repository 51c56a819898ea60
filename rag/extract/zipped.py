"""ZIP archives: their members are sources of their own."""

from __future__ import annotations

import stat
import zipfile
import zlib
from functools import cached_property
from typing import BinaryIO

from rag.extract.draft import Unreadable
from rag.extract.formats import Format, Member

_MOST_MEMBERS = 20_000
_MOST_UNPACKED = 1 << 30
_LARGEST_MEMBER = 1 << 28
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


def checked(stream: BinaryIO) -> zipfile.ZipFile:
    """An archive that is whole and of a bearable size. Raises Unreadable."""
    try:
        opened = zipfile.ZipFile(stream)
    except (*_FAULTS, ValueError) as error:
        raise Unreadable("is damaged: its ZIP archive cannot be read; save it again") from error
    items = opened.infolist()
    if len(items) > _MOST_MEMBERS:
        raise Unreadable(f"holds {len(items)} files; more than {_MOST_MEMBERS} are not unpacked")
    if sum(item.file_size for item in items) > _MOST_UNPACKED:
        raise Unreadable("unpacks to more than 1 GiB; it looks made to do harm")
    return opened


def unpacked(opened: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of a member, never more than its size says. Raises Unreadable."""
    try:
        with opened.open(name) as stream:  # what unpacks to more than it says ends in BadZipFile
            return stream.read(_LARGEST_MEMBER + 1)
    except KeyError:
        raise Unreadable(f"holds no {name}") from None
    except _FAULTS as error:
        raise Unreadable("is damaged in its ZIP archive; save it again") from error


class Zip:
    """The files of a ZIP archive."""

    def __init__(self, stream: BinaryIO) -> None:
        self._zip = checked(stream)

    @cached_property
    def _items(self) -> dict[str, zipfile.ZipInfo]:
        """The members by the name they go by; a name that comes again is the later one's."""
        named = ((_clean(i.filename), i) for i in self._zip.infolist() if not i.is_dir())
        return {name: item for name, item in named if name}

    def members(self) -> tuple[Member, ...]:
        """The files, by name."""
        return tuple(
            Member(name, item.file_size, _fault(item)) for name, item in sorted(self._items.items())
        )

    def read(self, name: str) -> bytes:
        """The bytes of a member. Raises Unreadable."""
        item = self._items[name]
        fault = _fault(item)
        if fault:
            raise Unreadable(fault)
        return unpacked(self._zip, item.filename)


def _clean(name: str) -> str:
    """A member's name as a relative path that stays inside: no drive, no "..", no backslash."""
    parts = name.replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def _fault(item: zipfile.ZipInfo) -> str:
    if item.flag_bits & 1:
        return "is encrypted in its archive; unpack it with its password and index the folder"
    if item.file_size > _LARGEST_MEMBER:
        return "is larger than 256 MiB; unpack it and index the folder"
    if stat.S_ISLNK(item.external_attr >> 16):
        return "is a link; links in archives are not followed"
    return ""


FORMATS = (
    Format(
        name="ZIP",
        label="a ZIP archive",
        suffixes=(".zip",),
        media_type="application/zip",
        key="zip",
        version=1,
        read=None,
        opens=Zip,
        keeps="each file in it as a source of its own, named `archive.zip/folder/file`; archives "
        "in archives three deep",
        loses="encrypted members, links, members over 256 MiB, archives that unpack to over 1 GiB",
        noted="each is named as unreadable; members of other formats are listed as skipped",
    ),
)
