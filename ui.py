"""Entry point of the web chat: ``python ui.py`` is ``rag ui``; see ``rag ui --help``."""

import sys

from rag.cli import main

if __name__ == "__main__":
    sys.exit(main(["ui", *sys.argv[1:]]))
