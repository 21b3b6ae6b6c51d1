"""What the exposure lost: skin burnt out, skin in black."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.light import LUMINANCE
from facemap.quality.rules import Reading
from facemap.quality.scene import Scene
from facemap.types import ZONE_IDS

__all__ = ["measure_clipping_high", "measure_clipping_low"]

#: A channel from here on says only "at least this much".
_BURNT = 250
#: All three channels up to here: black, whatever was there.
_BLACK = 4
#: A zone is named where this share of it is lost.
_NAMED_SHARE = 0.02


def _lost_share(scene: Scene, lost: NDArray[np.float32]) -> Reading:
    """Share of the face's skin that is lost, in percent, and the zones it concerns."""
    labels = np.where(scene.whole_skin, scene.zones, 0)
    cells, sums = (
        np.bincount(labels.ravel(), weights, len(ZONE_IDS) + 1)[1:]
        for weights in (None, lost.ravel())
    )
    if not cells.sum():
        return Reading(None, "no_skin")
    shares = sums / np.maximum(cells, 1)
    value = float(100 * sums.sum() / cells.sum())
    return Reading(
        value,
        words={"amount": value},
        zones=tuple(ZONE_IDS[k] for k in np.flatnonzero(shares > _NAMED_SHARE)),
    )


def measure_clipping_high(scene: Scene) -> Reading:
    """Measure the share of luminance on the skin that is burnt out, in percent.

    A burnt-out channel counts as much as it weighs in luminance: light skin in warm
    light loses red first, and red alone carries a fifth.
    """
    _, burnt = cv2.threshold(scene.view.rgb, _BURNT - 1, 255, cv2.THRESH_BINARY)
    share = scene.coarse(np.asarray(burnt, np.uint8)) / np.float32(255)
    weighted = cv2.transform(share, LUMINANCE[np.newaxis])
    return _lost_share(scene, np.asarray(weighted, np.float32))


def measure_clipping_low(scene: Scene) -> Reading:
    """Measure the share of the skin that is black, in percent."""
    black = cv2.inRange(scene.view.rgb, (0, 0, 0), (_BLACK,) * 3)
    share = scene.coarse(np.asarray(black, np.uint8)) / np.float32(255)
    return _lost_share(scene, np.asarray(share, np.float32))
