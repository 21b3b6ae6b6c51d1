from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from facemap.sharpness import edge_blur_px
from facemap.types import Verdict
from tests.quality.drawing import TONES, check, draw_scene


def edge(sigma_px, angle_deg=0.0, dark=0.1, light=0.6):
    rows, columns = np.indices((50, 64))
    a = np.radians(angle_deg)
    across = np.cos(a) * (columns - 31.3) + np.sin(a) * (rows - 24.6)
    return (dark + (light - dark) * ndtr(across / sigma_px)).astype(np.float32)


@settings(deadline=None)
@given(st.floats(1.0, 5), st.floats(0, 180))
def test_the_blur_of_a_step_edge_is_measured(sigma_px, angle_deg):
    found = edge_blur_px(edge(sigma_px, angle_deg))
    assert np.median(found) == pytest.approx(sigma_px, rel=0.12)


@settings(deadline=None)
@given(st.floats(0.01, 10))
def test_exposure_and_tone_do_not_blur(gain):
    one = np.median(edge_blur_px(edge(2.0)))
    other = np.median(edge_blur_px(np.float32(gain) * edge(2.0)))
    assert other == pytest.approx(one, rel=1e-3)


def test_skin_texture_is_no_edge():
    rng = np.random.default_rng(0)
    skin = np.exp(rng.normal(0, 0.04, (60, 80))).astype(np.float32)
    assert len(edge_blur_px(skin)) == 0


@pytest.mark.parametrize("tone", ["very_light", "very_dark"])
def test_blur_at_the_eyes_grows_with_the_blur_of_the_lens(tone):
    values = [
        check(draw_scene(blur_mm=b, tone=TONES[tone]), "sharpness").value
        for b in (0.4, 0.9, 1.5, 2.2, 3.0)
    ]
    assert values == sorted(values)
    assert values[1] < 0.9 < values[3]


def test_smooth_skin_is_not_blur():
    rough = check(draw_scene(texture=0.05), "sharpness")
    smooth = check(draw_scene(texture=0.0, spots=False), "sharpness")
    assert smooth.verdict is Verdict.PASS
    assert smooth.value == pytest.approx(rough.value, rel=0.1)


@pytest.mark.parametrize(
    ("blur_mm", "verdict"),
    [(0.3, Verdict.PASS), (2.0, Verdict.WARN), (4.0, Verdict.REJECT)],
)
def test_a_blurred_photo_is_told_to_focus(blur_mm, verdict):
    found = check(draw_scene(blur_mm=blur_mm), "sharpness")
    assert found.verdict is verdict
    assert ("focus on the eyes" in found.advice) == (verdict is not Verdict.PASS)
