"""Shared fixtures: the phantom carries all tests; real photographs are a bonus."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]


def pytest_configure() -> None:
    # So that doctests may say np without importing it.
    np.set_printoptions(legacy="1.25")


@pytest.fixture(autouse=True)
def _doctest_names(doctest_namespace: dict[str, object]) -> None:
    doctest_namespace["np"] = np


def faces_dir() -> Path:
    """Folder of the real photographs, which are never part of the checkout."""
    return Path(os.environ.get("FACEMAP_FACES", ROOT.parent / "shared" / "faces"))


@pytest.fixture(scope="session")
def faces() -> Path:
    """Skip, saying so, where the real photographs are absent."""
    folder = faces_dir()
    if not (folder / "grades.csv").is_file():
        pytest.skip(f"no photographs in {folder} (set FACEMAP_FACES)")
    return folder
