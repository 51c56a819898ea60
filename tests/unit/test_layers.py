"""The order of the rooms in docs/architecture.md, read from the imports themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.rooms import (
    GROUND,
    PACKAGE,
    ROOMS,
    ROOT,
    arrows,
    circles,
    documented,
    files,
    imported,
    room_imports,
    room_of,
    upward,
    within_package,
)

HEAVY = {"torch", "faiss", "sentence_transformers", "transformers", "gradio", "pypdfium2"}
STANDARD = set(sys.stdlib_module_names)


def test_every_module_stands_in_a_room() -> None:
    assert {room_of(module) for module in arrows()} == set(ROOMS)


def test_no_import_points_upward() -> None:
    assert upward(arrows()) == []


def test_no_imports_go_round_in_a_circle() -> None:
    assert circles(arrows()) == []


def test_the_rooms_of_the_documentation_are_those_of_the_code() -> None:
    """``python -m tests.rooms`` writes the table anew."""
    assert documented() == list(room_imports().items())


def test_the_ground_needs_only_the_standard_library() -> None:
    for module in sorted(GROUND - {"rag"}):
        file = PACKAGE / f"{module.split('.')[1]}.py"
        outside = {m.split(".")[0] for m in imported(file, top_level=True)} - {"rag"}
        assert outside <= STANDARD, f"{file} imports {outside - STANDARD}"


def test_gradio_is_imported_in_the_chat_alone() -> None:
    for file in files(PACKAGE):
        if file.is_relative_to(PACKAGE / "chat"):
            continue
        assert not any(m.split(".")[0] == "gradio" for m in imported(file)), file


def test_heavy_libraries_are_imported_inside_functions() -> None:
    for file in files(PACKAGE):
        if file.is_relative_to(PACKAGE / "chat") or file.is_relative_to(PACKAGE / "train"):
            continue
        heavy = {m.split(".")[0] for m in imported(file, top_level=True)} & HEAVY
        assert not heavy, f"{file.relative_to(ROOT)} imports {heavy} when it is imported"


def test_nothing_in_the_package_imports_the_entry_point_or_tests() -> None:
    for file in files(PACKAGE):
        first = {m.split(".")[0] for m in imported(file)}
        assert not first & {"ui", "tests"}, file


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import rag, rag.commands.cli, sys; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = {name.split(".")[0] for name in run.stdout.split()}
    assert not loaded & (HEAVY | {"numpy", "rich"})


@pytest.mark.parametrize("where", ["if TYPE_CHECKING:\n    ", "def f():\n    ", ""])
def test_the_check_of_imports_sees_a_planted_fault(tmp_path: Path, where: str) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text(f"{where}import rag.library\n", "utf-8")
    modules = within_package(imported(planted))
    assert modules == {"rag.library"}
    assert ("rag.library" in imported(planted, top_level=True)) == (not where)
    assert upward({"rag.store.planted": modules}) == ["rag.store.planted imports rag.library"]


def test_the_check_of_circles_sees_a_planted_fault() -> None:
    graph = {"rag.a.b": {"rag.c"}, "rag.c": {"rag.d"}, "rag.d": {"rag.a.b"}, "rag.e": {"rag.c"}}
    assert circles(graph) == [["rag.a.b", "rag.c", "rag.d", "rag.a.b"]]
    assert circles({"rag.a.b": {"rag.a", "rag.c"}, "rag.a": {"rag.a.b"}}) == []
