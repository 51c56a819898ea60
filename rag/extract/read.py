"""One file to one source, or the reason why not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rag.errors import UnreadableSource
from rag.extract.decode import Decoded, NotText, decode
from rag.extract.draft import Draft, Unreadable, one_line
from rag.extract.language import language
from rag.extract.markdown import read_markdown
from rag.extract.plain import read_plain
from rag.extract.sniff import sniff
from rag.types import Source, digest

_TEXT: dict[str, Callable[[Decoded], Draft]] = {
    ".txt": read_plain,
    ".md": read_markdown,
    ".markdown": read_markdown,
}
SUFFIXES: frozenset[str] = frozenset({*_TEXT, ".html", ".htm", ".pdf", ".docx"})


def read_file(path: Path, *, id: str, encoding: str | None = None) -> Source:
    """Read one file.

    id: POSIX path relative to the indexed root, kept as ``Source.id``. encoding: of text and HTML
    files that carry no byte order mark; None: UTF-8, else detected. Raises UnreadableSource with a
    reason a person can act on; UsageError for an encoding that does not exist.
    """
    try:
        data = _bytes(path)
        draft = _draft(data, path.suffix.lower(), encoding)
        if not draft.text.strip():
            raise Unreadable("holds no text, only white space")
        return _source(draft, id, path.stem, digest(data))
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
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(os_reason(error)) from error
    if not data:
        raise Unreadable("empty file (0 bytes)")
    return data


def _draft(data: bytes, suffix: str, encoding: str | None) -> Draft:
    kind = sniff(data)
    if suffix == ".pdf":
        from rag.extract.pdf import read_pdf

        if kind is not None and kind != "a PDF file":
            raise Unreadable(f"is not a PDF file but {kind}")
        return read_pdf(data)
    if suffix == ".docx":
        from rag.extract.docx import read_docx

        return read_docx(data, kind)
    if kind is not None:
        raise Unreadable(f"is not a text file but {kind}; give it the right name")
    if suffix in (".html", ".htm"):
        from rag.extract.html import read_html

        return read_html(data, encoding)
    if suffix not in _TEXT:
        known = " ".join(sorted(SUFFIXES))
        raise Unreadable(f"files named {suffix or 'without a suffix'} are not read; known: {known}")
    return _TEXT[suffix](decode(data, encoding))


def _source(draft: Draft, id: str, stem: str, file_sha256: str) -> Source:
    notes = list(draft.notes)
    metadata = {key: value for key, value in draft.metadata.items() if value}
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
        media_type=draft.media_type,
        extractor=draft.extractor,
        pages=draft.pages,
        headings=draft.headings,
        boilerplate=draft.boilerplate,
        metadata=tuple(sorted(metadata.items())),
        notes=tuple(notes),
    )
