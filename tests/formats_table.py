"""The table of docs/formats.md, from the registry: ``python -m tests.formats_table`` writes it."""

from __future__ import annotations

from pathlib import Path

from rag.extract import Format, formats

FILE = Path(__file__).parents[1] / "docs" / "formats.md"
BEGIN, END = "<!-- table: python -m tests.formats_table -->\n", "<!-- end of table -->\n"


def table() -> str:
    """One row a format."""
    rows = [_row(known) for known in formats()]
    head = "| format | files | kept | lost | how a loss is told | extractor |\n"
    return head + "|---|---|---|---|---|---|\n" + "".join(rows)


def _row(known: Format) -> str:
    names = " ".join(f"`{suffix}`" if suffix else "(none)" for suffix in known.suffixes)
    extractor = f"{known.key} {known.version}" + (f" with {known.library}" if known.library else "")
    cells = (known.name, names, known.keeps, known.loses, known.noted, extractor)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def page(text: str) -> str:
    """The page with its table written anew."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    FILE.write_text(page(FILE.read_text("utf-8")), "utf-8")
