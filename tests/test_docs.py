"""The documents say what is so."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from facemap.models import model_cards

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "models").glob("*.md"),
    ]
)
README = (ROOT / "README.md").read_text("utf-8")
CODE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"""(?:\]\(|src=")([^)#"\s]+)(?:#[^)"]*)?[)"]""")


def commands() -> set[str]:
    """Names of the commands that the command line offers."""
    import typer.main

    from facemap.cli import app

    return set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def page_id(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_link_leads_to_a_file(page: Path) -> None:
    targets = [t for t in LINK.findall(page.read_text("utf-8")) if "://" not in t]
    assert [t for t in targets if not (page.parent / t).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_target_of_make_that_is_named_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    known = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    text = page.read_text("utf-8")
    named = set(re.findall(r"`make ([a-z-]+)`|^make ([a-z-]+)", text, re.MULTILINE))
    assert {a or b for a, b in named} <= known


def test_the_readme_shows_the_commands_there_are() -> None:
    shown = {
        name
        for language, code in CODE.findall(README)
        if language == "sh"
        for name in re.findall(r"^facemap (\w+)", code, re.MULTILINE)
    }
    assert shown == commands()


def test_the_python_examples_use_what_there_is() -> None:
    examples = [code for language, code in CODE.findall(README) if language == "python"]
    assert examples
    for node in (node for code in examples for node in ast.parse(code).body):
        if isinstance(node, ast.ImportFrom):
            module = __import__(str(node.module), fromlist=["_"])
            assert all(hasattr(module, alias.name) for alias in node.names)


def test_every_module_is_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    units = {
        path.name if path.suffix else f"{path.name}/"
        for path in (ROOT / "facemap").iterdir()
        if not path.name.startswith("_") and (path.suffix == ".py" or path.is_dir())
    } - {"data/"}
    assert {u for u in units if f"`{u}`" not in text} == set()


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text())
    assert listed == sorted(p.name for p in folder.glob("[0-9]*.md"))


def test_every_decision_has_a_date() -> None:
    for page in (ROOT / "docs" / "decisions").glob("[0-9]*.md"):
        title, _, date = page.read_text("utf-8").splitlines()[:3]
        assert title.startswith(f"# {page.name[:4]}: ")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", date)


def test_every_weight_file_is_described_for_people() -> None:
    page = (ROOT / "models" / "README.md").read_text("utf-8")
    for card in model_cards():
        (row,) = (line for line in page.splitlines() if f"`{card.file}`" in line)
        assert card.sha256 in row
        assert card.license in row


def test_every_number_of_a_sitting_is_explained() -> None:
    from facemap.documents import load_schema

    parts = load_schema("facemap.sitting/1")["$defs"]
    names = {*parts["zone"]["properties"], *parts["gain"]["properties"]}
    text = (ROOT / "docs" / "numbers.md").read_text("utf-8")
    unsaid = {"assessable", "id", "reason"}
    assert {n for n in names - unsaid if f"`{n}`" not in text} == set()


@pytest.mark.parametrize("part", ["zone", "line"])
def test_every_number_of_an_analysis_is_explained(part: str) -> None:
    from facemap.documents import load_schema

    schema = load_schema("facemap.analysis/1")
    parts = {
        "zone": schema["$defs"]["zone"],
        "line": schema["properties"]["lines"]["items"],
    }
    numbers = {
        name
        for name, about in parts[part]["properties"].items()
        if {"number", "integer"} & set(np.atleast_1d(about.get("type", [])))
    }
    assert len(numbers) > 5
    text = (ROOT / "docs" / "numbers.md").read_text("utf-8")
    assert {n for n in numbers if f"`{n}`" not in text} == set()


def test_the_protocol_page_shows_the_example_that_is_shipped() -> None:
    from facemap.protocol import example_text, parse_protocol

    text = (ROOT / "docs" / "protocol-format.md").read_text("utf-8")
    (example,) = (code for language, code in CODE.findall(text) if language == "toml")
    assert example == example_text("protocol")
    assert parse_protocol(example).rows


def test_the_protocol_page_explains_every_field() -> None:
    from facemap.documents import load_schema

    schema = load_schema("facemap.protocol/1")
    text = (ROOT / "docs" / "protocol-format.md").read_text("utf-8")
    for part in (schema, schema["$defs"]["row"], schema["$defs"]["anchor"]):
        fields = set(part["properties"]) - {"schema"}
        assert {f for f in fields if not re.search(rf"`\W*{f}\b", text)} == set()
    for field in schema["$defs"]["technique"]["properties"]:
        assert field in text
