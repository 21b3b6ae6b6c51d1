"""The command: what it writes, what it refuses, and how it ends."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from facemap import cli
from facemap.cli import comparing
from facemap.documents import check_document, parse_document
from facemap.errors import UnsuitablePhotoError, UsageError
from facemap.service import Service
from facemap.types import ExpressionLabel, frozen_mapping
from tests.comparison.seen import see

SIGHTS = {"before": {}, "again": {"yaw_deg": 4.0}, "other": {"seed": 13}}


@pytest.fixture
def desk(tmp_path, monkeypatch) -> Path:
    """A folder with photos, and a service that knows them."""
    for name in SIGHTS:
        (tmp_path / f"{name}.png").write_bytes(b"a photo")

    def see_file(_, path, **__):
        if path.stem not in SIGHTS:
            raise UnsuitablePhotoError("no face was found")
        return see(**SIGHTS[path.stem])

    monkeypatch.setattr(Service, "see", see_file)
    return tmp_path


def run(*args: object):
    return CliRunner().invoke(cli.app, ["compare", *map(str, args)])


def test_a_comparison_and_its_pictures_are_written(desk):
    out = desk / "out"
    done = run(desk / "before.png", desk / "again.png", "--out", out)
    assert done.exit_code == 0, done.output
    assert "no detectable change" in done.stdout
    assert sorted(p.name for p in out.iterdir()) == [
        "comparison.after.png",
        "comparison.before.png",
        "comparison.blink.webp",
        "comparison.change.png",
        "comparison.json",
        "comparison.side-by-side.png",
    ]
    text = (out / "comparison.json").read_text("utf-8")
    assert check_document(text) == ("facemap.comparison/1", ())


def test_another_comparison_is_never_overwritten(desk, monkeypatch):
    monkeypatch.setattr(comparing, "_comparison_pictures", lambda _: {})
    out = desk / "out"
    for after in ("again", "before", "again"):
        done = run(desk / "before.png", desk / f"{after}.png", "--out", out)
        assert done.exit_code == 0, done.output
    names = sorted(p.name for p in out.iterdir())
    assert names == ["comparison-2.json", "comparison.json"]


def test_photos_that_cannot_be_compared_end_with_three_and_a_document(desk):
    done = run(desk / "before.png", desk / "other.png", "--json")
    assert done.exit_code == 3 or isinstance(done.exception, UnsuitablePhotoError)
    document = json.loads(done.stdout)
    assert not document["comparable"]
    assert any("may not be the same face" in why for why in document["reasons"])


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("before.png",), "takes two photos, not 1"),
        (("before.png", "again.png", "other.png"), "takes two photos, not 3"),
        (("--repeat", "before.png"), "One photo says nothing"),
    ],
)
def test_the_wrong_number_of_photos_is_told(desk, args, told):
    done = run(*(desk / a if a.endswith("png") else a for a in args), "--json")
    assert done.exit_code == 2 or told in str(done.exception)
    assert told in str(done.exception)


def test_a_photo_without_a_face_is_told_by_name(desk):
    done = run(desk / "before.png", desk / "wall.png", "--json")
    assert done.exit_code == 3
    assert "no face" in done.stderr
    assert "Traceback" not in done.output


def test_repeat_shots_teach_and_are_used(desk, monkeypatch):
    monkeypatch.setattr(comparing, "_comparison_pictures", lambda _: {})
    ours = desk / "ours.json"
    done = run("--repeat", desk / "before.png", desk / "again.png", "--out", ours)
    assert done.exit_code == 0, done.output
    learned = parse_document(ours.read_text("utf-8"))
    assert learned["schema"] == "facemap.repeatability/1"
    assert learned["shots"] == 2
    pair = desk / "before.png", desk / "again.png"
    plain, own = (
        json.loads(run(*pair, "--json", *more).stdout)
        for more in ((), ("--repeatability", ours))
    )
    assert plain["repeatability"] == {"source": "shipped", "shots": 0}
    assert own["repeatability"] == {"source": "own", "shots": 2}
    assert [c["sd"] for c in plain["changes"]] != [c["sd"] for c in own["changes"]]


def test_a_copy_among_repeat_shots_is_told(desk, monkeypatch):
    (desk / "copy.png").write_bytes(b"a photo")
    shot = see()
    photo = replace(shot.analysis.photo, sha256="c" * 64, file="copy.png")
    copy = replace(shot, analysis=replace(shot.analysis, photo=photo))
    known = Service.see
    monkeypatch.setattr(
        Service,
        "see",
        lambda service, path, **more: (
            copy if path.stem == "copy" else known(service, path, **more)
        ),
    )
    names = ("before", "again", "copy")
    photos = (desk / f"{name}.png" for name in names)
    done = run("--repeat", *photos, "--out", desk / "ours.json")
    assert done.exit_code == 0, done.output
    assert done.stderr.count("seem to show the same photo") == 1
    assert "copy.png seem to show" in done.stderr


def test_photos_of_other_movements_are_no_repeat_shots(desk, monkeypatch):
    shot = see(**SIGHTS["again"])
    expression = shot.analysis.frame.expression
    smile = replace(
        expression,
        label=ExpressionLabel.SMILE,
        activations=frozen_mapping({**expression.activations, "smile": 0.9}),
    )
    frame = replace(shot.analysis.frame, expression=smile)
    smiling = replace(shot, analysis=replace(shot.analysis, frame=frame))
    known = Service.see
    monkeypatch.setattr(
        Service,
        "see",
        lambda service, path, **more: (
            smiling if path.stem == "again" else known(service, path, **more)
        ),
    )
    pair = desk / "before.png", desk / "again.png"
    done = run("--repeat", *pair, "--out", desk / "ours.json")
    assert isinstance(done.exception, UnsuitablePhotoError)
    assert "these are no repeat shots" in str(done.exception)
    assert not (desk / "ours.json").exists()


def test_learning_anew_takes_nothing_learned_before(desk):
    pair = desk / "before.png", desk / "again.png"
    done = run("--repeat", *pair, "--json", "--repeatability", desk / "x.json")
    assert isinstance(done.exception, UsageError)


def test_what_is_no_repeatability_is_refused(desk):
    (desk / "x.json").write_text("{}", "utf-8")
    pair = desk / "before.png", desk / "again.png"
    done = run(*pair, "--json", "--repeatability", desk / "x.json")
    assert "names no schema" in str(done.exception)


def test_one_file_twice_is_said_and_teaches_nothing(desk, monkeypatch):
    monkeypatch.setattr(comparing, "_comparison_pictures", lambda _: {})
    photo = desk / "before.png"
    done = run(photo, photo, "--out", desk / "out")
    assert "seem to show the same photo" in done.stderr
    learned = run("--repeat", photo, photo, "--out", desk / "ours.json")
    assert "copies of one file" in str(learned.exception)
    assert not (desk / "ours.json").exists()
