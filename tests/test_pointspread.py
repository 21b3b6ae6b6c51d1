from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from facemap.pointspread import (
    _EYE_L,
    _EYE_R,
    edge_blur_px,
    edge_variance_px2,
    eye_blur_mm,
    eye_variance_mm2,
)
from facemap.types import FaceView, Verdict
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


@pytest.mark.parametrize("more_px", [0.7, 1.2])
def test_a_known_blur_adds_its_variance(more_px):
    before = np.median(edge_variance_px2(edge(1.2)))
    after = np.median(edge_variance_px2(edge(float(np.hypot(1.2, more_px)))))
    assert after - before == pytest.approx(more_px**2, rel=0.15)


def test_a_sharpened_edge_has_a_negative_variance():
    soft = edge(0.7, angle_deg=20, dark=0.3, light=0.6)
    sharpened = soft + 3 * (soft - cv2.GaussianBlur(soft, (0, 0), 1.0))
    assert np.median(edge_variance_px2(sharpened)) < 0


RIMS = (_EYE_R, _EYE_L)
SIZE_WH = (220, 90)
PX_PER_MM = 3.0


def eyes(*drawn):
    """Two eyes: dark disks on light skin, and where the landmarker sees their rims.

    Each eye is told as its middle (x, y), the width of its rim, the radius of its disk
    and the blur of that disk's edge, all in pixels; a radius of 0 draws none.
    """
    y, x = np.mgrid[: SIZE_WH[1], : SIZE_WH[0]]
    luminance = np.full(x.shape, 0.5)
    landmarks = np.zeros((478, 2))
    for rim, ((mx, my), width, radius, sigma_px) in zip(RIMS, drawn, strict=True):
        turn = np.linspace(0, 2 * np.pi, len(rim), endpoint=False)
        around = np.column_stack([np.cos(turn), 0.4 * np.sin(turn)])
        landmarks[list(rim)] = (mx, my) + width / 2 * around
        if radius:
            inward = radius - np.hypot(x - mx, y - my)
            luminance -= 0.45 * ndtr(inward / sigma_px)
    rgb = np.zeros((*x.shape, 3), np.uint8)
    log_luminance = np.log(luminance).astype(np.float32)
    view = FaceView(rgb, log_luminance, PX_PER_MM, PX_PER_MM, (0.0, 0.0), 1.0)
    return view, landmarks


RIGHT, LEFT = (60.0, 45.0), (160.0, 45.0)


@pytest.mark.parametrize("sigma_px", [1.2, 2.0])
def test_the_variance_at_the_eyes_is_in_square_millimeters(sigma_px):
    found = eye_variance_mm2(*eyes((RIGHT, 50, 14, sigma_px), (LEFT, 50, 14, sigma_px)))
    assert found == pytest.approx((sigma_px / PX_PER_MM) ** 2, rel=0.15)


def test_eyes_without_edges_tell_nothing():
    view, landmarks = eyes((RIGHT, 50, 0, 1.0), (LEFT, 50, 0, 1.0))
    assert eye_variance_mm2(view, landmarks) is None
    assert eye_blur_mm(view, landmarks) is None


def test_too_few_edges_tell_nothing():
    # Each disk has some 40 edge pixels, and 60 are asked for.
    both = eyes((RIGHT, 50, 7, 1.0), (LEFT, 50, 7, 1.0))
    one = eyes((RIGHT, 50, 7, 1.0), (LEFT, 50, 0, 1.0))
    assert eye_variance_mm2(*both) is not None
    assert eye_variance_mm2(*one) is None


@pytest.mark.parametrize("beyond", [(-60.0, 45.0), (300.0, 45.0), (160.0, -80.0)])
def test_an_eye_beyond_the_view_leaves_it_to_the_other(beyond):
    right, hidden = (RIGHT, 50, 14, 1.5), (beyond, 50, 14, 1.0)
    alone = eye_variance_mm2(*eyes(right, (LEFT, 50, 0, 1.0)))
    assert alone == pytest.approx((1.5 / PX_PER_MM) ** 2, rel=0.15)
    # There are sharp edges elsewhere in the picture, where no eye is.
    view, _ = eyes(right, (LEFT, 50, 14, 1.0))
    assert eye_variance_mm2(view, eyes(right, hidden)[1]) == alone
    assert eye_variance_mm2(view, eyes(hidden, hidden)[1]) is None


def test_an_eye_that_the_view_cuts_off_is_read_as_far_as_it_shows():
    whole = eyes((RIGHT, 50, 14, 1.5), (LEFT, 50, 0, 1.0))
    cut = eyes(((2.0, 45.0), 50, 14, 1.5), (LEFT, 50, 14, 1.5))
    # The half that shows, sharper than the other eye, is what is finest.
    finer = eyes(((2.0, 45.0), 50, 14, 1.0), (LEFT, 50, 14, 2.5))
    expected = eye_variance_mm2(*whole)
    assert eye_variance_mm2(*cut) == pytest.approx(expected, rel=0.1)
    assert eye_variance_mm2(*finer) < 0.7 * expected


def test_an_eye_that_is_turned_away_is_left_out():
    near = (RIGHT, 60, 14, 2.2)
    alone = eye_variance_mm2(*eyes(near, (LEFT, 60, 0, 1.0)))
    turned = eye_variance_mm2(*eyes(near, (LEFT, 60 * 0.55, 14, 1.0)))
    beside = eye_variance_mm2(*eyes(near, (LEFT, 60 * 0.65, 14, 1.0)))
    assert turned == alone
    assert beside < 0.5 * alone
