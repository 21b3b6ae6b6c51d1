"""The page for makers of detectors shows one that keeps the contract."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from facemap.testing.contract import WrinkleDetectorContract
from facemap.wrinkles import _GROUP, WrinkleDetector

PAGE = (Path(__file__).parents[1] / "docs" / "detectors.md").read_text("utf-8")
EXAMPLE, ITS_TEST = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def shown() -> dict[str, object]:
    """What the page's code defines when it is run."""
    names: dict[str, object] = {}
    exec(compile(EXAMPLE + ITS_TEST, "docs/detectors.md", "exec"), names)
    return names


class TestTheExample(WrinkleDetectorContract):
    @pytest.fixture
    def detector(self) -> WrinkleDetector:
        return shown()["TopHatDetector"]()  # type: ignore[operator]


def test_its_test_is_the_contract() -> None:
    assert issubclass(shown()["TestTopHat"], WrinkleDetectorContract)  # type: ignore[arg-type]


def test_the_entry_point_is_of_the_group_that_is_read() -> None:
    (toml,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    points = tomllib.loads(toml)["project"]["entry-points"]
    assert set(points) == {_GROUP}
    (name,) = points[_GROUP]
    assert name == shown()["TopHatDetector"]().id  # type: ignore[operator]


def run(code: str) -> subprocess.CompletedProcess[str]:
    hidden = "import sys; sys.modules['pytest'] = None\n"
    return subprocess.run(
        [sys.executable, "-c", hidden + code],
        capture_output=True,
        text=True,
        check=False,
    )


def test_planted_faces_need_no_pytest() -> None:
    done = run("from facemap.testing import plant; plant()")
    assert done.returncode == 0, done.stderr


def test_the_contract_says_that_it_needs_pytest() -> None:
    done = run("import facemap.testing.contract")
    assert done.returncode == 1
    assert "pytest is not installed" in done.stderr
