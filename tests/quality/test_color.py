from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2lab

from facemap.light import level_lab
from facemap.quality.color import color_error
from facemap.types import Verdict
from tests.quality.drawing import TONES, check, draw_scene

channel = st.floats(0.01, 1)


@given(st.tuples(channel, channel, channel), st.floats(0.02, 50))
def test_exposure_does_not_change_the_color(rgb, gain):
    assert level_lab(np.array(rgb) * gain) == pytest.approx(
        level_lab(np.array(rgb)), abs=1e-6
    )


def test_the_color_is_that_of_another_library():
    sand = np.array([0.54, 0.32, 0.21])
    sand *= 0.34 / (sand @ [0.2126, 0.7152, 0.0722])
    srgb = 1.055 * sand ** (1 / 2.4) - 0.055
    expected = rgb2lab(srgb[None, None])[0, 0]
    assert level_lab(0.3 * sand) == pytest.approx(expected, abs=0.05)


@given(st.floats(0, 40), st.floats(0, 40))
def test_the_error_is_the_distance_to_the_box(a, b):
    error, case = color_error(np.array([a, b]))
    inside = 5 <= a <= 25 and 5 <= b <= 35
    assert (error == 0) == inside == (case == "none")
    assert error <= np.hypot(15, 5) + 1e-9


@pytest.mark.parametrize("tone", TONES)
def test_skin_of_every_tone_has_no_cast_in_neutral_light(tone):
    assert check(draw_scene(tone=TONES[tone]), "color_cast").value == 0.0


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize(
    ("tint", "word"),
    [
        ((0.7, 1.0, 2.2), "blue"),
        ((1.6, 0.8, 1.0), "red"),
        ((0.55, 1.1, 0.8), "green"),
        ((1.15, 1.0, 0.25), "yellow"),
    ],
)
def test_a_cast_is_named_on_skin_of_every_tone(tone, tint, word):
    found = check(draw_scene(tone=TONES[tone], tint=tint), "color_cast")
    assert found.verdict is Verdict.WARN
    assert f"too {word}" in found.advice


@pytest.mark.parametrize("tone", TONES)
def test_a_photo_without_color_has_no_cast_to_be_judged(tone):
    scene = draw_scene(tone=TONES[tone])
    gray = np.repeat(scene.view.rgb.mean(axis=2, keepdims=True), 3, axis=2)
    gray += np.array([-1, 0, 1])  # what a JPEG leaves of no color
    found = check(
        replace(scene, view=replace(scene.view, rgb=np.clip(gray, 0, 255))),
        "color_cast",
    )
    assert (found.value, found.verdict) == (None, Verdict.PASS)
    assert "black and white" in found.advice
