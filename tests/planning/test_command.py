"""The command: what it writes, what it refuses, and how it ends."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from facemap import cli
from facemap.documents import analysis_document, check_document, to_json
from facemap.errors import DocumentError, IntakeError, UsageError
from facemap.protocol import example_text, intake_faults, parse_intake
from facemap.protocol.text import parse_table
from facemap.service import Service
from facemap.synthetic import encode_phantom
from facemap.types import ExpressionLabel


@pytest.fixture
def desk(tmp_path, monkeypatch, small_phantom, phantom_analysis) -> Path:
    """A folder with a photo and an intake, and a service that knows the photo."""
    (tmp_path / "phantom.png").write_bytes(encode_phantom(small_phantom, "png"))
    (tmp_path / "intake.toml").write_text(example_text("intake"), "utf-8")
    monkeypatch.setattr(Service, "analyze", lambda *_, **__: phantom_analysis)
    return tmp_path


def run(*args: object):
    return CliRunner().invoke(cli.app, ["plan", *map(str, args)])


def test_the_example_intake_is_valid(desk) -> None:
    done = run("--example-intake")
    assert done.exit_code == 0
    table = parse_table(done.stdout, source="the example", error=IntakeError)
    assert intake_faults(table) == ()
    assert parse_intake(done.stdout).consent.treatment == "yes"


def test_a_plan_and_its_picture_are_written(desk) -> None:
    out = desk / "out"
    photo, intake = desk / "phantom.png", desk / "intake.toml"
    options = ("--intake", intake, "--out", out, "--day", "2026-05-04")
    done = run(photo, *options)
    assert done.exit_code == 0, done.output
    assert sorted(p.name for p in out.iterdir()) == [
        "phantom.plan.json",
        "phantom.plan.png",
    ]
    text = (out / "phantom.plan.json").read_text("utf-8")
    assert check_document(text) == ("facemap.plan/1", ())
    assert json.loads(text)["day"] == "2026-05-04"
    assert "Not yet clinically reviewed" in done.stderr
    # Again: the same bytes, under the same name.
    assert run(photo, *options).exit_code == 0
    assert (out / "phantom.plan.json").read_text("utf-8") == text
    assert len(list(out.iterdir())) == 2


def test_one_mode_can_be_asked_for(desk) -> None:
    done = run(
        desk / "phantom.png", "--intake", desk / "intake.toml", "--json", "--mode",
        "dermal",
    )  # fmt: skip
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert {step["mode"] for step in document["steps"]} == {"dermal"}


def test_a_stopped_plan_is_written_and_ends_with_3(desk) -> None:
    young = example_text("intake").replace("age_years = ", "age_years = 1 # ")
    (desk / "young.toml").write_text(young, "utf-8")
    out = desk / "out"
    done = run(desk / "phantom.png", "--intake", desk / "young.toml", "--out", out)
    assert isinstance(done.exception, IntakeError)
    assert done.exception.exit_code == 3
    assert "Under 18" in str(done.exception)
    document = json.loads((out / "phantom.plan.json").read_text("utf-8"))
    assert document["steps"] == []
    assert document["stops"][0]["id"] == "age"
    assert (out / "phantom.plan.png").is_file()


def test_what_is_overridden_and_a_smile_are_told(
    desk, monkeypatch, phantom_analysis
) -> None:
    frame = phantom_analysis.frame
    smile = replace(frame.expression, label=ExpressionLabel.SMILE)
    smiling = replace(phantom_analysis, frame=replace(frame, expression=smile))
    monkeypatch.setattr(Service, "analyze", lambda *_, **__: smiling)
    text = example_text("intake").replace(
        'anticoagulant = "no" ', 'anticoagulant = "yes"'
    )
    text += (
        '\n[[override]]\nid = "anticoagulant"\nbecause = "Cleared."\nby = "Dr. A."\n'
    )
    (desk / "cleared.toml").write_text(text, "utf-8")
    done = run(desk / "phantom.png", "--intake", desk / "cleared.toml", "--json")
    assert done.exit_code == 0
    assert (
        "facemap: Overridden (by Dr. A.), into skin only: Anticoagulant" in done.stderr
    )
    assert "Reason: Cleared." in done.stderr
    assert "facemap: The photo shows a smile" in done.stderr
    document = json.loads(done.stdout)
    assert {step["mode"] for step in document["steps"]} == {"dermal"}
    told = [
        (s["modes"], s["overridden_because"], s["overridden_by"])
        for s in document["stops"]
    ]
    assert told == [
        (["dermal"], "Cleared.", "Dr. A."),
        (["intramuscular"], None, None),
    ]
    assert any("shows a smile" in note for note in document["notes"])
    assert check_document(done.stdout) == ("facemap.plan/1", ())


def test_an_analysis_finds_its_photo_beside_it(desk, phantom_analysis) -> None:
    text = to_json(analysis_document(phantom_analysis))
    (desk / "phantom.analysis.json").write_text(text, "utf-8")
    out = desk / "out"
    options = ("--intake", desk / "intake.toml", "--out", out)
    assert run(desk / "phantom.analysis.json", *options).exit_code == 0
    assert (out / "phantom.plan.json").is_file()
    (desk / "phantom.png").write_bytes(b"another")
    done = run(desk / "phantom.analysis.json", *options)
    assert isinstance(done.exception, DocumentError)
    assert "phantom.png beside it is another photo" in str(done.exception)
    (desk / "phantom.png").unlink()
    done = run(desk / "phantom.analysis.json", *options)
    assert isinstance(done.exception, DocumentError)
    assert "its photo phantom.png is not beside it" in str(done.exception)
    assert "phantom.png" in done.exception.hint


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ((), "needs a photo and an intake"),
        (("phantom.png", "--intake", "intake.toml"), "nowhere to put"),
        (("phantom.png", "--intake", "intake.toml", "--json", "--mode", "x"), "mode x"),
        (("phantom.png", "--intake", "intake.toml", "--json", "--day", "x"), "no day"),
        (("phantom.png", "--intake", "intake.toml", "--json", "--also", "x"), "row x"),
    ],
)
def test_wrong_use_is_told(desk, monkeypatch, args, told) -> None:
    monkeypatch.chdir(desk)
    done = run(*args)
    assert isinstance(done.exception, UsageError)
    assert told in str(done.exception)


def test_a_bad_intake_or_protocol_is_told_with_its_place(desk) -> None:
    (desk / "bad.toml").write_text('schema = "facemap.intake/1"\nage = 3\n', "utf-8")
    done = run(desk / "phantom.png", "--intake", desk / "bad.toml", "--json")
    assert isinstance(done.exception, IntakeError)
    assert "bad.toml" in str(done.exception)
    done = run(
        desk / "phantom.png", "--intake", desk / "intake.toml", "--json", "--protocol",
        desk / "bad.toml",
    )  # fmt: skip
    assert isinstance(done.exception, DocumentError)
    assert "bad.toml" in str(done.exception)


BROKEN: dict[str, tuple[bytes | None, str]] = {
    "gone": (None, "does not exist"),
    "no text": (b"schema = '\xe9'", "is no text"),
    "half of JSON": (b'{"schema": ', "is not valid JSON: Expecting value: line 1"),
    "half of TOML": (b"schema = ", "is not valid TOML: Invalid value (at end of"),
    "no schema": (b"age_years = 40", "lacks schema"),
    "unknown key": (
        b"schema = 'facemap.intake/1'\nage = 40",
        "has fields that its schema does not know: age",
    ),
    "unknown answer": (
        b"schema = 'facemap.intake/1'\n[answers]\nanticoagulant = 'maybe'",
        "answers.anticoagulant is",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("option", ["--intake", "--protocol"])
def test_a_file_that_cannot_be_used_is_named_with_what_to_do(
    desk, fault, option
) -> None:
    content, told = BROKEN[fault]
    file = desk / "broken.toml"
    if content is not None:
        file.write_bytes(content)
    args = ["--json", "--intake", desk / "intake.toml", option, file]
    done = run(desk / "phantom.png", *args)
    assert isinstance(done.exception, DocumentError)
    assert done.exception.exit_code == 3
    assert str(done.exception).startswith("broken.toml")
    assert done.exception.hint
    assert "\n" not in str(done.exception)
    if option == "--intake" or ("schema" not in fault and "unknown" not in fault):
        assert told in str(done.exception)
    assert done.stdout == ""


def test_a_folder_for_a_file_is_told(desk) -> None:
    done = run(desk / "phantom.png", "--json", "--intake", desk)
    assert isinstance(done.exception, IntakeError)
    assert "is a folder" in str(done.exception)


def test_a_mark_before_the_first_letter_does_no_harm(desk) -> None:
    text = example_text("intake").encode("utf-8-sig")
    (desk / "marked.toml").write_bytes(text)
    done = run(desk / "phantom.png", "--json", "--intake", desk / "marked.toml")
    assert done.exit_code == 0
