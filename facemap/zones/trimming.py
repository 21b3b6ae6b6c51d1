"""Where forehead and neck really end: at hair and clothing, as the image shows them.

The other zones end at landmarks. These two run beyond the mesh, where only the skin in
the picture tells how far.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.geometry import photo_to_view, shrink, view_to_photo
from facemap.types import FaceView, FloatArray

__all__ = ["trim_to_skin"]

#: Of 255, where the exact half is rounded to.
_HALF = 128


def trim_to_skin(
    outline_px: FloatArray,
    skin: NDArray[np.bool_],
    view: FaceView,
    rule: Mapping[str, Any],
) -> FloatArray:
    """Cut an outline back to the largest patch of skin inside it.

    Parameters
    ----------
    outline_px : ndarray of shape (N, 2)
        In the photo.
    skin : ndarray of shape (H, W)
        In the view.
    view : FaceView
    rule : mapping
        `grid_px_per_mm` to work at; `bridge_mm`, the gap (a strand of hair, a mole)
        that does not end a zone; `smooth_mm` of the new border.

    Returns
    -------
    ndarray of shape (M, 2)
        In the photo; the outline as it was where it holds no skin.
    """
    cells_per_vx = min(1.0, float(rule["grid_px_per_mm"]) / view.px_per_mm)
    width, height = view.size_wh
    size_wh = (
        max(1, round(width * cells_per_vx)),
        max(1, round(height * cells_per_vx)),
    )
    gain = np.array(size_wh) / (width, height)
    shown = shrink(skin.view(np.uint8) * np.uint8(255), size_wh) > _HALF
    inside = np.zeros(shown.shape, np.uint8)
    corners = (photo_to_view(outline_px, view) + 0.5) * gain - 0.5
    cv2.fillPoly(inside, [np.rint(corners * 16).astype(np.int32)], 1, shift=4)
    cells_per_mm = view.px_per_mm * cells_per_vx
    reach = 2 * round(float(rule["bridge_mm"]) * cells_per_mm / 2) + 1
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    patch = np.asarray(shown & (inside > 0), np.uint8)
    patch = np.asarray(cv2.morphologyEx(patch, cv2.MORPH_CLOSE, disk), np.uint8)
    # Its border in smooth curves, not in the steps of the grid.
    sigma = float(rule["smooth_mm"]) * cells_per_mm
    soft = cv2.GaussianBlur(patch.astype(np.float32), (0, 0), sigma)
    borders, _ = cv2.findContours(
        np.asarray((soft > 0.5) & (inside > 0), np.uint8),
        cv2.RETR_EXTERNAL,
        cv2.CHAIN_APPROX_NONE,
    )
    if not borders:
        return outline_px
    border = max(borders, key=cv2.contourArea)
    border = cv2.approxPolyDP(border, 0.4, True)[:, 0].astype(np.float64)
    if len(border) < 3:
        return outline_px
    return view_to_photo((border + 0.5) / gain - 0.5, view)
