"""Which reader is meant by a name: one of ours, or a model of another maker."""

from __future__ import annotations

from pathlib import Path

from rag.embed.files import cached_folder
from rag.errors import ModelError
from rag.protocols import Reader
from rag.reader.foreign import ForeignReader
from rag.reader.manifest import MANIFEST
from rag.reader.trained import TrainedReader


def load_reader(name: str | None = None) -> Reader:
    """The reader ``name``: a folder, or a model in the local cache; None is the shipped one.

    A folder with ``reader.json`` holds a reader of ``rag train reader``. Nothing is downloaded.
    Raises ModelError when it is not on this machine or is no extractive model.
    """
    if name is None:
        return TrainedReader()
    folder = Path(name).expanduser()
    if folder.is_dir():
        return TrainedReader(folder) if (folder / MANIFEST).is_file() else ForeignReader(folder)
    found = cached_folder(name, "config.json")
    if found is None:
        raise ModelError(
            f"the reader {name!r} is not on this machine: there is no such folder, and it is not "
            "in the local model cache. Nothing is downloaded: fetch it first, or name its folder"
        )
    return ForeignReader(found, name)
