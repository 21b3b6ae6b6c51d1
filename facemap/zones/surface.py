"""The face's surface under the view: where, how deep, how far turned away."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.chart import FaceChart, load_chart
from facemap.geometry import photo_to_view
from facemap.types import FaceFrame, FaceView, FloatArray, Surface

__all__ = ["map_surface", "rasterize"]

#: Wanted size of a surface cell. The mesh's own triangles are 4 to 40 mm wide.
_CELL_MM = 1.0


def map_surface(view: FaceView, frame: FaceFrame) -> Surface:
    """Lay the extended mesh under the view.

    Each cell of a grid of about 1 mm shows the part of the surface that is nearest to
    the camera, so that the far side of a turned face does not show through.

    Parameters
    ----------
    view : FaceView
    frame : FaceFrame

    Returns
    -------
    Surface
        Cells divide the view's width evenly, so that a mirrored view has mirrored
        cells. Beyond the mesh, depth is that of its nearest cell.
    """
    chart = load_chart()
    width_vx, height_vx = view.size_wh
    columns = max(1, round(width_vx / (view.px_per_mm * _CELL_MM)))
    grid_vx = width_vx / columns
    rows = max(1, int(np.ceil(height_vx / grid_vx - 1e-9)))
    corners = (photo_to_view(frame.vertices_px, view) + 0.5) / grid_vx - 0.5

    normals = _vertex_normals(chart, frame.vertices_mm)
    values = np.concatenate([frame.vertices_mm.T, chart.uv.T, normals.T])
    layers, inside = rasterize(chart, corners, values, (rows, columns))
    point_mm, uv, normal = layers[:3], layers[3:5], layers[5:]
    toward_camera = _camera_mm(frame, chart)[:, None, None] - point_mm
    facing = _dot(normal, toward_camera) / np.maximum(
        np.sqrt(_dot(normal, normal) * _dot(toward_camera, toward_camera)), 1e-12
    )
    u, v = np.where(inside, uv, np.nan).astype(np.float32)
    return Surface(
        u=u,
        v=v,
        depth_mm=_fill_outward(point_mm[2], inside).astype(np.float32),
        facing=np.where(inside, np.clip(facing, 0, 1), 0).astype(np.float32),
        grid_vx=grid_vx,
    )


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    """Scalar product of vectors that lie along the first axis."""
    return np.asarray(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


def _vertex_normals(chart: FaceChart, vertices_mm: FloatArray) -> FloatArray:
    """Area-weighted normals, pointing out of the head, of length 1."""
    corner = vertices_mm[chart.triangles]
    face = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normals = np.zeros_like(vertices_mm)
    for k in range(3):
        for axis in range(3):
            normals[:, axis] += np.bincount(
                chart.triangles[:, k], face[:, axis], minlength=len(normals)
            )
    return np.asarray(normals / np.linalg.norm(normals, axis=1, keepdims=True))


def _camera_mm(frame: FaceFrame, chart: FaceChart) -> FloatArray:
    """Position of the camera in the frame of `FaceFrame.vertices_mm`."""
    between_eyes = chart.vertices_mm[[133, 362, 33, 263]].mean(axis=0)
    pose = frame.pose
    return np.asarray(-(pose.rotation @ between_eyes + pose.translation_mm))


def rasterize(
    chart: FaceChart, corners: FloatArray, values: FloatArray, shape: tuple[int, int]
) -> tuple[FloatArray, np.ndarray]:
    """Interpolate vertex values over a grid, nearest surface on top.

    Parameters
    ----------
    corners : ndarray of shape (N, 2)
        Vertices, in cells.
    values : ndarray of shape (K, N)
        The third layer is the distance from the camera. NumPy is slow along short
        rows, so layers come first.
    shape : tuple of int
        Rows and columns.

    Returns
    -------
    layers : ndarray of shape (K, rows, columns)
        Zero outside the mesh.
    inside : ndarray of shape (rows, columns), bool
    """
    rows, columns = shape
    triangle = corners[chart.triangles]
    low = np.clip(np.ceil(triangle.min(axis=1) - 1e-9), 0, [columns, rows])
    high = np.clip(np.floor(triangle.max(axis=1) + 1e-9), -1, [columns - 1, rows - 1])
    extent = np.maximum(high - low + 1, 0).astype(np.int64)
    count = extent[:, 0] * extent[:, 1]
    # One entry for every cell of every triangle's bounding box.
    owner = np.repeat(np.arange(len(triangle)), count)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    across = np.maximum(extent[:, 0], 1)[owner]
    line = step // across
    x = low[owner, 0] + (step - line * across)
    y = low[owner, 1] + line

    a, b, c = triangle[:, 0], triangle[:, 1], triangle[:, 2]
    ab, ac = b - a, c - a
    twice_area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(np.abs(twice_area) > 1e-12, 1 / twice_area, np.nan)[owner]
    px, py = x - a[owner, 0], y - a[owner, 1]
    weight_b = (px * ac[owner, 1] - py * ac[owner, 0]) * scale
    weight_c = (ab[owner, 0] * py - ab[owner, 1] * px) * scale
    weight_a = 1 - weight_b - weight_c
    # False for NaN.
    within = (weight_a >= -1e-7) & (weight_b >= -1e-7) & (weight_c >= -1e-7)
    hit = np.flatnonzero(within)
    weights = weight_a[hit], weight_b[hit], weight_c[hit]
    vertices = chart.triangles.T.astype(np.intp).take(owner[hit], axis=1)
    where = (y[hit] * columns + x[hit]).astype(np.int64)

    distance = _interpolate(values[2], vertices, weights)
    least = np.full(rows * columns, np.inf)
    np.minimum.at(least, where, distance)
    in_front = np.flatnonzero(distance == least[where])
    nearest = np.full(rows * columns, -1)
    nearest[where[in_front]] = in_front
    inside = nearest >= 0
    chosen = nearest[inside]
    vertices = vertices.take(chosen, axis=1)
    weights = weight_a[hit[chosen]], weight_b[hit[chosen]], weight_c[hit[chosen]]
    filled = np.flatnonzero(inside)
    layers = np.zeros((len(values), rows * columns))
    for layer, value in zip(layers, values, strict=True):
        layer[filled] = _interpolate(value, vertices, weights)
    return layers.reshape(-1, rows, columns), inside.reshape(rows, columns)


def _interpolate(
    value: FloatArray, vertices: NDArray[np.intp], weights: tuple[FloatArray, ...]
) -> FloatArray:
    """Weigh the values at three vertices, shape (3, M), of each of M spots."""
    a, b, c = (w * value.take(v) for w, v in zip(weights, vertices, strict=True))
    return np.asarray(a + b + c)


def _fill_outward(grid: FloatArray, inside: np.ndarray) -> FloatArray:
    if inside.all() or not inside.any():
        return grid
    _, label = cv2.distanceTransformWithLabels(
        (~inside).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    known = np.zeros(label.max() + 1)
    known[label[inside]] = grid[inside]
    return np.asarray(known[label])
