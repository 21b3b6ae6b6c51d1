"""Frames, and the only functions that move between them.

=========  ========================================================================
``_px``    upright photo, ``(x, y)``; (0, 0) is the *center* of the top-left pixel
``_vx``    a `FaceView`, the same convention, coarser pixels
``_norm``  [0, 1] from edge to edge; exists only inside a landmark adapter
``_uv``    canonical face chart: u toward the patient's left, v down; [0, 1] over the
           mesh, beyond it for hairline and neck; zones and plans live here
``_mm``    millimeters on the skin; lengths, areas and `FaceFrame.vertices_mm`
=========  ========================================================================

Angles are in degrees. Yaw is positive when the patient turns to their own left (the
nose moves right in the picture), pitch when they look up, roll when the head tilts
toward their own left shoulder (clockwise in the picture).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.types import FaceView, FloatArray, Surface

__all__ = [
    "fill_polygon",
    "in_polygon",
    "line_angle_deg",
    "norm_to_px",
    "path_length",
    "photo_to_view",
    "px_to_norm",
    "sample_grid",
    "shrink",
    "surface_length_mm",
    "view_to_photo",
]

#: Skin turned farther away than this, 76 degrees, is not measured anywhere.
_LEAST_FACING = 0.25


def norm_to_px(xy_norm: FloatArray, size_wh: tuple[int, int]) -> FloatArray:
    """Turn edge-to-edge fractions into pixel-center coordinates.

    Examples
    --------
    The middle of a 4 x 2 image lies between its pixels:

    >>> norm_to_px(np.array([[0.5, 0.5]]), (4, 2))
    array([[1.5, 0.5]])
    """
    return np.multiply(xy_norm, size_wh, dtype=np.float64) - 0.5


def px_to_norm(xy_px: FloatArray, size_wh: tuple[int, int]) -> FloatArray:
    """Undo `norm_to_px`."""
    return np.divide(np.add(xy_px, 0.5), size_wh, dtype=np.float64)


def view_to_photo(xy_vx: FloatArray, view: FaceView) -> FloatArray:
    """Turn view pixels into photo pixels.

    Parameters
    ----------
    xy_vx : ndarray of shape (..., 2)
    view : FaceView

    Returns
    -------
    ndarray of shape (..., 2)
    """
    origin = np.asarray(view.origin_px, np.float64)
    return origin + view.step * (np.asarray(xy_vx, np.float64) + 0.5) - 0.5


def photo_to_view(xy_px: FloatArray, view: FaceView) -> FloatArray:
    """Undo `view_to_photo`."""
    origin = np.asarray(view.origin_px, np.float64)
    return (np.asarray(xy_px, np.float64) + 0.5 - origin) / view.step - 0.5


def sample_grid(
    grid: NDArray[np.float32], xy_vx: FloatArray, grid_vx: float
) -> NDArray[np.float32]:
    """Read a coarse grid (see `Surface`) at view positions, bilinearly.

    Parameters
    ----------
    grid : ndarray of shape (h, w)
    xy_vx : ndarray of shape (..., 2)
    grid_vx : float
        View pixels per grid cell.

    Returns
    -------
    ndarray of shape (...)
        Border values are carried outward.
    """
    xy = (np.asarray(xy_vx, np.float64) + 0.5) / grid_vx - 0.5
    x, y = np.ascontiguousarray(xy.reshape(-1, 2).T, np.float32)
    # cv2.remap takes at most 32767 rows at a time.
    parts = [
        cv2.remap(
            np.asarray(grid, np.float32),
            x[i : i + 32000, None],
            y[i : i + 32000, None],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )[:, 0]
        for i in range(0, len(x), 32000)
    ]
    out = np.concatenate(parts) if parts else np.empty(0, np.float32)
    return np.asarray(out.reshape(xy.shape[:-1]), np.float32)


def shrink(image: NDArray[Any], size_wh: tuple[int, int]) -> NDArray[Any]:
    """Average an image down, without a preferred side.

    Halved while that leaves enough, which takes a tenth of the time of a resize by any
    other factor, then by area for the rest.

    Parameters
    ----------
    image : ndarray of shape (H, W) or (H, W, C)
    size_wh : tuple of int
        No larger than the image.

    Examples
    --------
    >>> shrink(np.array([[0, 2, 4, 6], [2, 4, 6, 8]], np.float32), (2, 1))
    array([[2., 6.]], dtype=float32)
    """
    width, height = size_wh
    while (
        image.shape[1] >= 2 * width
        and image.shape[0] >= 2 * height
        and not (image.shape[0] % 2 or image.shape[1] % 2)
    ):
        half = image.shape[1] // 2, image.shape[0] // 2
        image = np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA))
    if image.shape[1::-1] == size_wh:
        return image
    return np.asarray(cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA))


def in_polygon(points: FloatArray, outline: FloatArray) -> NDArray[np.bool_]:
    """Tell which points lie inside a closed polygon.

    Parameters
    ----------
    points : ndarray of shape (M, 2)
    outline : ndarray of shape (N, 2)
        The first corner is not repeated.

    Examples
    --------
    >>> square = np.array([[0, 0], [2, 0], [2, 2], [0, 2]])
    >>> in_polygon(np.array([[1, 1], [3, 1]]), square)
    array([ True, False])
    """
    low, high = outline.min(axis=0), outline.max(axis=0)
    x, y = points.T
    near = np.flatnonzero(
        (x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1])
    )
    x, y = x[near, None], y[near, None]
    (x0, y0), (x1, y1) = outline.T, np.roll(outline, -1, axis=0).T
    # A level edge straddles nothing.
    slope = (x1 - x0) / np.where(y0 == y1, 1.0, y1 - y0)
    straddles = (y < y0) != (y < y1)
    odd = (straddles & (x < x0 + (y - y0) * slope)).sum(axis=1) % 2 == 1
    inside = np.zeros(len(points), bool)
    inside[near[odd]] = True
    return inside


def fill_polygon(corners: FloatArray, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Fill a closed polygon so that its mirror image fills to the mirror image.

    OpenCV takes one side's border pixels and not the other's: only those are kept that
    both the polygon and, seen in a mirror, its image take.

    Parameters
    ----------
    corners : ndarray of shape (N, 2)
    shape : tuple of int
        Height and width of the result, which is 1 inside, 0 elsewhere.

    Examples
    --------
    >>> fill_polygon(np.array([[0.6, 0.0], [2.4, 0.0], [2.4, 1.0], [0.6, 1.0]]), (2, 4))
    array([[0, 1, 1, 0],
           [0, 1, 1, 0]], dtype=uint8)
    """
    there, back = np.zeros((2, *shape), np.uint8)
    for canvas, points in (
        (there, corners),
        (back, corners * (-1, 1) + (shape[1] - 1, 0)),
    ):
        fixed = np.round(points * 16).astype(np.int32).reshape(-1, 1, 2)
        cv2.fillPoly(canvas, [fixed], 1, shift=4)
    return np.asarray(cv2.bitwise_and(there, cv2.flip(back, 1)), np.uint8)


def path_length(path: FloatArray) -> float:
    """Length of a polyline of any dimension.

    Examples
    --------
    >>> path_length(np.array([[0, 0], [3, 4], [3, 5]]))
    6.0
    """
    return float(np.linalg.norm(np.diff(np.asarray(path, float), axis=0), axis=1).sum())


def surface_length_mm(path_vx: FloatArray, view: FaceView, surface: Surface) -> float:
    r"""Length of a path on the skin: in the picture's plane and in depth.

    Parameters
    ----------
    path_vx : ndarray of shape (N, 2)
    view : FaceView
    surface : Surface

    Notes
    -----
    Skin whose normal stands at an angle with cosine :math:`f` to the line of sight
    gains at most :math:`\sqrt{f^{-2} - 1}` in depth for each millimeter of picture. A
    path that gains more has left one part of the face for another behind it (jaw and
    neck), and that way is not skin.
    """
    path = np.asarray(path_vx, np.float64)
    depth_mm = sample_grid(surface.depth_mm, path, surface.grid_vx)
    facing = sample_grid(surface.facing, path, surface.grid_vx)
    flat_mm = np.linalg.norm(np.diff(path, axis=0), axis=1) / view.px_per_mm
    least = np.clip(np.minimum(facing[1:], facing[:-1]), _LEAST_FACING, 1.0)
    steepest_mm = flat_mm * np.sqrt(least.astype(np.float64) ** -2 - 1.0)
    gained_mm = np.minimum(np.abs(np.diff(depth_mm)), steepest_mm)
    return float(np.hypot(flat_mm, gained_mm).sum())


def line_angle_deg(path_px: FloatArray, roll_deg: float) -> float:
    """Orientation of a path in the face's own frame, [0, 180).

    0 is parallel to the interpupillary line, 90 vertical; angles grow from the
    patient's left (picture right) upward. The direction is that of the path's
    principal axis, so neither end has a say.

    Parameters
    ----------
    path_px : ndarray of shape (N, 2)
    roll_deg : float
        Of the head; see the module's conventions.

    Examples
    --------
    A line that rises to the right of the picture, on an upright head:

    >>> round(line_angle_deg(np.array([[0.0, 10.0], [10.0, 0.0]]), 0.0))
    45
    """
    d = np.asarray(path_px, float) - np.mean(path_px, axis=0)
    xx, yy, xy = (d[:, 0] ** 2).sum(), (d[:, 1] ** 2).sum(), (d[:, 0] * d[:, 1]).sum()
    angle = -0.5 * np.degrees(np.arctan2(2 * xy, xx - yy)) + roll_deg
    return float(angle % 180.0) % 180.0
