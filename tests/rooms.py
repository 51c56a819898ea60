"""The rooms of the package and the imports between them, read from the code.

``python -m tests.rooms`` writes the last column of the table in docs/architecture.md anew.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
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
_GROUND = "types sources dates errors protocols settings progress"
GROUND = {"rag"} | {f"rag.{name}" for name in _GROUND.split()}
ENTRIES = {"rag.__main__"}  # what the interpreter runs: it may name the topmost room
LATER = {"rag"}  # its __getattr__ names what `import rag` offers, without importing it


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


def room_imports() -> dict[str, str]:
    """Room -> the rooms it imports besides itself and the ground, in order, or "-"."""
    rooms: dict[str, set[str]] = {room: set() for room in ROOMS}
    for module, others in arrows().items():
        rooms[room_of(module)] |= {room_of(other) for other in others} - {"ground"}
    return {
        room: " ".join(sorted(others - {room}, key=ROOMS.index)) or "-"
        for room, others in rooms.items()
    }


DOCUMENT = ROOT / "docs" / "architecture.md"
ROW = re.compile(r"^\| `(\w+)` \|([^|]*)\| ([^|]*) \|$", re.MULTILINE)


def documented() -> list[tuple[str, str]]:
    """(room, what it imports) as the table in docs/architecture.md has it, in its order."""
    return [(match[1], match[3]) for match in ROW.finditer(DOCUMENT.read_text("utf-8"))]


def main() -> None:
    """Write the table anew."""
    imports = room_imports()
    text = DOCUMENT.read_text("utf-8")
    text = ROW.sub(lambda m: f"| `{m[1]}` |{m[2]}| {imports[m[1]]} |", text)
    DOCUMENT.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
