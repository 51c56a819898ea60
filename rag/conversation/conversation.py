"""Questions that may lean on what came before, over one library.

A conversation keeps its turns; nothing else. What a question takes over from them is worked out
anew each time from the last few, so the two-hundredth question costs what the second does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from rag import render
from rag.conversation.earlier import QUOTES, EarlierTurn
from rag.conversation.understanding import TURNS, forced, understand
from rag.errors import UsageError, VerificationError
from rag.progress import Report, silent
from rag.protocols import SourceRecord
from rag.types import Answer, Carried, Result, Source, Understanding, as_understood

FORMAT = 1


class Answering(Protocol):
    """What a conversation asks: a library, or anything that answers like one."""

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        sources: Iterable[str] | None = None,
        limit: int | None = None,
        threshold: float | None = None,
        every: bool = False,
        understanding: Understanding | None = None,
        progress: Report = silent,
    ) -> Result:
        """See ``Library.ask``."""
        ...

    def source(self, id: str) -> Source:
        """One source with its text. UsageError if unknown."""
        ...

    def sources(self) -> tuple[SourceRecord, ...]:
        """Every source without its text, by id."""
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """A question put to a conversation and what came back.

    leans, switched, reasons: how the question was read after the turns before it
    (``rag.types.Understanding``). readings: where a pronoun may mean one of two names
    and both have good, different answers, each reading's result with what it carried; ``result``
    is then the first of them. Otherwise empty.
    """

    question: str
    result: Result
    leans: bool = False
    switched: bool = False
    reasons: tuple[str, ...] = ()
    readings: tuple[Result, ...] = ()

    @property
    def understood(self) -> str:
        """The question as the reader was asked it."""
        return self.result.understood

    @property
    def carried(self) -> tuple[Carried, ...]:
        """Terms taken over from earlier turns, each with its reason."""
        return self.result.carried


class Conversation:
    """A library with the turns so far. ``library.conversation()`` begins one."""

    def __init__(self, library: Answering, turns: Iterable[Turn] = ()) -> None:
        self.library = library
        self._turns = list(turns)

    @classmethod
    def after(cls, library: Answering, results: Iterable[Result]) -> Conversation:
        """A conversation that goes on from results at hand, oldest first."""
        return cls(library, map(_turn, results))

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns so far, oldest first."""
        return tuple(self._turns)

    def understand(
        self, question: str, *, carry: Sequence[str] | None = None, fresh: bool = False
    ) -> Understanding:
        """How ``ask`` would read the question, without asking it."""
        earlier = earlier_turns(self._turns[-TURNS:])
        if fresh:
            return forced(question, earlier, ())
        if carry is not None:
            return forced(question, earlier, tuple(carry))
        return understand(question, earlier)

    def ask(
        self,
        question: str,
        *,
        carry: Sequence[str] | None = None,
        fresh: bool = False,
        sources: Iterable[str] | None = None,
        limit: int | None = None,
        threshold: float | None = None,
        every: bool = False,
        progress: Report = silent,
    ) -> Result:
        """Answer with exact quotes, or abstain, and keep the turn.

        carry: exactly the terms to take over, in place of those the conversation would choose; ()
        is the same as ``fresh``, which asks as if nothing had come before. The rest as in
        ``Library.ask``, which also says what is raised; a question that fails leaves no turn.
        """
        wanted = None if sources is None else tuple(sources)

        def put(reading: Understanding) -> Result:
            return self.library.ask(
                question,
                history=tuple(turn.question for turn in self._turns[-TURNS:]),
                sources=wanted,
                limit=limit,
                threshold=threshold,
                every=every,
                understanding=reading,
                progress=progress,
            )

        reading = self.understand(question, carry=carry, fresh=fresh)
        readings = _by_reading(reading, put)
        result = readings[0] if readings else put(reading)
        turn = Turn(
            question=result.question,
            result=result,
            leans=reading.leans,
            switched=reading.switched,
            reasons=reading.reasons,
            readings=readings,
        )
        self._turns.append(turn)
        return result

    def again(self, *, carry: Sequence[str] | None = None, fresh: bool = False) -> Result:
        """Ask the last question again in its place, with other terms carried or none.

        Raises UsageError when nothing was asked yet.
        """
        if not self._turns:
            raise UsageError("nothing was asked yet, so there is nothing to ask again")
        last = self._turns.pop()
        try:
            return self.ask(last.question, carry=carry, fresh=fresh)
        except BaseException:
            self._turns.append(last)
            raise

    def to_json(self) -> dict[str, Any]:
        """The turns as JSON values; every text stands beside the span it is the slice of."""
        return {"format": FORMAT, "turns": [_turn_to_json(turn) for turn in self._turns]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], library: Answering) -> Conversation:
        """A conversation written by ``to_json``, its texts sliced anew from the library.

        Raises UsageError when it is of another format, VerificationError when anything differs
        from the library's sources.
        """
        if data.get("format") != FORMAT:
            raise UsageError(f"not a conversation of format {FORMAT}: {data.get('format')!r}")
        try:
            turns = [_turn_from_json(row, _lookup(library)) for row in data["turns"]]
        except (KeyError, TypeError, AttributeError) as error:
            raise VerificationError(f"not a conversation of this program: {error!r}") from error
        return cls(library, turns)

    def export(self) -> str:
        """The conversation as Markdown: each question, what it took over, its quotes."""
        return "\n".join(
            part for turn in self._turns for part in (_noted(turn), *map(_markdown, _results(turn)))
        )


def _turn(result: Result) -> Turn:
    return Turn(result.question, result)


def earlier_turns(turns: Iterable[Turn]) -> tuple[EarlierTurn, ...]:
    """What the follow-up rules see of turns: questions, and the quotes cited for them."""
    return tuple(earlier_turn(turn.result) for turn in turns)


def earlier_turn(result: Result) -> EarlierTurn:
    """What the follow-up rules see of one result; an abstention leaves the question alone."""
    if not isinstance(result, Answer):
        return EarlierTurn(result.question)
    quotes = result.quotes[:QUOTES]
    return EarlierTurn(
        question=result.question,
        quotes=tuple(quote.text for quote in quotes),
        titles=tuple(dict.fromkeys(quote.source.title for quote in quotes)),
        headings=tuple(dict.fromkeys(h for quote in quotes for h in quote.place.headings[-1:])),
        sources=tuple(dict.fromkeys(quote.source.id for quote in quotes)),
    )


def _by_reading(
    reading: Understanding, put: Callable[[Understanding], Result]
) -> tuple[Result, ...]:
    """Each reading's answer, when all readings have one and no two quote the same first place."""
    results = []
    for carried in reading.readings:
        understood = as_understood(reading.question, carried)
        one = replace(reading, carried=carried, queries=(understood,))
        result = put(one)
        if not isinstance(result, Answer):
            return ()
        results.append(result)
    firsts = {(r.quotes[0].source.id, r.quotes[0].span) for r in results}
    return tuple(results) if len(firsts) == len(results) else ()


def _results(turn: Turn) -> tuple[Result, ...]:
    return turn.readings or (turn.result,)


def _noted(turn: Turn) -> str:
    """What a turn took over, in words; nothing where it took over nothing."""
    terms = "; ".join(f"{c.term} ({c.reason})" for c in turn.carried)
    return f"Carried over: {_inert(terms)}\n" if terms else ""


def _inert(text: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|~&$" else c for c in text)


def _markdown(result: Result) -> str:
    return render.to_markdown(result)


def _turn_to_json(turn: Turn) -> dict[str, Any]:
    return {
        "question": turn.question,
        "understood": turn.understood,
        "leans": turn.leans,
        "switched": turn.switched,
        "reasons": list(turn.reasons),
        "result": render.to_json(turn.result),
        "readings": [render.to_json(result) for result in turn.readings],
    }


def _turn_from_json(row: Mapping[str, Any], lookup: Callable[[str], Source]) -> Turn:
    result = render.from_json(row["result"], lookup)
    turn = Turn(
        question=result.question,
        result=result,
        leans=bool(row["leans"]),
        switched=bool(row["switched"]),
        reasons=tuple(str(reason) for reason in row["reasons"]),
        readings=tuple(render.from_json(reading, lookup) for reading in row["readings"]),
    )
    for key in ("question", "understood"):
        if row[key] != getattr(turn, key):
            raise VerificationError(f"{key}: {row[key]!r} is not {getattr(turn, key)!r}")
    return turn


def _lookup(library: Answering) -> Callable[[str], Source]:
    def source(id: str) -> Source:
        try:
            return library.source(id)
        except UsageError as error:
            raise KeyError(str(error)) from error

    return source
