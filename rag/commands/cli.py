"""The command ``rag``. A subcommand is a module with ``add_arguments(parser)`` and ``run(args)``.

Only the chosen module is imported, so that ``--help`` answers at once.
Exit codes: 0 for an answer and for an abstention, 1 for a failure, 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

from rag import __version__
from rag.commands.console import say
from rag.errors import GoldError, RagError, UsageError


class Command(NamedTuple):
    """Where a subcommand lives and what it does, in a line."""

    module: str
    summary: str


COMMANDS = {
    "index": Command("rag.commands.index", "read files or folders into a library"),
    "ask": Command("rag.commands.ask", "ask a question; exact quotes or an abstention come back"),
    "chat": Command("rag.commands.chat", "a conversation in the terminal, with follow-ups"),
    "ui": Command("rag.commands.ui", "serve the web chat on this machine"),
    "mcp": Command("rag.commands.mcp", "serve a library to other programs as MCP tools"),
    "search": Command("rag.commands.search", "list the passages nearest to a question"),
    "sources": Command("rag.commands.sources", "list the sources, print or remove one"),
    "info": Command("rag.commands.info", "tell what a library holds and what it was made with"),
    "doctor": Command("rag.commands.doctor", "check a library against itself and its files"),
    "backup": Command("rag.commands.backup", "copy a library into one file while it is in use"),
    "verify": Command("rag.commands.verify", "check a receipt against its sources, with no model"),
    "eval": Command("rag.commands.eval", "measure the answers on a gold set"),
    "report": Command("rag.commands.report", "make a page or a table out of a run"),
    "compare": Command("rag.commands.compare", "compare two runs over one gold set"),
    "calibrate": Command("rag.commands.calibrate", "choose the threshold on your own gold set"),
    "gold": Command("rag.commands.gold", "make and check gold sets"),
    "read": Command("rag.commands.read", "read passages for a question: JSON lines in and out"),
    "train": Command("rag.commands.train", "train a reader, or tune it on your own questions"),
}


def parser_of(name: str, module: ModuleType) -> argparse.ArgumentParser:
    """Return the argument parser of one subcommand."""
    parser = argparse.ArgumentParser(
        prog=f"rag {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(parser)
    return parser


def overview() -> str:
    """Return the text of ``rag --help``."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "usage: rag COMMAND [options]",
            "",
            "Ask your documents; get their own words back, each with its source and place.",
            "",
            "commands:",
            *lines,
            "",
            "`rag COMMAND --help` tells the options of a command; `rag --version` the version.",
            "",
        ]
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help", "help"):
        print(overview(), end="", file=sys.stdout if words else sys.stderr)
        return 0 if words else 2
    if words[0] in ("-V", "--version"):
        print(f"rag {__version__}")
        return 0
    name = words[0]
    if name not in COMMANDS:
        print(f"rag: there is no command {name!r}; `rag --help` lists them", file=sys.stderr)
        return 2
    try:
        module = import_module(COMMANDS[name].module)
        args = parser_of(name, module).parse_args(words[1:])
        return guarded(name, module, args)
    except KeyboardInterrupt:
        say(f"rag {name}: interrupted; what was stored stays stored")
        return 130


def guarded(name: str, module: ModuleType, args: argparse.Namespace) -> int:
    """Run a subcommand; turn the errors a person can act on into one line and an exit code."""
    try:
        code: int = module.run(args)
        sys.stdout.flush()
    except UsageError as error:
        say(f"rag {name}: {error}")
        return 2
    except RagError as error:
        lines = str(error).split("\n") if isinstance(error, GoldError) else [str(error)]
        say(f"rag {name}: {lines[0]}")
        for line in lines[1:]:
            say(line)
        return 1
    except BrokenPipeError:
        # The reader of our output went away (`| head`): stop quietly, as other filters do.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        say(f"rag {name}: {error}")
        return 1
    except MemoryError:
        say(f"rag {name}: there is not enough memory; close other programs and run it again")
        return 1
    except RecursionError:
        say(f"rag {name}: what was given lies too deep inside itself to be read")
        return 1
    return code
