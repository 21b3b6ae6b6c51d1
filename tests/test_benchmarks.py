"""Each benchmark runs by one command, says what it measures, and keeps its figures."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "benchmarks"
SCRIPTS = sorted(FOLDER.glob("*.py"))
PAGE = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")


@pytest.fixture
def modules(monkeypatch) -> dict[str, ModuleType]:
    monkeypatch.syspath_prepend(FOLDER)
    names = ("common.report", "summary")
    for name in ("common", *names):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return {name: importlib.import_module(name) for name in names}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_a_script_shows_its_command_and_says_first_what_it_measures(script) -> None:
    text = script.read_text("utf-8")
    assert f"\n    python benchmarks/{script.name}" in text
    assert re.search(r"^    print_heading\(\)$", text, re.MULTILINE)


def test_every_command_of_the_page_exists() -> None:
    named = re.findall(r"^    python (\S+)", PAGE, re.MULTILINE)
    assert named
    assert [n for n in named if not (ROOT / n).is_file()] == []


def test_the_heading_names_date_commit_and_detector(modules, monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(FOLDER / "pose.py"), "--seeds", "1"])
    said = str(modules["common.report"].made_now())
    assert re.match(
        r"\d{4}-\d\d-\d\d, commit \w+\+?, facemap \S+, detector ridge", said
    )
    assert said.endswith(": python benchmarks/pose.py --seeds 1")


def test_a_part_run_again_leaves_the_figures_of_the_others(
    modules, monkeypatch, tmp_path
) -> None:
    report, summary = modules["common.report"], modules["summary"]
    for module in (report, summary):
        monkeypatch.setattr(module, "KEPT", tmp_path)
    monkeypatch.setattr(sys, "argv", [str(FOLDER / "pose.py")])
    report.keep(
        [
            report.Figure("yaw", "5 points", "6.0", False),
            report.Figure("distance", "5 points", "4.0", True),
        ]
    )
    report.keep([report.Figure("yaw", "5 points", "4.5", True)])
    lines = summary.table().splitlines()
    assert "| yaw | 5 points | 4.5 | reached |" in lines
    assert "| distance | 5 points | 4.0 | reached |" in lines
    assert len([x for x in lines if x.startswith("| yaw")]) == 1
    assert lines[-1].endswith(": `python benchmarks/pose.py`")


def test_the_table_takes_its_place_in_the_page(modules, tmp_path) -> None:
    summary = modules["summary"]
    page = tmp_path / "page.md"
    page.write_text(f"before\n{summary.MARKS[0]}\nold\n{summary.MARKS[1]}\nafter\n")
    summary.write(page, "new")
    assert (
        page.read_text()
        == "before\n<!-- summary -->\nnew\n<!-- end of summary -->\nafter\n"
    )
    page.write_text("no marks")
    with pytest.raises(SystemExit, match="lacks"):
        summary.write(page, "new")


def test_the_page_has_room_for_the_table(modules) -> None:
    first, last = modules["summary"].MARKS
    assert PAGE.count(first) == PAGE.count(last) == 1
