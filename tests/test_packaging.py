"""What is installed beside facemap, and what a wheel of it holds."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import facemap

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = ("requirements.txt", "requirements-dev.txt")


def locked(name: str) -> list[tuple[Requirement, list[str]]]:
    """Each pinned requirement of a lock file, with its hashes."""
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    entries = []
    for line in text.splitlines():
        requirement, *hashes = line.split(" --hash=")
        entries.append((Requirement(requirement), [h.strip() for h in hashes]))
    return entries


def names(lock: str) -> set[str]:
    return {canonicalize_name(r.name) for r, _ in locked(lock)}


def installed_for_use() -> list[str]:
    """Run-time packages that the markers ask for on this machine."""
    return sorted(
        canonicalize_name(r.name)
        for r, _ in locked("requirements.txt")
        if r.marker is None or r.marker.evaluate()
    )


# -- the lock


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_versions_and_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text
    assert "@" not in text
    assert not re.search(r"^\s*(--|#)(?!hash)", text, re.MULTILINE)
    for requirement, hashes in locked(name):
        assert [s.operator for s in requirement.specifier] == ["=="], requirement
        assert hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", h) for h in hashes)


@pytest.mark.parametrize("name", LOCKS)
def test_mediapipe_is_the_last_release_that_sends_nothing(name: str) -> None:
    pins = [str(r) for r, _ in locked(name) if r.name == "mediapipe"]
    assert pins == ["mediapipe==0.10.31"]


@pytest.mark.parametrize("name", LOCKS)
def test_there_is_one_opencv(name: str) -> None:
    assert [n for n in names(name) if "opencv" in n] == ["opencv-python-headless"]


def test_the_development_lock_contains_the_run_time_lock() -> None:
    run_time = {str(r) for r, _ in locked("requirements.txt")}
    assert run_time <= {str(r) for r, _ in locked("requirements-dev.txt")}


def test_the_lock_meets_what_the_project_asks_for() -> None:
    pins = {canonicalize_name(r.name): [] for r, _ in locked("requirements.txt")}
    for requirement, _ in locked("requirements.txt"):
        (pin,) = requirement.specifier
        pins[canonicalize_name(requirement.name)].append(pin.version)
    for wanted in map(Requirement, PROJECT["project"]["dependencies"]):
        versions = pins[canonicalize_name(wanted.name)]
        assert versions, wanted
        assert all(wanted.specifier.contains(v) for v in versions), wanted


def test_what_is_installed_is_what_is_locked() -> None:
    for requirement, _ in locked("requirements.txt"):
        if requirement.marker is None or requirement.marker.evaluate():
            found = importlib.metadata.version(requirement.name)
            assert requirement.specifier.contains(found), requirement


def test_no_lock_with_addresses_is_kept() -> None:
    git = subprocess.run(
        ["git", "ls-files", "uv.lock", "poetry.lock", "Pipfile.lock"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert git.stdout == ""


# -- licenses

#: Free for commercial use beside Apache-2.0. LGPL: pi-heif's decoder is a shared
#: library of its own. MPL: certifi's list and pathspec, used unchanged.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC",
    "LGPL-3.0", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Unlicense", "Zlib",
}  # fmt: skip
#: What packages write, as patterns -> what they mean.
SPELLINGS = {
    r"apache( software)?( license)?,?( version)?[- ]?(2(\.0)?)?": "Apache-2.0",
    r"bsd( license)?": "BSD",
    r"(the )?bsd[- ]2[- ]clause( license)?": "BSD-2-Clause",
    r"(3-clause bsd|bsd[- ]3[- ]clause|new bsd)( license)?": "BSD-3-Clause",
    r"isc license( \(iscl\))?": "ISC",
    r"mit( license)?": "MIT",
    r"mozilla public license 2\.0 \(mpl 2\.0\)": "MPL-2.0",
    r"gnu lesser general public license v3 \(lgplv3\)": "LGPL-3.0",
    r"python software foundation license": "PSF-2.0",
}


def licenses(package: str) -> set[str]:
    """SPDX ids of what a package says about itself, all of them."""
    about = importlib.metadata.metadata(package)
    said = {
        c.rsplit(" :: ", 1)[1]
        for c in about.get_all("Classifier") or []
        if c.startswith("License :: ") and c != "License :: OSI Approved"
    }
    free_text = (about.get("License") or "").strip()
    if free_text and "\n" not in free_text:
        said.add(free_text)
    if expression := about.get("License-Expression"):
        said |= set(re.split(r" (?:AND|OR) ", expression.strip("()")))
    return {meaning(s) for s in said}


def meaning(said: str) -> str:
    for pattern, spdx in SPELLINGS.items():
        if re.fullmatch(pattern, said, re.IGNORECASE):
            return spdx
    return said


@pytest.mark.parametrize("package", installed_for_use())
def test_every_library_is_free_for_commercial_use(package: str) -> None:
    said = licenses(package)
    assert said, f"{package} does not say"
    assert said <= ALLOWED


@pytest.mark.parametrize(
    "unfit",
    [
        "GPL-3.0-only",
        "GNU General Public License v2 (GPLv2)",
        "AGPL-3.0",
        "CC-BY-NC-4.0",
    ],
)
def test_an_unfit_license_would_be_refused(unfit: str) -> None:
    assert meaning(unfit) not in ALLOWED


# -- the wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("facemap_aesthetics-*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_all_code_data_and_weights(wheel: zipfile.ZipFile) -> None:
    held = set(wheel.namelist())
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "facemap").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    } | {f"facemap/_models/{path.name}" for path in (ROOT / "models").iterdir()}
    assert wanted <= held
    assert "facemap/_models/face_landmarker.task" in held
    assert "facemap/testing/contract.py" in held


def test_the_wheel_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    strays = [n for n in wheel.namelist() if not n.startswith("facemap")]
    assert strays == []
    assert not [n for n in wheel.namelist() if n.endswith((".pyc", ".jpg", ".jpeg"))]


def test_the_wheel_carries_its_licenses(wheel: zipfile.ZipFile) -> None:
    licenses_folder = f"facemap_aesthetics-{facemap.__version__}.dist-info/licenses/"
    held = {n.removeprefix(licenses_folder) for n in wheel.namelist()}
    assert {"LICENSE", "NOTICE", "models/LICENSE-face_landmarker"} <= held


def test_every_entry_point_leads_somewhere() -> None:
    project = PROJECT["project"]
    targets = [
        *project["scripts"].values(),
        *project["entry-points"]["facemap.wrinkle_detectors"].values(),
    ]
    for target in targets:
        module, _, name = target.partition(":")
        assert callable(getattr(importlib.import_module(module), name))


def test_the_version_is_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## \[{re.escape(facemap.__version__)}\]", changelog, re.M)
