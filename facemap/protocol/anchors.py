"""Places given by landmarks and millimeters, as places on the face chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from facemap.chart import load_chart
from facemap.types import FloatArray

__all__ = ["Anchor", "nearest_uv", "parse_anchor"]

#: Chart coordinates are kept to this step, so that 1 - u is exact (see facemap.chart).
_UV_STEP = 2.0**-20


@dataclass(frozen=True)
class Anchor:
    """A place on the chart, of the patient's right half or the midline.

    Attributes
    ----------
    uv : tuple of float
    away_mm : float
        How far it was carried from its landmarks: what an error of scale acts on.
    """

    uv: tuple[float, float]
    away_mm: float

    def mirrored(self) -> Anchor:
        """Give the same place on the other half."""
        return Anchor((1 - self.uv[0], self.uv[1]), self.away_mm)


def parse_anchor(row: Mapping[str, Any]) -> Anchor:
    """Read a place.

    Parameters
    ----------
    row : mapping
        ``landmarks``, averaged, and ``mm``: an offset toward the patient's left, up
        and forward on a head of average size, from where the nearest skin is taken. Or
        ``uv``.

    Raises
    ------
    ValueError
        It gives both or neither, in words.

    Examples
    --------
    >>> parse_anchor({"uv": [0.5, 0.25]}).uv
    (0.5, 0.25)
    >>> parse_anchor({"landmarks": [33]}).away_mm
    0.0
    """
    if ("uv" in row) == ("landmarks" in row):
        raise ValueError("needs either landmarks or uv")
    if "uv" in row:
        if "mm" in row:
            raise ValueError("has mm, which go with landmarks")
        u, v = np.round(np.array(row["uv"], float) / _UV_STEP) * _UV_STEP
        return Anchor((float(u), float(v)), 0.0)
    chart = load_chart()
    offset_mm = np.array(row.get("mm", (0.0, 0.0, 0.0)), float)
    at = chart.vertices_mm[list(row["landmarks"])].mean(axis=0) + offset_mm
    return Anchor(nearest_uv(at), float(np.linalg.norm(offset_mm)))


def nearest_uv(point_mm: Sequence[float] | FloatArray) -> tuple[float, float]:
    """Find the chart place of the skin nearest to a point of the canonical head.

    Parameters
    ----------
    point_mm : array of shape (3,)
        In the frame of `FaceChart.vertices_mm`.
    """
    x, y, z = (float(part) for part in point_mm)
    return _nearest_uv(x, y, z)


@cache
def _nearest_uv(*point_mm: float) -> tuple[float, float]:
    chart = load_chart()
    a, ab, ac = _triangles()
    # The nearest point of each triangle: its plane's, if inside, else of an edge.
    ap = np.array(point_mm) - a
    d00, d01, d11 = _dot(ab, ab), _dot(ab, ac), _dot(ac, ac)
    d20, d21 = _dot(ap, ab), _dot(ap, ac)
    down = d00 * d11 - d01 * d01
    inside = np.column_stack([d11 * d20 - d01 * d21, d00 * d21 - d01 * d20])
    inside /= down[:, None]
    ok = (inside >= 0).all(axis=1) & (inside.sum(axis=1) <= 1)
    on_ab = np.clip(d20 / d00, 0, 1)
    on_ac = np.clip(d21 / d11, 0, 1)
    on_bc = np.clip((d00 - d01 + d21 - d20) / (d00 - 2 * d01 + d11), 0, 1)
    zero = np.zeros(len(a))
    candidates = np.stack(
        [
            np.where(ok[:, None], inside, 0.0),
            np.column_stack([on_ab, zero]),
            np.column_stack([zero, on_ac]),
            np.column_stack([1 - on_bc, on_bc]),
        ]
    )
    gap = ap - candidates[..., :1] * ab - candidates[..., 1:] * ac
    distance = np.einsum("kti,kti->kt", gap, gap)
    k, triangle = np.unravel_index(int(distance.argmin()), distance.shape)
    s, t = candidates[k, triangle]
    corner = chart.uv[chart.triangles[triangle]]
    uv = np.array([1 - s - t, s, t]) @ corner
    u, v = np.round(uv / _UV_STEP) * _UV_STEP
    return float(u), float(v)


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("ti,ti->t", a, b))


@cache
def _triangles() -> tuple[FloatArray, FloatArray, FloatArray]:
    chart = load_chart()
    corners = chart.vertices_mm[chart.triangles]
    return (
        corners[:, 0],
        corners[:, 1] - corners[:, 0],
        corners[:, 2] - corners[:, 0],
    )
