"""The face cut out of the photo at working resolution, in linear light."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.errors import UnsuitablePhotoError
from facemap.light import LUMINANCE, srgb_to_linear
from facemap.resources import load_knowledge
from facemap.types import FaceFrame, FaceView, Photo, RgbImage

__all__ = ["cut_view", "log_luminance"]

# Half a step of an 8-bit code near black, in linear light: what 0 may have been.
_FLOOR = np.float32(0.5 / 255 / 12.92)
# Sides of a shrunk view are multiples of this: halving is the fast way to coarse grids.
_WHOLE = 4


def cut_view(photo: Photo, frame: FaceFrame) -> FaceView:
    """Cut the face out of a photo, with hair above it and neck below.

    Parameters
    ----------
    photo : Photo
    frame : FaceFrame

    Returns
    -------
    FaceView
        At the photo's own resolution, or at 7.2 pixels per millimeter where the photo
        has more, then with sides that can be halved twice; clipped to the photo.

    Raises
    ------
    UnsuitablePhotoError
        The face lies outside the photo.
    """
    knowledge = load_knowledge("frame")["view_cut"]
    width, height = photo.size_wh
    px_per_mm = frame.scale.px_per_mm
    low = frame.vertices_px.min(axis=0)
    high = frame.vertices_px.max(axis=0)
    beside = float(knowledge["beside_chart_mm"]) * px_per_mm
    above = float(knowledge["above_chart_mm"]) * px_per_mm
    below = float(knowledge["below_chart_mm"]) * px_per_mm
    # Outward rounding, so that the crop of the mirror image is the mirrored crop; the
    # nudge keeps rounding noise from deciding.
    x0 = max(0, int(np.floor(low[0] + 0.5 - beside + 1e-6)))
    x1 = min(width, int(np.ceil(high[0] + 0.5 + beside - 1e-6)))
    y0 = max(0, int(np.floor(low[1] + 0.5 - above)))
    y1 = min(height, int(np.ceil(high[1] + 0.5 + below)))
    if x1 - x0 < 2 or y1 - y0 < 2:
        raise UnsuitablePhotoError("The face lies outside the photo")
    step = max(1.0, px_per_mm / float(knowledge["max_px_per_mm"]))
    origin_px = float(x0), float(y0)
    patch = photo.rgb[y0:y1, x0:x1]
    if step > 1.0:
        patch, step, shift = _shrink(patch, step)
        origin_px = float(x0), y0 + shift
    patch = np.ascontiguousarray(patch)
    logs = log_luminance(patch)
    for array in (patch, logs):  # ours alone: spares the record a copy
        array.setflags(write=False)
    return FaceView(
        rgb=patch,
        log_luminance=logs,
        px_per_mm=px_per_mm / step,
        photo_px_per_mm=px_per_mm,
        origin_px=origin_px,
        step=step,
    )


def log_luminance(rgb: RgbImage) -> NDArray[np.float32]:
    """Natural logarithm of linear-light luminance, white = 0.

    Parameters
    ----------
    rgb : ndarray of shape (H, W, 3), uint8
        sRGB.

    Returns
    -------
    ndarray of shape (H, W), float32
        Never under ``log(0.5 / 255 / 12.92)``, about -8.8, which stands for black.

    Examples
    --------
    >>> log_luminance(np.full((1, 2, 3), 255, np.uint8)).tolist()
    [[0.0, 0.0]]
    """
    red, green, blue = (
        np.asarray(cv2.LUT(channel, table), dtype=np.float32)
        for channel, table in zip(cv2.split(rgb), _luminance_tables(), strict=True)
    )
    red += green
    red += blue
    np.maximum(red, _FLOOR, out=red)
    return np.asarray(cv2.log(red, dst=red), dtype=np.float32)


@cache
def _luminance_tables() -> tuple[NDArray[np.float32], ...]:
    linear = srgb_to_linear(np.arange(256) / 255)
    return tuple((weight * linear).astype(np.float32) for weight in LUMINANCE)


def _shrink(patch: RgbImage, step: float) -> tuple[RgbImage, float, float]:
    """Shrink a patch by at least `step`, the same both ways, to sides of whole fours.

    Halved by area while that leaves enough, then bilinear: under a factor of 2 that
    keeps all of a camera's own sharpness, at a tenth of the time of one resize by area.

    Returns
    -------
    small : ndarray
    step : float
        Exact across, and within half a pixel over the whole height down.
    shift_y : float
        How far down the first row starts, so that as much is left out at both ends.
    """
    height, width = patch.shape[:2]
    columns = max(1, int(width / step) // _WHOLE * _WHOLE)
    step = width / columns
    rows = max(1, int(height / step) // _WHOLE * _WHOLE)
    used = min(height, round(rows * step))
    top = (height - used) // 2
    small = patch[top : top + used]
    while min(small.shape[1] / columns, small.shape[0] / rows) >= 2:
        half = (small.shape[1] + 1) // 2, (small.shape[0] + 1) // 2
        small = np.asarray(cv2.resize(small, half, interpolation=cv2.INTER_AREA))
    if small.shape[:2] != (rows, columns):
        size = columns, rows
        small = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR))
    return small, step, top + (used - rows * step) / 2
