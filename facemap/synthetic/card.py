"""The printed card of ``marker.toml``, laid into a picture in known perspective."""

from __future__ import annotations

import cv2
import numpy as np

from facemap.light import srgb_to_linear
from facemap.resources import load_knowledge
from facemap.synthetic.color import linear_to_srgb8
from facemap.synthetic.truth import Phantom
from facemap.types import FloatArray, Mask, RgbImage

__all__ = ["PAPER", "card_homography", "draw_card", "phantom_card"]

#: Linear reflectance of office paper, of ink, and of a photographic gray card.
PAPER, _INK, _GRAY = 0.85, 0.04, 0.18
# Samples per pixel, each way.
_FINE = 4

Triple = tuple[float, float, float]


def card_homography(
    center_mm: Triple,
    turn_deg: Triple,
    focal_px: float,
    center_px: FloatArray,
    *,
    side_mm: float | None = None,
    mirrored: bool = False,
) -> FloatArray:
    """Places on the card to pixels, for a card in front of a camera.

    Parameters
    ----------
    center_mm : tuple of float
        The middle of the marker; x right of the camera, y below, z away from it.
    turn_deg : tuple of float
        Rotation vector in these axes; not turned, the card faces the camera.
    focal_px : float
    center_px : ndarray of shape (2,)
        Principal point.
    side_mm : float, optional
        Of the black square, where it was printed at another size than it should be.
    mirrored : bool
        Show the card's mirror image.

    Returns
    -------
    ndarray of shape (3, 3)
        Homography from sides of the square, from its middle, to pixels.
    """
    rotation = np.asarray(cv2.Rodrigues(np.radians(turn_deg))[0])
    if mirrored:
        rotation = rotation * [-1, 1, 1]
    if side_mm is None:
        side_mm = float(load_knowledge("marker")["card"]["side_mm"])
    camera = np.diag([focal_px, focal_px, 1.0])
    camera[:2, 2] = center_px
    return np.asarray(camera @ np.column_stack([side_mm * rotation[:, :2], center_mm]))


def phantom_card(
    phantom: Phantom,
    offset_mm: Triple,
    turn_deg: Triple,
    *,
    side_mm: float | None = None,
    mirrored: bool = False,
) -> FloatArray:
    """Places on the card to pixels, for a card before a phantom's camera.

    Parameters
    ----------
    phantom : Phantom
    offset_mm : tuple of float
        Right of, below and behind the middle between the corners of the eyes.
    turn_deg, side_mm, mirrored
        As for `card_homography`.

    Returns
    -------
    ndarray of shape (3, 3)
    """
    truth = phantom.truth
    center_px = (np.array(phantom.params.size_wh) - 1) / 2
    eyes_px = truth.landmarks_px[[33, 133, 362, 263]].mean(axis=0)
    x, y = (eyes_px - center_px) * truth.mm_per_px
    right, below, behind = offset_mm
    return card_homography(
        (x + right, y + below, truth.camera_distance_mm + behind),
        turn_deg,
        truth.focal_px,
        center_px,
        side_mm=side_mm,
        mirrored=mirrored,
    )


def draw_card(
    rgb: RgbImage,
    card_to_px: FloatArray,
    *,
    light: Triple = (1.0, 1.0, 1.0),
    gray: Triple = (_GRAY, _GRAY, _GRAY),
    covered: bool = False,
    blur_px: float = 0.0,
    marker_id: int | None = None,
) -> RgbImage:
    """Lay the card over a picture.

    Parameters
    ----------
    rgb : ndarray of shape (H, W, 3), uint8
    card_to_px : ndarray of shape (3, 3)
    light : tuple of float
        That falls on it, linear red, green and blue.
    gray : tuple of float
        Linear reflectance of the gray.
    covered : bool
        By a real gray card, which hides the dot.
    blur_px : float
        Standard deviation of the camera's point spread.
    marker_id : int, optional
        Another marker of the dictionary than the sheet's.

    Returns
    -------
    ndarray of shape (H, W, 3), uint8
    """
    left, top, right, bottom = load_knowledge("marker")["card"]["outline"]
    corners = [[left, right, right, left], [top, top, bottom, bottom], [1] * 4]
    on_photo = card_to_px @ np.array(corners)
    on_photo = on_photo[:2] / on_photo[2]
    margin = 4 * blur_px
    low = np.maximum(np.floor(on_photo.min(axis=1) - margin), 0).astype(int)
    high = np.ceil(on_photo.max(axis=1) + margin).astype(int) + 1
    high = np.minimum(high, rgb.shape[1::-1])

    fine = (np.arange(_FINE) + 0.5) / _FINE - 0.5
    x, y = np.meshgrid(
        *(
            (np.arange(a, b)[:, None] + fine).ravel()
            for a, b in zip(low, high, strict=True)
        )
    )
    pixels = np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    sides = np.linalg.inv(card_to_px) @ pixels
    u, v = (sides[:2] / sides[2]).reshape(2, *x.shape)
    paint = _paint(u, v, marker_id, covered=covered, gray=np.array(gray))
    on_card = _within(u, v, [left, top, right, bottom])[..., np.newaxis]
    # Paint and cover go through the lens together.
    layers = np.concatenate([paint * on_card * np.array(light), on_card], axis=2)
    layers = _average(layers)
    if blur_px:
        layers = np.asarray(cv2.GaussianBlur(layers, (0, 0), blur_px), np.float64)
    out = rgb.copy()
    part = out[low[1] : high[1], low[0] : high[0]]
    behind = srgb_to_linear(part / 255) * (1 - layers[..., 3:])
    part[...] = np.round(linear_to_srgb8(behind + layers[..., :3]))
    return out


def _paint(
    u: FloatArray,
    v: FloatArray,
    marker_id: int | None,
    *,
    covered: bool,
    gray: FloatArray,
) -> FloatArray:
    """Linear color of the card at places on it."""
    card = load_knowledge("marker")["card"]
    known = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    number = int(card["id"]) if marker_id is None else marker_id
    cells = np.asarray(known.generateImageMarker(number, known.markerSize + 2)) > 0
    paint = np.full((*u.shape, 3), PAPER)
    last = len(cells) - 1
    column, row = (
        np.clip(np.floor((w + 0.5) * len(cells)), 0, last).astype(int) for w in (u, v)
    )
    paint[_within(u, v, [-0.5, -0.5, 0.5, 0.5]) & ~cells[row, column]] = _INK
    patch = _within(u, v, card["gray"])
    if not covered:
        left, top, right, bottom = card["gray"]
        away = np.hypot(u - (left + right) / 2, v - (top + bottom) / 2)
        patch &= away > float(card["dot_radius"])
    paint[patch] = gray
    return paint


def _within(u: FloatArray, v: FloatArray, box: list[float]) -> Mask:
    left, top, right, bottom = box
    return np.asarray((u >= left) & (u <= right) & (v >= top) & (v <= bottom))


def _average(image: FloatArray) -> FloatArray:
    height, width, depth = image.shape
    blocks = image.reshape(height // _FINE, _FINE, width // _FINE, _FINE, depth)
    return np.asarray(blocks.mean(axis=(1, 3)))
