from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.quality.framing import edge_distances, measure_margin
from facemap.quality.scene import Scene
from facemap.types import Photo, Verdict
from tests.quality.drawing import check, draw_scene

points = st.lists(
    st.tuples(st.floats(-50, 250), st.floats(-50, 150)), min_size=1, max_size=9
)


@given(points)
def test_edge_distances_swap_sides_with_the_picture(xy):
    xy = np.array(xy)
    left, top, right, bottom = edge_distances(xy, (200, 100))
    flipped = edge_distances(np.array([199, 0]) + xy * (-1, 1), (200, 100))
    assert flipped == pytest.approx([right, top, left, bottom])


def cut(scene: Scene, low_mm, high_mm) -> Scene:
    """The same photo without its borders; only the margin can be asked for."""
    (x0, y0), (x1, y1) = (np.array([low_mm, high_mm]) * 3).astype(int)  # 3 px/mm
    photo = Photo(scene.photo.rgb[y0:y1, x0:x1], "0" * 64, "cut.png")
    shifted = {
        **vars(scene.frame),
        "vertices_px": scene.frame.vertices_px - (x0, y0),
    }
    frame = type(scene.frame)(**shifted)
    return Scene(photo, frame, scene.view, scene.segmentation, scene.face_map)


@pytest.mark.parametrize(
    ("borders_mm", "words"),
    [
        (((0, 60), (188, 260)), "forehead"),
        (((0, 0), (188, 238)), "chin"),
        (((36, 0), (188, 260)), "patient's right side"),
        (((0, 0), (150, 260)), "patient's left side"),
    ],
)
def test_a_face_that_is_cut_off_is_named_by_its_missing_side(borders_mm, words):
    scene = cut(draw_scene(), *borders_mm)
    reading = measure_margin(scene)
    assert reading.value is not None
    assert reading.value < -5
    assert words in check(scene, "margin").advice


def test_a_face_with_room_around_it_passes():
    found = check(draw_scene(), "margin")
    assert found.verdict is Verdict.PASS
    assert found.value == pytest.approx(5.7, abs=0.2)


def test_other_people_in_the_picture_are_counted():
    assert check(draw_scene(), "faces").verdict is Verdict.PASS
    found = check(draw_scene(n_faces=3), "faces")
    assert (found.value, found.verdict) == (3.0, Verdict.WARN)
    assert "shows 3 faces" in found.advice


def test_landmarks_that_disagree_are_measured_in_millimeters():
    found = check(draw_scene(spread_px=7.5), "landmark_agreement")
    assert found.value == pytest.approx(2.5)  # at 3 px/mm
    assert found.verdict is Verdict.WARN
