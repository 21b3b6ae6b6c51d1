from __future__ import annotations

import cv2
import numpy as np
import pytest

from facemap.quality.texture import skin_texture
from tests.quality.drawing import TONES, check, draw_scene

PX_PER_MM = 5.0


def skin(amplitude, spots=False, shape=(240, 300)):
    rng = np.random.default_rng(3)
    image = amplitude * rng.standard_normal(shape).astype(np.float32)
    if spots:
        seeds = (rng.random(shape) < 0.001).astype(np.float32)
        image -= 4 * cv2.GaussianBlur(seeds, (0, 0), 0.5 * PX_PER_MM)
    return image


def texture(image, red_green=None):
    red_green = skin(0.01) if red_green is None else red_green
    everywhere = np.ones(image.shape, bool)
    found = skin_texture(image, red_green, everywhere, PX_PER_MM)
    assert found is not None
    return found


def test_the_finest_texture_is_proportional_to_its_strength():
    one, three = texture(skin(0.02)), texture(skin(0.06))
    assert three.fine_sd == pytest.approx(3 * one.fine_sd, rel=1e-3)


def test_brightness_and_slow_shading_are_no_texture():
    shading = np.linspace(-2, 1, 300, dtype=np.float32)
    plain, shaded = texture(skin(0.02)), texture(skin(0.02) + shading)
    assert shaded.fine_sd == pytest.approx(plain.fine_sd, rel=0.05)


def test_gaussian_texture_has_the_tail_of_a_gaussian():
    assert texture(skin(0.02)).tail == pytest.approx(2.33, abs=0.15)


def test_spots_lengthen_the_tail():
    assert texture(skin(0.02, spots=True)).tail > texture(skin(0.02)).tail + 0.5


def test_too_little_skin_says_nothing():
    few = np.zeros((240, 300), bool)
    few[:10, :10] = True
    assert skin_texture(skin(0.02), skin(0.02), few, PX_PER_MM) is None


@pytest.mark.parametrize("px_per_mm", [3.0, 5.0])
@pytest.mark.parametrize("tone", ["very_light", "very_dark"])
def test_texture_of_the_face_depends_on_neither_tone_nor_resolution(px_per_mm, tone):
    scene = draw_scene(px_per_mm=px_per_mm, tone=TONES[tone], noise=0.3)
    assert check(scene, "smoothing").value == pytest.approx(1.35, rel=0.35)
