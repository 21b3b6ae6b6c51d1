"""What the exposure lost: skin burnt out, skin in black."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.geometry import shrink
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


@dataclass(frozen=True, eq=False)
class _Skin:
    """The skin of the zones, and no more of the picture than holds it.

    Attributes
    ----------
    zones : ndarray of shape (h, w)
        On the coarse grid: index in `ZONE_IDS` + 1, else 0.
    rgb : ndarray of shape (H, W, 3)
        The view there.
    """

    zones: NDArray[np.uint8]
    rgb: NDArray[np.uint8]

    def coarse(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Average an image of the size of `rgb` down to the grid, 255 to 1."""
        height, width = self.zones.shape
        small = shrink(image, (width, height))
        return np.asarray(small / np.float32(255), np.float32)


def _skin(scene: Scene) -> _Skin | None:
    """Cut out the skin; None where there is none."""
    x, y, width, height = cv2.boundingRect(scene.skin_zones)
    if not width:
        return None
    zones = scene.skin_zones[y : y + height, x : x + width]
    return _Skin(zones, scene.under(scene.view.rgb, (x, y, width, height)))


def _lost_share(skin: _Skin, lost: NDArray[np.float32]) -> Reading:
    """Share of the face's skin that is lost, in percent, and the zones it concerns."""
    labels = skin.zones.ravel()
    cells, sums = (
        np.bincount(labels, weights, len(ZONE_IDS) + 1)[1:]
        for weights in (None, lost.ravel())
    )
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
    skin = _skin(scene)
    if skin is None:
        return Reading(None, "no_skin")
    _, burnt = cv2.threshold(skin.rgb, _BURNT - 1, 255, cv2.THRESH_BINARY)
    share = skin.coarse(np.asarray(burnt, np.uint8))
    weighted = cv2.transform(share, LUMINANCE[np.newaxis])
    return _lost_share(skin, np.asarray(weighted, np.float32))


def measure_clipping_low(scene: Scene) -> Reading:
    """Measure the share of the skin that is black, in percent."""
    skin = _skin(scene)
    if skin is None:
        return Reading(None, "no_skin")
    black = cv2.inRange(skin.rgb, (0, 0, 0), (_BLACK,) * 3)
    return _lost_share(skin, skin.coarse(np.asarray(black, np.uint8)))
