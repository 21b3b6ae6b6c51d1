"""Numbers of steps beside their points; what of the photo a plan is shown on."""

from __future__ import annotations

from datetime import date

import pytest

from facemap.planning import make_plan
from facemap.protocol import Mode, example_text, load_protocol, parse_intake
from facemap.render import badge_spots, shown_box_px

INTAKE = parse_intake(example_text("intake"), source="the example")


@pytest.fixture(scope="module")
def plan(phantom_analysis):
    return make_plan(phantom_analysis, INTAKE, load_protocol(), date(2026, 5, 4))


def test_every_step_has_its_number_at_one_of_its_points(plan) -> None:
    for step in plan.steps:
        spots = badge_spots(plan, step, ())
        assert spots
        at = {point.px for point in step.points}
        for spot in spots:
            assert any(spot.at_px == pytest.approx(px) for px in at)
            assert spot.text.startswith(str(step.number))


def test_points_into_muscle_have_each_a_letter_away_from_the_midline(plan) -> None:
    middle_x = plan.analysis.frame.landmarks.xy_px[:, 0].mean()
    steps = [step for step in plan.steps if step.mode is Mode.INTRAMUSCULAR]
    assert steps
    for step in steps:
        spots = badge_spots(plan, step, ())
        assert len({spot.text for spot in spots}) == len(step.points)
        for spot in spots:
            assert (spot.at_px[0] > middle_x) == (spot.way[0] > 0)


def test_a_removed_point_bears_no_number(plan) -> None:
    step = next(step for step in plan.steps if step.mode is Mode.INTRAMUSCULAR)
    every = {point.number for point in step.points}
    assert badge_spots(plan, step, every) == ()
    skin = next(step for step in plan.steps if step.mode is Mode.DERMAL)
    assert badge_spots(plan, skin, {point.number for point in skin.points}) == ()


def test_the_box_holds_the_face_and_stays_on_the_photo(plan) -> None:
    x0, y0, x1, y1 = shown_box_px(plan)
    xy = plan.analysis.frame.landmarks.xy_px
    width, height = plan.analysis.photo.size_wh
    assert -0.5 <= x0 < xy[:, 0].min()
    assert xy[:, 0].max() < x1 <= width - 0.5
    assert -0.5 <= y0 < xy[:, 1].min()
    assert xy[:, 1].max() < y1 <= height - 0.5
