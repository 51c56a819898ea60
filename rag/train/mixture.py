"""What a reader is trained on: parts with a share each, declared in one TOML file.

Each part names a loader, a file below the data folder, its share of the groups and how much of it
is held out by hash; ``[recipe]`` holds the learning rates. ``reader-3.toml`` is one.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.errors import GoldError
from rag.train.batches import GroupSource
from rag.train.doc2dial import load_doc2dial
from rag.train.examples import GroupMaker, Mix
from rag.train.negatives import mine
from rag.train.pairs import Group
from rag.train.rewording import Synonyms, read_wordnet
from rag.train.selqa import SentenceGroupMaker, load_selqa
from rag.train.squad import QuestionSet, hold_out, load_squad
from rag.train.tables import TableGroups, names_of
from rag.train.trainer import Recipe


def load_even(path: Path) -> QuestionSet:
    """The articles at even positions of a set in SQuAD's form, titles sorted."""
    questions = load_squad(path)
    return questions.only(questions.articles[::2])


LOADERS: Mapping[str, Callable[[Path], QuestionSet]] = {
    "squad": load_squad,
    "squad-even": load_even,
    "doc2dial": load_doc2dial,
}
SELQA, TABLES = "selqa", "tables"  # these make groups in their own way


@dataclass(frozen=True, slots=True)
class Part:
    """One source of groups. share: weight among the parts. held_out: articles that are not trained
    on, a number of them or, below 1, a fraction. mix: fields of ``Mix`` that differ.
    """

    name: str
    loader: str
    file: str
    share: float
    held_out: float = 0.1
    mix: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mixture:
    """parts; questions: groups of one epoch; recipe; wordnet: folder of a WordNet database, if any
    is used for synonyms.
    """

    parts: tuple[Part, ...]
    questions: int
    recipe: Recipe
    wordnet: str | None = None


def read_mixture(path: Path) -> Mixture:
    """A mixture from its file. GoldError says what is wrong with it."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        parts = tuple(Part(**part) for part in data.pop("part"))
        mixture = Mixture(parts, recipe=Recipe(**data.pop("recipe", {})), **data)
        for part in parts:
            Mix(**part.mix)
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise GoldError(f"{path}: not a mixture of training sets ({error})") from error
    for part in parts:
        if part.loader not in {*LOADERS, SELQA, TABLES} or part.share <= 0 or part.held_out < 0:
            known = ", ".join(sorted({*LOADERS, SELQA, TABLES}))
            raise GoldError(
                f"{path}: part {part.name!r} needs a share above 0, held_out of at least 0 and a "
                f"loader out of {known}"
            )
    return mixture


def split(questions: QuestionSet, part: Part, seed: int) -> tuple[QuestionSet, QuestionSet]:
    """(to train on, held out), whole articles drawn by hash."""
    titles = questions.articles
    count = part.held_out if part.held_out >= 1 else round(part.held_out * len(titles))
    held = set(hold_out(titles, int(count), seed))
    return questions.only([t for t in titles if t not in held]), questions.only(held)


def held_out_part(mixture: Mixture, name: str, data: Path) -> QuestionSet:
    """What the named part of a mixture holds out. GoldError when there is no such part."""
    for part in mixture.parts:
        if part.name == name and part.loader in LOADERS:
            questions = LOADERS[part.loader](data / part.file)
            return split(questions, part, mixture.recipe.seed)[1]
    raise GoldError(f"the mixture has no question set {name!r}")


def sources_of(mixture: Mixture, data: Path) -> list[GroupSource]:
    """The groups of every part, as many per epoch as its share says."""
    synonyms = {} if mixture.wordnet is None else read_wordnet(data / mixture.wordnet)
    total = sum(part.share for part in mixture.parts)
    found: list[GroupSource] = []
    for part in mixture.parts:
        count = round(mixture.questions * part.share / total)
        source = _source(part, data / part.file, mixture.recipe.seed, count, synonyms)
        found.append(Drawn(source, count, f"{mixture.recipe.seed}:{part.name}"))
    return found


def _source(part: Part, path: Path, seed: int, count: int, synonyms: Synonyms) -> GroupSource:
    if part.loader == SELQA:
        return SentenceGroupMaker(load_selqa(path), seed)
    if part.loader == TABLES:
        return TableGroups(names_of(load_squad(path)), count, seed)
    training, _ = split(LOADERS[part.loader](path), part, seed)
    return GroupMaker(training, mine(training), Mix(**part.mix), seed, synonyms)


class Drawn:
    """``count`` groups an epoch out of a source, in a drawn order that comes to every group once
    before any comes again (and then is made anew).
    """

    def __init__(self, source: GroupSource, count: int, seed: str) -> None:
        if not len(source):
            raise GoldError(f"{seed}: no questions")
        self._source, self._count, self._seed = source, count, seed
        self._orders: dict[int, list[int]] = {}

    def __len__(self) -> int:
        return self._count

    def make(self, index: int, epoch: int) -> Group:
        """The group at ``index`` of this epoch."""
        number, place = divmod(epoch * self._count + index, len(self._source))
        return self._source.make(self._order(number)[place], number)

    def _order(self, number: int) -> list[int]:
        if number not in self._orders:
            order = list(range(len(self._source)))
            random.Random(f"{self._seed}:{number}").shuffle(order)
            self._orders[number] = order
        return self._orders[number]


def described(mixture: Mixture) -> list[dict[str, Any]]:
    """Name, file and share of each part, for a checkpoint's settings and a model card."""
    return [{"name": p.name, "share": p.share, "held_out": p.held_out} for p in mixture.parts]
