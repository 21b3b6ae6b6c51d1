"""From evidence at every pixel to the load of a zone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from facemap.types import ZONE_IDS, FloatArray

__all__ = ["load_beyond", "under_hairline", "zone_loads", "zone_pixels"]

Image = NDArray[np.float32]
Bool = NDArray[np.bool_]

#: Share of the reach of a hairline in which nothing counts.
_HAIRLINE = 0.6


def zone_loads(
    evidence: Image, labels: NDArray[np.uint8], weight: Image | Bool
) -> dict[str, float]:
    """Mean evidence over the skin of each zone, in thousandths of log luminance.

    Parameters
    ----------
    evidence : ndarray of shape (h, w)
    labels : ndarray of shape (h, w)
        Zone number from 1, 0 where there is none.
    weight : ndarray of shape (h, w)
        How much each pixel counts, 0 to 1.

    Returns
    -------
    dict
        Of the zones that have a pixel that counts.
    """
    counts = weight > 0
    zones, share = labels[counts], weight[counts].astype(np.float64)
    area = np.bincount(zones, share, minlength=len(ZONE_IDS) + 1)
    total = np.bincount(zones, evidence[counts] * share, minlength=len(ZONE_IDS) + 1)
    return {
        zone: float(1000 * total[k] / area[k])
        for k, zone in enumerate(ZONE_IDS, start=1)
        if area[k]
    }


def zone_pixels(zone: str, labels: NDArray[np.uint8], inside: Bool) -> Bool:
    """Pixels of a zone that count."""
    return np.asarray((labels == ZONE_IDS.index(zone) + 1) & inside)


def under_hairline(
    inside: Bool, labels: NDArray[np.uint8], reach_px: Mapping[str, float]
) -> Image:
    """How much each pixel counts for its zone's load: less of it under the hairline.

    Parameters
    ----------
    inside : ndarray of shape (h, w), bool
    labels : ndarray of shape (h, w)
    reach_px : mapping of str to float
        For each zone how far wisps and short hair reach under its upper edge, or 0.

    Returns
    -------
    ndarray of shape (h, w)
        0 to 1.
    """
    weight = inside.astype(np.float32)
    for zone, reach in reach_px.items():
        if reach:
            own = zone_pixels(zone, labels, inside)
            np.copyto(weight, _below_hairline(own, reach), where=own)
    return weight


def _below_hairline(own: NDArray[np.bool_], reach_px: float) -> Image:
    """Weight of a zone's pixels by how far they lie under its upper edge.

    Column by column: nothing down to six tenths of the reach, all from the whole of it
    on. Where the zone is lower than twice the reach, half its height is the reach.
    """
    height = own.shape[0]
    seen = own.any(axis=0)
    first = np.where(seen, own.argmax(axis=0), 0)
    last = np.where(seen, height - 1 - own[::-1].argmax(axis=0), 0)
    reach = np.minimum(reach_px, 0.5 * (last - first + 1))
    under = np.arange(height)[:, None] - first + 0.5
    fading = (under / np.maximum(reach, 1.0) - _HAIRLINE) / (1 - _HAIRLINE)
    return np.asarray(np.clip(fading, 0, 1) * own, np.float32)


def load_beyond(
    evidence: Image,
    own: Bool,
    other: Bool,
    corner: FloatArray,
    inward: FloatArray,
    *,
    whole: float,
    none: float,
) -> float:
    """Mean evidence over a zone and the part of the zone beside into which it runs on.

    Parameters
    ----------
    evidence : ndarray of shape (h, w)
    own, other : ndarray of shape (h, w), bool
        Pixels that count, of the zone and of the zone beside.
    corner : ndarray of shape (2,)
        (x, y) from which lines fan out, in pixels.
    inward : ndarray of shape (2,)
        Unit vector toward the midline of the face.
    whole, none : float
        How far inward of the corner, in pixels, the zone beside counts in full, and
        from where on no more.

    Returns
    -------
    float
        In thousandths of log luminance; 0 where nothing counts.
    """
    rows, cols = np.nonzero(other)
    depth = (cols - corner[0]) * inward[0] + (rows - corner[1]) * inward[1]
    weight = np.clip((none - depth) / (none - whole), 0, 1)
    area = np.count_nonzero(own) + weight.sum()
    dark = evidence[own].sum(dtype=np.float64) + weight @ evidence[rows, cols]
    return float(1000 * dark / area) if area else 0.0
