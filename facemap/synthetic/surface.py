"""Smooth curved patches on a regular grid of parameters."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.types import FloatArray

__all__ = ["Patch", "blur", "grid_normals", "sample_image"]


@dataclass(frozen=True, eq=False)
class Patch:
    """A curved surface, sampled on a grid.

    Attributes
    ----------
    points_mm : ndarray of shape (h, w, 3)
        Canonical millimeters.
    normals : ndarray of shape (h, w, 3)
        Unit, outward.
    cells : ndarray of shape (h - 1, w - 1), bool
        Which quadrilaterals exist.
    """

    points_mm: FloatArray
    normals: FloatArray
    cells: NDArray[np.bool_]


def grid_normals(points_mm: FloatArray) -> FloatArray:
    """Return unit normals of a grid whose columns run left and whose rows run down."""
    across = np.gradient(points_mm, axis=1)
    down = np.gradient(points_mm, axis=0)
    normals = np.cross(down, across)
    length = np.linalg.norm(normals, axis=-1, keepdims=True)
    return np.asarray(normals / np.maximum(length, 1e-9))


def blur(image: NDArray[np.floating], sd_px: float) -> NDArray[np.float32]:
    """Gaussian blur in single precision, the border mirrored."""
    single = np.asarray(image, np.float32)
    return np.asarray(cv2.GaussianBlur(single, (0, 0), sd_px), np.float32)


def sample_image(
    image: NDArray[np.floating],
    x: NDArray[np.floating],
    y: NDArray[np.floating],
    *,
    wrap: bool = False,
) -> NDArray[np.float32]:
    """Read an image at fractional positions of any shape.

    Parameters
    ----------
    image : ndarray of shape (h, w) or (h, w, K)
    x, y : ndarray
        Column and row.
    wrap : bool
        The image is periodic; otherwise its border is carried outward.

    Returns
    -------
    ndarray of the shape of `x`, or with K appended
    """
    source = np.ascontiguousarray(image, np.float32)
    tail = source.shape[2:]
    if np.size(x) == 0:
        return np.empty((*np.shape(x), *tail), np.float32)
    flat_x = np.ascontiguousarray(x, np.float32).reshape(-1)
    flat_y = np.ascontiguousarray(y, np.float32).reshape(-1)
    # cv2.remap takes at most 32767 rows or columns at a time.
    width = min(len(flat_x), 16384)
    pad = -len(flat_x) % width
    xs = np.pad(flat_x, (0, pad)).reshape(-1, width)
    ys = np.pad(flat_y, (0, pad)).reshape(-1, width)
    out = cv2.remap(
        source,
        xs,
        ys,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP if wrap else cv2.BORDER_REPLICATE,
    )
    flat = out.reshape(-1, *tail)[: np.size(x)]
    return np.asarray(flat.reshape(*np.shape(x), *tail), np.float32)
