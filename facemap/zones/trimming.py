"""Where forehead and neck really end: at hair and clothing, as the image shows them.

The other zones end at landmarks. These two run beyond the mesh, where only the skin in
the picture tells how far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.geometry import fill_polygon, photo_to_view, shrink, view_to_photo
from facemap.types import FaceView, FloatArray

__all__ = ["trim_to_skin"]

#: Of 255, where the exact half is rounded to.
_HALF = 128


def trim_to_skin(
    outlines_px: Sequence[FloatArray],
    skin: NDArray[np.bool_],
    view: FaceView,
    rule: Mapping[str, Any],
) -> list[FloatArray]:
    """Cut outlines back to the largest patch of skin inside each.

    Parameters
    ----------
    outlines_px : sequence of ndarray of shape (N, 2)
        In the photo.
    skin : ndarray of shape (H, W)
        In the view.
    view : FaceView
    rule : mapping
        `grid_px_per_mm` to work at; `bridge_mm`, the gap (a strand of hair, a mole)
        that does not end a zone; `smooth_mm` of the new border.

    Returns
    -------
    list of ndarray of shape (M, 2)
        In the photo; an outline as it was where it holds no skin.
    """
    cells_per_vx = min(1.0, float(rule["grid_px_per_mm"]) / view.px_per_mm)
    width, height = view.size_wh
    size_wh = (
        max(1, round(width * cells_per_vx)),
        max(1, round(height * cells_per_vx)),
    )
    gain = np.array(size_wh) / (width, height)
    shown = shrink(skin.view(np.uint8) * np.uint8(255), size_wh) > _HALF
    cells_per_mm = view.px_per_mm * cells_per_vx
    trimmed = []
    for outline_px in outlines_px:
        corners = (photo_to_view(outline_px, view) + 0.5) * gain - 0.5
        border = _border_of_skin(corners, shown, cells_per_mm, rule)
        trimmed.append(
            outline_px
            if border is None
            else view_to_photo((border + 0.5) / gain - 0.5, view)
        )
    return trimmed


def _border_of_skin(
    corners: FloatArray,
    shown: NDArray[np.bool_],
    cells_per_mm: float,
    rule: Mapping[str, Any],
) -> FloatArray | None:
    """Outline of the largest patch of skin in a polygon, all in cells of the grid."""
    reach = 2 * round(float(rule["bridge_mm"]) * cells_per_mm / 2) + 1
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    sigma = float(rule["smooth_mm"]) * cells_per_mm
    # Nothing farther off than this has a say.
    around = reach + int(np.ceil(4 * sigma))
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int) - around, 0)
    high = np.maximum(np.ceil(corners.max(axis=0)).astype(int) + around, 0)
    shown = shown[low[1] : high[1] + 1, low[0] : high[0] + 1]
    if not shown.any():
        return None
    inside = fill_polygon(corners - low, shown.shape)
    patch = np.asarray(shown & (inside > 0), np.uint8)
    patch = np.asarray(cv2.morphologyEx(patch, cv2.MORPH_CLOSE, disk), np.uint8)
    # Its border in smooth curves, not in the steps of the grid.
    soft = cv2.GaussianBlur(patch.astype(np.float32), (0, 0), sigma)
    border = _outline(np.asarray((soft > 0.5) & (inside > 0), np.uint8))
    return border + low if len(border) >= 3 else None


def _outline(patch: NDArray[np.uint8]) -> FloatArray:
    """Give the border of the largest part of a patch, in few corners.

    A border is followed from its topmost corner on the left, and which corners are
    kept depends on where it begins. So that a mirror image gets the mirrored border, a
    patch that leans to the left is followed in a mirror.
    """
    columns = patch.sum(axis=0, dtype=np.int64)
    away = (
        np.arange(len(columns)) * columns.sum()
        - (np.arange(len(columns)) * columns).sum()
    )
    leans_left = float((away.astype(np.float64) ** 3 * columns).sum()) < 0
    borders, _ = cv2.findContours(
        np.ascontiguousarray(patch[:, ::-1] if leans_left else patch),
        cv2.RETR_EXTERNAL,
        cv2.CHAIN_APPROX_NONE,
    )
    if not borders:
        return np.empty((0, 2))
    border = max(borders, key=cv2.contourArea)
    corners = cv2.approxPolyDP(border, 0.4, True)[:, 0].astype(np.float64)
    if leans_left:
        corners = corners * (-1, 1) + (patch.shape[1] - 1, 0)
    return np.asarray(corners)
