"""From evidence at every pixel to the load of a zone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facemap.types import ZONE_IDS, FloatArray

__all__ = ["believed", "load_beyond", "zone_loads"]

Image = NDArray[np.float32]
Bool = NDArray[np.bool_]

#: Multiple of the least load from which on a load counts in full. Wide: a photo that is
#: taken again, a little other, must not turn a zone's lines on or off.
_SURE = 3.0


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


def load_beyond(
    evidence: Image,
    own: Bool,
    other: Bool,
    corner: FloatArray,
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
    whole, none : float
        Distance from the corner, in pixels, up to which the zone beside counts in full,
        and from which on no more.

    Returns
    -------
    float
        In thousandths of log luminance; 0 where nothing counts.
    """
    rows, cols = np.nonzero(other)
    away = np.hypot(cols - corner[0], rows - corner[1])
    weight = np.clip((none - away) / (none - whole), 0, 1)
    area = np.count_nonzero(own) + weight.sum()
    dark = evidence[own].sum(dtype=np.float64) + weight @ evidence[rows, cols]
    return float(1000 * dark / area) if area else 0.0


def believed(load: float, least: float) -> float:
    """Return what is believed of a load: nothing up to the least one, all from thrice.

    Examples
    --------
    >>> [believed(x, 1.0) for x in (0.5, 1.0, 2.0, 3.0, 6.0)]
    [0.0, 0.0, 1.0, 3.0, 6.0]
    """
    if least <= 0:
        return load
    return load * min(max((load / least - 1) / (_SURE - 1), 0.0), 1.0)
