"""Folds: one broad shadow per zone, followed from end to end.

A nasolabial fold is no thin line: it is the shade of one skin plane beside another,
with or without a crease in it. It is found as the best path through the zone, not as
a set of crests, so that a soft fold is measured as well as a sharp one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facemap.types import FloatArray

__all__ = ["best_path"]

Image = NDArray[np.float32]

#: How far a path may move sideways from one row to the next, in pixels.
_STEPS = (0, -1, 1, -2, 2)
#: Mark of a path's first row.
_START = 99


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
