from __future__ import annotations

import pytest

from facemap.types import ExpressionLabel, Verdict
from tests.quality.drawing import check, draw_scene


def test_rest_is_no_departure_from_rest():
    found = check(draw_scene(), "expression")
    assert (found.value, found.verdict, found.advice) == (0.0, Verdict.PASS, "")


@pytest.mark.parametrize(
    ("label", "spoiled", "spared"),
    [
        ("brow_raise", "forehead", "chin"),
        ("frown", "glabella", "chin"),
        ("squint", "crow_feet_l", "forehead"),
        ("smile", "nasolabial_r", "forehead"),
        ("pucker", "upper_lip", "forehead"),
    ],
)
def test_an_expression_concerns_the_zones_that_it_moves(label, spoiled, spared):
    scene = draw_scene(label=ExpressionLabel(label), activation=0.7)
    found = check(scene, "expression")
    assert (found.value, found.verdict) == (0.7, Verdict.WARN)
    assert spoiled in found.zones
    assert spared not in found.zones


def test_an_expression_without_a_name_is_as_strong_as_its_strongest_part():
    found = check(draw_scene(label=ExpressionLabel.OTHER, activation=0.4), "expression")
    assert (found.value, found.zones) == (0.4, ())


@pytest.mark.parametrize(
    ("opening", "verdict"), [(1.0, Verdict.PASS), (0.2, Verdict.WARN)]
)
def test_shut_eyes_are_noticed(opening, verdict):
    assert check(draw_scene(eyes_open=opening), "eyes_open").verdict is verdict


@pytest.mark.parametrize(
    ("gap_mm", "verdict"),
    [(0.0, Verdict.PASS), (12.0, Verdict.WARN), (30.0, Verdict.REJECT)],
)
def test_an_open_mouth_is_noticed(gap_mm, verdict):
    found = check(draw_scene(mouth_open_mm=gap_mm), "mouth_closed")
    assert found.verdict is verdict


def test_turning_the_head_does_not_shut_the_eyes():
    straight = check(draw_scene(), "eyes_open").value
    turned = check(draw_scene(yaw_deg=30, pitch_deg=15), "eyes_open").value
    assert turned == pytest.approx(straight, rel=1e-6)
