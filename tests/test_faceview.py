"""The view: where its pixels are, and what its luminance means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.chart import load_chart
from facemap.errors import UnsuitablePhotoError
from facemap.faceview import cut_view, log_luminance
from facemap.geometry import photo_to_view, view_to_photo
from facemap.types import (
    Expression,
    ExpressionLabel,
    FaceFrame,
    Landmarks,
    ModelUse,
    Photo,
    Pose,
    Scale,
    ScaleSource,
    View,
)


def make_photo(rgb: np.ndarray) -> Photo:
    return Photo(rgb=rgb, sha256="0" * 64, file="made.png")


def make_frame(center_px: tuple[float, float], px_per_mm: float) -> FaceFrame:
    """The canonical head, straight ahead and far away."""
    chart = load_chart()
    xy = chart.vertices_mm[:, :2] * [px_per_mm, -px_per_mm] + center_px
    landmarks = Landmarks(
        xy_px=np.concatenate([xy[: chart.n_mesh], np.zeros((10, 2))]),
        z_px=np.zeros(478),
        spread_px=np.zeros(478),
        blendshapes={},
        n_faces=1,
        model=ModelUse("none", ""),
    )
    return FaceFrame(
        landmarks=landmarks,
        pose=Pose(0, 0, 0, np.diag([1.0, -1, -1]), np.array([0.0, 0, 1000]), 1000.0),
        view=View.FRONTAL,
        scale=Scale(1 / px_per_mm, 0.03, ScaleSource.IRIS_IPD),
        expression=Expression(ExpressionLabel.REST, {}),
        vertices_px=xy,
        vertices_mm=np.column_stack([xy, np.zeros(len(xy))]),
    )


def ramp(height: int, width: int) -> np.ndarray:
    """A photo whose red tells x and whose green tells y."""
    y, x = np.mgrid[:height, :width]
    channels = [x * 200 / width, y * 200 / height, np.full(x.shape, 90)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def test_a_coarse_photo_is_cut_out_pixel_for_pixel() -> None:
    photo = make_photo(ramp(900, 800))
    view = cut_view(photo, make_frame((400.0, 420.0), 2.0))
    x, y = (int(o) for o in view.origin_px)
    height, width = view.rgb.shape[:2]
    assert view.step == 1.0
    assert view.px_per_mm == pytest.approx(2.0)
    assert np.array_equal(view.rgb, photo.rgb[y : y + height, x : x + width])


@pytest.mark.parametrize("px_per_mm", [9.0, 12.6, 17.0])
def test_a_fine_photo_is_brought_to_little_over_seven_pixels_a_millimeter(
    px_per_mm: float,
) -> None:
    width, height = round(90 * px_per_mm), round(110 * px_per_mm)
    photo = make_photo(ramp(height, width))
    frame = make_frame((width / 2, height * 0.42), px_per_mm)
    view = cut_view(photo, frame)
    assert 7.1 < view.px_per_mm <= 7.2
    assert all(side % 4 == 0 for side in view.size_wh)
    assert view.photo_px_per_mm == pytest.approx(px_per_mm)
    # Every view pixel shows what the photo has where the geometry says.
    rows, columns = view.rgb.shape[:2]
    grid = np.stack(np.meshgrid(np.arange(5, columns - 5, 97), [9, rows // 2]), -1)
    xy = view_to_photo(grid.reshape(-1, 2), view)
    seen = view.rgb[grid.reshape(-1, 2)[:, 1], grid.reshape(-1, 2)[:, 0]]
    assert np.abs(seen[:, 0] - xy[:, 0] * 200 / width).max() < 1.1  # rounding, twice
    assert np.abs(seen[:, 1] - xy[:, 1] * 200 / height).max() < 1.1


def test_hairline_and_neck_lie_inside_the_view() -> None:
    frame = make_frame((800.0, 900.0), 4.0)
    view = cut_view(make_photo(ramp(2000, 1700)), frame)
    xy = photo_to_view(frame.vertices_px, view)
    assert xy.min() > 0
    assert (xy.max(axis=0) < view.size_wh).all()


def test_the_view_ends_where_the_photo_ends() -> None:
    view = cut_view(make_photo(ramp(500, 400)), make_frame((150.0, 200.0), 3.0))
    assert view.origin_px == (0.0, 0.0)
    assert view.size_wh[1] == 500


def test_a_face_outside_the_photo_is_refused() -> None:
    with pytest.raises(UnsuitablePhotoError):
        cut_view(make_photo(ramp(300, 200)), make_frame((5000.0, 200.0), 3.0))


@pytest.mark.parametrize(("width", "px_per_mm"), [(1201, 4.0), (2850, 12.6)])
def test_the_view_of_the_mirror_image_is_the_mirrored_view(
    width: int, px_per_mm: float
) -> None:
    rng = np.random.default_rng(1)
    rgb = rng.integers(0, 256, (1500, width, 3), dtype=np.uint8)
    frame = make_frame((width * 0.43, 700.0), px_per_mm)
    flipped = frame.vertices_px * [-1, 1] + [width - 1, 0]
    view = cut_view(make_photo(rgb), frame)
    other = cut_view(make_photo(rgb[:, ::-1]), replace(frame, vertices_px=flipped))
    apart = np.abs(view.rgb[:, ::-1].astype(int) - other.rgb)
    assert other.size_wh == view.size_wh
    assert apart.max() <= 1  # the resampler's rounding
    assert (apart > 0).mean() < 0.02


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
def test_luminance_follows_the_srgb_standard(red: int, green: int, blue: int) -> None:
    code = np.array([red, green, blue]) / 255
    linear = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    want = np.log(max(linear @ [0.2126, 0.7152, 0.0722], 0.5 / 255 / 12.92))
    got = log_luminance(np.full((1, 2, 3), (red, green, blue), np.uint8))
    assert got == pytest.approx(want, abs=1e-5)


def test_exposure_only_shifts_the_logarithm() -> None:
    linear = np.linspace(0.08, 0.4, 60).reshape(3, 20)

    def encode(scale: float) -> np.ndarray:
        srgb = 1.055 * (linear * scale) ** (1 / 2.4) - 0.055
        return np.repeat((srgb * 255).round()[..., None], 3, axis=2).astype(np.uint8)

    shift = log_luminance(encode(2.0)) - log_luminance(encode(1.0))
    # Half a code of 8 bits at the dark end is 0.014.
    assert shift == pytest.approx(np.log(2), abs=0.02)


def test_black_has_a_finite_logarithm() -> None:
    assert np.isfinite(log_luminance(np.zeros((2, 3, 3), np.uint8))).all()
