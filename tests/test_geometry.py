import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.geometry import (
    fill_polygon,
    line_angle_deg,
    norm_to_px,
    photo_to_view,
    px_to_norm,
    sample_grid,
    shrink,
    surface_length_mm,
    view_to_photo,
)
from facemap.types import FaceView, Surface

coordinate = st.floats(-500, 5000)
PX_PER_MM = 4.0


def view(step: float = 1.5, origin_px: tuple[float, float] = (6.0, 3.0)) -> FaceView:
    return FaceView(
        rgb=np.zeros((90, 120, 3), np.uint8),
        log_luminance=np.zeros((90, 120), np.float32),
        px_per_mm=PX_PER_MM,
        photo_px_per_mm=PX_PER_MM * step,
        origin_px=origin_px,
        step=step,
    )


def surface(slope: float, jump_mm: float = 0.0) -> Surface:
    """A plane that falls away to the right by `slope`, with a cliff in the middle."""
    grid_vx = 4.0
    x_mm = (np.arange(30) + 0.5) * grid_vx / PX_PER_MM
    depth = np.tile(slope * x_mm, (23, 1))
    depth[:, 15:] += jump_mm
    flat = np.zeros((23, 30), np.float32)
    facing = np.full((23, 30), 1 / np.hypot(1, slope), np.float32)
    return Surface(u=flat, v=flat, depth_mm=depth, facing=facing, grid_vx=grid_vx)


@given(coordinate, coordinate, st.integers(1, 6000), st.integers(1, 6000))
def test_fractions_and_pixels_undo_each_other(x, y, width, height):
    there = px_to_norm(np.array([[x, y]]), (width, height))
    np.testing.assert_allclose(norm_to_px(there, (width, height)), [[x, y]], atol=1e-6)


@given(coordinate, coordinate, st.floats(1, 4), st.floats(0, 900), st.floats(0, 900))
def test_view_and_photo_undo_each_other(x, y, step, left, top):
    here = view(step, (left, top))
    there = photo_to_view(np.array([[x, y]]), here)
    np.testing.assert_allclose(view_to_photo(there, here), [[x, y]], atol=1e-6)


def test_the_first_view_pixel_covers_the_first_photo_pixels():
    # Of 2 x 2 photo pixels, from (10, 20) on, the middle lies at (10.5, 20.5).
    here = view(2.0, (10.0, 20.0))
    np.testing.assert_allclose(view_to_photo(np.zeros((1, 2)), here), [[10.5, 20.5]])


def test_a_grid_is_read_at_cell_centers_and_between_them():
    grid = np.array([[0.0, 10.0], [20.0, 30.0]], np.float32)
    at = np.array([[1.5, 1.5], [3.5, 1.5], [5.5, 5.5]])  # cells of 4 pixels
    np.testing.assert_allclose(sample_grid(grid, at, 4.0), [0.0, 5.0, 30.0])


def test_a_grid_is_read_at_many_points_at_once():
    grid = np.arange(12, dtype=np.float32).reshape(3, 4)
    at = np.tile([[1.5, 1.5]], (70_000, 1))
    assert sample_grid(grid, at, 4.0).shape == (70_000,)


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.5, 3.0])
def test_a_path_on_a_tilted_plane_has_its_true_length(slope):
    path = np.column_stack([np.linspace(20, 100, 161), np.full(161, 40.0)])
    flat_mm = 80 / PX_PER_MM
    found = surface_length_mm(path, view(), surface(slope))
    assert found == pytest.approx(flat_mm * np.hypot(1, slope), rel=0.01)


def test_a_path_across_the_slope_is_not_lengthened():
    path = np.column_stack([np.full(101, 60.0), np.linspace(20, 70, 101)])
    found = surface_length_mm(path, view(), surface(2.0))
    assert found == pytest.approx(50 / PX_PER_MM, rel=0.01)


def test_a_jump_to_a_part_behind_is_no_skin():
    path = np.column_stack([np.linspace(20, 100, 161), np.full(161, 40.0)])
    found = surface_length_mm(path, view(), surface(0.5, jump_mm=50.0))
    assert found == pytest.approx(80 / PX_PER_MM * np.hypot(1, 0.5), rel=0.02)


@given(st.floats(0, 179), st.floats(-40, 40))
def test_a_line_keeps_its_angle_when_the_head_tilts(angle_deg, roll_deg):
    def path(degrees: float) -> np.ndarray:
        along = np.linspace(-30, 30, 41)[:, None]
        return along * (np.cos(np.radians(degrees)), -np.sin(np.radians(degrees)))

    # A head tilted clockwise by `roll` carries its lines along, clockwise.
    found = line_angle_deg(path(angle_deg - roll_deg), roll_deg)
    off = abs((found - angle_deg + 90) % 180 - 90)
    assert off < 0.01
    assert 0 <= found < 180


@pytest.mark.parametrize("size_wh", [(24, 18), (12, 9), (10, 7), (48, 36)])
def test_shrinking_keeps_the_mean_and_commutes_with_a_mirror(
    size_wh: tuple[int, int],
) -> None:
    image = np.random.default_rng(0).random((36, 48)).astype(np.float32)
    small = shrink(image, size_wh)
    assert small.shape == size_wh[::-1]
    assert small.mean() == pytest.approx(image.mean(), rel=1e-5)
    assert shrink(image[:, ::-1], size_wh) == pytest.approx(small[:, ::-1], abs=1e-6)


def test_a_halved_image_holds_the_means_of_whole_blocks() -> None:
    image = np.random.default_rng(1).random((24, 40)).astype(np.float32)
    blocks = image.reshape(6, 4, 10, 4).mean(axis=(1, 3))
    assert shrink(image, (10, 6)) == pytest.approx(blocks, abs=1e-6)


@given(
    st.lists(st.tuples(st.floats(-3, 33), st.floats(-3, 23)), min_size=3, max_size=9)
)
def test_a_mirrored_polygon_fills_to_the_mirror_image(corners) -> None:
    # To what OpenCV keeps of a coordinate: a 16th of a pixel, with no exact half.
    points = np.round(np.array(corners) * 16) / 16
    flipped = points * [-1, 1] + [30, 0]
    filled = fill_polygon(points, (21, 31))
    np.testing.assert_array_equal(fill_polygon(flipped, (21, 31)), filled[:, ::-1])
