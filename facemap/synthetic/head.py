"""The phantom's head: a smooth surface over the face chart, different for each seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lu_factor, lu_solve

from facemap.chart import load_chart
from facemap.resources import load_knowledge
from facemap.synthetic.params import PhantomParams
from facemap.synthetic.surface import Patch, grid_normals
from facemap.types import FloatArray

__all__ = ["Eye", "Head", "LidContour", "build_head", "smooth_curve"]

#: Rings of landmarks: upper lid from the outer to the inner corner, then back below.
_LID_R = (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7)
_LID_L = (
    263,
    466,
    388,
    387,
    386,
    385,
    384,
    398,
    362,
    382,
    381,
    380,
    374,
    373,
    390,
    249,
)
#: Lip rows, right corner to left corner, from the red border to the mouth's line.
_UPPER_LIP = (
    (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291),
    (76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306),
    (62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292),
    (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
)
_LOWER_LIP = (
    (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291),
    (76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306),
    (62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292),
    (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
)


@dataclass(frozen=True, eq=False)
class LidContour:
    """Margin of both lids of one eye on the chart.

    Attributes
    ----------
    upper_uv, lower_uv : ndarray of shape (N, 2)
        From the outer to the inner corner.
    """

    upper_uv: FloatArray
    lower_uv: FloatArray

    def ring(self) -> FloatArray:
        """Return the closed outline, the first point not repeated."""
        return np.concatenate([self.upper_uv, self.lower_uv[-2:0:-1]])


@dataclass(frozen=True, eq=False)
class Eye:
    """One eyeball, in canonical millimeters.

    Attributes
    ----------
    center_mm : ndarray of shape (3,)
    radius_mm, iris_radius_mm : float
    side : int
        -1 for the patient's right eye, 1 for the left.
    lids : LidContour
    """

    center_mm: FloatArray
    radius_mm: float
    iris_radius_mm: float
    side: int
    lids: LidContour

    @property
    def iris_center_mm(self) -> FloatArray:
        """Center of the disc that the limbus spans."""
        forward = np.sqrt(self.radius_mm**2 - self.iris_radius_mm**2)
        return np.asarray(self.center_mm + np.array([0.0, 0.0, forward]))

    def iris_landmarks_mm(self) -> FloatArray:
        """Center, then right, top, left and bottom of the limbus as the picture has it.

        Shape (5, 3), in the landmarker's order.
        """
        r = self.iris_radius_mm
        out = [[0, 0, 0], [r, 0, 0], [0, r, 0], [-r, 0, 0], [0, -r, 0]]
        return np.asarray(self.iris_center_mm + np.array(out, float))


@dataclass(frozen=True, eq=False)
class Head:
    """Skin as a grid over the chart, and the eyes in it.

    Attributes
    ----------
    skin : Patch
    uv_origin : ndarray of shape (2,)
        Chart position of the grid's first point.
    step_uv : float
    vertices_mm : ndarray of shape (N, 3)
        All chart vertices on the smooth surface; the first 468 are landmarks.
    eyes : tuple of Eye
        The patient's right, then left.
    scale : float
        Size of this head against the canonical one.
    """

    skin: Patch
    uv_origin: FloatArray
    step_uv: float
    vertices_mm: FloatArray
    eyes: tuple[Eye, Eye]
    scale: float

    def grid_position(self, uv: FloatArray) -> FloatArray:
        """Fractional (column, row) of chart points."""
        return np.asarray((uv - self.uv_origin) / self.step_uv)

    def points_at(self, uv: FloatArray) -> FloatArray:
        """Chart points on the skin, millimeters; shape (..., 2) to (..., 3)."""
        return _interpolate(self.skin.points_mm, self.grid_position(uv))

    def normals_at(self, uv: FloatArray) -> FloatArray:
        """Return unit outward normals at chart points."""
        normals = _interpolate(self.skin.normals, self.grid_position(uv))
        return np.asarray(normals / np.linalg.norm(normals, axis=-1, keepdims=True))

    def landmarks_mm(self) -> FloatArray:
        """Return the landmarker's 478 points, irises last; shape (478, 3)."""
        right, left = self.eyes
        mesh = self.vertices_mm[: load_chart().n_mesh]
        return np.concatenate(
            [mesh, right.iris_landmarks_mm(), left.iris_landmarks_mm()]
        )

    def eye_middle_mm(self) -> FloatArray:
        """Return the point between the centers of the irises."""
        right, left = self.eyes
        return np.asarray((right.iris_center_mm + left.iris_center_mm) / 2)


def _interpolate(grid: FloatArray, position: FloatArray) -> FloatArray:
    """Cubic convolution (Keys 1981) in double precision; (..., 2) to (..., K).

    `cv2.remap` rounds positions to a 32nd of a cell, 0.06 mm here: too coarse for
    truth.
    """
    rows, columns = grid.shape[:2]
    where = np.clip(position, 0, [columns - 1, rows - 1])
    base = np.minimum(np.floor(where).astype(int), [columns - 2, rows - 2])
    t = where - base
    weights = []
    for k in (0, 1):
        s = t[..., k]
        weights.append(
            np.stack(
                [
                    ((-0.5 * s + 1) * s - 0.5) * s,
                    (1.5 * s - 2.5) * s * s + 1,
                    ((-1.5 * s + 2) * s + 0.5) * s,
                    (0.5 * s - 0.5) * s * s,
                ],
                axis=-1,
            )
        )
    out = np.zeros((*where.shape[:-1], grid.shape[2]))
    for j in range(4):
        row = np.clip(base[..., 1] + j - 1, 0, rows - 1)
        for i in range(4):
            column = np.clip(base[..., 0] + i - 1, 0, columns - 1)
            weight = weights[0][..., i] * weights[1][..., j]
            out += weight[..., None] * grid[row, column]
    return out


def _bump(points: FloatArray, center: FloatArray, sd_mm: float) -> FloatArray:
    distance2 = ((points - center) ** 2).sum(axis=-1)
    return np.asarray(np.exp(-distance2 / (2 * sd_mm**2)))


def _mirrored_bump(points: FloatArray, center: FloatArray, sd_mm: float) -> FloatArray:
    """Return a bump on the left, its negative on the right: pushes both outward."""
    return _bump(points, center, sd_mm) - _bump(points, center * [-1, 1, 1], sd_mm)


def _close_mouth(vertices: FloatArray, gap_mm: float) -> FloatArray:
    """Bring the lips of the canonical mesh together."""
    out = vertices.copy()
    share = np.array([0.35, 0.6, 0.85, 1.0])
    for rows, sign in ((_UPPER_LIP, -1.0), (_LOWER_LIP, 1.0)):
        for row, weight in zip(rows, share, strict=True):
            x = vertices[list(row), 0]
            inner = np.clip(1 - (x / 23.0) ** 2, 0, 1) ** 0.5
            out[list(row), 1] += sign * gap_mm * weight * inner
    return out


def _open_lids(vertices: FloatArray, rise_mm: float) -> FloatArray:
    """Lift the upper lids: the canonical face half closes its eyes."""
    out = vertices.copy()
    for ring in (_LID_R, _LID_L):
        upper = vertices[list(ring[1:8])]
        reach = np.linalg.norm(vertices[:, None] - upper[None], axis=2).min(axis=1)
        corners = vertices[[ring[0], ring[8]], 0]
        share = (vertices[:, 0] - corners[0]) / (corners[1] - corners[0])
        arch = np.clip(4 * share * (1 - share), 0, 1)
        above = vertices[:, 1] >= upper[:, 1].min() - 0.5
        out[:, 1] += rise_mm * arch * above * np.exp(-0.5 * (reach / 4.0) ** 2)
    return out


def _vary(
    vertices: FloatArray, params: PhantomParams, table: Mapping[str, float]
) -> tuple[FloatArray, float]:
    """Another seed, another person; returns the vertices and the head's size."""
    rng = params.generator("shape")
    draw = {k: float(np.clip(rng.standard_normal(), -2, 2)) * table[k] for k in table}
    p = vertices.copy()
    where = vertices
    y = where[:, 1]

    def at(index: int) -> FloatArray:
        return np.asarray(vertices[index])

    p[:, 0] *= 1 + draw["width"]
    p[:, 0] += draw["jaw_width_mm"] * _mirrored_bump(where, at(397), 26)
    p[:, 0] += draw["cheek_width_mm"] * _mirrored_bump(where, at(352), 24)
    below = np.clip((-20.0 - y) / 40.0, 0, 1)
    p[:, 1] -= draw["lower_face_mm"] * below
    p[:, 1] -= draw["nose_length_mm"] * _bump(where, at(4), 16)
    p[:, 0] += draw["nose_width_mm"] * _mirrored_bump(where, at(358), 8)
    p[:, 2] += draw["nose_projection_mm"] * _bump(where, at(4), 15)
    p[:, 0] += draw["eye_spacing_mm"] * _mirrored_bump(where, at(386), 17)
    lips = _bump(where, at(0), 9) - _bump(where, at(17), 9)
    p[:, 1] += draw["lip_thickness_mm"] * lips
    p[:, 0] += draw["mouth_width_mm"] * _mirrored_bump(where, at(291), 9)
    p[:, 2] += draw["chin_projection_mm"] * _bump(where, at(199), 16)
    brow = _bump(where, at(334), 15) + _bump(where, at(105), 15)
    p[:, 1] += draw["brow_height_mm"] * brow
    for index in (105, 334, 50, 280, 61, 291, 1, 199):
        push = rng.standard_normal(3) * table["asymmetry_mm"] * [1, 1, 0.5]
        p += _bump(where, at(index), 18)[:, None] * np.clip(push, -1, 1)
    size = 1 + draw["size"]
    return p * size, size


@cache
def _spline_system(smoothing: float) -> tuple[FloatArray, NDArray[np.int32], int]:
    """LU factors of the thin-plate system over the chart's vertices."""
    uv = load_chart().uv
    n = len(uv)
    system = np.zeros((n + 3, n + 3))
    system[:n, :n] = _kernel(uv, uv)
    system[np.arange(n), np.arange(n)] += smoothing
    system[:n, n] = system[n, :n] = 1
    system[:n, n + 1 :] = uv
    system[n + 1 :, :n] = uv.T
    lu, pivots = lu_factor(system)
    return lu, pivots, n


def _kernel(a: FloatArray, b: FloatArray) -> FloatArray:
    r2 = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * a @ b.T
    np.maximum(r2, 1e-12, out=r2)
    return np.asarray(r2 * np.log(r2))


@cache
def _chart_grid(step_uv: float) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Grid over the chart, symmetric in u: origin, (h, w, 2) points, cells inside."""
    chart = load_chart()
    low, high = chart.uv.min(axis=0), chart.uv.max(axis=0)
    half = int(np.ceil((0.5 - low[0]) / step_uv))
    rows = int(np.ceil((high[1] - low[1]) / step_uv)) + 1
    u = 0.5 + step_uv * np.arange(-half, half + 1)
    v = low[1] + step_uv * np.arange(rows)
    points = np.stack(np.meshgrid(u, v), axis=-1)
    inside = np.zeros(points.shape[:2], np.uint8)
    for triangle in chart.triangles:
        corners = (chart.uv[triangle] - points[0, 0]) / step_uv
        cv2.fillConvexPoly(inside, np.round(corners * 256).astype(np.int32), 1, shift=8)
    solid = inside > 0
    cells = solid[1:, 1:] & solid[1:, :-1] & solid[:-1, 1:] & solid[:-1, :-1]
    return points[0, 0], points, cells


def smooth_curve(uv: FloatArray, n: int) -> FloatArray:
    """Lead a curve through points, Catmull-Rom by chord length; n samples."""
    t = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(uv, axis=0), axis=1))])
    slope = np.gradient(uv, t, axis=0)
    at = np.linspace(0, t[-1], n)
    k = np.clip(np.searchsorted(t, at, side="right") - 1, 0, len(t) - 2)
    h = (t[k + 1] - t[k])[:, None]
    s = (at - t[k])[:, None] / h
    a, b = 2 * s**3 - 3 * s**2 + 1, s**3 - 2 * s**2 + s
    return np.asarray(
        a * uv[k]
        + b * h * slope[k]
        + (1 - a) * uv[k + 1]
        + (s**3 - s**2) * h * slope[k + 1]
    )


def _lids(ring: tuple[int, ...]) -> LidContour:
    uv = load_chart().uv
    upper = uv[list(ring[:9])]
    lower = uv[[ring[0], *ring[:7:-1]]]
    return LidContour(smooth_curve(upper, 49), smooth_curve(lower, 49))


def _eye(
    vertices: FloatArray, ring: tuple[int, ...], side: int, table: Mapping[str, float]
) -> Eye:
    radius = table["eyeball_radius_mm"]
    iris = table["iris_diameter_mm"] / 2
    outer, inner = vertices[ring[0]], vertices[ring[8]]
    upper, lower = vertices[ring[4]], vertices[ring[12]]
    x = 0.5 * (outer[0] + inner[0])
    # A resting upper lid covers 1 to 2 mm of the iris, the lower lid just touches it.
    y = max(lower[1] + iris - 0.4, upper[1] - iris + 1.2 - 1.0)
    y = min(y, lower[1] + iris + 0.2) - 0.5
    front = max(upper[2], lower[2]) - 0.2
    return Eye(np.array([x, y, front - radius]), radius, iris, side, _lids(ring))


@lru_cache(maxsize=8)
def _build(seed: int) -> Head:
    params = PhantomParams(seed=seed)
    table = load_knowledge("phantom")["head"]
    chart = load_chart()
    closed = _close_mouth(chart.vertices_mm, table["lip_close_mm"])
    opened = _open_lids(closed, table["lid_open_mm"])
    target, scale = _vary(opened, params, table["variation"])
    lu, pivots, n = _spline_system(float(table["smoothing"]))
    right_side = np.zeros((n + 3, 3))
    right_side[:n] = target
    # SciPy counts the pivots from 1 in place while it solves: never the shared ones,
    # since two faces may be drawn at a time.
    coefficients = lu_solve((lu, pivots.copy()), right_side)
    step = float(table["grid_uv"])
    origin, grid, cells = _chart_grid(step)
    flat = grid.reshape(-1, 2)
    points = np.concatenate(
        [
            _kernel(part, chart.uv) @ coefficients[:n]
            + coefficients[n]
            + part @ coefficients[n + 1 :]
            for part in np.array_split(flat, 16)
        ]
    ).reshape(*grid.shape[:2], 3)
    skin = Patch(points, grid_normals(points), cells)
    vertices = _interpolate(points, (chart.uv - origin) / step)
    eyes = (_eye(vertices, _LID_R, -1, table), _eye(vertices, _LID_L, 1, table))
    return Head(skin, origin, step, vertices, eyes, scale)


def build_head(params: PhantomParams) -> Head:
    """Shape the head of a seed. The last few are kept.

    Examples
    --------
    >>> head = build_head(PhantomParams(seed=3))
    >>> head.landmarks_mm().shape
    (478, 3)
    """
    return _build(params.seed)
