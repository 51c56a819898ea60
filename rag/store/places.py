"""Where on this machine the roots of a library lie, and its embedder: beside the library file.

The library file itself names no place, so that it may be handed on; ``rag backup`` copies it alone.
Places are kept relative to the library's folder where that can be: folders that are moved together
with their library are found again.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from rag.errors import LibraryError

PLACES = "places.json"


@dataclass(frozen=True, slots=True)
class Places:
    """What is known of the library in ``folder``. A file that is missing or damaged says nothing.

    roots: label -> absolute path of the file or folder. model: folder of the embedder, for one that
    was named by a path.
    """

    folder: Path
    roots: dict[str, Path]
    model: Path | None = None

    @classmethod
    def of(cls, folder: Path) -> Places:
        """Read what is recorded of the library in ``folder``."""
        try:
            data = json.loads((folder / PLACES).read_text("utf-8"))
            roots = {str(label): _absolute(folder, place) for label, place in data["roots"].items()}
            model = data.get("model")
            return cls(folder, roots, None if model is None else _absolute(folder, model))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return cls(folder, {})

    def with_root(self, label: str, path: Path, without: tuple[str, ...] = ()) -> Places:
        """With a root's place, in place of what was known of it; ``without`` other roots."""
        roots = {k: v for k, v in self.roots.items() if k not in (*without, label)}
        return Places(self.folder, {**roots, label: path}, self.model)

    def write(self) -> None:
        """Record it. LibraryError when that cannot be."""
        data: dict[str, object] = {
            "roots": {k: _relative(self.folder, v) for k, v in sorted(self.roots.items())}
        }
        if self.model is not None:
            data["model"] = _relative(self.folder, self.model)
        file = self.folder / PLACES
        part = file.with_name(f"{PLACES}.{os.getpid()}")
        try:
            part.write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")
            part.replace(file)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise LibraryError(
                f"{file}: where the sources lie cannot be recorded ({error.strerror or error}); "
                "free some space or check the permissions of the folder"
            ) from error


def _relative(folder: Path, path: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder.resolve())).as_posix()
    except ValueError:  # on another drive
        return path.as_posix()


def _absolute(folder: Path, place: str) -> Path:
    return Path(os.path.normpath(folder.resolve() / place))
