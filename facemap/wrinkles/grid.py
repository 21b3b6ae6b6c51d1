"""The working grid: skin at a fixed number of pixels per millimeter.

Everything that is measured for a score is measured here, so that the camera's
resolution has no say. Masked pixels are filled with a smooth continuation of the skin
around them: a border then makes no ridge.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.types import FaceView, FloatArray
from facemap.wrinkles.continuation import continue_smoothly

__all__ = ["WorkingGrid", "finer_grid", "make_grid"]

Image = NDArray[np.float32]


@dataclass(frozen=True)
class WorkingGrid:
    """Log luminance of the zones, resampled and filled.

    Attributes
    ----------
    log_luminance : ndarray of shape (h, w), float32
    labels : ndarray of shape (h, w), uint8
        As `FaceMap.labels`.
    skin : ndarray of shape (h, w), float32
        Share of each pixel that is skin of a zone.
    px_per_mm : float
        Grid pixels per millimeter in the picture's plane.
    origin_vx, step_vx : tuple of float
        ``view_vx = origin_vx + step_vx * (grid + 0.5) - 0.5``.
    """

    log_luminance: Image
    labels: NDArray[np.uint8]
    skin: Image
    px_per_mm: float
    origin_vx: tuple[float, float]
    step_vx: tuple[float, float]

    def to_view(self, xy: FloatArray) -> FloatArray:
        """Turn grid positions into view positions."""
        return np.asarray(
            np.asarray(self.origin_vx)
            + np.asarray(self.step_vx) * (np.asarray(xy) + 0.5)
            - 0.5
        )

    def from_view(self, xy_vx: FloatArray) -> FloatArray:
        """Undo `to_view`."""
        return np.asarray(
            (np.asarray(xy_vx) + 0.5 - np.asarray(self.origin_vx))
            / np.asarray(self.step_vx)
            - 0.5
        )


#: Of the mean of two neighbors, in pixels.
_PAIR_VARIANCE = 0.25


def make_grid(
    view: FaceView,
    labels: NDArray[np.uint8],
    px_per_mm: float,
    *,
    blur_mm: float,
    margin_mm: float,
    fill_sigma_mm: float,
) -> WorkingGrid:
    """Resample the labeled part of a view.

    Parameters
    ----------
    view : FaceView
    labels : ndarray of shape (H, W), uint8
        Of the view, as `FaceMap.labels`.
    px_per_mm : float
        Of the grid.
    blur_mm : float
        Gaussian blur before resampling.
    margin_mm : float
        Room kept around the labeled box.
    fill_sigma_mm : float
        Reach of the skin that fills masked pixels.

    Raises
    ------
    ValueError
        No pixel is labeled.
    """
    x0, y0, width, height = cv2.boundingRect((labels > 0).astype(np.uint8))
    if width == 0:
        raise ValueError("no zone can be measured in this view")
    margin = int(np.ceil(margin_mm * view.px_per_mm))
    view_w, view_h = view.size_wh
    left, top = max(x0 - margin, 0), max(y0 - margin, 0)
    right = min(x0 + width + margin, view_w)
    bottom = min(y0 + height + margin, view_h)
    crop = np.s_[top:bottom, left:right]
    factor = px_per_mm / view.px_per_mm
    size = (
        max(round((right - left) * factor), 1),
        max(round((bottom - top) * factor), 1),
    )
    labels = np.ascontiguousarray(labels[crop])
    skin_vx = (labels > 0).astype(np.float32)
    blur_vx = blur_mm * view.px_per_mm
    # Blur skin only: a dark brow must not bleed into the forehead beside it.
    log_luminance = np.ascontiguousarray(view.log_luminance[crop], np.float32)
    level = np.float32(cv2.mean(log_luminance, (labels > 0).astype(np.uint8))[0])
    luminance = (log_luminance - level) * skin_vx
    with ThreadPoolExecutor(2) as pool:
        weight, blurred = pool.map(
            lambda image: _shrink(image, blur_vx, size), (skin_vx, luminance)
        )
    values = np.asarray(blurred / np.maximum(weight, 1e-3), np.float32)
    skin = cv2.resize(skin_vx, size, interpolation=cv2.INTER_CUBIC)
    sure = (skin > 0.5) & (weight > 0.5)
    filled = continue_smoothly(values, sure, fill_sigma_mm * px_per_mm) + level
    grid_labels = cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST_EXACT)
    return WorkingGrid(
        log_luminance=filled,
        labels=np.where(sure, grid_labels, 0).astype(np.uint8),
        skin=sure.astype(np.float32),
        px_per_mm=px_per_mm,
        origin_vx=(float(left), float(top)),
        step_vx=((right - left) / size[0], (bottom - top) / size[1]),
    )


def finer_grid(
    view: FaceView, labels: NDArray[np.uint8], grid: WorkingGrid, px_per_mm: float
) -> WorkingGrid:
    """Resample what a working grid shows more finely; what it filled stays filled.

    Parameters
    ----------
    view : FaceView
    labels : ndarray of shape (H, W), uint8
        Of the view, as `FaceMap.labels`.
    grid : WorkingGrid
        Made of the same view and labels.
    px_per_mm : float
        Of the finer grid, at most that of the view.
    """
    height, width = grid.labels.shape
    left, top = (round(x) for x in grid.origin_vx)
    right = left + round(grid.step_vx[0] * width)
    bottom = top + round(grid.step_vx[1] * height)
    crop = np.s_[top:bottom, left:right]
    factor = px_per_mm / grid.px_per_mm
    size = max(round(width * factor), 1), max(round(height * factor), 1)
    own = cv2.resize(
        np.ascontiguousarray(labels[crop]), size, interpolation=cv2.INTER_NEAREST_EXACT
    )
    seen = cv2.resize(
        np.ascontiguousarray(view.log_luminance[crop], np.float32),
        size,
        interpolation=cv2.INTER_AREA,
    )
    filled = cv2.resize(grid.log_luminance, size, interpolation=cv2.INTER_LINEAR)
    sure = own > 0
    return WorkingGrid(
        log_luminance=np.where(sure, seen, filled).astype(np.float32, copy=False),
        labels=np.asarray(own, np.uint8),
        skin=sure.astype(np.float32),
        px_per_mm=px_per_mm,
        origin_vx=grid.origin_vx,
        step_vx=((right - left) / size[0], (bottom - top) / size[1]),
    )


def _shrink(image: Image, blur_px: float, size_wh: tuple[int, int]) -> Image:
    """Blur, then resample edge to edge, so that mirror images stay mirror images."""
    height, width = image.shape
    if min(width / size_wh[0], height / size_wh[1]) >= 2 and blur_px > 1:
        # Averaging pairs is a part of the blur, and leaves a quarter of the pixels.
        half = -(-width // 2), -(-height // 2)
        image = np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA))
        blur_px = float(np.sqrt((blur_px**2 - _PAIR_VARIANCE) / 4))
    blurred = cv2.GaussianBlur(image, (0, 0), blur_px)
    resized = cv2.resize(blurred, size_wh, interpolation=cv2.INTER_CUBIC)
    return np.asarray(resized, np.float32)
