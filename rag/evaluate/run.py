"""Runs: every question of a gold set put to a library, resumable, one record per question."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from rag import __version__
from rag.errors import GoldError, RagError
from rag.evaluate.asking import Asker
from rag.evaluate.gold import GoldRow, GoldSet
from rag.evaluate.machine import commit, disk_mb, machine, peak_memory_mb, versions
from rag.evaluate.records import (
    Header,
    QuestionRecord,
    Run,
    header_json,
    row_from,
    row_json,
    write_run,
)
from rag.progress import Progress, Report, silent

if TYPE_CHECKING:
    from rag.library import Library

GIVE_UP = 20
SEED = 13


class Interrupted(RagError):
    """A run that was stopped; what was asked so far is kept beside its output."""


def evaluate(
    gold: GoldSet,
    library: Library,
    output: Path | None = None,
    *,
    limit: int | None = None,
    threshold: float | None = None,
    seed: int = SEED,
    cache: Path | None = None,
    restart: bool = False,
    command: str = "",
    index_seconds: float | None = None,
    progress: Report = silent,
) -> Run:
    """Ask every question (the first ``limit`` by sha256 of the id) and return the run.

    output: written when the run is complete; until then records go to ``output.part``, from which
    the same command resumes. Raises GoldError when the part belongs to another run, Interrupted on
    Ctrl-C, RagError when every one of the first questions fails.
    """
    rows = gold.first(limit)
    asker = Asker(library, gold.unit, cache=cache, threshold=threshold, seed=seed)
    started = _now()
    header = _header(gold, asker, seed, len(rows) if len(rows) < len(gold.rows) else None)
    header = replace(header, command=command, started=started, index_seconds=index_seconds)
    part = None if output is None else output.with_name(output.name + ".part")
    try:
        done = _resume(part, header, restart) if part is not None else {}
        asked = _ask_all(rows, done, asker, part, header, progress)
    finally:
        asker.reader.close()
    finished = replace(
        header, finished=_now(), disk_mb=disk_mb(library.path), memory_mb=peak_memory_mb()
    )
    run = Run(finished, asked, asker.catalogue.sources, asker.catalogue.passages)
    if output is not None and part is not None:
        write_run(output, run)
        part.unlink(missing_ok=True)
    return run


def _header(gold: GoldSet, asker: Asker, seed: int, limit: int | None) -> Header:
    library, catalogue = asker.library, asker.catalogue
    return Header(
        gold=gold.name,
        gold_digest=gold.digest,
        gold_questions=len(gold.rows),
        unit=gold.unit,
        corpus_digest=catalogue.corpus_digest,
        sources=len(catalogue.sources),
        passages=len(catalogue.passages),
        embedder=library.embedder.name,
        reader=asker.reader.name,
        segmenter=library.segmenter.name,
        threshold=asker.threshold,
        calibrated=asker.reader.calibrated,
        settings=library.settings.pairs(),
        seed=seed,
        limit=limit,
        version=__version__,
        commit=commit(),
        machine=machine(),
        versions=versions(),
    )


def _ask_all(
    rows: tuple[GoldRow, ...],
    done: dict[str, QuestionRecord],
    asker: Asker,
    part: Path | None,
    header: Header,
    progress: Report,
) -> tuple[QuestionRecord, ...]:
    todo = [row for row in rows if row.id not in done]
    if todo:
        asker.warm_up()
    failed = 0
    with _appending(part, header, bool(done)) as file:
        try:
            for row in todo:
                record = asker.ask(row)
                done[row.id] = record
                failed = failed + 1 if record.kind == "failure" else 0
                if failed == len(done) and failed >= min(GIVE_UP, len(rows)) > 1:
                    raise RagError(f"the first {failed} questions all failed: {record.reason}")
                if file is not None:
                    file.write(json.dumps(row_json(record), ensure_ascii=False) + "\n")
                    file.flush()
                progress(Progress("asking", len(done), len(rows), "questions"))
        except KeyboardInterrupt:
            where = (
                f"; {len(done)} are kept in {part.name}, the same command goes on" if part else ""
            )
            raise Interrupted(f"interrupted after {len(done)} of {len(rows)}{where}") from None
    return tuple(done[row.id] for row in rows)


@contextmanager
def _appending(part: Path | None, header: Header, resumed: bool) -> Iterator[IO[str] | None]:
    if part is None:
        yield None
        return
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("a" if resumed else "w", encoding="utf-8", newline="\n") as file:
        if not resumed:
            file.write(json.dumps(header_json(header)) + "\n")
            file.flush()
        yield file


def _resume(part: Path, header: Header, restart: bool) -> dict[str, QuestionRecord]:
    """Records of an interrupted run of the same kind. A line torn by a kill is dropped."""
    if restart or not part.exists():
        part.unlink(missing_ok=True)
        return {}
    whole, _, _ = part.read_text(encoding="utf-8").rpartition("\n")
    lines = whole.split("\n")
    try:
        begun = json.loads(lines[0])
    except ValueError:
        part.unlink()
        return {}
    wanted = json.loads(json.dumps(header.identity()))
    other = sorted(key for key in wanted if begun.get(key) != wanted[key])
    if other:
        raise GoldError(
            f"{part}: an interrupted run with another {', '.join(other)}; "
            "finish it as it was begun, or drop it with --restart"
        )
    try:
        records = [row_from(json.loads(line)) for line in lines[1:]]
    except (KeyError, TypeError, ValueError) as error:
        raise GoldError(f"{part}: damaged ({error!r}); begin anew with --restart") from error
    part.write_text(whole + "\n", encoding="utf-8", newline="\n")
    # What failed is asked again: the cause may be gone.
    kept = {r.id: r for r in records if r.kind != "failure"}
    if not kept:
        part.unlink()
    return kept


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
