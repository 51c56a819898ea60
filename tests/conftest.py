"""Fixtures that several suites share."""

from __future__ import annotations

import shutil

import pytest
from hypothesis import settings

# A busy machine is no failure: how long an example takes is for the benchmarks.
settings.register_profile("project", deadline=None)
settings.load_profile("project")


@pytest.fixture(scope="session")
def untrained_reader(tmp_path_factory):
    """The folder of a reader whose encoder is the base model and whose heads are random."""
    from rag.reader.manifest import TOKENIZER, Manifest, export_weights, write_manifest
    from rag.reader.scoring import Combination
    from rag.train.base_model import base_folder, base_network
    from rag.types import digest

    folder = tmp_path_factory.mktemp("reader")
    sha256 = export_weights(base_network(seed=1), folder)
    shutil.copyfile(base_folder() / TOKENIZER, folder / TOKENIZER)
    tokenizer = digest((folder / TOKENIZER).read_bytes())
    manifest = Manifest("untrained", sha256, tokenizer, Combination(bias=0.5), 0.4, False)
    write_manifest(folder, manifest)
    return folder
