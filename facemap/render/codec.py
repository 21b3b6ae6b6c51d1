"""Pictures to files in memory, without metadata."""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["encode_jpeg", "encode_png", "shrink"]

_Rgb = NDArray[np.uint8]


def encode_png(rgb: _Rgb) -> bytes:
    """Write a picture as PNG, without metadata: the same picture, the same bytes."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG", compress_level=4)
    return buffer.getvalue()


def encode_jpeg(
    rgb: _Rgb, *, quality: int = 90, max_side_px: int | None = None
) -> bytes:
    """Write a picture as JPEG, without metadata.

    Parameters
    ----------
    rgb : ndarray of shape (H, W, 3), uint8
    quality : int
        1 to 95.
    max_side_px : int, optional
        Shrink the picture first if its longer side is longer than this.
    """
    if max_side_px is not None:
        rgb = shrink(rgb, max_side_px)[0]
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def shrink(rgb: _Rgb, max_side_px: int) -> tuple[_Rgb, float]:
    """Shrink a picture to a longest side, never enlarge it.

    Returns
    -------
    ndarray of shape (h, w, 3)
    float
        New pixels per old pixel, 1 or less.
    """
    height, width = rgb.shape[:2]
    factor = min(1.0, max_side_px / max(height, width))
    if factor == 1.0:
        return np.asarray(rgb), 1.0
    size_wh = (round(width * factor), round(height * factor))
    return np.asarray(
        cv2.resize(rgb, size_wh, interpolation=cv2.INTER_AREA), np.uint8
    ), factor
