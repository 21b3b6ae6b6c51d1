"""How far two views of the same skin still lie apart, place by place.

Read anew from the two views, by another method than that which laid them on each other:
what is left is its error, and that of the reading.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.registration import phase_cross_correlation

from facemap.comparison.pairing import Pair
from facemap.geometry import view_to_photo
from facemap.resources import load_knowledge
from facemap.types import FloatArray

__all__ = ["Residual", "measure_residual"]


#: Parts of a pixel that are told apart.
_FINENESS = 20


@dataclass(frozen=True, eq=False)
class Residual:
    """Places on the shared skin, and how far the second view lies off there.

    Attributes
    ----------
    at_px : ndarray of shape (N, 2)
        In the first photo.
    off_mm : ndarray of shape (N, 2)
        How far the second view lies to the right and down.
    clear : ndarray of shape (N,), bool
        Whether the skin has a pattern there that tells.
    """

    at_px: FloatArray
    off_mm: FloatArray
    clear: NDArray[np.bool_]

    @property
    def rms_mm(self) -> float | None:
        """Root mean square over the places that tell; None where none does."""
        if not self.clear.any():
            return None
        return float(np.sqrt((self.off_mm[self.clear] ** 2).sum(axis=1).mean()))


def measure_residual(pair: Pair) -> Residual:
    """Find how far two views lie apart, by cross-correlation in windows.

    The peak is found to a twentieth of a pixel, on an upsampled transform [1]_.

    References
    ----------
    .. [1] Guizar-Sicairos M, Thurman ST, Fienup JR. Efficient subpixel image
       registration algorithms. Opt Lett. 2008;33:156-158. :doi:`10.1364/OL.33.000156`
    """
    rule = load_knowledge("comparison")["residual"]
    view = pair.before
    side = max(16, 2 * round(rule["window_mm"] * view.px_per_mm / 2))
    step = max(8, round(rule["step_mm"] * view.px_per_mm))
    skin = (pair.face_map.labels > 0).astype(np.float32)
    share = cv2.boxFilter(skin, -1, (side, side))
    first, second = (
        _detail(v.log_luminance, v.px_per_mm, rule["fine_mm"], rule["coarse_mm"])
        for v in (pair.before, pair.after)
    )
    taper = cv2.createHanningWindow((side, side), cv2.CV_32F)
    height, width = skin.shape
    at, off, clear = [], [], []
    for y in range(side // 2, height - side // 2, step):
        for x in range(side // 2, width - side // 2, step):
            if share[y, x] < rule["least_skin"]:
                continue
            part = np.s_[y - side // 2 : y + side // 2, x - side // 2 : x + side // 2]
            (dy, dx), error, _ = phase_cross_correlation(
                second[part] * taper,
                first[part] * taper,
                upsample_factor=_FINENESS,
                normalization=None,
            )
            at.append((x - 0.5, y - 0.5))
            off.append((dx / view.px_per_mm, dy / view.px_per_mm))
            alike = np.sqrt(max(0.0, 1 - float(error) ** 2))
            contrast = min(first[part].std(), second[part].std())
            clear.append(
                contrast >= rule["least_contrast"]
                and alike >= rule["least_alike"]
                and np.hypot(*off[-1]) <= rule["most_mm"]
            )
    places = np.array(at, np.float64).reshape(-1, 2)
    return Residual(
        view_to_photo(places, view),
        np.array(off, np.float64).reshape(-1, 2),
        np.array(clear, bool),
    )


def _detail(
    image: NDArray[np.float32], px_per_mm: float, fine_mm: float, coarse_mm: float
) -> NDArray[np.float32]:
    fine, coarse = (
        cv2.GaussianBlur(image, (0, 0), mm * px_per_mm) for mm in (fine_mm, coarse_mm)
    )
    # A mole or an edge of shade outweighs no pores.
    return np.asarray(np.clip(fine - coarse, -0.1, 0.1), np.float32)
