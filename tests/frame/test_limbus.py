"""The limbus, on drawn eyes of known width."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from facemap.frame.limbus import (
    EYELIDS,
    IRIS_CENTERS,
    _smooth_red,
    measure_limbus,
    ring_diameter_px,
)
from facemap.light import srgb_to_linear
from facemap.synthetic.color import linear_to_srgb8
from facemap.types import Landmarks, ModelUse, Photo

SIZE_WH = 420, 260
CENTER = np.array([200.3, 120.6])


def draw_eye(
    radius_px: float, *, iris: int = 60, white: int = 190, opening: float = 0.75
) -> np.ndarray:
    """An eye between lids, drawn four times as fine; lenses soften light, not codes."""
    width, height = SIZE_WH
    fine = 4
    y, x = np.mgrid[: height * fine, : width * fine]
    x, y = (x + 0.5) / fine - 0.5 - CENTER[0], (y + 0.5) / fine - 0.5 - CENTER[1]
    lid = opening * radius_px * (1 - (x / (2.6 * radius_px)) ** 2)
    r = np.hypot(x, y)
    gray = np.where(r < radius_px, iris, white)
    gray = np.where(r < 0.35 * radius_px, 15, gray)
    light = srgb_to_linear(np.where(np.abs(y) > lid, 150, gray) / 255)
    light = cv2.resize(light, SIZE_WH, interpolation=cv2.INTER_AREA)
    gray = linear_to_srgb8(cv2.GaussianBlur(light, (0, 0), 0.8))
    return np.repeat(gray.round().astype(np.uint8)[..., None], 3, axis=2)


def landmarks_for(
    radius_px: float, *, off: float = 1.0, shift: float = 0.0, opening: float = 0.75
) -> Landmarks:
    """Landmarks whose ring is `off` times too wide and lies `shift` pixels aside."""
    xy = np.zeros((478, 2))
    center = CENTER + np.full(2, shift)
    ring = np.array([[1, 0], [0, -1], [-1, 0], [0, 1]]) * radius_px * off
    xy[IRIS_CENTERS[0]] = center
    xy[IRIS_CENTERS[0] + 1 : IRIS_CENTERS[0] + 5] = center + ring
    x = np.concatenate([np.linspace(-1, 1, 9), np.linspace(1, -1, 9)[1:-1]])
    side = np.concatenate([-np.ones(9), np.ones(7)])
    lid = side * opening * radius_px * (1 - x**2)
    xy[list(EYELIDS[0])] = CENTER + np.stack([x * 2.6 * radius_px, lid], axis=1)
    return Landmarks(xy, np.zeros(478), np.zeros(478), {}, 1, ModelUse("none", ""))


def photo_of(rgb: np.ndarray) -> Photo:
    return Photo(rgb=rgb, sha256="0" * 64, file="eye.png")


@pytest.mark.parametrize("radius_px", [12.0, 20.0, 37.0])
@pytest.mark.parametrize("off", [0.9, 1.0, 1.1])
def test_the_width_of_a_drawn_iris_is_read_from_the_picture(
    radius_px: float, off: float
) -> None:
    photo = photo_of(draw_eye(radius_px))
    limbus = measure_limbus(photo, landmarks_for(radius_px, off=off, shift=0.6), 0)
    assert limbus is not None
    assert limbus.radius_px == pytest.approx(radius_px, rel=0.025)
    assert limbus.center_px[0] == pytest.approx(CENTER[0], abs=0.03 * radius_px)


def test_a_light_iris_is_as_wide_as_a_dark_one() -> None:
    radii = [
        measure_limbus(photo_of(draw_eye(24.0, iris=i)), landmarks_for(24.0), 0)
        for i in (30, 120)
    ]
    assert radii[0] is not None
    assert radii[1] is not None
    assert radii[0].radius_px == pytest.approx(radii[1].radius_px, rel=0.01)


@pytest.mark.parametrize("aside", [-0.25, 0.25])
def test_an_iris_a_quarter_of_its_radius_beside_its_landmark_is_found(
    aside: float,
) -> None:
    radius_px = 24.0
    landmarks = landmarks_for(radius_px, off=0.94)
    xy = landmarks.xy_px.copy()
    xy[IRIS_CENTERS[0] : IRIS_CENTERS[0] + 5, 0] += aside * radius_px
    moved = replace(landmarks, xy_px=xy)
    limbus = measure_limbus(photo_of(draw_eye(radius_px)), moved, 0)
    assert limbus is not None
    assert limbus.radius_px == pytest.approx(radius_px, rel=0.01)
    assert limbus.center_px[0] == pytest.approx(CENTER[0], abs=0.02 * radius_px)


def test_exposure_does_not_change_the_width() -> None:
    bright = draw_eye(24.0)
    one, other = (
        measure_limbus(photo_of(rgb), landmarks_for(24.0), 0)
        for rgb in (bright, bright // 2)
    )
    assert one is not None
    assert other is not None
    assert other.radius_px == pytest.approx(one.radius_px, rel=0.005)


def test_the_mirror_image_has_the_same_width() -> None:
    rgb = draw_eye(24.0)
    landmarks = landmarks_for(24.0, shift=0.7)
    xy = landmarks.xy_px * [-1, 1] + [SIZE_WH[0] - 1, 0]
    # The same eye stays eye 0, with its lids walked the other way round.
    xy[list(EYELIDS[0])] = xy[list(EYELIDS[0])][[*range(8, -1, -1), *range(15, 8, -1)]]
    other = Landmarks(xy, np.zeros(478), np.zeros(478), {}, 1, landmarks.model)
    a = measure_limbus(photo_of(rgb), landmarks, 0)
    b = measure_limbus(photo_of(np.ascontiguousarray(rgb[:, ::-1])), other, 0)
    assert a is not None
    assert b is not None
    assert b.radius_px == pytest.approx(a.radius_px, rel=1e-9)


def test_lids_almost_shut_leave_nothing_to_measure() -> None:
    photo = photo_of(draw_eye(24.0, opening=0.15))
    assert measure_limbus(photo, landmarks_for(24.0, opening=0.15), 0) is None


def test_an_iris_of_a_few_pixels_is_not_measured() -> None:
    assert measure_limbus(photo_of(draw_eye(4.0)), landmarks_for(4.0), 0) is None


def test_flat_skin_has_no_limbus() -> None:
    flat = photo_of(np.full((SIZE_WH[1], SIZE_WH[0], 3), 140, np.uint8))
    assert measure_limbus(flat, landmarks_for(24.0), 0) is None


def test_an_eye_outside_the_photo_is_not_measured() -> None:
    tiny = photo_of(np.full((30, 40, 3), 140, np.uint8))
    assert measure_limbus(tiny, landmarks_for(24.0), 0) is None


def test_an_eye_left_of_and_above_the_photo_cuts_nothing_out_of_it() -> None:
    photo = photo_of(draw_eye(24.0))
    red, _ = _smooth_red(photo, np.array([-80.0, -80.0]), 24.0, 0.1)
    assert red is None
    assert measure_limbus(photo, landmarks_for(24.0, shift=-290.0), 0) is None


def test_the_ring_is_as_wide_as_its_landmarks_say() -> None:
    assert ring_diameter_px(landmarks_for(24.0, off=1.1), 0) == pytest.approx(52.8)
