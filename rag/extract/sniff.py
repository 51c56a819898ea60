"""What a file is by its first bytes, whatever its name says."""

from __future__ import annotations

import io
import zipfile

from rag.extract.formats import Format, formats

OLD_OFFICE = "an old or encrypted Office file"
# What is not read, but should be called by its name. What is read declares its own first bytes.
_MAGIC = (
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"PK\x03\x04", "a ZIP archive (an Office file is one too)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLD_OFFICE),
    (b"{\\rtf", "an RTF file"),
    (b"%!PS", "a PostScript file"),
    (b"\x1f\x8b\x08", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\0", "a program"),
    (b"ID3", "an MP3 recording"),
    (b"OggS", "an Ogg recording"),
    (b"fLaC", "a FLAC recording"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
)


def sniff(data: bytes) -> str | None:
    """A noun phrase for a file type that the first bytes name, or None (text has no such mark)."""
    known = recognised(data)
    if known is not None:
        return known.label
    if data[:4] == b"RIFF":
        return "a WebP image" if data[8:12] == b"WEBP" else "a sound or video file"
    if data[4:8] == b"ftyp":
        return "a video or image container"
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    return None


def recognised(data: bytes) -> Format | None:
    """The format that a file's bytes name: by its first ones, or by a part of its ZIP package."""
    for known in formats():
        if known.signature and data.startswith(known.signature):
            return known
    if not data.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = frozenset(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None
    return next((f for f in formats() if f.part and _holds(data, names, f)), None)


def _holds(data: bytes, names: frozenset[str], known: Format) -> bool:
    """Whether a package has the part of a format; ``mimetype`` has to name its type besides."""
    own = known.part != "mimetype" or known.media_type.encode() in data[:200]
    return own and known.part in names
