from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.quality.pose import yaw_error_deg
from facemap.types import Verdict, View
from tests.quality.drawing import check, draw_scene


@pytest.mark.parametrize(
    ("wishes", "check_id", "advice"),
    [
        ({"yaw_deg": 6.4}, "yaw", "Turn the head 6 degrees to the patient's right."),
        ({"yaw_deg": -6.4}, "yaw", "Turn the head 6 degrees to the patient's left."),
        ({"pitch_deg": 12}, "pitch", "Lower the chin by about 12 degrees."),
        ({"pitch_deg": -12}, "pitch", "Raise the chin by about 12 degrees."),
        (
            {"roll_deg": 7},
            "roll",
            "Tilt the head 7 degrees toward the patient's right shoulder.",
        ),
        (
            {"roll_deg": -7},
            "roll",
            "Tilt the head 7 degrees toward the patient's left shoulder.",
        ),
    ],
)
def test_the_advice_undoes_the_fault(wishes, check_id, advice):
    found = check(draw_scene(**wishes), check_id)
    assert (found.verdict, found.advice) == (Verdict.WARN, advice)


@pytest.mark.parametrize(
    ("roll_deg", "advice"),
    [
        (92, "lie on its side: turn it a quarter counterclockwise."),
        (-88, "lie on its side: turn it a quarter clockwise."),
        (176, "stand on its head: turn it by half."),
    ],
)
def test_a_photo_that_lies_on_its_side_is_to_be_turned_not_the_head(roll_deg, advice):
    found = check(draw_scene(roll_deg=roll_deg), "roll")
    assert found.verdict is Verdict.REJECT
    assert found.advice == f"The photo seems to {advice}"
    assert found.value == pytest.approx(roll_deg)


def test_an_oblique_is_judged_by_its_distance_from_45_degrees():
    near = check(draw_scene(yaw_deg=39, view=View.OBLIQUE_R), "yaw")
    assert (near.value, near.verdict) == (-6.0, Verdict.PASS)
    far = check(draw_scene(yaw_deg=-33, view=View.OBLIQUE_L), "yaw")
    assert far.value == 12.0
    assert far.advice == "Turn the head 12 degrees to the patient's right."


@given(st.floats(-90, 90))
def test_mirrored_views_are_judged_alike(yaw_deg):
    assert yaw_error_deg(yaw_deg, View.FRONTAL) == -yaw_error_deg(
        -yaw_deg, View.FRONTAL
    )
    for right, left in (
        (View.OBLIQUE_R, View.OBLIQUE_L),
        (View.PROFILE_R, View.PROFILE_L),
    ):
        assert yaw_error_deg(yaw_deg, right) == -yaw_error_deg(-yaw_deg, left)


@pytest.mark.parametrize(
    ("distance_mm", "verdict"),
    [(1200.0, Verdict.PASS), (400.0, Verdict.WARN), (200.0, Verdict.REJECT)],
)
def test_a_camera_that_is_too_close_is_told_to_step_back(distance_mm, verdict):
    found = check(draw_scene(camera_distance_mm=distance_mm), "camera_distance")
    assert found.verdict is verdict
    assert ("step back" in found.advice) == (verdict is not Verdict.PASS)


def test_a_photo_that_does_not_say_its_distance_is_not_judged_by_it():
    found = check(draw_scene(), "camera_distance")
    assert (found.value, found.verdict) == (None, Verdict.PASS)
    assert "does not say" in found.advice
