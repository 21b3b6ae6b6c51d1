"""Where lines are drawn: valleys of any width, as multiples of the skin's grain.

How much of lines a zone has is judged by `facemap.wrinkles.coherence`, at one scale a
zone and where a valley goes on for long: that is what readers grade. What is drawn and
measured is another question. A line that stands out is a line, however short or thin,
so here segments are short, several scales are looked at, and the answer is not a depth
but a contrast: depth over grain, which scales and zones of any texture can be compared
and chosen by.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facemap.wrinkles.coherence import (
    Band,
    Directions,
    Segments,
    grain_nearby,
    orientations_deg,
)

__all__ = ["Crests", "line_crests"]

Image = NDArray[np.float32]

#: Every second orientation is enough to know the grain.
_GRAIN_STEP = 2


@dataclass(frozen=True)
class Crests:
    """The strongest valley at every pixel.

    Attributes
    ----------
    contrast : ndarray of shape (h, w)
        Depth of the valley over the local grain; 0 where there is none.
    angle_deg : ndarray of shape (h, w)
        Direction of the valley, growing from +x upward.
    """

    contrast: Image
    angle_deg: Image


def line_crests(
    image: Image,
    px_per_mm: float,
    bands: Sequence[Band],
    directions: Directions,
    *,
    grain_sigma_mm: float,
    least_grain: float,
) -> Crests:
    """Look for valleys of several widths, as each zone's lines may run.

    Parameters
    ----------
    image : ndarray of shape (h, w), float32
        Log luminance. Lines are dark.
    px_per_mm : float
    bands : sequence of Band
        `apart_mm` is not used: one segment is enough.
    directions : Directions
    grain_sigma_mm : float
        Standard deviation of the window in which grain is taken.
    least_grain : float
        Grain is never taken for less: a photo's own rounding is no skin.

    Returns
    -------
    Crests
    """

    def one(band: Band) -> tuple[Image, Image]:
        return _at_scale(
            image, px_per_mm, band, directions, grain_sigma_mm, least_grain
        )

    with ThreadPoolExecutor(2) as pool:
        contrast, angle = (np.stack(x) for x in zip(*pool.map(one, bands), strict=True))
    best = contrast.argmax(axis=0)[None]
    return Crests(
        np.take_along_axis(contrast, best, axis=0)[0],
        np.take_along_axis(angle, best, axis=0)[0],
    )


def _at_scale(
    image: Image,
    px_per_mm: float,
    band: Band,
    directions: Directions,
    grain_sigma_mm: float,
    least_grain: float,
) -> tuple[Image, Image]:
    """Contrast and direction of the strongest valley of one width."""
    segments = Segments(image, px_per_mm, band)
    angles = orientations_deg(band.orientations)
    along, across = directions.listeners(angles)
    across[1::_GRAIN_STEP] = 0
    depth, grain = (np.zeros(image.shape, np.float32) for _ in range(2))
    best = np.zeros(image.shape, np.uint8)
    for k, angle in enumerate(angles):
        if not (along[k].any() or across[k].any()):
            continue
        valley = segments.center(segments.along(float(angle)))
        if across[k].any():
            grain += np.abs(valley) * directions.spread(across[k])
        if along[k].any():
            valley = valley * directions.spread(along[k])
            np.copyto(best, k, where=valley > depth)
            np.maximum(depth, valley, out=depth)
    usual = grain_nearby(
        grain, directions.spread(across.sum(axis=0)), grain_sigma_mm * px_per_mm
    )
    depth /= np.maximum(usual, np.float32(least_grain))
    return depth, angles.astype(np.float32)[best]
