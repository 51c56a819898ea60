"""Questions about one cell of a made table, beside questions about a row or column it has not.

Row names are names from a question set; heads and values are drawn. What is learnt is to match the
row and the head, so both questions of a group are read over the same table.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from rag.train.pairs import Group, Pair, negative_pair
from rag.train.squad import QuestionSet
from rag.train.unanswerable import MONTHS, is_name
from rag.types import Span

Draw = Callable[[random.Random], str]


def _amount(rng: random.Random) -> str:
    number = rng.choice((rng.randint(1, 60), rng.randint(60, 2000), rng.randint(2000, 90000)))
    return f"{number:,}"


def _year(rng: random.Random) -> str:
    return str(rng.randint(1850, 2026))


def _date(rng: random.Random) -> str:
    return f"{rng.randint(1, 28)} {rng.choice(MONTHS)} {rng.randint(2015, 2027)}"


def _status(rng: random.Random) -> str:
    return rng.choice(("open", "closed", "pending", "approved", "rejected", "in progress", "done"))


COLUMNS: tuple[tuple[str, Draw, str], ...] = (
    ("Founded", _year, "When was {} founded?"),
    ("Opened", _year, "In which year did {} open?"),
    ("Price", lambda r: f"${_amount(r)}", "How much does {} cost?"),
    ("Fee", lambda r: f"{_amount(r)} EUR", "What is the fee for {}?"),
    ("Capacity", _amount, "How many people does {} hold?"),
    ("Employees", _amount, "How many people work for {}?"),
    ("Length (km)", _amount, "How long is {}?"),
    ("Weight", lambda r: f"{_amount(r)} kg", "How heavy is {}?"),
    ("Deadline", _date, "What is the deadline for {}?"),
    ("Last updated", _date, "When was {} last changed?"),
    ("Status", _status, "What is the status of {}?"),
    ("Hours", lambda r: f"{r.randint(6, 11)} am to {r.randint(3, 10)} pm", "When is {} open?"),
    ("Version", lambda r: f"{r.randint(0, 9)}.{r.randint(0, 20)}", "Which version has {}?"),
    ("Days of leave", lambda r: str(r.randint(5, 40)), "How many days off does {} get?"),
    ("Share", lambda r: f"{r.randint(1, 99)} %", "What percentage does {} have?"),
    ("Rank", lambda r: str(r.randint(1, 50)), "At which place is {}?"),
)
_FIRST = ("Name", "Item", "Site", "Product", "Team", "Plan", "Project", "Group", "Place", "Title")


class TableGroups:
    """``count`` groups an epoch, a cell asked for and one that the table does not have."""

    def __init__(self, names: Sequence[str], count: int, seed: int) -> None:
        self._names, self._count, self._seed = tuple(names), count, seed

    def __len__(self) -> int:
        return self._count

    def make(self, index: int, epoch: int) -> Group:
        """The group ``index`` of this epoch."""
        rng = random.Random(f"{self._seed}:tables:{epoch}:{index}")
        rows = rng.randint(3, 9)
        *names, stranger = rng.sample(self._names, rows + 1)
        *columns, missing = rng.sample(COLUMNS, rng.randint(2, 4) + 1)
        cells = [[draw(rng) for _, draw, _ in columns] for _ in names]
        heads = [rng.choice(_FIRST), *(head for head, _, _ in columns)]
        text, sentences, places = written(heads, names, cells, rng)
        row, column = rng.randrange(rows), rng.randrange(len(columns))
        labels = tuple(int(i == row) for i in range(len(sentences)))
        asked = _asked(columns[column], names[row], rng)
        positive = Pair(asked, text, sentences, (places[row][column],), True, labels)
        if rng.random() < 0.5:
            other = _asked(columns[column], stranger, rng)
        else:
            other = _asked(missing, names[row], rng)
        return Group((positive, negative_pair(other, text, sentences)))


def _asked(column: tuple[str, Draw, str], name: str, rng: random.Random) -> str:
    head, _, question = column
    plain = (f"What is the {head.lower()} of {name}?", f"{name} {head.lower()}")
    return rng.choice((question.format(name), question.format(name), *plain))


def written(
    heads: Sequence[str],
    names: Sequence[str],
    cells: Sequence[Sequence[str]],
    rng: random.Random,
) -> tuple[str, tuple[Span, ...], list[list[Span]]]:
    """(text, one sentence per row, place of each cell), in one of three ways tables are written:
    between bars, by tabs, or each cell behind its head.
    """
    way = rng.choice(("bars", "tabs", "heads"))
    left, between, right = {"bars": ("| ", " | ", " |"), "tabs": ("", "\t", "")}.get(
        way, ("", "; ", ".")
    )
    text = "" if way == "heads" else f"{left}{between.join(heads)}{right}\n"
    text += "|---" * len(heads) + "|\n" if way == "bars" else ""
    sentences, places = [], []
    for name, row in zip(names, cells, strict=True):
        begin, here = len(text), []
        text += left
        for number, (head, cell) in enumerate(zip(heads, (name, *row), strict=True)):
            text += between if number else ""
            text += f"{head}: " if way == "heads" else ""
            here.append(Span(len(text), len(text) + len(cell)))
            text += cell
        text += right
        sentences.append(Span(begin, len(text)))
        places.append(here[1:])
        text += "\n"
    return text.rstrip("\n"), tuple(sentences), places


def names_of(questions: QuestionSet) -> tuple[str, ...]:
    """The names among a set's answers, sorted, each once, of at most 30 code points."""
    found = set()
    for question in questions.questions:
        text = questions.paragraphs[question.paragraph].text
        found |= {text[a.start : a.end] for a in question.answers if len(a) <= 30}
    return tuple(sorted(filter(is_name, found)))
