from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facemap.quality.light import fit_light, vertex_normals
from facemap.types import Verdict, View
from tests.quality.drawing import TONES, check, draw_scene


def dome():
    """Normals of a surface that faces the camera within 70 degrees."""
    x, y = np.meshgrid(np.linspace(-0.9, 0.9, 25), np.linspace(-0.9, 0.9, 21))
    keep = x**2 + y**2 < 0.88
    x, y = x[keep], y[keep]
    return np.column_stack([x, y, np.sqrt(1 - x**2 - y**2)])


def lit(azimuth_deg, elevation_deg, ambient):
    a, e = np.radians([azimuth_deg, elevation_deg])
    toward = [np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)]
    return ambient + (1 - ambient) * np.maximum(dome() @ toward, 0)


@settings(deadline=None)
@given(st.floats(-70, 70), st.floats(-20, 50), st.floats(0, 0.8))
def test_a_single_light_is_found_within_a_step_of_the_grid(azimuth, elevation, ambient):
    light = fit_light(lit(azimuth, elevation, ambient), dome())
    assert light.azimuth_deg == pytest.approx(azimuth, abs=6)
    assert light.elevation_deg == pytest.approx(elevation, abs=8)
    assert light.explained > 0.93


@settings(deadline=None)
@given(st.floats(0.01, 100), st.floats(-80, 80))
def test_neither_exposure_nor_tone_moves_the_light(gain, azimuth):
    one = fit_light(lit(azimuth, 20, 0.3), dome())
    other = fit_light(gain * lit(azimuth, 20, 0.3), dome())
    assert other.azimuth_deg == one.azimuth_deg
    assert other.contrast == pytest.approx(one.contrast, rel=1e-6)


def test_even_light_has_no_contrast():
    assert fit_light(np.full(len(dome()), 0.5), dome()).contrast == 0.0


def test_two_lights_from_opposite_sides_are_not_one():
    both = np.maximum(lit(80, 0, 0), lit(-80, 0, 0))
    assert fit_light(both, dome()).explained < 0.4


def test_normals_point_out_of_the_surface():
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]])
    triangles = np.array([[0, 1, 2], [1, 3, 2]], np.int32)
    assert vertex_normals(corners, triangles) == pytest.approx(
        np.tile([0.0, 0, 1], (4, 1))
    )


def test_even_light_passes_both_checks():
    scene = draw_scene(ambient=1.0)
    assert check(scene, "light_balance").value > 0.97
    direction = check(scene, "light_direction")
    assert (direction.value, direction.verdict) == (None, Verdict.PASS)
    assert "even" in direction.advice


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize(
    ("azimuth", "bright", "dark"), [(65, "left", "right"), (-65, "right", "left")]
)
def test_light_from_one_side_is_told_by_the_patients_sides(tone, azimuth, bright, dark):
    scene = draw_scene(light_azimuth_deg=azimuth, ambient=0.3, tone=TONES[tone])
    balance = check(scene, "light_balance")
    direction = check(scene, "light_direction")
    assert balance.verdict is direction.verdict is Verdict.WARN
    assert f"patient's {dark} cheek has" in balance.advice
    assert f"degrees on the patient's {bright}" in direction.advice
    assert direction.value == pytest.approx(azimuth, abs=15)


def test_the_further_the_light_the_worse_the_balance():
    values = [
        check(draw_scene(light_azimuth_deg=a, ambient=0.3), "light_balance").value
        for a in (0, 20, 40, 60)
    ]
    assert values == sorted(values, reverse=True)


def test_an_oblique_photo_is_not_judged_by_the_balance_of_the_cheeks():
    found = check(draw_scene(yaw_deg=45, view=View.OBLIQUE_R), "light_balance")
    assert (found.value, found.verdict) == (None, Verdict.PASS)
