"""Files that are ZIP packages of parts (Office Open XML, OpenDocument, EPUB)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rag.errors import UsageError
from rag.extract.decode import NotText
from rag.extract.draft import Unreadable
from rag.extract.sniff import OLD_OFFICE, sniff
from rag.extract.zipped import checked, unpacked

_LARGEST_PART = 1 << 28


def package(data: bytes, label: str, part: str, *, old: str = "") -> zipfile.ZipFile:
    """The ZIP package of a file that should be ``label`` and hold ``part``.

    old: the suffix of the format's forerunner, which looks the same as an encrypted file. Raises
    Unreadable with the reason.
    """
    kind = sniff(data)
    if kind == OLD_OFFICE:
        former = f", or an old {old} file" if old else ""
        raise Unreadable(f"is encrypted{former}; save it anew without a password")
    if not data.startswith(b"PK"):
        raise Unreadable(f"is not {label} but {kind or 'something else (text?)'}")
    opened = checked(io.BytesIO(data))
    if part not in opened.namelist():
        raise Unreadable(f"is not {label} but {kind or 'a ZIP archive'}")
    if any(item.flag_bits & 1 for item in opened.infolist()):
        raise Unreadable("is encrypted; save it anew without a password")
    return opened


def xml(opened: zipfile.ZipFile, name: str) -> Any:
    """The root element of a part, or None where there is none. Raises Unreadable."""
    from lxml import etree

    if name not in opened.namelist():
        return None
    # Entities are not resolved: a part that defines them means harm, and no program writes any.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        return etree.fromstring(unpacked(opened, name), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"is damaged: its part {name} is not valid XML") from error


@contextmanager
def parsing(label: str) -> Iterator[None]:
    """Whatever a library raises over a broken file means that the file is broken."""
    try:
        yield
    except (Unreadable, NotText, UsageError, MemoryError):
        raise
    except Exception as error:
        raise Unreadable(
            f"is damaged: it cannot be read as {label} ({type(error).__name__}); save it anew"
        ) from error
