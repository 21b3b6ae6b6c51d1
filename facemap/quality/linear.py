"""From sRGB to light."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["linear_light"]

_SRGB = np.arange(256) / 255.0
_TO_LINEAR = np.where(
    _SRGB <= 0.04045, _SRGB / 12.92, ((_SRGB + 0.055) / 1.055) ** 2.4
).astype(np.float32)


def linear_light(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Undo the sRGB transfer curve (IEC 61966-2-1): 0 to 1, proportional to light.

    Examples
    --------
    >>> linear_light(np.array([[0, 188, 255]], np.uint8)).round(2).tolist()
    [[0.0, 0.5, 1.0]]
    """
    return np.asarray(cv2.LUT(rgb, _TO_LINEAR), np.float32)
