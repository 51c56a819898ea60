"""The session that the README shows, run with the shipped models on the sample sources.

``python -m tests.readme`` writes it anew; a test holds that README and program agree.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from pathlib import Path

from rag.commands.cli import main as rag

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
QUESTIONS = (
    "When did President Trump sign the order against the court?",
    "What is the yearly budget of the International Criminal Court?",
)
LINES = 9  # of an abstention; the rest stands for itself
BLOCK = re.compile(r"(<!-- session -->\n).*?(<!-- /session -->)", re.DOTALL)


def session(library: Path) -> str:
    """What the terminal shows: the commands as a reader would type them, and their real output."""
    lines = ["$ rag index corpus -q"]
    for question in QUESTIONS:
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            assert rag(["ask", question, "-i", str(library)]) == 0
        shown = output.getvalue().rstrip().split("\n")
        lines += [f'$ rag ask "{question}"', *shown[:LINES]]
        if len(shown) > LINES:
            lines.append("...")
    return "```\n" + "\n".join(lines) + "\n```\n"


def filled(text: str, shown: str) -> str:
    """The README with the session in its place."""
    return BLOCK.sub(lambda m: f"{m[1]}{shown}{m[2]}", text)


def main() -> None:
    """Write the README's session anew."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "library"
        assert rag(["index", str(ROOT / "corpus"), "-i", str(library), "-q"]) == 0
        README.write_text(filled(README.read_text("utf-8"), session(library)), "utf-8")


if __name__ == "__main__":
    main()
