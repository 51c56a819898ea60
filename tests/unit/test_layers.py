"""The layering of docs/architecture.md, read from the imports themselves."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "rag"
STAGES = ("ingest", "store", "models", "answer", "render")
BASE = {"rag", "rag.types", "rag.errors", "rag.protocols", "rag.settings", "rag.progress"}
HEAVY = {"torch", "faiss", "sentence_transformers", "transformers", "gradio", "pypdfium2"}
STANDARD = set(sys.stdlib_module_names)


def imported(file: Path, *, top_level: bool = False) -> set[str]:
    """Modules a file imports at run time; with ``top_level`` only what importing it runs."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            return
        if top_level and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(file.read_text("utf-8")))
    return found


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def within_package(modules: set[str]) -> set[str]:
    """The project's own modules among ``modules``, names imported from one reduced to it."""

    def is_module(name: str) -> bool:
        path = ROOT / Path(*name.split("."))
        return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()

    return {m for m in modules if (m == "rag" or m.startswith("rag.")) and is_module(m)}


def test_types_and_errors_need_only_the_standard_library() -> None:
    for name in ("types", "errors"):
        outside = {m.split(".")[0] for m in imported(PACKAGE / f"{name}.py", top_level=True)}
        assert outside <= STANDARD, f"rag/{name}.py imports {outside - STANDARD}"


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_imports_only_itself_and_the_base(stage: str) -> None:
    for file in files(PACKAGE / stage):
        own = within_package(imported(file))
        allowed = {m for m in own if m == f"rag.{stage}" or m.startswith(f"rag.{stage}.")}
        assert own - allowed <= BASE, f"{file.relative_to(ROOT)} imports {own - allowed - BASE}"


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


def test_the_layers_below_do_not_import_the_layers_above() -> None:
    above = ("rag.chat", "rag.cli", "rag.commands")
    for file in files(PACKAGE):
        if file.relative_to(PACKAGE).parts[0] in ("chat", "cli.py", "__main__.py", "commands"):
            continue
        wrong = {m for m in within_package(imported(file)) if m.startswith(above)}
        assert not wrong, f"{file.relative_to(ROOT)} imports {wrong}"


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import rag, rag.cli, sys; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = {name.split(".")[0] for name in run.stdout.split()}
    assert not loaded & (HEAVY | {"numpy", "rich"})


def test_the_check_of_imports_sees_a_planted_fault(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("def f():\n    import torch\nimport rag.store\n", "utf-8")
    assert "torch" in imported(planted)
    assert "torch" not in imported(planted, top_level=True)
    assert within_package(imported(planted)) == {"rag.store"}
