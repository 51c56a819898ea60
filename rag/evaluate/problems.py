"""All that is wrong with a file, gathered, so that a person mends it in one go."""

from __future__ import annotations

from pathlib import Path

from rag.errors import GoldError

SHOWN = 20


class Problems:
    """Messages with the file and the line they are about."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: list[str] = []
        self.unknown: dict[str, int] = {}

    def add(self, line: int, message: str) -> None:
        """A problem of one line."""
        self.found.append(f"{self.path.name}:{line}: {message}")

    def missing(self, line: int, source: str) -> None:
        """A row that points into a source the library does not hold."""
        self.unknown.setdefault(source, line)

    def check(self) -> None:
        """Raise GoldError when anything was found."""
        if self.unknown:
            names = "; ".join(f"{s!r} (line {n})" for s, n in list(self.unknown.items())[:SHOWN])
            more = f" and {len(self.unknown) - SHOWN} more" if len(self.unknown) > SHOWN else ""
            self.found.append(
                f"{self.path.name}: {len(self.unknown)} sources are not in the library: "
                f"{names}{more}. "
                "Is this the gold set of other documents? List the library's with: rag sources"
            )
        if self.found:
            shown = self.found[:SHOWN]
            rest = len(self.found) - len(shown)
            raise GoldError("\n".join(shown) + (f"\n... and {rest} more problems" if rest else ""))
