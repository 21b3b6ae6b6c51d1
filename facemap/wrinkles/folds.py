"""Folds: one broad shadow per zone, followed from end to end.

A nasolabial fold is no thin line: it is the shade of one skin plane beside another,
with or without a crease in it. It is found as the best path through the zone, not as
a set of crests, so that a soft fold is measured as well as a sharp one.

A zone's best path is the greatest of very many, and some path can be found on any skin.
So its depth is believed only as far as it exceeds what such a path finds where there is
no fold; from twice that on, all of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.types import FloatArray

__all__ = ["STEEPEST", "FoldField", "best_path", "widen"]

Image = NDArray[np.float32]

#: How far a path may move sideways from one row to the next, in pixels.
_STEPS = (0, -1, 1, -2, 2)
#: The most of these, either way.
STEEPEST = 2.0
#: Mark of a path's first row.
_START = 99


@dataclass(frozen=True)
class FoldField:
    """What a fold is followed on: the zone, and the skin beside it.

    Attributes
    ----------
    where : ndarray of shape (h, w), bool
    depth, grain : ndarray of shape (h, w)
        As in `facemap.wrinkles.coherence.LineField`.
    corner : tuple of int
        (x, y) of the first pixel in the picture that this was cut from.
    """

    where: NDArray[np.bool_]
    depth: Image
    grain: Image
    corner: tuple[int, int]


def widen(zone: NDArray[np.bool_], outward_px: int, above_px: int) -> NDArray[np.bool_]:
    """Add what lies beside a zone, and what lies above it.

    Parameters
    ----------
    zone : ndarray of shape (h, w), bool
    outward_px : int
        How far to the left, if negative, or to the right.
    above_px : int

    Returns
    -------
    ndarray of shape (h, w), bool
    """
    pixels = zone.astype(np.uint8)
    # A pixel is added where the zone lies on its inward side, or below it.
    beside = np.ones((1, abs(outward_px) + 1), np.uint8)
    below = np.ones((above_px + 1, 1), np.uint8)
    wide = cv2.dilate(pixels, beside, anchor=(max(outward_px, 0), 0)) > 0
    return np.asarray(wide | (cv2.dilate(pixels, below, anchor=(0, 0)) > 0))


def best_path(
    strength: Image,
    inside: NDArray[np.bool_],
    *,
    slope: float,
    floor: float,
    bend: float,
) -> FloatArray | None:
    """Follow the strongest ridge that crosses a zone from above to below.

    Local alignment: every row adds ``strength - floor``, every sideways step takes
    ``bend * (step - slope) ** 2`` off, and the path runs between the two rows where
    the sum is greatest. Where the ridge fades, it ends.

    Parameters
    ----------
    strength : ndarray of shape (h, w)
        Depth of ridges.
    inside : ndarray of shape (h, w), bool
        The zone.
    slope : float
        Sideways pixels per row that the fold is expected to take.
    floor : float
        Depth under which a row counts against the path.
    bend : float
        Depth that a step of one pixel off the slope costs.

    Returns
    -------
    ndarray of shape (N, 2) or None
        (x, y), one point per row; None where nothing rises above the floor.
    """
    height, width = strength.shape
    gain = np.where(inside, strength - floor, -np.inf)
    total = np.zeros((height, width))
    origin = np.zeros((height, width), np.int8)
    # Nearest to the slope first: ties go there, on either side of the face.
    steps = sorted(_STEPS, key=lambda step: (abs(step - slope), abs(step)))
    costs = bend * (np.array(steps)[:, None] - slope) ** 2
    reach = max(steps)
    # A row of windows into `above`: entry (k, x) is what lies steps[k] beside x.
    above = np.full(width + 2 * reach, -np.inf)
    beside = np.add.outer(reach - np.array(steps), np.arange(width))
    columns = np.arange(width)
    names = np.array(steps, np.int8)
    for row in range(height):
        reached = above[beside] - costs
        chosen = reached.argmax(axis=0)
        best = reached[chosen, columns]
        goes_on = best > 0
        total[row] = np.where(goes_on, best, 0.0) + gain[row]
        origin[row] = np.where(goes_on, names[chosen], _START)
        above[reach : reach + width] = total[row]
    end = np.unravel_index(int(total.argmax()), total.shape)
    if not total[end] > 0:
        return None
    y, x = int(end[0]), int(end[1])
    path = [(x, y)]
    while (step := int(origin[y, x])) != _START:
        x, y = x - step, y - 1
        path.append((x, y))
    return np.array(path[::-1], np.float64)
