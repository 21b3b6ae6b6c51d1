"""Which face, how much of it, and how sure the landmarks are."""

from __future__ import annotations

import numpy as np

from facemap.chart import load_chart
from facemap.quality.rules import Reading
from facemap.quality.scene import Scene
from facemap.types import FloatArray

__all__ = [
    "edge_distances",
    "measure_faces",
    "measure_landmark_agreement",
    "measure_margin",
]

_EDGES = ("patients_right", "top", "patients_left", "bottom")


def edge_distances(points_px: FloatArray, size_wh: tuple[int, int]) -> FloatArray:
    """Least distance of any point from each edge of the photo.

    Parameters
    ----------
    points_px : ndarray of shape (N, 2)
    size_wh : tuple of int

    Returns
    -------
    ndarray of shape (4,)
        Left, top, right and bottom of the picture, in pixels; negative beyond it.

    Examples
    --------
    >>> edge_distances(np.array([[2.5, 3.5], [6.5, 10.5]]), (12, 10))
    array([ 3.,  4.,  5., -1.])
    """
    low = np.min(points_px, axis=0) + 0.5
    high = np.asarray(size_wh) - (np.max(points_px, axis=0) + 0.5)
    return np.concatenate([low, high])


def measure_faces(scene: Scene) -> Reading:
    """Count the faces in the picture."""
    count = scene.frame.landmarks.n_faces
    return Reading(float(count), "any", {"amount": count})


def measure_margin(scene: Scene) -> Reading:
    """Measure the least room from hairline, cheeks and chin to an edge, in mm."""
    head = load_chart().uv[:, 1] <= 1.0  # the chart goes on below for the neck
    distances = edge_distances(scene.frame.vertices_px[head], scene.photo.size_wh)
    margins_mm = distances * scene.frame.scale.mm_per_px
    worst = int(np.argmin(margins_mm))
    return Reading(float(margins_mm[worst]), _EDGES[worst])


def measure_landmark_agreement(scene: Scene) -> Reading:
    """Measure how far landmarks of photo and mirror image lie apart: the median."""
    spread_px = float(np.median(scene.frame.landmarks.spread_px))
    return Reading(spread_px * scene.frame.scale.mm_per_px)
