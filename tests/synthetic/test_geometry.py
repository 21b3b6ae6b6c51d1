"""Rasterizer, camera and furrows, against shapes whose answer is known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.light import srgb_to_linear
from facemap.synthetic.camera import Camera, head_rotation
from facemap.synthetic.color import linear_to_srgb8, skin_lab
from facemap.synthetic.furrows import valley, valley_slope
from facemap.synthetic.head import build_head
from facemap.synthetic.params import PhantomParams
from facemap.synthetic.raster import rasterize_grid
from facemap.synthetic.relief import cavity_of


def flat_grid(depth_mm=100.0):
    x, y = np.meshgrid(np.linspace(10, 50, 9), np.linspace(5, 25, 5))
    xy = np.stack([x, y], axis=-1)
    return xy, np.full(x.shape, depth_mm), np.stack([x, y], axis=-1)


def test_a_rectangle_covers_its_pixels_and_carries_its_values():
    xy, depth, values = flat_grid()
    seen = rasterize_grid(xy, depth, values, np.ones((4, 8), bool), (60, 40))
    covered = np.isfinite(seen.depth_mm)
    expected = np.zeros((40, 60), bool)
    expected[5:26, 10:51] = True
    assert np.array_equal(covered, expected)
    ys, xs = np.nonzero(covered)
    assert np.allclose(seen.values[covered], np.stack([xs, ys], 1), atol=1e-4)


def test_the_nearer_surface_wins():
    xy, depth, values = flat_grid()
    depth = depth + xy[..., 0]
    both = [np.concatenate([a, a[:, ::-1]], axis=1) for a in (xy, depth, values)]
    both[1][:, 9:] = 130.0
    cells = np.ones((4, 17), bool)
    cells[:, 8] = False
    seen = rasterize_grid(*both, cells, (60, 40), two_sided=True)
    assert seen.depth_mm[15, 20] == pytest.approx(120.0)
    assert seen.depth_mm[15, 45] == pytest.approx(130.0)


def test_cells_that_face_away_are_dropped():
    xy, depth, values = flat_grid()
    away = rasterize_grid(xy[:, ::-1], depth, values, np.ones((4, 8), bool), (60, 40))
    assert not np.isfinite(away.depth_mm).any()


def test_rays_undo_the_projection():
    camera = Camera(
        head_rotation(20.0, -10.0, 5.0),
        np.array([3.0, -8.0, 900.0]),
        2500.0,
        np.array([310.0, 420.0]),
    )
    point = np.array([12.0, 33.0, 40.0])
    ray = camera.rays(camera.project(point))
    back = camera.eye_point() + ray * camera.to_camera(point)[2]
    assert np.allclose(back, point, atol=1e-9)


def test_a_rotation_is_a_rotation():
    r = head_rotation(31.0, 12.0, -7.0)
    assert np.allclose(r @ r.T, np.eye(3))
    assert np.linalg.det(r) == pytest.approx(1.0)


@given(skew=st.floats(-0.3, 0.3), width=st.floats(0.2, 3.0))
def test_slope_is_the_derivative_of_height(skew, width):
    x = np.linspace(-1.5 * width, 1.5 * width, 4001)
    height = -0.3 * valley(x, np.full_like(x, width), skew)
    slope = valley_slope(x, np.full_like(x, 0.3), np.full_like(x, width), skew)
    assert np.allclose(np.gradient(height, x)[1:-1], slope[1:-1], atol=0.004 / width)


@given(width=st.floats(0.2, 3.0), skew=st.floats(-0.3, 0.3))
def test_a_valley_is_as_wide_as_it_says(width, skew):
    x = np.linspace(-2 * width, 2 * width, 8001)
    share = valley(x, np.full_like(x, width), skew)
    assert (share > 0.5).mean() * 4 * width == pytest.approx(width, rel=0.01)


def test_deeper_grooves_are_darker_and_flat_skin_is_not():
    light = cavity_of(np.array([0.0, 0.1, 0.3, 0.8]))
    assert light[0] == 1.0
    assert (np.diff(light) < 0).all()


@given(value=st.floats(0.0, 1.0))
def test_srgb_and_back(value):
    code = float(linear_to_srgb8(srgb_to_linear(np.array([value])))[0])
    assert code == pytest.approx(255 * value, abs=0.05)


@given(ita=st.floats(-60, 60))
def test_skin_has_the_typology_angle_asked_for(ita):
    lightness, _, b = skin_lab(ita)
    assert np.degrees(np.arctan((lightness - 50) / b)) == pytest.approx(ita, abs=1e-6)


def test_heads_built_at_a_time_are_those_built_one_by_one():
    # More than are kept, so that each is built twice.
    people = [PhantomParams(seed=seed) for seed in range(300, 316)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(build_head, people))
    for person, head in zip(people, together, strict=True):
        assert np.array_equal(head.vertices_mm, build_head(person).vertices_mm)
