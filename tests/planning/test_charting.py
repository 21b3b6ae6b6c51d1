"""The plan on the drawn face: the same places, the same shapes, mirror to mirror."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from facemap import cli
from facemap.chart import load_chart, load_zones
from facemap.errors import UsageError
from facemap.geometry import in_polygon
from facemap.planning import (
    Decision,
    Verdict,
    charted_keepouts,
    decide,
    frontal_mm,
    make_plan,
    outline_uv,
    skin_of,
    step_key,
)
from facemap.protocol import Lesion, Mode, example_text, load_protocol, parse_intake
from facemap.render import draw_face_chart, encode_png, load_line_face
from facemap.render.colors import mode_color, rgb_of
from facemap.service import Service
from facemap.synthetic import encode_phantom
from facemap.types import ZONE_IDS

INTAKE = parse_intake(example_text("intake"), source="the example")
DAY = date(2026, 5, 4)


@pytest.fixture(scope="module")
def plan(phantom_analysis):
    return make_plan(phantom_analysis, INTAKE, load_protocol(), DAY)


def share_of(picture, mode: Mode) -> float:
    color = np.array(rgb_of(mode_color(mode)))
    return float((np.abs(picture.astype(int) - color).max(axis=2) < 12).mean())


def test_a_landmark_lies_on_the_drawn_face_where_the_head_has_it() -> None:
    chart = load_chart()
    at_mm = frontal_mm(chart.uv[[33, 263, 1]])
    assert at_mm == pytest.approx(chart.vertices_mm[[33, 263, 1], :2] * [1, -1])


def test_keep_outs_are_drawn_alike_on_both_sides(plan) -> None:
    for one, other in zip(*[iter(charted_keepouts(plan)[:-1])] * 2, strict=True):
        assert (one.side, other.side) == ("r", "l")
        if len(one.shape_px):
            right, left = one.shape_px, other.shape_px * [-1, 1]
            assert right.min(axis=0) == pytest.approx(left.min(axis=0), abs=0.3)
            assert right.max(axis=0) == pytest.approx(left.max(axis=0), abs=0.3)


def test_keep_outs_keep_the_radius_of_this_photo(plan) -> None:
    for ours, drawn in zip(plan.keepouts, charted_keepouts(plan), strict=True):
        assert (ours.id, ours.side) == (drawn.id, drawn.side)
        assert drawn.radius_mm == pytest.approx(ours.radius_mm)


def test_the_eyes_are_inside_their_keep_outs(plan) -> None:
    eyes = [k for k in charted_keepouts(plan) if k.id == "orbit"]
    irises = load_line_face().irises
    for eye in eyes:
        inside = [in_polygon(i.center_mm[None], eye.shape_px).all() for i in irises]
        assert sum(inside) == 1


def test_an_outline_on_the_photo_lies_on_the_chart_too(phantom_analysis, plan) -> None:
    skin = skin_of(phantom_analysis.frame)
    uv = np.array([[0.30, 0.56], [0.33, 0.56], [0.33, 0.59], [0.30, 0.59]])
    outline_px = skin.px(uv)
    assert outline_uv(skin, outline_px) == pytest.approx(uv, abs=1e-6)
    assert outline_uv(skin, np.array([[-50.0, -50], [0, 0], [0, 5]])) is None
    corners = tuple((float(x), float(y)) for x, y in outline_px)
    beside = ((-50.0, -50.0), (-40.0, -50.0), (-40.0, -40.0))
    lesions = (Lesion("mole", corners, None), Lesion("device", beside, None))
    marked = replace(plan, intake=replace(INTAKE, lesions=lesions))
    outlined = [k for k in charted_keepouts(marked) if not k.side]
    [shape] = [k.shape_px for k in outlined]
    assert in_polygon(frontal_mm(uv), shape).all()


def test_the_drawn_face_is_its_own_mirror_image() -> None:
    face = load_line_face()
    every = np.concatenate([stroke.points_mm for stroke in face.strokes])
    left, right = every[:, 0].min(), every[:, 0].max()
    assert left == pytest.approx(-right, abs=1e-6)
    for name in {stroke.name for stroke in face.strokes}:
        found = [s.points_mm for s in face.strokes if s.name == name]
        mirrored = found[-1] * [-1, 1]
        if len(found) == 1:
            mirrored = mirrored[::-1]
        assert found[0] == pytest.approx(mirrored, abs=1e-6), name


def test_every_zone_is_within_the_drawing() -> None:
    left, top, right, bottom = load_line_face().box_mm
    for zone in load_zones():
        at_mm = frontal_mm(zone.outline_uv)
        assert (at_mm[:, 0] > left).all()
        assert (at_mm[:, 0] < right).all()
        assert (at_mm[:, 1] > top).all()
        if zone.id != "neck":
            assert (at_mm[:, 1] < bottom).all(), ZONE_IDS


def test_points_of_both_modes_are_drawn(plan) -> None:
    picture = draw_face_chart(plan)
    assert share_of(picture, Mode.DERMAL) > 0.001
    assert share_of(picture, Mode.INTRAMUSCULAR) > 0.0001
    again = draw_face_chart(plan)
    assert encode_png(again) == encode_png(picture)


def test_a_rejected_step_is_not_drawn(plan) -> None:
    no = {
        step_key(step): Decision(Verdict.REJECTED)
        for step in plan.steps
        if step.mode is Mode.INTRAMUSCULAR
    }
    picture = draw_face_chart(decide(plan, no), width_px=850)
    assert share_of(picture, Mode.INTRAMUSCULAR) == 0


def test_an_empty_plan_has_a_chart_with_what_to_keep_out_of(phantom_analysis) -> None:
    young = parse_intake('schema = "facemap.intake/1"\nage_years = 17\n')
    made = make_plan(phantom_analysis, young, load_protocol(), DAY)
    picture = draw_face_chart(made, width_px=850)
    assert share_of(picture, Mode.DERMAL) == 0
    assert (picture[: round(850 * 319 / 208)].max(axis=2) < 200).mean() > 0.02


@pytest.fixture
def desk(tmp_path, monkeypatch, small_phantom, phantom_analysis):
    """A folder with a photo and an intake, and a service that knows the photo."""
    (tmp_path / "phantom.png").write_bytes(encode_phantom(small_phantom, "png"))
    (tmp_path / "intake.toml").write_text(example_text("intake"), "utf-8")
    monkeypatch.setattr(Service, "analyze", lambda *_, **__: phantom_analysis)
    return tmp_path


def run(desk, *args: object):
    said = ["plan", desk / "phantom.png", "--intake", desk / "intake.toml", *args]
    return CliRunner().invoke(cli.app, [str(part) for part in said])


def test_the_command_draws_the_chart_into_the_file_that_is_named(desk) -> None:
    done = run(desk, "--chart", desk / "face.png", "--day", "2026-05-04")
    assert done.exit_code == 0, done.output
    drawn = cv2.imread(str(desk / "face.png"))
    assert drawn.shape[0] > drawn.shape[1] > 1000
    assert "face.png" in done.stdout


def test_a_name_that_is_no_picture_is_refused(desk) -> None:
    done = run(desk, "--chart", desk / "face.pdf")
    assert isinstance(done.exception, UsageError)
    assert "--chart NAME.png" in done.exception.hint
