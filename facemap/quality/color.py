"""The color of the light, read from the cheeks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import cv2
import numpy as np

from facemap.light import LUMINANCE, linear_light
from facemap.quality.rules import Reading
from facemap.quality.scene import Scene
from facemap.types import FloatArray, RgbImage

__all__ = ["color_error", "measure_color_cast", "skin_lab"]

#: Luminance to which skin is scaled before its color is read, so that neither
#: exposure nor tone decides: that of L* = 65.
_REFERENCE_LUMINANCE = 0.34
#: OFIQ's box for the mean a*, b* of the cheeks (ISO/IEC 29794-5, natural color).
_BOX_A = (5.0, 25.0)
_BOX_B = (5.0, 35.0)
#: A picture whose channels differ by no more than this, in codes of 255, has no color;
#: JPEG and rounding leave one or two.
_GRAY_CODES = 3
#: Part of a black and white picture that may be: what a JPEG leaves at edges.
_COLORED_SHARE = 0.01
_CASES: Mapping[tuple[int, int], str] = MappingProxyType(
    {(0, -1): "green", (0, 1): "red", (1, -1): "blue", (1, 1): "yellow"}
)


def skin_lab(linear_rgb: FloatArray) -> FloatArray:
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
    >>> [abs(round(x)) for x in skin_lab(np.array([0.2, 0.2, 0.2])).tolist()]
    [65, 0, 0]
    """
    rgb = np.asarray(linear_rgb, np.float64)
    level = float(rgb @ LUMINANCE)
    rgb = rgb * (_REFERENCE_LUMINANCE / max(level, 1e-9))
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    xyz = to_xyz @ rgb / to_xyz.sum(axis=1)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def color_error(lab: FloatArray) -> tuple[float, str]:
    """Find how far a skin color lies outside the box of natural ones, and the cast.

    Examples
    --------
    >>> color_error(np.array([65.0, 12.0, 18.0]))
    (0.0, 'none')
    >>> color_error(np.array([65.0, 12.0, -1.0]))
    (6.0, 'blue')
    """
    boxes = np.array([_BOX_A, _BOX_B])
    below = np.maximum(boxes[:, 0] - lab[1:], 0)
    above = np.maximum(lab[1:] - boxes[:, 1], 0)
    off = above - below
    if not off.any():
        return 0.0, "none"
    axis = int(np.argmax(np.abs(off)))
    return float(np.hypot(*off)), _CASES[axis, int(np.sign(off[axis]))]


def measure_color_cast(scene: Scene) -> Reading:
    """Measure how far the color of the cheeks lies outside the box of natural ones."""
    cheeks = np.logical_or(*scene.cheeks)
    if not cheeks.any():
        return Reading(None, "no_cheek")
    if _is_gray(scene.rgb):
        return Reading(None, "no_color")
    skin = linear_light(scene.rgb[cheeks][np.newaxis])[0]
    error, case = color_error(skin_lab(np.median(skin, axis=0).astype(np.float64)))
    return Reading(error, case)


def _is_gray(rgb: RgbImage) -> bool:
    """Whether a picture is black and white: then every color cast is out of sight."""
    red, green, blue = cv2.split(rgb)
    most = np.maximum(np.maximum(red, green), blue)
    least = np.minimum(np.minimum(red, green), blue)
    colored = np.count_nonzero(most - least > _GRAY_CODES)
    return bool(colored <= _COLORED_SHARE * most.size)
