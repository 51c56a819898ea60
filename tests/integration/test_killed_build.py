"""A build that is killed in the middle of one large source goes on where it stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from rag.store.fill import BATCH

# The log is written after a batch is embedded: what it holds twice was embedded twice.
BUILDER = """
import sys, time
from pathlib import Path
from rag.library import Library
from rag.embed import HashEmbedder

class Logged(HashEmbedder):
    def embed_passages(self, texts):
        time.sleep(0.05)
        vectors = super().embed_passages(texts)
        with open(sys.argv[3], "a") as log:
            log.writelines(text.split()[1] + "\\n" for text in texts)
        return vectors

Library.build(Path(sys.argv[1]), at=Path(sys.argv[2]), embedder=Logged(32)).close()
print("done")
"""


def test_no_batch_but_the_one_in_flight_is_embedded_twice(tmp_path: Path) -> None:
    folder, library, log = tmp_path / "texts", tmp_path / "library", tmp_path / "log"
    folder.mkdir()
    words = "a large source with many paragraphs that are long enough to stand on their own " * 2
    (folder / "large.txt").write_text("".join(f"Paragraph {n} of {words}\n\n" for n in range(1000)))
    log.touch()
    arguments = [sys.executable, "-c", BUILDER, str(folder), str(library), str(log)]
    kills = 0
    for batches in (1, 3):
        process = subprocess.Popen(arguments)
        while process.poll() is None and _lines(log) < batches * BATCH:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
    assert kills == 2
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stdout == "done\n"
    times = Counter(log.read_text().split())
    assert set(times) == {str(n) for n in range(1000)}
    assert sum(n - 1 for n in times.values()) <= kills * BATCH
    again = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert again.stdout == "done\n"
    assert Counter(log.read_text().split()) == times


def _lines(log: Path) -> int:
    return log.read_text().count("\n")
