"""Small PDFs for tests: text set at exact places, in several fonts, sizes and offsets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from rag.extract import read_file
from rag.types import Source

WIDTH, HEIGHT = 595.0, 842.0
Piece = tuple[str, float, float]  # text, share of the line's size, rise in shares of that size


class Maker:
    """A PDF under construction; ``source`` saves and reads it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.canvas = Canvas(str(path), pagesize=(WIDTH, HEIGHT), invariant=1)

    def text(
        self, x: float, y: float, text: str, size: float = 11, font: str = "Helvetica"
    ) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, y, text)

    def lines(
        self, x: float, y: float, lines: Iterable[str], size: float = 11, font: str = "Helvetica"
    ) -> None:
        """Lines under each other, 1.25 of their size apart."""
        for row, line in enumerate(lines):
            self.text(x, y - 1.25 * size * row, line, size, font)

    def pieces(
        self, x: float, y: float, pieces: Sequence[Piece], size: float = 11, font: str = "Helvetica"
    ) -> None:
        """One line of pieces that touch each other, raised and lowered."""
        for text, share, rise in pieces:
            self.text(x, y + rise * size, text, share * size, font)
            x += stringWidth(text, font, share * size)

    def page(self) -> None:
        self.canvas.showPage()

    def source(self) -> Source:
        self.canvas.save()
        return read_file(self.path, id=self.path.name)
