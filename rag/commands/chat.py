"""A conversation in the terminal: one question a line, follow-ups welcome.

What a question took over from earlier ones is printed before its quotes. Commands: /new begins
anew, /fresh asks the last question as a new one, /carry A, B asks it with these terms, /sources
lists the sources, /quit ends. Questions may be piped in, one a line.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from rag.commands.console import emit, say
from rag.commands.options import add_filter, add_library, add_reader, chosen_sources, open_library
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.conversation.conversation import Conversation, Turn

PROMPT = "? "


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_library(parser)
    add_reader(parser)
    add_filter(parser)
    parser.add_argument("--limit", type=int, metavar="N", help="at most so many quotes an answer")


def run(args: argparse.Namespace) -> int:
    """Answer line after line until the end of the input or /quit.

    In a terminal a question that cannot be asked is reported and the conversation goes on; in a
    pipe it ends the run with an error.
    """
    terminal = sys.stdin.isatty()
    with open_library(args) as library:
        args.source = chosen_sources(library, args)
        conversation = library.conversation()
        if terminal:
            say("Ask a question. /new /fresh /carry /sources /quit")
        for line in _lines(terminal):
            if line == "/quit":
                break
            try:
                conversation = _answered(conversation, line, args, tty=sys.stdout.isatty())
            except UsageError as error:
                if not terminal:
                    raise
                say(str(error))
    return 0


def _lines(terminal: bool) -> Iterator[str]:
    """Lines that are not blank, without outer white space."""
    while True:
        if terminal:
            print(PROMPT, end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        if line.strip():
            yield line.strip()


def _answered(
    conversation: Conversation, line: str, args: argparse.Namespace, *, tty: bool
) -> Conversation:
    """Do what a line asks for and return the conversation that goes on."""
    if not line.startswith("/"):
        conversation.ask(line, sources=args.source, limit=args.limit)
        emit(shown(conversation.turns[-1], tty=tty))
        return conversation
    name, _, rest = line.partition(" ")
    command = COMMANDS.get(name)
    if command is None:
        raise UsageError(f"there is no command {name}; there are {', '.join(COMMANDS)}, /quit")
    return command(conversation, rest, tty)


def _new(conversation: Conversation, rest: str, tty: bool) -> Conversation:
    return Conversation(conversation.library)


def _fresh(conversation: Conversation, rest: str, tty: bool) -> Conversation:
    conversation.again(fresh=True)
    emit(shown(conversation.turns[-1], tty=tty))
    return conversation


def _carry(conversation: Conversation, rest: str, tty: bool) -> Conversation:
    terms = tuple(term.strip() for term in rest.split(",") if term.strip())
    if not terms:
        raise UsageError("name the terms after /carry, with commas between; /fresh carries none")
    conversation.again(carry=terms)
    emit(shown(conversation.turns[-1], tty=tty))
    return conversation


def _sources(conversation: Conversation, rest: str, tty: bool) -> Conversation:
    from rag.render.citation import visible

    for record in conversation.library.sources():
        line = f"{record.id}  {record.title}"
        emit(f"{visible(line) if tty else line}\n")
    return conversation


COMMANDS: dict[str, Callable[[Conversation, str, bool], Conversation]] = {
    "/new": _new,
    "/fresh": _fresh,
    "/carry": _carry,
    "/sources": _sources,
}


def shown(turn: Turn, *, tty: bool) -> str:
    """A turn as text: what it carried, then its result; a part for each reading where it has two.

    The first line of a turn that leans on earlier ones begins with "Carried over:".
    """
    from rag.render import to_text
    from rag.render.citation import visible

    parts = []
    for result in turn.readings or (turn.result,):
        if result.carried:
            terms = "; ".join(f"{c.term} ({c.reason})" for c in result.carried)
            head = "Read as: " if turn.readings else "Carried over: "
            parts.append(f"{head}{visible(terms) if tty else terms}\n")
        parts.append(to_text(result, tty=tty) + "\n")
    return "".join(parts)
