from __future__ import annotations

import pytest

from facemap.quality.scene import Scene
from facemap.types import FaceFrame, Scale, ScaleSource, Verdict
from tests.quality.drawing import check, draw_scene


@pytest.mark.parametrize(
    ("px_per_mm", "verdict"),
    [(7.2, Verdict.PASS), (3.3, Verdict.WARN), (1.8, Verdict.REJECT)],
)
def test_resolution_is_judged_in_pixels_per_millimeter(px_per_mm, verdict):
    scene = draw_scene()
    scale = Scale(1 / px_per_mm, 0.03, ScaleSource.IRIS_IPD)
    frame = FaceFrame(**{**vars(scene.frame), "scale": scale})
    scaled = Scene(scene.photo, frame, scene.view, scene.segmentation, scene.face_map)
    found = check(scaled, "resolution")
    assert (found.value, found.verdict) == (pytest.approx(px_per_mm), verdict)


@pytest.mark.parametrize(
    ("px_per_mm", "verdict"), [(3.0, Verdict.WARN), (1.5, Verdict.REJECT)]
)
def test_a_narrow_face_is_noticed(px_per_mm, verdict):
    found = check(draw_scene(px_per_mm=px_per_mm), "face_width")
    assert found.value == pytest.approx(155 * px_per_mm, rel=0.02)  # drawn 155 mm wide
    assert found.verdict is verdict


def test_the_advice_on_resolution_names_the_number_to_reach():
    assert "from 7 on" in check(draw_scene(), "resolution").advice
