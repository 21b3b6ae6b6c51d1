"""From sRGB to light: the transfer curve, and what each primary weighs."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.types import FloatArray

__all__ = ["LUMINANCE", "linear_light", "srgb_to_linear"]

#: Share of linear red, green and blue in luminance (IEC 61966-2-1, Rec. 709 primaries).
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
LUMINANCE.setflags(write=False)


def srgb_to_linear(value: FloatArray) -> FloatArray:
    """Undo the sRGB transfer curve (IEC 61966-2-1) of values from 0 to 1.

    Examples
    --------
    >>> srgb_to_linear(np.array([0.0, 0.5, 1.0])).round(3).tolist()
    [0.0, 0.214, 1.0]
    """
    value = np.asarray(value, np.float64)
    bent = ((value + 0.055) / 1.055) ** 2.4
    return np.asarray(np.where(value <= 0.04045, value / 12.92, bent))


def linear_light(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn 8-bit sRGB into linear light, 0 to 1.

    Parameters
    ----------
    rgb : ndarray of shape (H, W) or (H, W, C), uint8

    Examples
    --------
    >>> linear_light(np.array([[0, 188, 255]], np.uint8)).round(2).tolist()
    [[0.0, 0.5, 1.0]]
    """
    return np.asarray(cv2.LUT(rgb, _linear_codes()), np.float32)


@cache
def _linear_codes() -> NDArray[np.float32]:
    return srgb_to_linear(np.arange(256) / 255).astype(np.float32)
