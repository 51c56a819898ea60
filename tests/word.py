"""Word files made by hand, for what no library writes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPACES = (
    f'xmlns:w="{W}" xmlns:r="{R}" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
STRICT = {
    W: "http://purl.oclc.org/ooxml/wordprocessingml/main",
    R: "http://purl.oclc.org/ooxml/officeDocument/relationships",
}


def run(text: str, properties: str = "") -> str:
    """A run, with its properties."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str, properties: str = "") -> str:
    """A paragraph of runs; a run without mark-up is plain text."""
    inner = "".join(r if r.startswith("<") else run(r) for r in runs)
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def part(name: str, inner: str) -> str:
    """A part whose root is ``w:name``."""
    return f"<w:{name} {SPACES}>{inner}</w:{name}>"


def word(
    body: str,
    parts: Mapping[str, str | bytes] | None = None,
    *,
    strict: bool = False,
    document: str = "",
    others: Mapping[str, str] | None = None,
    package_relations: str = "",
    relations: str = "",
) -> bytes:
    """A Word file. parts: by their kind (styles, numbering, footnotes, header1, ...), which is the
    name too, but for digits. document: instead of the whole main part. others: more files by name.
    """
    named = {f"word/{name}.xml": content for name, content in (parts or {}).items()}
    links = "".join(
        f'<Relationship Id="{name}" Type="{R}/{name.rstrip("0123456789")}" Target="{name}.xml"/>'
        for name in (parts or {})
    )
    files: dict[str, str | bytes] = {
        "_rels/.rels": _relations(
            f'<Relationship Id="main" Type="{R}/officeDocument" Target="word/document.xml"/>'
            + package_relations
        ),
        "word/document.xml": document or part("document", f"<w:body>{body}</w:body>"),
        "word/_rels/document.xml.rels": _relations(links + relations),
        **named,
        **(others or {}),
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            if strict and isinstance(content, str):
                for old, new in STRICT.items():
                    content = content.replace(old, new)
            archive.writestr(name, content)
    return data.getvalue()


def _relations(inner: str) -> str:
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{space}">{inner}</Relationships>'
