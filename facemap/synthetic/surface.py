"""Smooth curved patches on a regular grid of parameters."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.types import FloatArray

__all__ = ["Patch", "grid_normals", "sample_image"]


@dataclass(frozen=True, eq=False)
class Patch:
    """A curved surface, sampled on a grid.

    Attributes
    ----------
    points_mm : ndarray of shape (h, w, 3)
        Canonical millimetres.
    normals : ndarray of shape (h, w, 3)
        Unit, outward.
    cells : ndarray of shape (h - 1, w - 1), bool
        Which quadrilaterals exist.
    """

    points_mm: FloatArray
    normals: FloatArray
    cells: NDArray[np.bool_]


def grid_normals(points_mm: FloatArray) -> FloatArray:
    """Unit normals of a grid whose columns run left and whose rows run down."""
    across = np.gradient(points_mm, axis=1)
    down = np.gradient(points_mm, axis=0)
    normals = np.cross(down, across)
    length = np.linalg.norm(normals, axis=-1, keepdims=True)
    return np.asarray(normals / np.maximum(length, 1e-9))


def sample_image(
    image: NDArray[np.floating],
    x: NDArray[np.floating],
    y: NDArray[np.floating],
    *,
    cubic: bool = False,
    wrap: bool = False,
) -> NDArray[np.float32]:
    """Read an image at fractional positions of any shape.

    Parameters
    ----------
    image : ndarray of shape (h, w) or (h, w, K)
    x, y : ndarray
        Column and row.
    cubic : bool
        Bicubic instead of bilinear.
    wrap : bool
        The image is periodic; otherwise its border is carried outward.

    Returns
    -------
    ndarray of the shape of `x`, or with K appended
    """
    xs = np.ascontiguousarray(x, np.float32).reshape(-1)
    ys = np.ascontiguousarray(y, np.float32).reshape(-1)
    # cv2.remap takes at most 32767 rows or columns at a time.
    width = min(max(len(xs), 1), 16384)
    pad = -len(xs) % width
    xs = np.pad(xs, (0, pad)).reshape(-1, width)
    ys = np.pad(ys, (0, pad)).reshape(-1, width)
    source = np.ascontiguousarray(image, np.float32)
    out = cv2.remap(
        source,
        xs,
        ys,
        cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP if wrap else cv2.BORDER_REPLICATE,
    )
    tail = source.shape[2:]
    flat = out.reshape(-1, *tail)[: np.size(x)]
    return np.asarray(flat.reshape(*np.shape(x), *tail), np.float32)
