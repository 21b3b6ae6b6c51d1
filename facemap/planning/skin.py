"""The face's skin as a mesh to walk on: photo, chart and millimeters of one face."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from facemap.chart import load_chart
from facemap.types import FaceFrame, FloatArray

__all__ = ["ChartGrid", "FaceSkin", "Spots", "chart_grid", "skin_of"]

#: A walk is broken into steps of at most this: under the size of the mesh's triangles.
_STEP_MM = 1.5
#: Of barycentric weights, so that a point on an edge belongs to both sides.
_EDGE = 1e-9
#: Between spots of the grid over the chart: about 1.5 mm.
_GRID_UV = 0.0075
#: Twice the area (square pixels) under which a triangle is seen edge-on.
_FLAT_PX2 = 1e-6


@dataclass(frozen=True, eq=False)
class ChartGrid:
    """Spots spread evenly over the chart, symmetric about its middle.

    Attributes
    ----------
    uv : ndarray of shape (rows, columns, 2)
    triangle : ndarray of shape (rows, columns), int
        Row of `FaceChart.triangles`; -1 beyond the chart, as the outermost rows and
        columns are.
    weights : ndarray of shape (rows, columns, 3)
    """

    uv: FloatArray
    triangle: NDArray[np.int64]
    weights: FloatArray
    step_uv: float


@dataclass(frozen=True, eq=False)
class Spots:
    """Places on one face: on the chart, on the photo and in space."""

    uv: FloatArray
    px: FloatArray
    mm: FloatArray

    def __getitem__(self, which: NDArray[np.bool_] | list[int]) -> Spots:
        """Take some of them."""
        return Spots(self.uv[which], self.px[which], self.mm[which])

    def __len__(self) -> int:
        """How many they are."""
        return len(self.uv)


@dataclass(frozen=True, eq=False)
class FaceSkin:
    """The extended mesh of one photo.

    Attributes
    ----------
    vertices_px : ndarray of shape (N, 2)
    vertices_mm : ndarray of shape (N, 3)
        x right and y down as in the photo, z away from the camera.
    """

    vertices_px: FloatArray
    vertices_mm: FloatArray

    def px(self, uv: FloatArray) -> FloatArray:
        """Carry chart places onto the photo, (M, 2)."""
        return load_chart().carry(uv, self.vertices_px)

    def mm(self, uv: FloatArray) -> FloatArray:
        """Carry chart places into space, (M, 3)."""
        return load_chart().carry(uv, self.vertices_mm)

    def find(self, points_px: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Find the chart places that the photo shows at some points.

        Parameters
        ----------
        points_px : ndarray of shape (M, 2)

        Returns
        -------
        uv : ndarray of shape (M, 2)
            Of the surface nearest to the camera; NaN beside the mesh.
        found : ndarray of shape (M,), bool
        """
        points_px = np.asarray(points_px, np.float64).reshape(-1, 2)
        uv = np.full(points_px.shape, np.nan)
        found = np.zeros(len(points_px), bool)
        if not len(points_px):
            return uv, found
        low, high = self._boxes
        near = (low <= points_px.max(axis=0)) & (high >= points_px.min(axis=0))
        candidates = np.flatnonzero(near.all(axis=1))
        if not len(candidates):
            return uv, found
        weights = self._weights(points_px, candidates)
        with np.errstate(invalid="ignore"):
            inside = weights.min(axis=2) >= -_EDGE
        corners = load_chart().triangles[candidates]
        depth = np.einsum("mci,ci->mc", weights, self.vertices_mm[corners, 2])
        depth = np.where(inside, depth, np.inf)
        best, every = depth.argmin(axis=1), np.arange(len(points_px))
        found = inside[every, best]
        chosen = load_chart().uv[corners[best]]
        carried = np.einsum("mi,mik->mk", weights[every, best], chosen)
        uv[found] = carried[found]
        return uv, found

    def walk(
        self, uv: FloatArray, direction: FloatArray, length_mm: float
    ) -> FloatArray:
        """Go along the skin, straight on, for a length.

        Parameters
        ----------
        uv : ndarray of shape (M, 2)
            Where from.
        direction : ndarray of shape (M, 3)
            In the frame of `vertices_mm`; what of it points out of the skin is left
            away.
        length_mm : float

        Returns
        -------
        ndarray of shape (M, 2)
        """
        at = np.array(uv, np.float64).reshape(-1, 2)
        n_steps = max(1, int(np.ceil(length_mm / _STEP_MM)))
        for _ in range(n_steps):
            triangle, weights = load_chart().locate(at)
            jacobian = self._jacobians[triangle]
            at_mm = self.carried_mm(triangle, weights)
            metric = np.einsum("mki,mkj->mij", jacobian, jacobian)
            wanted = np.einsum("mki,mk->mi", jacobian, direction)
            turn = np.linalg.solve(metric, wanted[..., None])[..., 0]
            step = np.einsum("mki,mi->mk", jacobian, turn)
            norm = np.linalg.norm(step, axis=1, keepdims=True)
            turn *= length_mm / n_steps / np.maximum(norm, 1e-12)
            # Beyond an edge of the mesh skin is stretched otherwise: the step is
            # shortened or lengthened by what it turned out to be.
            came_mm = np.linalg.norm(self.mm(at + turn) - at_mm, axis=1)
            turn *= (length_mm / n_steps / np.maximum(came_mm, 1e-12))[:, None]
            at += turn
        return at

    def normal(self, uv: FloatArray) -> FloatArray:
        """Directions out of the skin, of length 1, (M, 3)."""
        jacobian = self._jacobian(np.asarray(uv, np.float64).reshape(-1, 2))
        # u to the right and v down: their cross product points away from the camera.
        across = np.cross(jacobian[..., 1], jacobian[..., 0])
        return np.asarray(across / np.linalg.norm(across, axis=1, keepdims=True))

    def facing(self, uv: FloatArray) -> FloatArray:
        """How the skin faces the camera: cosine to the line of sight, (M,).

        From where a clinic's photo is taken all lines of sight are nearly parallel.
        """
        return np.asarray(-self.normal(uv)[:, 2])

    def shows(self, spots: Spots, *, within_uv: float) -> NDArray[np.bool_]:
        """Tell which places the photo shows, with nothing of the face before them."""
        seen, found = self.find(spots.px)
        with np.errstate(invalid="ignore"):
            same = np.abs(seen - spots.uv).max(axis=1, initial=0.0) < within_uv
        return np.asarray(found & same)

    @cached_property
    def grid_mm(self) -> FloatArray:
        """Where the spots of `chart_grid` lie in space; NaN beyond the chart."""
        grid = chart_grid()
        corners = self.vertices_mm[load_chart().triangles[grid.triangle]]
        at_mm = np.einsum("rci,rcik->rck", grid.weights, corners)
        at_mm[grid.triangle < 0] = np.nan
        return np.asfortranarray(at_mm)

    @cached_property
    def grid_faces(self) -> NDArray[np.bool_]:
        """Which spots of `chart_grid` lie on triangles that face the camera."""
        a, b, c = np.moveaxis(self.vertices_px[load_chart().triangles], 1, 0)
        ab, ac = b - a, c - a
        # Counter-clockwise seen from outside; the photo's y runs down.
        facing = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0] < -_FLAT_PX2
        triangle = chart_grid().triangle
        return np.asarray(facing[triangle] & (triangle >= 0))

    def spots(self, uv: FloatArray) -> Spots:
        """Carry chart places onto the photo and into space."""
        both = np.hstack([self.vertices_px, self.vertices_mm])
        carried = load_chart().carry(uv, both)
        return Spots(uv, carried[:, :2], carried[:, 2:])

    def carried_mm(
        self, triangle: NDArray[np.int32], weights: FloatArray
    ) -> FloatArray:
        """Carry places that `FaceChart.locate` has found into space, (M, 3)."""
        corners = self.vertices_mm[load_chart().triangles[triangle]]
        return np.asarray(np.einsum("mi,mik->mk", weights, corners))

    def _jacobian(self, uv: FloatArray) -> FloatArray:
        """Millimeters per chart unit, (M, 3, 2)."""
        triangle, _ = load_chart().locate(uv)
        return np.asarray(self._jacobians[triangle])

    @cached_property
    def _jacobians(self) -> FloatArray:
        chart = load_chart()
        corner_uv = chart.uv[chart.triangles]
        corner_mm = self.vertices_mm[chart.triangles]
        sides_uv = np.stack([corner_uv[:, k] - corner_uv[:, 0] for k in (1, 2)], axis=2)
        sides_mm = np.stack([corner_mm[:, k] - corner_mm[:, 0] for k in (1, 2)], axis=2)
        return np.asarray(sides_mm @ np.linalg.inv(sides_uv))

    @cached_property
    def _boxes(self) -> tuple[FloatArray, FloatArray]:
        corner = self.vertices_px[load_chart().triangles]
        return corner.min(axis=1) - _EDGE, corner.max(axis=1) + _EDGE

    def _weights(
        self, points_px: FloatArray, candidates: NDArray[np.intp]
    ) -> FloatArray:
        """Barycentric weights of every point in every triangle, (M, C, 3)."""
        a, b, c = np.moveaxis(
            self.vertices_px[load_chart().triangles[candidates]], 1, 0
        )
        ab, ac = b - a, c - a
        ap = points_px[:, None] - a
        twice_area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.where(np.abs(twice_area) > _FLAT_PX2, 1 / twice_area, np.nan)
            weight_b = (ap[..., 0] * ac[:, 1] - ap[..., 1] * ac[:, 0]) * scale
            weight_c = (ab[:, 0] * ap[..., 1] - ab[:, 1] * ap[..., 0]) * scale
        return np.stack([1 - weight_b - weight_c, weight_b, weight_c], axis=-1)


def skin_of(frame: FaceFrame) -> FaceSkin:
    """Take the mesh of a measured face."""
    return FaceSkin(frame.vertices_px, frame.vertices_mm)


@cache
def chart_grid() -> ChartGrid:
    """Lay a grid over the chart, once."""
    chart = load_chart()
    low, high = chart.uv.min(axis=0), chart.uv.max(axis=0)
    half = np.arange(_GRID_UV, high[0] - 0.5 + 2 * _GRID_UV, _GRID_UV)
    u = np.concatenate([0.5 - half[::-1], [0.5], 0.5 + half])
    v = np.arange(low[1] - _GRID_UV, high[1] + 2 * _GRID_UV, _GRID_UV)
    uv = np.stack(np.meshgrid(u, v), axis=-1)
    triangle = np.full(uv.shape[:2], -1)
    weights = np.zeros((*uv.shape[:2], 3))
    for number, corner in enumerate(chart.uv[chart.triangles]):
        column, end = np.searchsorted(u, [corner[:, 0].min(), corner[:, 0].max()])
        row, last = np.searchsorted(v, [corner[:, 1].min(), corner[:, 1].max()])
        spots = uv[row : last + 1, column : end + 1]
        sides = np.linalg.inv((corner[1:] - corner[0]).T)
        share = (spots - corner[0]) @ sides.T
        inside = (share.min(axis=2) >= -_EDGE) & (share.sum(axis=2) <= 1 + _EDGE)
        triangle[row : last + 1, column : end + 1][inside] = number
        weights[row : last + 1, column : end + 1][inside] = np.column_stack(
            [1 - share[inside].sum(axis=1), share[inside]]
        )
    return ChartGrid(uv, triangle, weights, _GRID_UV)
