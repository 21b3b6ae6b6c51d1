"""Cut traced paths into lines: by zone, at sharp turns, and where there is nothing.

A trace links whatever crests touch. What a zone is charged with must not depend on
which crests happened to touch, so every path is cut into pieces that stand alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from facemap.types import FloatArray

__all__ = [
    "mean_along",
    "most_along",
    "plainest_part",
    "split_at_turns",
    "split_by_strength",
    "split_by_zone",
    "trim_ends",
]

Image = NDArray[np.float32]

#: A path is as strong as its strongest fifth: its ends may be long and empty.
_PLAIN = 0.8


def split_by_zone(
    pixels: FloatArray, labels: NDArray[np.uint8], bridge_px: int
) -> list[tuple[int, FloatArray]]:
    """Cut a path where it goes from zone to zone.

    Parameters
    ----------
    pixels : ndarray of shape (N, 2)
        (x, y), each a neighbor of the next.
    labels : ndarray of shape (h, w)
        Zone number from 1, 0 where there is none.
    bridge_px : int
        Visits elsewhere of up to this many pixels don't count.

    Returns
    -------
    list of (int, ndarray)
        Zone index from 0, and its part of the path; no pixel is in two parts.
    """
    at = _read(labels, pixels)
    if len(at) == 0:
        return []
    # A short visit belongs to the zone before it, so that borders do not shred a line.
    starts = np.flatnonzero(np.diff(at, prepend=-1))
    lengths = np.diff(starts, append=len(at))
    parts: list[tuple[int, int, int]] = []
    for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
        zone = int(at[start])
        if parts and (length <= bridge_px or parts[-1][0] == zone):
            parts[-1] = (parts[-1][0], parts[-1][1], start + length)
        else:
            parts.append((zone, start, start + length))
    if len(parts) > 1 and parts[0][2] <= bridge_px:
        zone, _, end = parts[1]
        parts[:2] = [(zone, 0, end)]
    return [(zone - 1, pixels[a:b]) for zone, a, b in parts if zone > 0]


def split_at_turns(
    pixels: FloatArray, arm_px: int, sharpest_deg: float
) -> list[FloatArray]:
    """Cut a path where it turns back: there two lines met at their ends.

    Parameters
    ----------
    pixels : ndarray of shape (N, 2)
    arm_px : int
        Length on either side over which a direction is taken.
    sharpest_deg : float
        A wrinkle turns less than this over that length.
    """
    if len(pixels) <= 2 * arm_px:
        return [pixels]
    before = pixels[arm_px:-arm_px] - pixels[: -2 * arm_px]
    after = pixels[2 * arm_px :] - pixels[arm_px:-arm_px]
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    turn_deg = np.degrees(np.abs(np.arctan2(cross, (before * after).sum(axis=1))))
    cuts = [
        arm_px + start + int(np.argmax(turn_deg[start:end]))
        for start, end in _runs(turn_deg > sharpest_deg, bridge=arm_px)
    ]
    return [part for part in np.split(pixels, cuts) if len(part) > 1]


def split_by_strength(
    pixels: FloatArray,
    strength: Image,
    floor: float,
    *,
    smooth_px: float,
    bridge_px: int,
) -> list[FloatArray]:
    """Keep the stretches of a path on which the ridge stands above a floor.

    Parameters
    ----------
    pixels : ndarray of shape (N, 2)
    strength : ndarray of shape (h, w)
    floor : float
    smooth_px : float
        Standard deviation of the smoothing along the path.
    bridge_px : int
        Gaps of up to this many pixels do not end a line.
    """
    along = gaussian_filter1d(
        _read(strength, pixels).astype(np.float64), smooth_px, mode="nearest"
    )
    return [pixels[start:end] for start, end in _runs(along > floor, bridge=bridge_px)]


def trim_ends(pixels: FloatArray, strength: Image, share: float) -> FloatArray:
    """Cut off the ends that only the filter's own length put there.

    Parameters
    ----------
    pixels : ndarray of shape (N, 2)
    strength : ndarray of shape (h, w)
    share : float
        Of the median strength: what is weaker at an end is cut off.
    """
    values = _read(strength, pixels)
    strong = np.flatnonzero(values >= share * np.median(values))
    return pixels[strong[0] : strong[-1] + 1]


def plainest_part(
    pixels: FloatArray,
    strength: Image,
    share: float,
    *,
    smooth_px: float,
    bridge_px: int,
) -> FloatArray:
    """Keep the stretch of a path on which a ridge is plain, compared to its own best.

    Parameters
    ----------
    pixels : ndarray of shape (N, 2)
    strength : ndarray of shape (h, w)
    share : float
        Of the strength that a fifth of the path exceeds.
    smooth_px, bridge_px : float, int
        As in `split_by_strength`.

    Returns
    -------
    ndarray of shape (M, 2)
        Of several stretches the one with the most of the ridge.
    """
    along = gaussian_filter1d(
        _read(strength, pixels).astype(np.float64), smooth_px, mode="nearest"
    )
    runs = _runs(along > share * np.quantile(along, _PLAIN), bridge=bridge_px)
    if not runs:
        return pixels[:0]
    start, end = max(runs, key=lambda run: float(along[run[0] : run[1]].sum()))
    return pixels[start:end]


def mean_along(image: NDArray[Any], pixels: FloatArray) -> float:
    """Mean of a picture over a path of pixels."""
    return float(_read(image, pixels).mean())


def most_along(image: NDArray[Any], pixels: FloatArray) -> float:
    """Greatest value of a picture on a path of pixels."""
    return float(_read(image, pixels).max())


def _read(image: NDArray[Any], pixels: FloatArray) -> NDArray[Any]:
    return np.asarray(image[pixels[:, 1].astype(int), pixels[:, 0].astype(int)])


def _runs(mask: NDArray[np.bool_], bridge: int) -> list[tuple[int, int]]:
    """Start and end of each stretch of True, those with short gaps joined."""
    framed = np.zeros(len(mask) + 2, bool)
    framed[1:-1] = mask
    edges = np.flatnonzero(framed[1:] != framed[:-1]).tolist()
    runs: list[tuple[int, int]] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if runs and start - runs[-1][1] <= bridge:
            start = runs.pop()[0]
        runs.append((start, end))
    return runs
