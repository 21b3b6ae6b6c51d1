import errno
import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from facemap import cli
from facemap.cli.analyzing import tell_movements
from facemap.documents import check_document, parse_document
from facemap.errors import PhotoError, UsageError
from facemap.frame import take_scale
from facemap.render import encode_png
from facemap.service import Service
from facemap.sitting import combine_shots
from facemap.synthetic import PhantomParams, draw_phantom, encode_phantom
from facemap.types import Note
from tests.sitting.made import make_shot


def facemap(*args: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "facemap", *map(str, args)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory, small_phantom):
    root = tmp_path_factory.mktemp("photos")
    (root / "a").mkdir()
    face = encode_phantom(small_phantom, "png")
    (root / "face.png").write_bytes(face)
    (root / "a" / "face.png").write_bytes(face)
    (root / "empty.jpg").write_bytes(b"")
    (root / "text.jpg").write_text("not a picture at all")
    (root / "cut.png").write_bytes(face[: len(face) // 2])
    wall = np.full((400, 500, 3), 180, np.uint8)
    (root / "wall.png").write_bytes(encode_png(wall))
    return root


@pytest.fixture(scope="module")
def analyzed(folder, tmp_path_factory):
    """One call with good and bad photos, whose outcome several tests look at."""
    out = tmp_path_factory.mktemp("out")
    names = (
        "empty.jpg",
        "face.png",
        "text.jpg",
        "a/face.png",
        "cut.png",
        "wall.png",
        "gone.jpg",
    )
    done = facemap("analyze", *(folder / n for n in names), "--out", out, "--json")
    return done, out


def test_bad_photos_give_status_3_and_one_sentence_each(analyzed):
    done, _ = analyzed
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    sentences = [x for x in done.stderr.splitlines() if x.startswith("facemap: ")]
    for name in ("empty.jpg", "text.jpg", "cut.png", "wall.png", "gone.jpg"):
        assert sum(name in sentence for sentence in sentences) == 1, name


def test_the_other_photos_of_the_call_are_still_done(analyzed):
    _, out = analyzed
    assert sorted(p.name for p in out.iterdir()) == [
        "face-2.analysis.json",
        "face-2.overlay.png",
        "face.analysis.json",
        "face.overlay.png",
    ]


def test_json_prints_one_document_a_line_and_it_is_what_was_written(analyzed):
    done, out = analyzed
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    written = parse_document((out / "face.analysis.json").read_text("utf-8"))
    assert json.loads(lines[0]) == written


def test_the_same_photo_gives_the_same_bytes(analyzed):
    _, out = analyzed
    assert (out / "face.analysis.json").read_bytes() == (
        out / "face-2.analysis.json"
    ).read_bytes()
    assert (out / "face.overlay.png").read_bytes() == (
        out / "face-2.overlay.png"
    ).read_bytes()


def test_documents_are_checked_one_by_one(analyzed, folder):
    _, out = analyzed
    good = out / "face.analysis.json"
    done = facemap("check", good, folder / "text.jpg", folder / "face.png")
    assert done.returncode == 3
    assert "ok" in done.stdout
    assert "facemap.analysis/1" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_face_that_is_not_there_is_an_unsuitable_value(folder, tmp_path):
    done = facemap("analyze", folder / "face.png", "--face", 3, "--out", tmp_path)
    assert done.returncode == 3
    assert "face" in done.stderr


@pytest.fixture
def buggy_service(monkeypatch, phantom_analysis):
    """A service that has a bug, which shows on one photo."""

    def analyze(_, source, **asked):
        if source.name == "odd.png":
            raise ZeroDivisionError("Jane Doe")
        return phantom_analysis

    monkeypatch.setattr(Service, "analyze", analyze)


def test_a_bug_is_one_sentence_and_the_other_photos_go_on(buggy_service, tmp_path):
    done = CliRunner().invoke(
        cli.app, ["analyze", "odd.png", "face.png", "--out", str(tmp_path)]
    )
    assert done.exit_code == 1
    assert "odd.png: Something went wrong inside facemap" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Jane" not in done.stderr
    assert (tmp_path / "face.analysis.json").exists()


def test_a_bug_is_shown_in_full_to_those_who_ask(buggy_service, monkeypatch, tmp_path):
    monkeypatch.setenv("FACEMAP_DEBUG", "1")
    done = CliRunner().invoke(cli.app, ["analyze", "odd.png", "--out", str(tmp_path)])
    assert isinstance(done.exception, ZeroDivisionError)


def test_without_a_place_for_results_it_says_so(folder):
    done = facemap("analyze", folder / "face.png")
    assert done.returncode == 2
    assert "--out" in done.stderr


def test_an_unknown_detector_is_refused_with_the_known_ones(folder, tmp_path):
    done = facemap(
        "analyze", folder / "face.png", "--out", tmp_path, "--detector", "rigde"
    )
    assert done.returncode == 1
    assert "ridge" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--width", "10", "--width and --height must lie in 64 to 8192, got 10 x 1500"),
        ("--ita", "100", "--ita must lie in -60 to 60, got 100.0"),
        ("--hair", "blue", "--hair must be one of auto, none, short, swept, long, "),
        ("--severity", "9", "--severity must lie in 0 to 4"),
        ("--seed", "-1", "--seed must lie in"),
        ("--distance", "1", "--distance must lie in"),
        ("--px-per-mm", "90", "--px-per-mm must lie in"),
        ("--exposure", "nan", "--exposure must lie in"),
        ("--yaw", "99", "--yaw must lie in"),
        ("--pitch", "99", "--pitch must lie in"),
        ("--roll", "99", "--roll must lie in"),
        ("--light", "99", "--light must lie in"),
        ("--beard", "2", "--beard must lie in"),
        ("--blur", "99", "--blur must lie in"),
        ("--noise", "99", "--noise must lie in"),
    ],
)
def test_a_phantom_that_cannot_be_drawn_is_told_in_the_words_of_the_options(
    option, value, told, tmp_path
):
    arguments = ["phantom", "--out", str(tmp_path), f"{option}={value}"]
    done = CliRunner().invoke(cli.app, arguments)
    assert isinstance(done.exception, UsageError)
    assert f"cannot be drawn: {told}" in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_phantoms_come_with_their_truth(tmp_path):
    done = facemap(
        "phantom", "--out", tmp_path, "--seed", 4, "--width", 500, "--height", 640
    )
    assert done.returncode == 0, done.stderr
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["phantom-4.png", "phantom-4.truth.json"]
    parse_document((tmp_path / "phantom-4.truth.json").read_text("utf-8"))


def test_the_files_of_phantoms_are_told_to_machines(tmp_path):
    size = ("--width", "200", "--height", "260")
    done = CliRunner().invoke(
        cli.app, ["phantom", "--out", str(tmp_path), "--json", "--jpeg", "90", *size]
    )
    assert done.exit_code == 0
    written = json.loads(done.stdout)
    assert sorted(written) == sorted(map(str, tmp_path.iterdir()))
    assert len(written) == 3


@pytest.mark.parametrize("step", ["write_bytes", "replace"])
def test_a_full_disk_is_one_sentence_and_leaves_no_half_file(
    step, tmp_path, monkeypatch, capsys
):
    whole = Path.write_bytes

    def fail(path, *arguments):
        if step == "write_bytes":
            whole(path, b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "hardlink_to", fail)
    monkeypatch.setattr(Path, step, fail)
    command = "facemap phantom --width 200 --height 260 --out"
    monkeypatch.setattr(sys, "argv", [*command.split(), str(tmp_path)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 1
    said = capsys.readouterr().err
    assert "phantom-0.truth.json cannot be written: No space left on device" in said
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def analyze_into(monkeypatch, phantom_analysis, tmp_path):
    """Analyze photos of given contents, in a call each, into one folder."""

    def analyze(_, source, **asked):
        sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
        photo = replace(phantom_analysis.photo, sha256=sha256, file=source.name)
        return replace(phantom_analysis, photo=photo)

    monkeypatch.setattr(Service, "analyze", analyze)
    out = tmp_path / "out"

    def call(*photos):
        done = CliRunner().invoke(cli.app, ["analyze", *photos, "--out", str(out)])
        assert done.exit_code == 0, done.output
        return done

    def photo(folder, content):
        (tmp_path / folder).mkdir(exist_ok=True)
        path = tmp_path / folder / "face.png"
        path.write_bytes(content)
        return str(path)

    return call, photo, out


def sha256_in(path):
    return json.loads(path.read_text("utf-8"))["photo"]["sha256"]


def test_another_photo_of_the_same_name_never_loses_the_first_ones_results(
    analyze_into,
):
    call, photo, out = analyze_into
    first, second = photo("monday", b"1"), photo("friday", b"2")
    call(first)
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    done = call(second)
    assert {p.name: p.read_bytes() for p in out.iterdir() if p.name in before} == before
    assert sha256_in(out / "face-2.analysis.json") == hashlib.sha256(b"2").hexdigest()
    assert (out / "face-2.overlay.png").is_file()
    assert "face.analysis.json is of something else" in done.stderr
    assert "face-2.analysis.json" in done.stderr
    assert "face-2.analysis.json" in done.stdout


def test_the_same_photo_again_writes_its_own_results_again(analyze_into):
    call, photo, out = analyze_into
    first, second = photo("monday", b"1"), photo("friday", b"2")
    call(first, second)
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    assert len(before) == 4
    call(first, second)
    done = call(second)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert "face-2.analysis.json" in done.stdout


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("face.analysis.json", "my own notes"),
        ("face.analysis.json", '{"photo": "of my cat"}'),
        ("face.overlay.png", "a drawing of mine"),
    ],
)
def test_a_file_that_facemap_did_not_write_is_left_alone(name, content, analyze_into):
    call, photo, out = analyze_into
    out.mkdir()
    (out / name).write_text(content)
    call(photo("monday", b"1"))
    assert (out / name).read_text() == content
    assert (out / "face-2.analysis.json").is_file()


def test_another_face_of_the_same_seed_is_drawn_beside_the_first(tmp_path):
    def draw(severity):
        size = ("--width", "200", "--height", "260", "--severity", severity)
        done = CliRunner().invoke(cli.app, ["phantom", "--out", str(tmp_path), *size])
        assert done.exit_code == 0
        return sorted(p.name for p in tmp_path.iterdir())

    assert draw("0") == draw("0") == ["phantom-0.png", "phantom-0.truth.json"]
    smooth = (tmp_path / "phantom-0.png").read_bytes()
    assert "phantom-0-2.png" in draw("4")
    assert (tmp_path / "phantom-0.png").read_bytes() == smooth


def test_checked_documents_are_told_to_machines(analyzed, folder):
    _, out = analyzed
    files = [str(out / "face.analysis.json"), str(folder / "text.jpg")]
    done = CliRunner().invoke(cli.app, ["check", "--json", *files])
    assert done.exit_code == 3
    good, bad = json.loads(done.stdout)
    assert good == {
        "file": files[0],
        "ok": True,
        "message": "a valid facemap.analysis/1",
        "faults": [],
    }
    assert bad["file"] == files[1]
    assert not bad["ok"]
    assert "text.jpg" in bad["message"]


def test_a_document_that_contradicts_itself_is_refused_fault_by_fault(
    analyzed, tmp_path
):
    document = json.loads((analyzed[1] / "face.analysis.json").read_text("utf-8"))
    document["overall"]["severity"] += 5
    for zone in document["zones"]:
        zone["line_count"] += 1
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(document), "utf-8")
    done = CliRunner().invoke(cli.app, ["check", str(changed)])
    assert done.exit_code == 3
    said = done.stderr.splitlines()
    assert said[0] == (
        "facemap: changed.json is not a valid facemap.analysis/1: 22 faults"
    )
    assert said[1].startswith("  zones[0].line_count is ")
    assert said[-1] == "  and 2 more"
    told = CliRunner().invoke(cli.app, ["check", "--json", str(changed)])
    [found] = json.loads(told.stdout)
    assert len(found["faults"]) == 22
    assert found["faults"][-1].startswith("overall.severity is ")


def test_this_installation_is_whole():
    done = facemap("check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAILED" not in done.stdout


def test_help_names_every_command_and_imports_nothing_heavy():
    code = (
        "import sys; from facemap.cli import main; sys.argv = ['facemap', '--help']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'cv2', 'streamlit', 'mediapipe'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    for command in ("analyze", "phantom", "demo", "check", "app"):
        assert command in done.stdout
    assert done.stdout.strip().endswith("[]")


def test_what_must_be_known_of_a_photo_is_printed(
    monkeypatch, phantom_analysis, tmp_path
):
    notes = (
        Note("scale_assumed", "The millimeters are assumed."),
        Note("fine_lines_off", "That part is off."),
    )
    noted = replace(phantom_analysis, notes=notes)
    monkeypatch.setattr(Service, "analyze", lambda *_, **__: noted)
    done = CliRunner().invoke(
        cli.app, ["analyze", "face.png", "--out", str(tmp_path), "--json"]
    )
    assert done.exit_code == 0, done.stderr
    assert "face.png: The millimeters are assumed." in done.stderr
    assert "That part is off" not in done.stderr  # true of most photos
    json.loads(done.stdout)


@pytest.fixture
def sit(monkeypatch, phantom_analysis, tmp_path):
    """Analyze photos of one sitting without measuring: each file is another photo."""

    def analyze(_, source, *, sitting=(), **asked):
        if not source.exists():
            raise PhotoError(f"{source.name} does not exist")
        sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
        photo = replace(phantom_analysis.photo, sha256=sha256, file=source.name)
        frame = take_scale(phantom_analysis.frame, sitting)
        return replace(phantom_analysis, photo=photo, frame=frame)

    monkeypatch.setattr(Service, "analyze", analyze)
    monkeypatch.setattr(Service, "locate", lambda *_, **__: phantom_analysis.frame)

    def run(*names, out="out", json=False):
        for name in names:
            (tmp_path / name).write_text(name)
        photos = [str(tmp_path / name) for name in names]
        arguments = [*photos, "--same-sitting", "--out", str(tmp_path / out)]
        return CliRunner().invoke(
            cli.app, ["analyze", *arguments, *(["--json"] if json else [])]
        )

    return run


def test_a_sitting_is_one_more_document(sit, tmp_path):
    done = sit("a.png", "b.png", "c.png")
    assert done.exit_code == 0, done.stderr
    out = tmp_path / "out"
    assert len(list(out.glob("?.analysis.json"))) == 3
    text = (out / "sitting.analysis.json").read_text("utf-8")
    assert check_document(text) == ("facemap.sitting/1", ())
    document = parse_document(text)
    assert [photo["file"] for photo in document["photos"]] == [
        "a.png",
        "b.png",
        "c.png",
    ]
    assert document["zones"][0]["shots"] == 3
    assert "3 photos together" in done.stdout


def test_a_sitting_is_the_last_line_for_machines(sit):
    done = sit("a.png", "b.png", json=True)
    schemas = [json.loads(line)["schema"] for line in done.stdout.splitlines()]
    assert schemas == ["facemap.analysis/1"] * 2 + ["facemap.sitting/1"]


def test_what_a_movement_changes_is_said_in_words(capsys):
    still, smile = make_shot(1), make_shot(2, {"crow_feet_r": 80.0}, movement="smile")
    tell_movements(combine_shots([still, smile]))
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("Smiling")
    assert told[1].startswith("  Crow's feet, right: 20 to 80 (+60 ± ")
    assert "points to Orbicularis oculi" in told[1]
    assert told[2] == "  No change beyond noise in 20 other zones."


def test_a_photo_called_sitting_steps_aside(sit, tmp_path):
    sit("sitting.png", "a.png")
    names = {
        path.name: json.loads(path.read_bytes())["schema"]
        for path in (tmp_path / "out").glob("*.json")
    }
    assert names == {
        "a.analysis.json": "facemap.analysis/1",
        "sitting-2.analysis.json": "facemap.analysis/1",
        "sitting.analysis.json": "facemap.sitting/1",
    }


def test_another_sitting_never_loses_the_first(sit, tmp_path):
    sit("a.png", "b.png")
    first = (tmp_path / "out" / "sitting.analysis.json").read_bytes()
    sit("a.png", "b.png")
    done = sit("c.png", "d.png")
    assert (tmp_path / "out" / "sitting.analysis.json").read_bytes() == first
    assert (tmp_path / "out" / "sitting-2.analysis.json").exists()
    assert not (tmp_path / "out" / "sitting-3.analysis.json").exists()
    assert "sitting-2.analysis.json" in done.stderr


def test_a_bad_photo_does_not_lose_the_sitting(sit, tmp_path):
    (tmp_path / "here.png").write_text("here")
    arguments = [str(tmp_path / name) for name in ("gone.png", "here.png")]
    done = CliRunner().invoke(
        cli.app, ["analyze", *arguments, "--same-sitting", "--out", str(tmp_path)]
    )
    assert done.exit_code == 3
    document = parse_document((tmp_path / "sitting.analysis.json").read_text("utf-8"))
    assert [photo["file"] for photo in document["photos"]] == ["here.png"]


def test_where_no_photo_is_good_there_is_no_sitting(tmp_path):
    done = facemap("analyze", "gone.png", "--same-sitting", "--out", tmp_path)
    assert done.returncode == 3
    assert list(tmp_path.iterdir()) == []


def test_the_demo_goes_from_photo_to_plan_and_comparison(tmp_path, monkeypatch):
    drawn = [
        encode_phantom(
            draw_phantom(PhantomParams(seed=17, size_wh=(560, 700), severity=severity)),
            "png",
        )
        for severity in (2.4, 1.7)
    ]
    monkeypatch.setattr(Service, "demo_photos", lambda _: (("demo-1.png", drawn[0]),))
    monkeypatch.setattr(Service, "demo_later", lambda _: ("demo-later.png", drawn[1]))
    done = CliRunner().invoke(cli.app, ["demo", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    names = {path.name for path in tmp_path.iterdir()}
    assert {
        "demo-1.png",
        "demo-1.analysis.json",
        "demo-1.overlay.png",
        "demo-1.plan.json",
        "demo-1.plan.png",
        "demo-later.analysis.json",
        "comparison.json",
        "comparison.side-by-side.png",
    } <= names
    for path in tmp_path.glob("*.json"):
        assert check_document(path.read_text("utf-8"))[1] == ()
