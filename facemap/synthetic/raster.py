"""Which part of a curved grid does each pixel see? A z-buffer in numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facemap.types import FloatArray

__all__ = ["Fragments", "rasterize_grid"]

#: Candidate pixels looked at in one go; bounds the memory.
_CHUNK = 1_500_000


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
    over a cell of a few millimetres at arm's length the error is micrometres.
    """
    width, height = size_wh
    n_rows, n_columns = depth_mm.shape
    rows, columns = np.nonzero(cells)
    a = rows * n_columns + columns
    b, c, d = a + 1, a + n_columns, a + n_columns + 1
    corners = np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)])
    flat_xy = xy_px.reshape(-1, 2)
    p = flat_xy[corners]
    area = (p[:, 1, 0] - p[:, 0, 0]) * (p[:, 2, 1] - p[:, 0, 1]) - (
        p[:, 1, 1] - p[:, 0, 1]
    ) * (p[:, 2, 0] - p[:, 0, 0])
    low = np.maximum(np.ceil(p.min(axis=1)), 0).astype(np.int64)
    high = np.minimum(np.floor(p.max(axis=1)), [width - 1, height - 1]).astype(np.int64)
    span = high - low + 1
    keep = ((area < -1e-9) | (two_sided & (area > 1e-9))) & (span > 0).all(axis=1)
    corners, p, area = corners[keep], p[keep], area[keep]
    low, span = low[keep], span[keep]

    depth = np.full(height * width, np.inf, np.float32)
    n_values = values.shape[2]
    out = np.zeros((height * width, n_values), np.float32)
    z = depth_mm.reshape(-1)[corners].astype(np.float32)
    carried = values.reshape(-1, n_values).astype(np.float32)
    # Barycentric coordinates as affine functions of the offset from the box's corner.
    gradient = np.empty((len(p), 3, 3), np.float32)
    for k in range(3):
        q, r = p[:, (k + 1) % 3], p[:, (k + 2) % 3]
        gx, gy = (q[:, 1] - r[:, 1]) / area, (r[:, 0] - q[:, 0]) / area
        at_low = gx * (low[:, 0] - r[:, 0]) + gy * (low[:, 1] - r[:, 1])
        gradient[:, k] = np.stack([gx, gy, at_low], 1)

    counts = span[:, 0] * span[:, 1]
    ends = np.cumsum(counts)
    start = 0
    while start < len(p):
        done = ends[start - 1] if start else 0
        stop = max(int(np.searchsorted(ends, done + _CHUNK)), start + 1)
        part = slice(start, stop)
        owner = np.repeat(np.arange(start, stop), counts[part])
        local = np.arange(len(owner)) - np.repeat(
            ends[part] - counts[part] - done, counts[part]
        )
        dy, dx = np.divmod(local, span[owner, 0])
        dx32, dy32 = dx.astype(np.float32), dy.astype(np.float32)
        g = gradient[owner]
        w0 = g[:, 0, 0] * dx32 + g[:, 0, 1] * dy32 + g[:, 0, 2]
        w1 = g[:, 1, 0] * dx32 + g[:, 1, 1] * dy32 + g[:, 1, 2]
        w2 = 1 - w0 - w1
        inside = (w0 >= -1e-5) & (w1 >= -1e-5) & (w2 >= -1e-5)
        owner, w0, w1, w2 = owner[inside], w0[inside], w1[inside], w2[inside]
        pixel = (low[owner, 1] + dy[inside]) * width + low[owner, 0] + dx[inside]
        here = z[owner]
        here = here[:, 0] * w0 + here[:, 1] * w1 + here[:, 2] * w2
        np.minimum.at(depth, pixel, here)
        wins = here <= depth[pixel]
        owner, pixel = owner[wins], pixel[wins]
        weights = np.stack([w0[wins], w1[wins], w2[wins]], 1)
        corner = corners[owner]
        out[pixel] = sum(carried[corner[:, k]] * weights[:, k, None] for k in range(3))
        start = stop
    return Fragments(depth.reshape(height, width), out.reshape(height, width, n_values))
