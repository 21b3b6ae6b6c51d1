"""The extended mesh on a face: hairline and neck carried along, and millimeters."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from facemap.chart import load_chart
from facemap.frame.pose import PoseFit
from facemap.types import FloatArray, Landmarks, Scale

__all__ = ["PUPIL_LANDMARKS", "extend_mesh", "lift_mesh", "pupils_mm"]

#: Canthi and the middle of both lids, with the pupil in their middle; the patient's
#: right eye first.
PUPIL_LANDMARKS = ((33, 133, 159, 145), (263, 362, 386, 374))

# Reach of a border landmark's residual beyond the mesh, in canonical millimeters:
# about the distance between neighboring zones of the forehead.
_REACH_MM = 25.0


@cache
def _carry_weights() -> FloatArray:
    """Weights of the 468 landmarks' residuals at each vertex beyond the mesh."""
    chart = load_chart()
    mesh, beyond = np.split(chart.vertices_mm, [chart.n_mesh])
    border = _border(chart.triangles, chart.n_mesh)
    apart = np.linalg.norm(beyond[:, None] - mesh[border], axis=2)
    # Relative to the nearest, so that far vertices still follow their nearest border.
    near = apart.min(axis=1, keepdims=True)
    weights = np.zeros((len(beyond), chart.n_mesh))
    weights[:, border] = np.exp(-(apart**2 - near**2) / (2 * _REACH_MM**2))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _border(triangles: NDArray[np.int32], n_mesh: int) -> NDArray[np.int32]:
    """Landmarks that share a triangle with a vertex beyond the mesh."""
    mixed = triangles[(triangles >= n_mesh).any(axis=1)]
    return np.asarray(np.unique(mixed[mixed < n_mesh]), dtype=np.int32)


def extend_mesh(landmarks: Landmarks, fit: PoseFit) -> FloatArray:
    """Place every vertex of the chart on the photo.

    Parameters
    ----------
    landmarks : Landmarks
    fit : PoseFit

    Returns
    -------
    ndarray of shape (N, 2)
        The 468 landmarks, then the vertices beyond them: where the pose puts them,
        moved by what the pose leaves unexplained at the border nearby.
    """
    chart = load_chart()
    posed = fit.project(chart.vertices_mm)
    mesh = landmarks.xy_px[: chart.n_mesh]
    residual = mesh - posed[: chart.n_mesh]
    return np.concatenate([mesh, posed[chart.n_mesh :] + _carry_weights() @ residual])


def lift_mesh(vertices_px: FloatArray, fit: PoseFit, scale: Scale) -> FloatArray:
    """Give every vertex its place in space, in true millimeters.

    Depth is that of the posed canonical head, scaled to this head's size: the
    landmarker's own depth is a guess at relief, not a measurement. Across, each vertex
    lies on the line of sight through its pixel.

    Returns
    -------
    ndarray of shape (N, 3)
        x right and y down as in the photo, z away from the camera; origin between the
        pupils.
    """
    chart = load_chart()
    camera = fit.to_camera(chart.vertices_mm)
    pupils = fit.to_camera(pupils_mm()).mean(axis=0)
    true_size = fit.pose.focal_px * scale.mm_per_px / pupils[2]
    depth = camera[:, 2] * true_size
    across = (vertices_px - fit.center_px) / fit.pose.focal_px * depth[:, None]
    return np.asarray(np.column_stack([across, depth]) - pupils * true_size)


def pupils_mm() -> FloatArray:
    """Return the pupils of the canonical head, the patient's right first, (2, 3).

    Halfway between the canthi, as deep as the lids' margins.
    """
    mesh = load_chart().vertices_mm
    return np.stack([mesh[list(lids)].mean(axis=0) for lids in PUPIL_LANDMARKS])
