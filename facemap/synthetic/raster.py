"""Which part of a curved grid does each pixel see? A z-buffer in numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facemap.types import FloatArray

__all__ = ["Fragments", "rasterize_grid"]

#: Pixels filled in one go; bounds the memory.
_CHUNK = 600_000


@dataclass(frozen=True, eq=False)
class Fragments:
    """What the pixels see of a grid.

    Attributes
    ----------
    depth_mm : ndarray of shape (H, W), float32
        Distance along the camera's axis; infinite where nothing is seen.
    values : ndarray of shape (H, W, K), float32
        What the grid carries, interpolated; 0 where nothing is seen.
    """

    depth_mm: NDArray[np.float32]
    values: NDArray[np.float32]


def rasterize_grid(
    xy_px: FloatArray,
    depth_mm: FloatArray,
    values: FloatArray,
    cells: NDArray[np.bool_],
    size_wh: tuple[int, int],
    *,
    two_sided: bool = False,
) -> Fragments:
    """Draw a grid of quadrilaterals, each as two triangles.

    Parameters
    ----------
    xy_px : ndarray of shape (h, w, 2)
        Projected grid points.
    depth_mm : ndarray of shape (h, w)
    values : ndarray of shape (h, w, K)
        Carried along: normals, chart coordinates.
    cells : ndarray of shape (h - 1, w - 1), bool
        Which quadrilaterals exist.
    size_wh : tuple of int
    two_sided : bool
        Draw cells that face away, too.

    Notes
    -----
    Interpolation is linear in the picture;
    over a cell of a few millimeters at arm's length the error is micrometers.
    """
    width, height = size_wh
    n_columns = depth_mm.shape[1]
    rows, columns = np.nonzero(cells)
    a = rows * n_columns + columns
    b, c, d = a + 1, a + n_columns, a + n_columns + 1
    corners = np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)])
    p = xy_px.reshape(-1, 2)[corners]
    area = (p[:, 1, 0] - p[:, 0, 0]) * (p[:, 2, 1] - p[:, 0, 1]) - (
        p[:, 1, 1] - p[:, 0, 1]
    ) * (p[:, 2, 0] - p[:, 0, 0])
    low, high = p.min(axis=1), p.max(axis=1)
    keep = (area < -1e-9) | (two_sided & (area > 1e-9))
    keep &= (high >= 0).all(axis=1) & (low <= [width - 1, height - 1]).all(axis=1)
    corners, p, area = corners[keep], p[keep], area[keep]

    # Depth and values are planes over the picture: slope in x, slope in y, at corner 0.
    carried = np.concatenate([depth_mm[..., None], values], axis=-1)
    carried = carried.reshape(-1, carried.shape[-1])[corners]
    one, two = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
    rise_one, rise_two = carried[:, 1] - carried[:, 0], carried[:, 2] - carried[:, 0]
    in_x = (rise_one * two[:, 1:] - rise_two * one[:, 1:]) / area[:, None]
    in_y = (rise_two * one[:, :1] - rise_one * two[:, :1]) / area[:, None]

    owner, y = _scanlines(p, height)
    left, right = _span(p[owner], y)
    first = np.maximum(np.ceil(left - 1e-4), 0).astype(np.int64)
    last = np.minimum(np.floor(right + 1e-4), width - 1).astype(np.int64)
    keep = last >= first
    owner, y, first, last = owner[keep], y[keep], first[keep], last[keep]
    start = carried[owner, 0] + in_x[owner] * (first - p[owner, 0, 0])[:, None]
    start += in_y[owner] * (y - p[owner, 0, 1])[:, None]
    start, slope = start.astype(np.float32), in_x[owner].astype(np.float32)
    base = y.astype(np.int64) * width + first

    out = np.zeros((height * width, values.shape[2]), np.float32)
    depth = np.full(height * width, np.inf, np.float32)
    counts = last - first + 1
    ends = np.cumsum(counts)
    at = 0
    while at < len(counts):
        done = int(ends[at - 1]) if at else 0
        stop = max(int(np.searchsorted(ends, done + _CHUNK)), at + 1)
        span = np.repeat(np.arange(at, stop), counts[at:stop])
        along = np.arange(len(span)) - np.repeat(
            ends[at:stop] - counts[at:stop] - done, counts[at:stop]
        )
        pixel = base[span] + along
        along = along.astype(np.float32)
        here = start[span, 0] + slope[span, 0] * along
        np.minimum.at(depth, pixel, here)
        wins = here <= depth[pixel]
        span, pixel, along = span[wins], pixel[wins], along[wins]
        out[pixel] = start[span, 1:] + slope[span, 1:] * along[:, None]
        at = stop
    return Fragments(
        depth.reshape(height, width), out.reshape(height, width, values.shape[2])
    )


def _scanlines(
    p: FloatArray, height: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Which triangles cross which rows of pixels: owner and row, pair by pair."""
    top = np.maximum(np.ceil(p[:, :, 1].min(axis=1)), 0).astype(np.int64)
    bottom = np.minimum(np.floor(p[:, :, 1].max(axis=1)), height - 1).astype(np.int64)
    counts = np.maximum(bottom - top + 1, 0)
    owner = np.repeat(np.arange(len(p)), counts)
    before = np.cumsum(counts) - counts
    y = top[owner] + np.arange(len(owner)) - before[owner]
    return owner, y.astype(np.float64)


def _span(p: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """From where to where each triangle (N, 3, 2) covers its row."""
    left, right = np.full(len(y), np.inf), np.full(len(y), -np.inf)
    for k in range(3):
        q, r = p[:, k], p[:, (k + 1) % 3]
        rise = r[:, 1] - q[:, 1]
        flat = np.abs(rise) < 1e-9
        share = (y - q[:, 1]) / np.where(flat, 1.0, rise)
        crosses = ~flat & (share >= 0) & (share <= 1)
        x = q[:, 0] + share * (r[:, 0] - q[:, 0])
        left = np.where(crosses, np.minimum(left, x), left)
        right = np.where(crosses, np.maximum(right, x), right)
    return left, right
