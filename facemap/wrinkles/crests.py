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
from dataclasses import dataclass, replace
from typing import Any

import cv2
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
_THIN = 3


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
    band: Band,
    directions: Directions,
    *,
    grain_sigma_mm: float,
    least_grain: float,
) -> Crests:
    """Look for valleys of two widths, as each zone's lines may run.

    Parameters
    ----------
    image : ndarray of shape (h, w), float32
        Log luminance. Lines are dark.
    px_per_mm : float
    band : Band
        Of thin lines; broad ones are looked for at twice the scale, on half the
        pixels. `apart_mm` and `grain` are not used: one segment is enough.
    directions : Directions
    grain_sigma_mm : float
        Standard deviation of the window in which grain is taken.
    least_grain : float
        Grain is never taken for less: a photo's own rounding is no skin.

    Returns
    -------
    Crests
    """
    height, width = image.shape
    half = -(-width // 2), -(-height // 2)
    thin = _one_scale(image, px_per_mm, band, directions, grain_sigma_mm, least_grain)
    broad = _one_scale(
        np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), np.float32),
        px_per_mm / 2,
        replace(band, sigma_mm=2 * band.sigma_mm),
        replace(
            directions,
            classes=_halved(directions.classes, half),
        ),
        grain_sigma_mm,
        least_grain,
    )
    contrast = cv2.resize(
        broad.contrast, (width, height), interpolation=cv2.INTER_LINEAR
    )
    angle = cv2.resize(
        broad.angle_deg, (width, height), interpolation=cv2.INTER_NEAREST_EXACT
    )
    better = (contrast > thin.contrast) & (directions.classes > 0)
    return Crests(
        np.where(better, contrast, thin.contrast),
        np.where(better, angle, thin.angle_deg),
    )


def _one_scale(
    image: Image,
    px_per_mm: float,
    band: Band,
    directions: Directions,
    grain_sigma_mm: float,
    least_grain: float,
) -> Crests:
    """Look for valleys of one width."""
    segments = Segments(image, px_per_mm, band)
    angles = orientations_deg(band.orientations)
    along, across = directions.listeners(angles)
    across[1::_GRAIN_STEP] = 0
    sparse = replace(directions, classes=_thinned(directions.classes))

    def strongest(turns: Sequence[int]) -> tuple[Image, NDArray[np.uint8], Image]:
        depth = np.zeros(image.shape, np.float32)
        best = np.zeros(image.shape, np.uint8)
        grain = np.zeros(sparse.classes.shape, np.float32)
        for k in turns:
            if not (along[k].any() or across[k].any()):
                continue
            valley = segments.center(segments.along(angles[k]))
            if across[k].any():
                grain += _thinned(valley) * sparse.spread(across[k])
            if along[k].any():
                valley *= directions.spread(along[k])
                np.copyto(best, k, where=valley > depth)
                np.maximum(depth, valley, out=depth)
        return depth, best, grain

    # As in `line_field`: two halves side by side, with as many grain orientations.
    halves = [[k for k in range(len(angles)) if k // 2 % 2 == h] for h in (0, 1)]
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(strongest, halves)
    grain = grain_nearby(
        first[2] + second[2],
        sparse.spread(across.sum(axis=0)),
        grain_sigma_mm * px_per_mm / _THIN,
    )
    height, width = image.shape
    usual = cv2.resize(grain, (width, height), interpolation=cv2.INTER_LINEAR)
    depth = np.maximum(first[0], second[0])
    depth /= np.maximum(usual, np.float32(least_grain))
    best = np.where(second[0] > first[0], second[1], first[1])
    return Crests(depth, angles.astype(np.float32)[best])


def _thinned(picture: NDArray[Any]) -> NDArray[Any]:
    """Every third pixel each way, from the middle: enough of the grain to know it.

    Classes stay classes; of anything else the size counts, not the sign. Where two
    columns are left over, one lies at one edge only: then each spot has its neighbor's
    share, so that a mirror image keeps its mirror.
    """
    top, left = ((n - 1) % _THIN // 2 for n in picture.shape)
    taken = picture[top::_THIN, left::_THIN]
    is_label = picture.dtype == np.uint8
    if not is_label:
        taken = np.abs(taken)
    if picture.shape[1] % _THIN == _THIN - 1:
        beside = picture[top::_THIN, left + 1 :: _THIN]
        taken = np.maximum(taken, beside) if is_label else (taken + np.abs(beside)) / 2
    return np.ascontiguousarray(taken)


def _halved(classes: NDArray[np.uint8], size_wh: tuple[int, int]) -> NDArray[np.uint8]:
    """Halve labels; of two neighbors the larger, where neither is the nearest."""
    there, back = (
        cv2.resize(
            np.ascontiguousarray(side), size_wh, interpolation=cv2.INTER_NEAREST_EXACT
        )
        for side in (classes, classes[:, ::-1])
    )
    return np.asarray(np.maximum(there, back[:, ::-1]), np.uint8)
