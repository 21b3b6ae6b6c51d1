"""From sRGB to light: the transfer curve, what each primary weighs, and CIELAB."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.types import FloatArray

__all__ = ["LUMINANCE", "level_lab", "linear_light", "srgb_to_linear"]

#: Share of linear red, green and blue in luminance (IEC 61966-2-1, Rec. 709 primaries).
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
LUMINANCE.setflags(write=False)

#: Luminance to which a color is scaled before it is read, so that neither exposure nor
#: tone decides: that of L* = 65.
_REFERENCE_LUMINANCE = 0.34
_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


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


def level_lab(linear_rgb: FloatArray) -> FloatArray:
    """CIELAB of a color in linear sRGB, scaled to a fixed luminance first.

    So an exposure, or a tone that only darkens, leaves a* and b* alone.

    Parameters
    ----------
    linear_rgb : ndarray of shape (3,)

    Returns
    -------
    ndarray of shape (3,)
        L* (the same for every color), a*, b*, for D65.

    Examples
    --------
    >>> [abs(round(x)) for x in level_lab(np.array([0.2, 0.2, 0.2])).tolist()]
    [65, 0, 0]
    """
    rgb = np.asarray(linear_rgb, np.float64)
    level = float(rgb @ LUMINANCE)
    rgb = rgb * (_REFERENCE_LUMINANCE / max(level, 1e-9))
    xyz = _TO_XYZ @ rgb / _TO_XYZ.sum(axis=1)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@cache
def _linear_codes() -> NDArray[np.float32]:
    return srgb_to_linear(np.arange(256) / 255).astype(np.float32)
