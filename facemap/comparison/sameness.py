"""Do two files show one photo, saved twice? Then nothing can have changed.

Whoever is photographed again never holds still to half a millimeter. So the face is
looked at where it lies in the first photo, in both, small and gray: there a copy has
the same detail, whatever its size, compression or exposure, and another photo has not.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.resources import load_knowledge
from facemap.types import Analysis, Photo

__all__ = ["is_copy", "photo_agreement"]

#: Of 255: keeps the logarithm of black from meaning anything.
_BLACK = 8.0

_Box = NDArray[np.float64]


def photo_agreement(first: Analysis, second: Analysis) -> float:
    """Correlate the detail of two photos at the same place of the picture.

    Parameters
    ----------
    first, second : Analysis

    Returns
    -------
    float
        1 for one file; near 1 for copies of one photo, see ``comparison.toml``.
    """
    if first.photo.sha256 == second.photo.sha256:
        return 1.0
    (w1, h1), (w2, h2) = first.photo.size_wh, second.photo.size_wh
    rule = load_knowledge("comparison")["same_photo"]
    if abs(np.log(w1 * h2 / (h1 * w2))) > np.log(rule["most_stretch"]):
        return 0.0
    xy = first.frame.landmarks.xy_px / (w1, h1)
    box = np.clip([xy.min(axis=0), xy.max(axis=0)], 0.0, 1.0)
    one, other = (_detail(analysis.photo, box) for analysis in (first, second))
    scale = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / scale if scale else 0.0


def is_copy(first: Analysis, second: Analysis) -> bool:
    """Tell whether two files seem to show one photo."""
    most = load_knowledge("comparison")["check"]["same_photo"]["warn"]
    return photo_agreement(first, second) > float(most)


def _detail(photo: Photo, box: _Box) -> NDArray[np.float64]:
    rule = load_knowledge("comparison")["same_photo"]
    (x0, y0), (x1, y1) = np.round(box * photo.size_wh).astype(int)
    face = photo.rgb[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    side = int(rule["side_px"])
    small = cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA)
    gray = np.log(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float64) + _BLACK)
    detail = gray - cv2.GaussianBlur(gray, (0, 0), float(rule["detail_sigma_px"]))
    return np.asarray(detail - detail.mean(), np.float64)
