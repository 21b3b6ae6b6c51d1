"""The fine structure of skin, in absolute units: what retouching takes away."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.geometry import fill_polygon, shrink
from facemap.light import linear_light
from facemap.types import FaceView, FloatArray

__all__ = ["Texture", "face_texture", "skin_texture"]

# Landmarks around bare skin that is broad and smooth: cheeks and mid-forehead.
_RINGS = (
    (50, 205, 207, 187, 123, 117, 118, 101),
    (280, 425, 427, 411, 352, 346, 347, 330),
    (109, 67, 104, 69, 108, 151, 337, 299, 333, 297, 338, 10),
)
#: Texture is read at no more than this: the finest band then begins at one pixel.
_FINE_PX_PER_MM = 5.0
_FINE_MM = (0.2, 0.4)
#: The same for the bands in which pores and spots stand out.
_SPOT_PX_PER_MM = 2.5
_SPOT_MM = (0.4, 0.8, 1.6)
#: Skin this close to hair or a brow is left out, in millimeters.
_EDGE_MM = 1.0
#: Fewer pixels do not settle a hundredth part.
_MIN_PIXELS = 400
#: Where nothing stands out, texture is Gaussian, and its darkest hundredth lies 2.33
#: standard deviations down.
_TAIL = 0.01
_MAD_TO_SD = 1.4826
#: Under one part in ten thousand there is no texture: a drawn or filled area.
_FLOOR = 1e-4
#: Added to linear light before its logarithm: one code of 255 near black.
_BLACK = np.float32(3e-4)


@dataclass(frozen=True)
class Texture:
    """Fine structure of skin.

    Attributes
    ----------
    fine_sd : float
        Robust standard deviation of log luminance between 0.2 and 0.4 mm.
    tail : float
        How far down the darkest hundredth lies between 0.4 and 1.6 mm, in robust
        standard deviations: the mean over luminance and over red against green.
    """

    fine_sd: float
    tail: float


def skin_texture(
    log_luminance: NDArray[np.float32],
    log_red_green: NDArray[np.float32],
    skin: NDArray[np.bool_],
    px_per_mm: float,
) -> Texture | None:
    """Measure the fine structure of a piece of skin.

    Logarithms of linear light and ratios only: exposure and skin tone drop out.

    Parameters
    ----------
    log_luminance, log_red_green : ndarray of shape (H, W)
        Of luminance, and of red over green.
    skin : ndarray of shape (H, W), bool
        Where to look.
    px_per_mm : float

    Returns
    -------
    Texture or None
        None where there is too little skin.
    """
    if np.count_nonzero(skin) < _MIN_PIXELS:
        return None
    (fine,) = _bands(log_luminance, _FINE_MM, px_per_mm)
    fine_sd, _ = _spread_and_tail(fine[skin])
    factor = min(1.0, _SPOT_PX_PER_MM / px_per_mm)
    inside = _resized(skin.astype(np.float32), factor) > 0.5
    if np.count_nonzero(inside) < _MIN_PIXELS:
        return None
    tails = [
        _spread_and_tail(band[inside])[1]
        for image in (log_luminance, log_red_green)
        for band in _bands(_resized(image, factor), _SPOT_MM, px_per_mm * factor)
    ]
    return Texture(fine_sd, float(np.mean(tails)))


def _resized(image: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    height, width = image.shape
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(shrink(image, size), np.float32)


def _bands(
    image: NDArray[np.float32], sigmas_mm: tuple[float, ...], px_per_mm: float
) -> list[NDArray[np.float32]]:
    smooth = [cv2.GaussianBlur(image, (0, 0), s * px_per_mm) for s in sigmas_mm]
    return [np.asarray(fine - coarse) for fine, coarse in pairwise(smooth)]


def _spread_and_tail(values: NDArray[np.float32]) -> tuple[float, float]:
    # NumPy sorts in a fraction of the time that its quantiles take.
    ordered = np.sort(values)
    middle = _quantile(ordered, 0.5)
    apart = np.sort(np.abs(ordered - np.float32(middle)))
    spread = max(_MAD_TO_SD * _quantile(apart, 0.5), _FLOOR)
    return spread, (middle - _quantile(ordered, _TAIL)) / spread


def _quantile(ordered: NDArray[np.float32], share: float) -> float:
    """Interpolate between the two nearest of values in order."""
    place = share * (len(ordered) - 1)
    below, above = math.floor(place), math.ceil(place)
    low, high = float(ordered[below]), float(ordered[above])
    return low + (place - below) * (high - low)


def face_texture(
    view: FaceView, skin: NDArray[np.bool_], landmarks_vx: FloatArray
) -> Texture | None:
    """Texture of forehead and cheeks, weighted by how much of each shows.

    Parameters
    ----------
    view : FaceView
    skin : ndarray of shape (H, W), bool
        Bare skin in the view.
    landmarks_vx : ndarray of shape (N, 2)

    Returns
    -------
    Texture or None
        None where there is too little skin.
    """
    found = [
        measured
        for ring in _RINGS
        if (measured := _patch_texture(view, skin, landmarks_vx[list(ring)]))
    ]
    if not found:
        return None
    weights = [count for _, count in found]
    return Texture(
        float(np.average([t.fine_sd for t, _ in found], weights=weights)),
        float(np.average([t.tail for t, _ in found], weights=weights)),
    )


def _patch_texture(
    view: FaceView, skin: NDArray[np.bool_], corners_vx: FloatArray
) -> tuple[Texture, int] | None:
    """Texture inside a polygon, and over how many pixels; None where too few."""
    low = np.maximum(np.floor(corners_vx.min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(corners_vx.max(axis=0)) + 1, view.size_wh).astype(int)
    if np.any(high - low < 2):
        return None
    part = slice(low[1], high[1]), slice(low[0], high[0])
    columns, rows = (int(n) for n in high - low)
    inside = fill_polygon(corners_vx - low, (rows, columns)).astype(np.float32)
    inside *= skin[part]
    factor = min(1.0, _FINE_PX_PER_MM / view.px_per_mm)
    px_per_mm = view.px_per_mm * factor
    bare = _eroded(_resized(inside, factor) > 0.99, round(_EDGE_MM * px_per_mm))
    size = bare.shape[1], bare.shape[0]
    rgb = shrink(view.rgb[part], size)
    channels = cv2.log(linear_light(np.asarray(rgb, np.uint8)) + _BLACK)
    texture = skin_texture(
        _resized(view.log_luminance[part], factor),
        np.asarray(channels[..., 0] - channels[..., 1], np.float32),
        bare,
        px_per_mm,
    )
    return None if texture is None else (texture, int(np.count_nonzero(bare)))


def _eroded(mask: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """Take away what lies within a radius of the border, the image's own included."""
    side = 2 * radius + 1
    return np.asarray(
        cv2.erode(
            mask.astype(np.uint8),
            cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)),
            borderType=cv2.BORDER_CONSTANT,
            borderValue=0,
        )
        > 0
    )
