"""The printed card of ``marker.toml``, drawn into a picture in known perspective."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from facemap.resources import load_knowledge
from facemap.synthetic import Phantom
from facemap.types import FloatArray, RgbImage

PAPER, INK, GRAY = 0.85, 0.04, 0.18
#: Samples per pixel, each way.
FINE = 4


def card_homography(
    center_mm: tuple[float, float, float],
    turn_deg: tuple[float, float, float],
    focal_px: float,
    center_px: FloatArray,
    *,
    side_mm: float = 20.0,
    mirrored: bool = False,
) -> FloatArray:
    """Sides of the square to pixels, for a card in front of a camera.

    `turn_deg` is a rotation vector; the camera's x points right, y down, z away.
    """
    rotation = np.asarray(cv2.Rodrigues(np.radians(turn_deg))[0])
    if mirrored:
        rotation = rotation * [-1, 1, 1]
    camera = np.array(
        [[focal_px, 0, center_px[0]], [0, focal_px, center_px[1]], [0, 0, 1]]
    )
    place = np.column_stack([side_mm * rotation[:, :2], center_mm])
    return np.asarray(camera @ place)


def phantom_homography(
    phantom: Phantom,
    offset_mm: tuple[float, float, float],
    turn_deg: tuple[float, float, float],
    **options: Any,
) -> FloatArray:
    """Sides of the square to pixels, for a card before a phantom's camera.

    `offset_mm`: right of, below and behind the middle between the eyes' corners.
    """
    truth = phantom.truth
    center_px = (np.array(phantom.params.size_wh) - 1) / 2
    eyes_px = truth.landmarks_px[[33, 133, 362, 263]].mean(axis=0)
    x, y = (eyes_px - center_px) * truth.mm_per_px
    right, below, behind = offset_mm
    place = (x + right, y + below, truth.camera_distance_mm + behind)
    return card_homography(place, turn_deg, truth.focal_px, center_px, **options)


def draw_card(
    rgb: RgbImage,
    card_to_px: FloatArray,
    *,
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0),
    covered: bool = False,
    gray: tuple[float, float, float] = (GRAY, GRAY, GRAY),
    blur_px: float = 0.0,
    marker_id: int = 0,
) -> RgbImage:
    """Lay the card over a picture.

    Parameters
    ----------
    rgb : ndarray of shape (H, W, 3), uint8
    card_to_px : ndarray of shape (3, 3)
    tint : tuple of float
        Color of the light on it, linear.
    covered : bool
        By a real gray card, which hides the dot.
    gray : tuple of float
        Linear reflectance of the gray.
    blur_px : float
        Standard deviation of the camera's point spread.
    marker_id : int
        Of the dictionary; 0 is the sheet's.
    """
    card = load_knowledge("marker")["card"]
    left, top, right, bottom = card["outline"]
    corners = np.array(
        [[left, right, right, left], [top, top, bottom, bottom], [1] * 4]
    )
    on_photo = card_to_px @ corners
    on_photo = on_photo[:2] / on_photo[2]
    low = np.maximum(np.floor(on_photo.min(axis=1) - 4 * blur_px), 0).astype(int)
    high = np.ceil(on_photo.max(axis=1) + 4 * blur_px).astype(int) + 1
    high = np.minimum(high, rgb.shape[1::-1])

    fine = (np.arange(FINE) + 0.5) / FINE - 0.5
    xs, ys = (
        (np.arange(a, b)[:, None] + fine).ravel()
        for a, b in zip(low, high, strict=True)
    )
    x, y = np.meshgrid(xs, ys)
    sides = np.linalg.inv(card_to_px) @ np.stack(
        [x.ravel(), y.ravel(), np.ones(x.size)]
    )
    u, v = (sides[:2] / sides[2]).reshape(2, *x.shape)
    paint, over = _paint(u, v, marker_id, covered=covered, gray=np.array(gray))
    alpha = _shrink(over.astype(float)[..., None])
    light = _shrink(paint * over[..., None]) * tint

    part = rgb[low[1] : high[1], low[0] : high[0]].astype(float) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    if blur_px:
        alpha = cv2.GaussianBlur(alpha, (0, 0), blur_px)[..., None]
        light = cv2.GaussianBlur(light, (0, 0), blur_px)
    linear = np.clip(linear * (1 - alpha) + light, 0, 1)
    codes = np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055
    )
    out = rgb.copy()
    out[low[1] : high[1], low[0] : high[0]] = np.round(255 * codes).astype(np.uint8)
    return out


def _paint(
    u: FloatArray, v: FloatArray, marker_id: int, *, covered: bool, gray: FloatArray
) -> tuple[FloatArray, np.ndarray]:
    """Linear color of the card at places on it, and where the card is."""
    card = load_knowledge("marker")["card"]
    known = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    cells = known.generateImageMarker(marker_id, 6) > 127
    paint = np.full((*u.shape, 3), PAPER)
    column, row = (np.clip(np.floor((w + 0.5) * 6), 0, 5).astype(int) for w in (u, v))
    ink = (np.abs(u) <= 0.5) & (np.abs(v) <= 0.5) & ~cells[row, column]
    paint[ink] = INK
    left, top, right, bottom = card["gray"]
    patch = (u >= left) & (u <= right) & (v >= top) & (v <= bottom)
    if not covered:
        away = np.hypot(u - (left + right) / 2, v - (top + bottom) / 2)
        patch &= away > card["dot_radius"]
    paint[patch] = gray
    left, top, right, bottom = card["outline"]
    return paint, (u >= left) & (u <= right) & (v >= top) & (v <= bottom)


def _shrink(image: FloatArray) -> FloatArray:
    height, width, depth = image.shape
    blocks = image.reshape(height // FINE, FINE, width // FINE, FINE, depth)
    return np.asarray(blocks.mean(axis=(1, 3)))
