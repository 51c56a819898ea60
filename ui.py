"""Entry point of the web chat; everything lives in ``rag.chat``."""

import sys

from rag.commands.cli import main

if __name__ == "__main__":
    raise SystemExit(main(["ui", *sys.argv[1:]]))
