"""What the plan's map and the face chart are given to draw."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import cv2
import numpy as np
import pytest

from facemap.geometry import in_polygon
from facemap.planning import Decision, Verdict, make_plan, muscle_spots, step_key
from facemap.protocol import (
    Mode,
    example_text,
    load_muscles,
    load_protocol,
    parse_intake,
)
from facemap.render import blocked_outlines, load_line_face
from facemap.ui.components.face_chart import face_chart_payload
from facemap.ui.components.plan_map import plan_map_payload

INTAKE = parse_intake(example_text("intake"), source="the example")


@pytest.fixture(scope="module")
def plan(phantom_analysis):
    return make_plan(phantom_analysis, INTAKE, load_protocol(), date(2026, 5, 4))


def depth_px(rings, at) -> float:
    """How deep a place lies inside some rings, even-odd; negative outside."""
    to_border = [
        cv2.pointPolygonTest(ring.astype(np.float32), at, measureDist=True)
        for ring in rings
    ]
    inside = sum(distance > 0 for distance in to_border) % 2
    return min(map(abs, to_border)) * (1 if inside else -1)


def payload(plan, document, decisions=None, **options):
    return plan_map_payload(plan, decisions or {}, document, photo_id="a", **options)


def test_every_point_is_drawn_where_the_plan_has_it(plan, document) -> None:
    drawn = payload(plan, document)
    for step, given in zip(plan.steps, drawn["steps"], strict=True):
        at = np.array([[point["x"], point["y"]] for point in given["points"]])
        assert at == pytest.approx(np.array([p.px for p in step.points]), abs=0.006)
        assert given["number"] == step.number
    assert json.loads(json.dumps(drawn, allow_nan=False)) == drawn


def test_all_layers_can_be_switched(plan, document) -> None:
    assert payload(plan, document)["layers"] == [
        "dermal", "intramuscular", "keepouts", "lines", "numbers", "zones",
    ]  # fmt: skip
    empty = payload(replace(plan, steps=()), document)
    assert empty["layers"] == ["keepouts", "lines"]


def test_a_rejected_step_is_gone_and_a_removed_point_is_shown_as_such(
    plan, document
) -> None:
    first, second = plan.steps[:2]
    decisions = {
        step_key(first): Decision(Verdict.REJECTED),
        step_key(second): Decision(removed=frozenset({1})),
    }
    drawn = payload(plan, document, decisions, can_remove=True)
    assert drawn["steps"][0]["number"] == second.number
    gone = [point for point in drawn["steps"][0]["points"] if point["gone"]]
    assert [point["number"] for point in gone] == [1]
    assert "take it back" in gone[0]["said"]


def test_all_points_lie_in_the_box_that_is_fitted(plan, document) -> None:
    x0, y0, x1, y1 = payload(plan, document)["face_px"]
    for step in plan.steps:
        for point in step.points:
            assert x0 <= point.px[0] <= x1
            assert y0 <= point.px[1] <= y1


def test_keep_outs_are_one_shape_of_each_kind_and_hold_no_point(plan, document) -> None:
    outlines = blocked_outlines(plan)
    assert set(outlines) == {"every", "muscle"}
    mm_per_px = plan.analysis.frame.scale.mm_per_px
    for step in plan.steps:
        kinds = ["every"]
        if step.mode is Mode.INTRAMUSCULAR:
            kinds.append("muscle")
        for point in step.points:
            for kind in kinds:
                assert depth_px(outlines[kind], point.px) * mm_per_px < 0.4
    assert len(payload(plan, document)["blocked"]) == 2


def test_what_is_outlined_by_hand_is_in_the_shape_that_blocks_all(plan) -> None:
    [lesion] = [k for k in plan.keepouts if not k.side]
    middle = lesion.shape_px.mean(axis=0)[None]
    rings = blocked_outlines(plan)["every"]
    assert any(in_polygon(middle, ring).all() for ring in rings)


def test_names_and_titles_are_said_in_words(plan, document) -> None:
    drawn = payload(plan, document, can_remove=True)
    names = [point["name"] for step in drawn["steps"] for point in step["points"]]
    assert all(re.match(r"\d+\. .+: point (\d+|[a-z])$", name) for name in names)
    assert all(re.search(r"mm around", k["said"]) for k in drawn["keepouts"])


def test_outlining_is_offered_only_where_asked_for(plan, document) -> None:
    assert payload(plan, document)["outline_kinds"] == []
    kinds = payload(plan, document, can_outline=True)["outline_kinds"]
    assert {kind["id"] for kind in kinds} == {
        "lesion", "scar", "mole", "device", "other",
    }  # fmt: skip


def test_every_muscle_has_a_spot_on_each_side_of_the_chart() -> None:
    spots = muscle_spots(load_protocol())
    assert {s.muscle for s in spots} == {m.id for m in load_muscles()}
    right, left = ([s for s in spots if s.side == side] for side in "rl")
    for one, other in zip(right, left, strict=True):
        assert one.muscle == other.muscle
        assert one.at_mm == (-other.at_mm[0], other.at_mm[1])
        assert one.at_mm[0] < 0
    at = np.array([spot.at_mm for spot in spots])
    apart = np.linalg.norm(at[:, None] - at[None], axis=2) + 99 * np.eye(len(at))
    assert apart.min() > 8.4  # two spots do not touch


def test_the_chart_shows_what_is_noted() -> None:
    face, spots = load_line_face(), muscle_spots(load_protocol())
    drawn = face_chart_payload(face, spots, {("masseter", "r"): 7.0})
    noted = {spot["id"]: spot["value"] for spot in drawn["spots"]}
    assert noted["masseter/r"] == 7
    assert noted["masseter/l"] is None
    left, top, right, bottom = drawn["box"]
    for spot in drawn["spots"]:
        assert left < spot["x"] < right
        assert top < spot["y"] < bottom
    assert json.loads(json.dumps(drawn, allow_nan=False)) == drawn
