"""What compression left behind."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.quality.rules import Reading
from facemap.quality.scene import Scene

__all__ = ["blocking", "measure_blocking", "measure_compression"]

_BLOCK_PX = 8
#: Largest part of the face that is looked at: 64 blocks each way settle the mean.
_WINDOW_PX = 512


def blocking(gray: NDArray[np.float32]) -> float:
    """How much higher steps are at every eighth pixel than elsewhere.

    JPEG codes blocks of 8 x 8 pixels on their own; strong compression leaves steps
    between them, which stay in a photo that is saved again as something better. The
    grid may start anywhere, so all eight phases are tried.

    Parameters
    ----------
    gray : ndarray of shape (H, W)
        At least 32 pixels each way.

    Returns
    -------
    float
        Mean excess step at the grid, in the units of `gray`: the mean of both
        directions, near 0 where there is no grid.

    Examples
    --------
    >>> tiles = np.kron(np.arange(35).reshape(5, 7) % 3, np.ones((8, 8))) * 10
    >>> blocking(tiles.astype(np.float32)) > 8
    True
    >>> blocking(np.add.outer(np.arange(40), np.arange(56)).astype(np.float32))
    0.0
    """
    return 0.5 * (_grid_step(gray) + _grid_step(np.ascontiguousarray(gray.T)))


def _grid_step(gray: NDArray[np.float32]) -> float:
    step = np.abs(np.diff(gray, axis=1))
    # What the neighboring steps explain is a slope, not a block border.
    excess = np.clip(step[:, 1:-1] - 0.5 * (step[:, :-2] + step[:, 2:]), 0, None)
    columns = np.asarray(cv2.reduce(excess, 0, cv2.REDUCE_AVG), np.float64)[0]
    whole = columns[: len(columns) // _BLOCK_PX * _BLOCK_PX]
    phases = np.sort(whole.reshape(-1, _BLOCK_PX).mean(axis=0))
    return float(phases[-1] - phases[:-1].mean())


def measure_compression(scene: Scene) -> Reading:
    """Read the quality setting that the JPEG was saved with, 1 to 100."""
    quality = scene.photo.jpeg_quality
    if quality is None:
        return Reading(None, "lossless")
    return Reading(quality, "any", {"amount": quality})


def measure_blocking(scene: Scene) -> Reading:
    """Measure steps at the borders of compression blocks, in the photo's own pixels."""
    width, height = scene.photo.size_wh
    middle = scene.frame.landmarks.xy_px[:468].mean(axis=0)
    low = np.maximum(np.round(middle - _WINDOW_PX / 2), 0).astype(int)
    high = np.minimum(low + _WINDOW_PX, (width, height))
    if np.any(high - low < 4 * _BLOCK_PX):
        return Reading(None, "small")
    crop = scene.photo.rgb[low[1] : high[1], low[0] : high[0]]
    gray = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    return Reading(blocking(gray.astype(np.float32)))
