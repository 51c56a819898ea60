"""Serve the web chat on this machine: ask, see the words in their page, bring your own documents.

Only this machine can reach it unless --host says otherwise, and then --auth-file is required.
"""

from __future__ import annotations

import argparse
import getpass
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rag.commands.console import say
from rag.errors import UsageError, require
from rag.store.locate import VARIABLE, library_path, shipped_corpus

if TYPE_CHECKING:
    from types import FrameType

    from rag.chat.state.shelves import Shelf

EXAMPLES = (
    "How many people died when the Titanic sank?",
    "Did the Titanic break in two?",
    "When did President Trump sign the order against the court?",
    "Which treaty established the International Criminal Court?",
    "How many lifeboats did the Titanic carry?",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "-i",
        "--library",
        action="append",
        metavar="FOLDER",
        help=f"a library's folder; several times for a switcher (default: ${VARIABLE}, "
        "else index/default)",
    )
    parser.add_argument(
        "--files",
        action="append",
        type=Path,
        default=[],
        metavar="FOLDER",
        help="a folder the sources were read from, to show PDF pages and open originals",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to serve on (default: %(default)s)"
    )
    parser.add_argument("--port", type=int, default=7860, help="port (default: %(default)s)")
    parser.add_argument("--open", action="store_true", help="open the page in a browser")
    parser.add_argument("--auth-file", type=Path, metavar="FILE", help="accounts that may sign in")
    parser.add_argument(
        "--add-user", metavar="NAME", help="add an account to --auth-file, asking for its password"
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="where conversations, kept quotes and added documents stay (default: the folder of "
        "this program in your home)",
    )
    parser.add_argument(
        "--forget",
        action="store_true",
        help="keep nothing once the server ends, and each browser apart: for a machine that "
        "several people share without accounts",
    )
    parser.add_argument(
        "--example", action="append", metavar="QUESTION", help="a question offered before the first"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted, or add an account."""
    if args.add_user is not None:
        return _add_user(args)
    require("gradio", "the web chat", "chat")
    from rag.chat.serving.serve import serve, sign_in

    sign_in(args.host, args.auth_file)  # refused before a library is opened or built
    # A service manager ends a server with SIGTERM: end as with Ctrl-C, which removes uploads.
    signal.signal(signal.SIGTERM, _interrupt)
    shelves, shipped = _shelves(args)
    examples = tuple(args.example or (EXAMPLES if shipped else ()))
    try:
        serve(
            shelves,
            host=args.host,
            port=args.port,
            examples=examples,
            auth_file=args.auth_file,
            data=_data(args),
            open_browser=args.open,
            ready=lambda address: say(f"{address}  (Ctrl-C ends it)"),
        )
    except KeyboardInterrupt:
        say("ended")
    finally:
        for shelf in shelves:
            shelf.library.close()
    return 0


def _data(args: argparse.Namespace) -> Path | None:
    """Where things stay; None for nowhere."""
    from platformdirs import user_data_path

    if args.forget and args.data is not None:
        raise UsageError("--forget keeps nothing, so there is no place for --data")
    if args.forget:
        return None
    return args.data or user_data_path("chapter-verse", appauthor=False) / "chat"


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _shelves(args: argparse.Namespace) -> tuple[list[Shelf], bool]:
    """The libraries to serve, and whether the first is the one of the shipped corpus."""
    from rag.chat.state.shelves import Shelf
    from rag.commands.options import open_or_build

    paths = [library_path(given) for given in args.library or [None]]
    shelves = []
    for path in paths:
        corpus = shipped_corpus(path)
        library = open_or_build(path)
        roots = (*args.files, *([corpus] if corpus is not None else []))
        shelves.append(Shelf(_name(path, corpus), library, roots))
    return shelves, shipped_corpus(paths[0]) is not None


def _name(path: Path, corpus: Path | None) -> str:
    if corpus is not None:
        return "Sample sources"
    return path.resolve().name.replace("-", " ").replace("_", " ").capitalize() or "Library"


def _add_user(args: argparse.Namespace) -> int:
    from rag.chat.serving.auth import add_user

    if args.auth_file is None:
        raise UsageError("name the file of accounts with --auth-file")
    if sys.stdin.isatty():
        password = getpass.getpass(f"password for {args.add_user}: ")
        if getpass.getpass("once more: ") != password:
            raise UsageError("the two passwords differ")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    add_user(args.auth_file, args.add_user, password)
    say(f"{args.add_user} may sign in; accounts are in {args.auth_file}")
    return 0
