"""Shared fixtures: the phantom carries all tests; real photographs are a bonus."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

# So that a broken law of the shipped contract shows its values.
pytest.register_assert_rewrite("facemap.testing.contract")


# The same examples in every run: whether a change is good is not left to chance.
# HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile("steady", derandomize=True)
settings.register_profile("explore", derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_configure() -> None:
    # So that doctests may say np without importing it.
    np.set_printoptions(legacy="1.25")


@pytest.fixture(autouse=True)
def _doctest_names(doctest_namespace: dict[str, object]) -> None:
    doctest_namespace["np"] = np


def faces_dir() -> Path:
    """Folder of the real photographs, which are never part of the checkout."""
    return Path(os.environ.get("FACEMAP_FACES", ROOT.parent / "shared" / "faces"))


def skip_or_fail(component: str, reason: str) -> NoReturn:
    """Skip where a component is missing; fail where FACEMAP_REQUIRE names it."""
    if component in os.environ.get("FACEMAP_REQUIRE", "").split(","):
        pytest.fail(f"{component} is required here: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def faces() -> Path:
    """Skip, saying so, where the real photographs are absent."""
    folder = faces_dir()
    if not (folder / "grades.csv").is_file():
        skip_or_fail("faces", "no photographs beside the checkout (see FACEMAP_FACES)")
    return folder


@pytest.fixture(scope="session")
def small_phantom():
    """A frontal phantom at about 4 px/mm, on a picture that is not square."""
    from facemap.synthetic import PhantomParams, draw_phantom

    return draw_phantom(PhantomParams(seed=3, size_wh=(900, 1120)))


@pytest.fixture(scope="session")
def phantom_photo(small_phantom):
    from facemap.photo import load_photo
    from facemap.synthetic import encode_phantom

    return load_photo(encode_phantom(small_phantom, "png"), name="phantom.png")


@pytest.fixture(scope="session")
def phantom_analysis(phantom_photo):
    from facemap.pipeline import analyze_photo
    from facemap.wrinkles import get_detector

    return analyze_photo(phantom_photo, get_detector("ridge"))
