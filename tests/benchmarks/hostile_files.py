"""Files made to do harm, each read by a worker process: what became of it, in what time and memory.

``python -m tests.benchmarks.hostile_files`` makes them and prints the table of docs/limits.md.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from rag.embed.hashed import count_words
from rag.extract.workers import Broken, Call, Limits, _Worker
from rag.store.reading_files import Cut, ReadFile, read_and_cut

Maker = Callable[[], bytes]


def pdf(objects: list[str | bytes], root: int = 1) -> bytes:
    """A PDF file of numbered objects."""
    out, starts = bytearray(b"%PDF-1.7\n"), []
    for number, item in enumerate(objects, 1):
        starts.append(len(out))
        data = item.encode("latin-1") if isinstance(item, str) else item
        out += b"%d 0 obj\n" % number + data + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % start for start in starts)
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        root,
        table,
    )
    return bytes(out)


def stream(content: str, more: str = "") -> str:
    return f"<< /Length {len(content)} {more} >>\nstream\n{content}\nendstream"


def pdf_of_forms(depth: int, calls: int) -> bytes:
    """A page whose drawing calls the next one ``calls`` times, ``depth`` deep."""
    objects: list[str | bytes] = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
        "/Resources << /XObject << /F 5 0 R >> >> >>",
        stream("/F Do " * calls),
    ]
    for level in range(depth):
        following = 5 + (level + 1 if level + 1 < depth else 0)
        objects.append(
            stream(
                "/F Do " * calls,
                "/Type /XObject /Subtype /Form /BBox [0 0 600 800] "
                f"/Resources << /XObject << /F {following} 0 R >> >>",
            )
        )
    return pdf(objects)


def pdf_pages(pages: int, text: str) -> bytes:
    objects: list[str | bytes] = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    objects += ["<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>", stream(text)]
    kids = " ".join(f"{5 + n} 0 R" for n in range(pages))
    objects[1] = f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>"
    page = (
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
        "/Resources << /Font << /F 3 0 R >> >> >>"
    )
    return pdf(objects + [page] * pages)


CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
    'relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.'
    'openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/'
    '2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx(body: str, doctype: str = "") -> bytes:
    """A Word file with this body."""
    document = (
        f'<?xml version="1.0"?>{doctype}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body>'
        "</w:document>"
    )
    return packed(
        {
            "[Content_Types].xml": CONTENT_TYPES,
            "_rels/.rels": RELATIONS,
            "word/document.xml": document,
        }
    )


def packed(members: dict[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def nested_zip(levels: int) -> bytes:
    data = packed({f"{n}.txt": "word " * 200_000 for n in range(10)})
    for _ in range(levels):
        data = packed({f"{n}.zip": data for n in range(10)})
    return data


def xlsx(rows: str, reference: str) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return packed(
        {
            "[Content_Types].xml": CONTENT_TYPES.replace("/word/document.xml", "/xl/workbook.xml")
            .replace(
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main",
                f"{kind}.sheet.main",
            )
            .replace(
                "</Types>",
                f'<Override PartName="/xl/worksheets/s.xml" ContentType="{kind}.worksheet+xml"/>'
                "</Types>",
            ),
            "_rels/.rels": RELATIONS.replace("word/document.xml", "xl/workbook.xml"),
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
            '<sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": RELATIONS.replace(
                "relationships/officeDocument", "relationships/worksheet"
            ).replace("word/document.xml", "worksheets/s.xml"),
            "xl/worksheets/s.xml": f'<worksheet xmlns="{main}"><dimension ref="{reference}"/>'
            f"<sheetData>{rows}</sheetData></worksheet>",
        }
    )


def eml(levels: int) -> bytes:
    head = "From: a@example.org\nSubject: s\nMIME-Version: 1.0\n"
    parts = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(levels)
    )
    return (head + parts + "Content-Type: text/plain\n\nThe end.\n").encode()


LAUGHS = (
    "<!DOCTYPE w [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    + "]>"
)
P = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
FILES: dict[str, Maker] = {
    "drawings that call themselves twice.pdf": lambda: pdf_of_forms(1, 2),
    "27 drawings, each calling the next twice.pdf": lambda: pdf_of_forms(27, 2),
    "9 drawings, each calling the next ten times.pdf": lambda: pdf_of_forms(9, 10),
    "5,000 pages.pdf": lambda: pdf_pages(5_000, "BT /F 12 Tf 50 700 Td (The court sits.) Tj ET"),
    "a million letters on one page.pdf": lambda: pdf_pages(
        1, "BT /F 12 Tf 50 700 Td " + "(aaaaaaaaaa) Tj " * 100_000 + "ET"
    ),
    "a page tree without end.pdf": lambda: pdf(
        ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 >>"]
    ),
    "half a million paragraphs.txt": lambda: b"a.\n\n" * 500_000,
    "a line of 100 MB.txt": lambda: b"x" * 10**8,
    "words without end.txt": lambda: b"word " * 4_000_000,
    "a letter under a million accents.txt": lambda: ("a" + "\u0301" * 1_000_000).encode(),
    "300,000 underlined lines.txt": lambda: b"A\n" * 300_000 + b"===\n",
    "aliases of aliases.md": lambda: (
        "---\na: &a [x]\n"
        + "".join(f"{c}: &{c} [{f'*{chr(ord(c) - 1)},' * 9}]\n" for c in "bcdefghij")
        + "---\nText.\n"
    ).encode(),
    "50,000 headings in each other.md": lambda: b"".join(
        b"#" * (1 + n % 6) + b" Heading\n\n" for n in range(50_000)
    ),
    "100,000 quotation marks.md": lambda: b">" * 100_000 + b" Text.\n",
    "100,000 open brackets.md": lambda: b"[" * 100_000 + b"\n",
    "100,000 asterisks.md": lambda: b"*a " * 50_000 + b"_b " * 50_000,
    "lists 5,000 deep.md": lambda: b"".join(b" " * (2 * n) + b"- a\n" for n in range(3_000)),
    "elements 200,000 deep.html": lambda: b"<div>" * 200_000 + b"Text.",
    "200,000 attributes.html": lambda: (
        b"<p " + b" ".join(b'a%d="x"' % n for n in range(200_000)) + b">Text.</p>"
    ),
    "a cell over 65,534 rows and 1,000 columns.html": lambda: (
        b"<table>" + b"<tr><td rowspan=65534 colspan=1000>a</td></tr>" * 200 + b"</table>"
    ),
    "a million entities.html": lambda: b"<p>" + b"&amp;" * 1_000_000,
    "a million paragraphs.docx": lambda: docx("<w:p/>" * 1_000_000),
    "text boxes 80 deep.docx": lambda: docx(
        "<w:p><w:r><w:pict><w:txbxContent>" * 80
        + P.format("Text.")
        + "</w:txbxContent></w:pict></w:r></w:p>" * 80
    ),
    "tables 500 deep.docx": lambda: docx(
        "<w:tbl><w:tr><w:tc>" * 500 + P.format("Text.") + "<w:p/></w:tc></w:tr></w:tbl>" * 500
    ),
    "entities of entities.docx": lambda: docx(P.format("&a9;"), LAUGHS),
    "a gigabyte of spaces.docx": lambda: docx(P.format(" " * 2**30)),
    "archives in archives.zip": lambda: nested_zip(3),
    "two million rows.csv": lambda: b"a,b\n" + b"1,2\n" * 2_000_000,
    "a million columns.csv": lambda: b"a," * 1_000_000 + b"\n" + b"1," * 1_000_000,
    "a sheet of 17 billion cells.xlsx": lambda: xlsx(
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', "A1:XFD1048576"
    ),
    "lists a million deep.json": lambda: b"[" * 1_000_000,
    "five million numbers.json": lambda: json.dumps([1] * 5_000_000).encode(),
    "groups a million deep.rtf": lambda: b"{\\rtf1 " + b"{" * 1_000_000 + b"Text.",
    "parts 2,000 deep.eml": lambda: eml(2_000),
    "200,000 mails.mbox": lambda: b"From a\nSubject: s\n\nText.\n\n" * 200_000,
    "random bytes.pdf": lambda: b"%PDF-1.7\n" + gzip.compress(b"noise" * 10**6)[20:],
}


def measured(path: Path) -> tuple[str, float, float]:
    """What became of a file, in seconds of the clock and peak megabytes of the process."""
    worker, peak, over = _Worker(), [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            peak[0] = max(peak[0], worker._memory())

    limits = Limits()
    thread = threading.Thread(target=watch)
    thread.start()
    began = time.monotonic()
    arguments = (path, path.name, None, Cut(count_words, 256, 180), limits)
    result = worker.call(Call(read_and_cut, arguments, path.stat().st_size, limits))
    seconds = time.monotonic() - began
    over.set()
    thread.join()
    worker.close()
    if isinstance(result, ReadFile):
        told = f"read: {len(result.passages):,} passages"
    else:
        told = result.reason if isinstance(result, Broken) else str(result)
    return told, seconds, peak[0] / 1e6


def main() -> None:
    """Print a row for each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="files whose name holds this")
    args = parser.parse_args()
    print("| file | kB | what became of it | seconds | MB |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, make in FILES.items():
            if args.only and args.only not in name:
                continue
            path = Path(folder) / name
            path.write_bytes(make())
            told, seconds, memory = measured(path)
            size = path.stat().st_size / 1000
            print(
                f"| {name} | {size:,.0f} | {told[:110]} | {seconds:.1f} | {memory:.0f} |",
                flush=True,
            )
            path.unlink()


if __name__ == "__main__":
    main()
