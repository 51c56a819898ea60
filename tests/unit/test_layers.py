"""The order of the rooms in docs/architecture.md, read from the imports themselves."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "rag"
# From the ground up: a room imports itself and what stands before it, and nothing else.
ROOMS = (
    "ground",
    "extract",
    "segment",
    "embed",
    "reader",
    "store",
    "retrieve",
    "answer",
    "render",
    "receipts",
    "conversation",
    "library",
    "evaluate",
    "train",
    "chat",
    "commands",
)
GROUND = {"rag", "rag.types", "rag.errors", "rag.protocols", "rag.settings", "rag.progress"}
ENTRIES = {"rag.__main__"}  # what the interpreter runs: it may name the topmost room
LATER = {"rag"}  # its __getattr__ names what `import rag` offers, without importing it
HEAVY = {"torch", "faiss", "sentence_transformers", "transformers", "gradio", "pypdfium2"}
STANDARD = set(sys.stdlib_module_names)


def imported(file: Path, *, top_level: bool = False) -> set[str]:
    """Modules a file imports, for type checking and inside functions too; with ``top_level`` only
    what importing it runs.
    """
    modules: set[str] = set()

    def visit(node: ast.AST) -> None:
        if top_level and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            return
        if top_level and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            modules.add(node.module or "")
            modules.update(f"{node.module}.{alias.name}" for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(file.read_text("utf-8")))
    return modules


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(name: str) -> bool:
    path = ROOT / Path(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def within_package(modules: set[str]) -> set[str]:
    """The project's own modules among ``modules``, names imported from one reduced to it."""
    return {m for m in modules if (m == "rag" or m.startswith("rag.")) and is_module(m)}


def room_of(module: str) -> str:
    return "ground" if module in GROUND else module.split(".")[1]


def arrows() -> dict[str, set[str]]:
    """Module -> the project's own modules that it imports, in whatever way."""
    own = {}
    for file in files(PACKAGE):
        module = module_of(file)
        if module not in ENTRIES | LATER:
            own[module] = within_package(imported(file)) - {module}
    return own


def upward(graph: dict[str, set[str]]) -> list[str]:
    """Every import from a room of one that stands after it in ``ROOMS``."""
    return [
        f"{module} imports {other}"
        for module, others in sorted(graph.items())
        for other in sorted(others)
        if ROOMS.index(room_of(other)) > ROOMS.index(room_of(module))
    ]


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The modules that import each other in a circle, packages' own __init__ left out."""
    done: set[str] = set()
    paths: list[list[str]] = []

    def walk(module: str, path: list[str]) -> None:
        if module in path:
            paths.append([*path[path.index(module) :], module])
        elif module not in done:
            for other in sorted(graph.get(module, ())):
                # Importing a package's module names the package as well; no code of it is meant.
                if not module.startswith(f"{other}."):
                    walk(other, [*path, module])
            done.add(module)

    for module in sorted(graph):
        walk(module, [])
    return paths


def test_every_module_stands_in_a_room() -> None:
    assert {room_of(module) for module in arrows()} == set(ROOMS)


def test_no_import_points_upward() -> None:
    assert upward(arrows()) == []


def test_no_imports_go_round_in_a_circle() -> None:
    assert circles(arrows()) == []


def test_the_rooms_of_the_documentation_are_those_of_the_code() -> None:
    """The table in docs/architecture.md lists the rooms in order, with what each imports."""
    table = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]*) \|$", table, re.MULTILINE)
    rooms: dict[str, set[str]] = {room: set() for room in ROOMS}
    for module, others in arrows().items():
        rooms[room_of(module)] |= {room_of(other) for other in others} - {"ground"}
    wanted = [(room, " ".join(sorted(rooms[room] - {room}, key=ROOMS.index))) for room in ROOMS]
    assert [(room, imports.strip("- ")) for room, imports in rows] == wanted


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
