"""Truth against geometry worked out another way, and its document."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facemap.resources import data_bytes
from facemap.synthetic import (
    HairStyle,
    PhantomParams,
    draw_phantom,
    encode_phantom,
    phantom_files,
    truth_document,
)
from facemap.synthetic.draw import make_camera
from facemap.synthetic.head import build_head
from facemap.types import View

SMALL = PhantomParams(
    seed=9, size_wh=(160, 200), noise=0.0, severity=1.0, hair=HairStyle.NONE
)


def test_the_iris_is_as_wide_as_it_is_in_adults():
    truth = draw_phantom(replace(SMALL, camera_distance_mm=5000.0)).truth
    for first in (469, 474):
        right, left = truth.landmarks_px[first], truth.landmarks_px[first + 2]
        width_mm = np.linalg.norm(right - left) * truth.mm_per_px
        assert width_mm == pytest.approx(11.7, rel=0.005)


def test_pupils_are_as_far_apart_as_the_scale_says():
    truth = draw_phantom(SMALL).truth
    gap_px = np.linalg.norm(truth.landmarks_px[473] - truth.landmarks_px[468])
    assert gap_px * truth.mm_per_px == pytest.approx(truth.ipd_mm, rel=0.002)


@settings(deadline=None, max_examples=6)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_seed_has_pupils_within_human_norms(seed):
    head = build_head(PhantomParams(seed=seed))
    right, left = (eye.iris_center_mm for eye in head.eyes)
    # Dodgson 2004: 52 to 78 mm holds nearly all adults.
    assert 55 < np.linalg.norm(left - right) < 75


def test_yaw_to_the_left_moves_the_nose_right_in_the_picture():
    nose = {}
    for yaw in (-20.0, 20.0):
        truth = draw_phantom(replace(SMALL, yaw_deg=yaw)).truth
        eyes = truth.landmarks_px[[468, 473]].mean(axis=0)
        nose[yaw] = (truth.landmarks_px[1] - eyes)[0]
    assert nose[-20.0] < -3 < 3 < nose[20.0]


def test_looking_up_raises_the_nose():
    level, up = (
        draw_phantom(replace(SMALL, pitch_deg=p)).truth.landmarks_px
        for p in (0.0, 15.0)
    )
    assert (up[1] - up[168])[1] < (level[1] - level[168])[1] - 3


def test_roll_turns_the_picture_clockwise():
    truth = draw_phantom(replace(SMALL, roll_deg=20.0)).truth
    dx, dy = truth.landmarks_px[473] - truth.landmarks_px[468]
    level = draw_phantom(SMALL).truth.landmarks_px
    dx0, dy0 = level[473] - level[468]
    turned = np.degrees(np.arctan2(dy, dx) - np.arctan2(dy0, dx0))
    assert turned == pytest.approx(20.0, abs=0.5)


@pytest.mark.parametrize(
    ("yaw", "view"),
    [(0.0, View.FRONTAL), (35.0, View.OBLIQUE_R), (-35.0, View.OBLIQUE_L)],
)
def test_the_view_shows_the_cheek_it_is_named_after(yaw, view):
    assert draw_phantom(replace(SMALL, yaw_deg=yaw)).truth.view is view


def test_length_on_the_skin_does_not_change_when_the_head_turns():
    level, turned = (
        draw_phantom(replace(SMALL, severity={"forehead": 2.0}, yaw_deg=yaw)).truth
        for yaw in (0.0, 40.0)
    )
    for a, b in zip(level.lines, turned.lines, strict=True):
        # Light from another side may end a line a little sooner.
        assert b.length_mm == pytest.approx(a.length_mm, rel=0.08)
    shorter = [
        np.linalg.norm(np.diff(b.path_px, axis=0), axis=1).sum()
        / np.linalg.norm(np.diff(a.path_px, axis=0), axis=1).sum()
        for a, b in zip(level.lines, turned.lines, strict=True)
    ]
    assert np.median(shorter) < 0.93


def test_truth_does_not_depend_on_the_resolution():
    small = draw_phantom(SMALL).truth
    large = draw_phantom(replace(SMALL, size_wh=(320, 400))).truth
    assert small.mm_per_px == pytest.approx(2 * large.mm_per_px)
    for a, b in zip(small.lines, large.lines, strict=True):
        assert b.depth == pytest.approx(a.depth, rel=0.02)
        assert b.width_mm == pytest.approx(a.width_mm, rel=0.02)
        assert b.length_mm == pytest.approx(a.length_mm, rel=1e-9)


def test_the_camera_stands_where_it_was_asked_to():
    params = replace(SMALL, camera_distance_mm=600.0, yaw_deg=10.0)
    head = build_head(params)
    camera = make_camera(params, head)
    assert camera.to_camera(head.eye_middle_mm())[2] == pytest.approx(600.0)


def test_the_document_is_valid_and_says_what_the_truth_says():
    schema = json.loads(data_bytes("schemas/phantom-1.schema.json"))
    asked = {"neck": 2.0, "cheek_l": 3.0}
    phantom = draw_phantom(replace(SMALL, severity=asked, hair=HairStyle.SHORT))
    document = json.loads(json.dumps(truth_document(phantom)))
    jsonschema.validate(document, schema)
    assert len(document["lines"]) == len(phantom.truth.lines) > 0
    assert document["params"]["severity"] == {"neck": 2.0, "cheek_l": 3.0}
    mask = document["masks"]["hair"]
    assert sum(mask["runs"]) == mask["size_wh"][0] * mask["size_wh"][1]
    share = sum(mask["runs"][1::2]) / sum(mask["runs"])
    assert share == pytest.approx(phantom.truth.hair.mean(), abs=0.03)


def test_a_phantom_makes_two_files_and_a_jpeg_if_asked():
    files = phantom_files(SMALL, "face", jpeg_quality=90)
    assert list(files) == ["face.png", "face.truth.json", "face.jpg"]
    assert all(len(content) > 1000 for content in files.values())
    assert json.loads(files["face.truth.json"])["params"]["seed"] == SMALL.seed
    assert list(phantom_files(SMALL, "face")) == ["face.png", "face.truth.json"]


def test_an_unknown_kind_of_file_is_refused():
    with pytest.raises(ValueError, match="png or jpeg"):
        encode_phantom(draw_phantom(SMALL), "bmp")
