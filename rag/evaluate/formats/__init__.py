"""Readers of question sets: one function for every form, told apart by name and content."""

from __future__ import annotations

from pathlib import Path

from rag.errors import GoldError
from rag.evaluate.formats.beir import is_beir, read_beir
from rag.evaluate.formats.bundle import is_bundle, read_bundle
from rag.evaluate.formats.sheet import read_sheet
from rag.evaluate.formats.squad import read_squad
from rag.evaluate.gold import GoldSet, Lookup, read_rows

__all__ = ["brings_documents", "read_gold"]


def brings_documents(path: Path) -> bool:
    """Whether the set holds its own texts (SQuAD, BEIR, a bundle) and needs no library."""
    return path.is_dir() or _plain(path).endswith(".json")


def read_gold(path: Path, lookup: Lookup | None = None, *, allow_missing: bool = False) -> GoldSet:
    """Read any gold set. lookup: source id -> text of the library (rows and sheets need it).

    Raises GoldError, with file and line where there are lines.
    """
    if not path.exists():
        raise GoldError(f"{path}: no such gold set")
    if path.is_dir():
        return _folder(path)
    plain = _plain(path)
    if plain.endswith(".json"):
        return read_squad(path)
    if lookup is None:
        raise GoldError(f"{path}: this gold set needs the library of its documents (-i)")
    if plain.endswith((".csv", ".tsv")):
        return GoldSet(path.stem, read_sheet(path, lookup))
    if plain.endswith(".jsonl"):
        return GoldSet(path.stem, read_rows(path, lookup, allow_missing=allow_missing))
    raise GoldError(
        f"{path}: a gold set is a .jsonl, .csv or .tsv file, SQuAD .json, or a BEIR folder"
    )


def _plain(path: Path) -> str:
    return path.name.lower().removesuffix(".xz").removesuffix(".gz")


def _folder(path: Path) -> GoldSet:
    if is_beir(path):
        return read_beir(path)
    if is_bundle(path):
        return read_bundle(path)
    raise GoldError(
        f"{path}: a folder needs corpus.jsonl, queries.jsonl and qrels/ (BEIR), "
        "or docs.jsonl and questions.jsonl"
    )
