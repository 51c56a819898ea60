"""One training run of the shipped reader, put together: data, held-out articles, trainer."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.progress import Report, silent
from rag.train.base_model import base_folder, base_network, load_tokenizer
from rag.train.checkpoint import Progress
from rag.train.examples import (
    Group,
    GroupMaker,
    Mix,
    Pair,
    negative_pair,
    positive_pair,
    without_answer,
)
from rag.train.negatives import mine
from rag.train.reader_training import Plan, Run
from rag.train.reader_validation import Validation
from rag.train.selqa import SentenceGroupMaker, load_selqa
from rag.train.squad import Question, QuestionSet, first_by_hash, hold_out, load_squad
from rag.train.trainer import Recipe, Trainer, resume
from rag.train.unanswerable import SwapPools, make_unanswerable

HELD_OUT_ARTICLES = 20
VALIDATION_QUESTIONS = 300


@dataclass(frozen=True, slots=True)
class Sets:
    """Where the training data is. selqa: answer sentences, or None to go without."""

    squad: Path
    selqa: Path | None = None


def cached_negatives(questions: QuestionSet, path: Path) -> NDArray[np.int32]:
    """Hard negatives from ``path``, mined and written there when it does not exist yet."""
    if path.is_file():
        found: NDArray[np.int32] = np.load(path, allow_pickle=False)
        if len(found) == len(questions.questions):
            return found
    path.parent.mkdir(parents=True, exist_ok=True)
    found = mine(questions)
    np.save(path, found)
    return found


def held_out(questions: QuestionSet, seed: int) -> QuestionSet:
    """The articles that a run with this seed does not train on."""
    return questions.select(hold_out(questions.articles, HELD_OUT_ARTICLES, seed))


def split(questions: QuestionSet, seed: int) -> tuple[QuestionSet, QuestionSet, NDArray[np.bool_]]:
    """(train, held out, mask of the train questions): whole articles are held out."""
    held = set(hold_out(questions.articles, HELD_OUT_ARTICLES, seed))
    inside = np.asarray(
        [questions.paragraphs[q.paragraph].article in held for q in questions.questions]
    )
    kept = [a for a in questions.articles if a not in held]
    return questions.select(kept), questions.select(held), ~inside


def validation_groups(
    held: QuestionSet, all_questions: QuestionSet, negatives: NDArray[np.int32], seed: int
) -> tuple[list[Group], list[str]]:
    """Positives of held-out articles, each with one negative of a kind drawn in turn."""
    rng, pools = random.Random(seed), SwapPools(held)
    place = {q.id: i for i, q in enumerate(all_questions.questions)}
    groups, kinds = [], []
    chosen = first_by_hash([q for q in held.questions if q.certain], VALIDATION_QUESTIONS)
    for number, question in enumerate(chosen):
        paragraph = held.paragraphs[question.paragraph]
        positive = positive_pair(question.text, question, paragraph)
        kind = ("hard", "removed", "altered")[number % 3]
        negative: Pair | None = None
        if kind == "hard":
            negative = _hard(question, held, negatives[place[question.id]])
        elif kind == "removed":
            negative = without_answer(positive)
        else:
            text = make_unanswerable(question.text, paragraph.article, paragraph.text, pools, rng)
            if text is not None:
                negative = negative_pair(text, paragraph.text, paragraph.sentences)
        groups.append(Group((positive,) if negative is None else (positive, negative)))
        kinds.append(kind)
    return groups, kinds


def _hard(question: Question, questions: QuestionSet, ranked: NDArray[np.int32]) -> Pair | None:
    for index in ranked:
        if index >= 0:
            other = questions.paragraphs[int(index)]
            return negative_pair(question.text, other.text, other.sentences)
    return None


def run_training(
    sets: Sets,
    plan: Plan,
    recipe: Recipe,
    checkpoint: Path | None = None,
    report: Report = silent,
    negatives_file: Path | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Progress:
    """Train, from a checkpoint if one is given, else from the base model."""
    questions = load_squad(sets.squad)
    negatives = cached_negatives(questions, negatives_file or plan.folder / "negatives.npy")
    training, held, mask = split(questions, recipe.seed)
    tokenizer = load_tokenizer(base_folder() / "tokenizer.json")
    makers: list[Any] = [GroupMaker(training, negatives[mask], Mix(), recipe.seed)]
    if sets.selqa is not None:
        makers.append(SentenceGroupMaker(load_selqa(sets.selqa), recipe.seed))
    groups, kinds = validation_groups(held, questions, negatives, recipe.seed)
    validation = Validation(tokenizer, groups, kinds)
    trainer = Trainer(base_network(recipe.seed), recipe)
    if checkpoint is not None:
        resume(trainer, checkpoint)
    settings = {"held_out": held.articles}
    run = Run(trainer, plan, validation.measure, settings, report, stopping)
    return run.go(makers, tokenizer)
