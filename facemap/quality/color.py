"""The color of the light, read from a gray reference, else from the cheeks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import cv2
import numpy as np

from facemap.light import level_lab, linear_light
from facemap.quality.rules import Reading
from facemap.quality.scene import Scene
from facemap.types import FloatArray, GrayReference, RgbImage

__all__ = ["color_error", "measure_color_cast"]

#: OFIQ's box for the mean a*, b* of the cheeks (ISO/IEC 29794-5, natural color).
_NATURAL_SKIN = np.array([[5.0, 25.0], [5.0, 35.0]])
_NATURAL_SKIN.setflags(write=False)
#: A picture whose channels differ by no more than this, in codes of 255, has no color;
#: JPEG and rounding leave one or two.
_GRAY_CODES = 3
#: Part of a black and white picture that may be: what a JPEG leaves at edges.
_COLORED_SHARE = 0.01
_CASES: Mapping[tuple[int, int], str] = MappingProxyType(
    {(0, -1): "green", (0, 1): "red", (1, -1): "blue", (1, 1): "yellow"}
)


def color_error(ab: FloatArray, boxes: FloatArray = _NATURAL_SKIN) -> tuple[float, str]:
    """Find how far a color lies outside the box of natural ones, and the cast.

    Parameters
    ----------
    ab : ndarray of shape (2,)
        CIELAB a*, b*.
    boxes : ndarray of shape (2, 2)
        Lowest and highest a*, then b*; those of skin unless told.

    Examples
    --------
    >>> color_error(np.array([12.0, 18.0]))
    (0.0, 'none')
    >>> color_error(np.array([12.0, -1.0]))
    (6.0, 'blue')
    """
    below = np.maximum(boxes[:, 0] - ab, 0)
    above = np.maximum(ab - boxes[:, 1], 0)
    off = above - below
    if not off.any():
        return 0.0, "none"
    axis = int(np.argmax(np.abs(off)))
    return float(np.hypot(*off)), _CASES[axis, int(np.sign(off[axis]))]


def measure_color_cast(scene: Scene) -> Reading:
    """Measure how far a color lies outside what it may be in neutral light.

    That of a gray reference where one is in the photo, else that of the cheeks.
    """
    if _is_gray(scene.rgb):
        return Reading(None, "no_color")
    if scene.gray is not None:
        return _cast_on_gray(scene.gray)
    cheeks = np.logical_or(*scene.cheeks)
    if not cheeks.any():
        return Reading(None, "no_cheek")
    skin = linear_light(scene.rgb[cheeks][np.newaxis])[0]
    lab = level_lab(np.median(skin, axis=0).astype(np.float64))
    return Reading(*color_error(lab[1:]))


def _cast_on_gray(gray: GrayReference) -> Reading:
    """Measure by how much more the gray is off than it may be of itself."""
    own = np.array([[-gray.cast_sd, gray.cast_sd]] * 2)
    error, case = color_error(np.array(gray.cast_ab), own)
    return Reading(error, f"{gray.kind}_{case}")


def _is_gray(rgb: RgbImage) -> bool:
    """Whether a picture is black and white: then every color cast is out of sight."""
    red, green, blue = cv2.split(rgb)
    most = np.maximum(np.maximum(red, green), blue)
    least = np.minimum(np.minimum(red, green), blue)
    colored = np.count_nonzero(most - least > _GRAY_CODES)
    return bool(colored <= _COLORED_SHARE * most.size)
