"""From a ridge answer to center lines: thin, link, order, smooth."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order
from skimage.morphology import skeletonize

from facemap.geometry import path_length
from facemap.types import FloatArray

__all__ = ["resample_path", "ridge_points", "trace_paths"]

Image = NDArray[np.float32]
Bool = NDArray[np.bool_]

Index = NDArray[np.integer[Any]]

#: Straight steps first: a walk cuts corners only where it must.
_AROUND = ((0, -1), (-1, 0), (1, 0), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1))


def ridge_points(
    strength: Image, angle_deg: Image, low: Image | float, high: Image | float
) -> Bool:
    """Crests of a ridge answer: local maxima across their own direction.

    Parameters
    ----------
    strength : ndarray of shape (h, w)
    angle_deg : ndarray of shape (h, w)
        Direction of the line at each pixel, growing from +x upward.
    low, high : ndarray of shape (h, w), or float
        Hysteresis: crests above `low` count where they touch one above `high`.

    Returns
    -------
    ndarray of shape (h, w), bool
    """
    rows, cols = np.nonzero(strength > low)
    if len(rows) == 0:
        return np.zeros(strength.shape, bool)
    radians = np.radians(angle_deg[rows, cols].astype(np.float64))
    # The normal of a line that rises to the right points down and to the right.
    step_x, step_y = np.sin(radians), np.cos(radians)
    here = strength[rows, cols]
    crest = np.ones(len(rows), bool)
    for side in (-1.0, 1.0):
        crest &= here >= _between(strength, rows + side * step_y, cols + side * step_x)
    crests = np.zeros(strength.shape, np.uint8)
    crests[rows[crest], cols[crest]] = 1
    # Quantized directions leave gaps of a pixel or two.
    mask = cv2.dilate(crests, np.ones((3, 3), np.uint8))
    _, parts = cv2.connectedComponents(mask, connectivity=8)
    seeded = np.unique(parts[(strength > high) & (mask > 0)])
    return np.asarray(np.isin(parts, seeded[seeded > 0]))


def _between(image: Image, y: FloatArray, x: FloatArray) -> FloatArray:
    """Sample a picture bilinearly; border values are carried outward."""
    height, width = image.shape
    y, x = np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)
    top = np.minimum(y.astype(np.intp), max(height - 2, 0))
    left = np.minimum(x.astype(np.intp), max(width - 2, 0))
    down, right = y - top, x - left
    flat = image.ravel()
    at = top * width + left
    under = at + (width if height > 1 else 0)
    step = 1 if width > 1 else 0
    return np.asarray(
        (1 - down) * ((1 - right) * flat[at] + right * flat[at + step])
        + down * ((1 - right) * flat[under] + right * flat[under + step])
    )


def trace_paths(crests: Bool, min_pixels: int) -> list[FloatArray]:
    """Cut a set of crests into ordered paths, the longest of each piece first.

    Parameters
    ----------
    crests : ndarray of shape (h, w), bool
    min_pixels : int
        Shorter paths are dropped.

    Returns
    -------
    list of ndarray of shape (N, 2)
        (x, y) of pixels, each a neighbor of the next.
    """
    # Thinning has a preferred side; seen from both, a mirror image keeps its mirror.
    thin = skeletonize(crests) | skeletonize(crests[:, ::-1])[:, ::-1]
    # So has a walk, where two ways are as long: what leans left is walked in a mirror.
    turned = _leaning(thin)
    flipped = _walk_all((thin & turned)[:, ::-1].copy(), min_pixels)
    width = crests.shape[1]
    return [
        *_walk_all(thin & ~turned, min_pixels),
        *(path * (-1, 1) + (width - 1, 0) for path in flipped),
    ]


def _leaning(skeleton: Bool) -> Bool:
    """Give the connected pieces that lean to one side; of a mirror image the others.

    A moment that a mirror image has with the other sign tells; the next one where the
    first is nothing.
    """
    count, parts = cv2.connectedComponents(skeleton.astype(np.uint8), connectivity=8)
    rows, cols = np.nonzero(skeleton)
    part = np.asarray(parts[rows, cols], np.intp)
    size = np.maximum(np.bincount(part, minlength=count), 1)
    # Whole numbers, so that a mirror image differs in sign only.
    x = cols * size[part] - np.bincount(part, cols, count)[part]
    y = rows * size[part] - np.bincount(part, rows, count)[part]
    lean = np.zeros(count)
    for moment in (x * y, x * y * y, x * x * x):
        # Rounding, in units of the largest that a piece of this size can have.
        found = np.bincount(part, moment, count)
        least = 1e-9 * np.bincount(part, np.abs(moment), count)
        lean = np.where(lean == 0, np.where(np.abs(found) > least, found, 0), lean)
    leaning = np.zeros(skeleton.shape, bool)
    leaning[rows, cols] = lean[part] < 0
    return leaning


def _walk_all(left: Bool, min_pixels: int) -> list[FloatArray]:
    paths: list[FloatArray] = []
    while left.any():
        taken = _longest_paths(left, min_pixels)
        if not taken:
            break
        paths += taken
        gone = np.zeros(left.shape, np.uint8)
        for path in taken:
            gone[path[:, 1].astype(int), path[:, 0].astype(int)] = 1
        # What touches a taken path is its own ragged edge.
        left &= cv2.dilate(gone, np.ones((3, 3), np.uint8)) == 0
    return paths


def _longest_paths(skeleton: Bool, min_pixels: int) -> list[FloatArray]:
    """Longest shortest path of every connected piece that has one long enough."""
    _, parts = cv2.connectedComponents(skeleton.astype(np.uint8), connectivity=8)
    rows, cols = np.nonzero(skeleton)
    part = np.asarray(parts[rows, cols], np.intp)
    large = np.bincount(part)[part] >= min_pixels
    if not large.any():
        return []
    rows, cols, part = rows[large], cols[large], part[large]
    links = _Links(rows, cols, skeleton.shape)
    # Row by row: the order of the pieces does not depend on chance.
    _, first = np.unique(part, return_index=True)
    ends, _ = links.farthest(np.sort(first), part)
    ends, before = links.farthest(ends, part)
    found = []
    for end in ends.tolist():
        walk = [end]
        while (previous := before[walk[-1]]) < len(rows):
            walk.append(previous)
        if len(walk) >= min_pixels:
            found.append(np.column_stack([cols[walk], rows[walk]]).astype(np.float64))
    return found


class _Links:
    """Pixels as a graph: all its pieces are walked at once."""

    def __init__(self, rows: Index, cols: Index, shape: tuple[int, ...]) -> None:
        self._count = len(rows)
        names = np.full((shape[0] + 2, shape[1] + 2), -1, np.int32)
        names[rows + 1, cols + 1] = np.arange(self._count)
        beside = np.column_stack(
            [names[rows + 1 + dy, cols + 1 + dx] for dx, dy in _AROUND]
        )
        self._targets = beside[beside >= 0]
        self._starts = np.cumsum((beside >= 0).sum(axis=1), dtype=np.int32)

    def farthest(self, starts: Index, part: Index) -> tuple[Index, list[int]]:
        """Walk every piece from its start, breadth first.

        Returns
        -------
        ends : ndarray of shape (len(starts),)
            Of each piece the pixel reached last.
        before : list of int
            From where each pixel was reached; the number of pixels at a start.
        """
        # One more node, linked to every start, makes one walk of all.
        targets = np.concatenate([self._targets, starts]).astype(np.int32)
        ends = np.concatenate([[0], self._starts, [len(targets)]]).astype(np.int32)
        size = self._count + 1
        graph = csr_array(
            (np.ones(len(targets), np.int8), targets, ends), shape=(size, size)
        )
        order, before = breadth_first_order(graph, self._count)
        last = np.zeros(int(part.max()) + 1, np.intp)
        # Where a piece is written several times, the last pixel stays.
        last[part[order[1:]]] = order[1:]
        return last[part[starts]], before.tolist()


def resample_path(path: FloatArray, spacing: float, smooth: float) -> FloatArray:
    """Smooth a path and space its points evenly.

    Parameters
    ----------
    path : ndarray of shape (N, 2)
    spacing, smooth : float
        Distance between points, and standard deviation of the smoothing along the
        path, both in the path's own units.

    Returns
    -------
    ndarray of shape (M, 2)
        At least two points; the ends stay where they were.
    """
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = max(round(along[-1] / spacing) + 1, 2)
    even = np.linspace(0, along[-1], count)
    points = np.column_stack([np.interp(even, along, path[:, i]) for i in (0, 1)])
    sigma = smooth / max(along[-1] / (count - 1), 1e-9)
    if count < 3 or sigma <= 0 or path_length(path) == 0:
        return points
    # Reflect through the ends, so that smoothing neither shortens nor bends them.
    pad = min(count - 1, int(np.ceil(4 * sigma)))
    head = 2 * points[0] - points[pad:0:-1]
    tail = 2 * points[-1] - points[-2 : -pad - 2 : -1]
    padded = np.concatenate([head, points, tail])
    smoothed = gaussian_filter1d(padded, sigma, axis=0)[pad : pad + count]
    smoothed[[0, -1]] = points[[0, -1]]
    return np.asarray(smoothed)
