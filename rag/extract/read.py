"""One file to one source, or the reason why not."""

from __future__ import annotations

from pathlib import Path

from rag.errors import UnreadableSource
from rag.extract.decode import NotText
from rag.extract.draft import Draft, Unreadable, one_line
from rag.extract.facts import facts
from rag.extract.formats import Content, Format, format_of, suffix_of, usual_suffixes
from rag.extract.language import language
from rag.extract.members import read_bytes
from rag.extract.sniff import sniff
from rag.types import Source, digest


def read_file(path: Path, *, id: str, encoding: str | None = None) -> Source:
    """Read one file.

    id: POSIX path relative to the indexed root, kept as ``Source.id``. encoding: of text and HTML
    files that carry no byte order mark and are not valid UTF-8; None: detected. Raises
    UnreadableSource with a reason a person can act on; UsageError for an encoding that does not
    exist.
    """
    try:
        data = _bytes(path)
        known = _format(path.name)
        _check(data, known)
        if known.read is None:
            raise Unreadable(f"is {known.label}; its members are read, one source each")
        draft = known.read(Content(data, suffix_of(path.name), encoding))
        if not draft.text.strip():
            raise Unreadable("holds no text, only white space")
        return _source(draft, known, id, path.stem, digest(data))
    except (Unreadable, NotText) as error:
        raise UnreadableSource(id, str(error)) from error


def os_reason(error: OSError) -> str:
    """What an error of the operating system means for a file, and what to do."""
    if isinstance(error, FileNotFoundError):
        return "is gone: it was moved or deleted after it was listed; index again"
    if isinstance(error, PermissionError):
        return "no permission to read it; change its permissions and index again"
    if isinstance(error, IsADirectoryError):
        return "is a folder, not a file"
    return f"cannot be read: {error.strerror or error}"


def _bytes(path: Path) -> bytes:
    try:
        data = read_bytes(path)
    except OSError as error:
        raise Unreadable(os_reason(error)) from error
    if not data:
        raise Unreadable("empty file (0 bytes)")
    return data


def _format(name: str) -> Format:
    known = format_of(name)
    if known is None:
        raise Unreadable(f"files named {suffix_of(name)} are not read; known: {usual_suffixes()}")
    return known


def _check(data: bytes, known: Format) -> None:
    """Refuse a file whose first bytes say that it is something else than its name does."""
    kind = sniff(data)
    if kind is None or kind == known.label or known.part or known.opens:
        return  # a package's own reader says best what is wrong with it
    what = known.label if known.signature else "a text file"
    advice = "" if known.signature else "; give it the right name"
    raise Unreadable(f"is not {what} but {kind}{advice}")


def _source(draft: Draft, known: Format, id: str, stem: str, file_sha256: str) -> Source:
    notes = list(draft.notes)
    own = {key: value for key, value in draft.metadata.items() if value}
    metadata = facts(draft.text, stem) | own
    code = language(draft.text)
    if code is not None:
        metadata["language"] = code
        if code != "en":
            notes.append(f"not in English ({code}): both models are English")
    return Source(
        id=id,
        text=draft.text,
        sha256=digest(draft.text),
        file_sha256=file_sha256,
        title=one_line(draft.title) or stem,
        media_type=known.media_type,
        extractor=known.extractor,
        pages=draft.pages,
        headings=draft.headings,
        boilerplate=draft.boilerplate,
        marks=draft.marks,
        labels=draft.labels,
        tables=draft.tables,
        page_labels=draft.page_labels,
        metadata=tuple(sorted(metadata.items())),
        notes=tuple(notes),
    )
