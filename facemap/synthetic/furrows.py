"""A furrow: a path on the skin with a depth and a width along it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facemap.synthetic.head import Head
from facemap.types import FloatArray

__all__ = ["STEP_MM", "Furrow", "lay_furrow", "resample", "valley", "valley_slope"]

#: Distance between the samples of a path on the skin, millimeters.
STEP_MM = 0.25


@dataclass(frozen=True, eq=False)
class Furrow:
    """Relief along one line.

    Attributes
    ----------
    zone : str or None
        None for what is part of every face, such as the line between the lips.
    path_uv : ndarray of shape (N, 2)
    path_mm, along, across : ndarray of shape (N, 3)
        Center line, unit direction, unit direction across it within the skin.
    depth_mm, width_mm : ndarray of shape (N,)
        Depth, and full width at half depth.
    skew : float
        -1 to 1: which wall is steeper.
    redness : float
        Extra blood in the bottom.
    """

    zone: str | None
    path_uv: FloatArray
    path_mm: FloatArray
    along: FloatArray
    across: FloatArray
    depth_mm: FloatArray
    width_mm: FloatArray
    skew: float
    redness: float

    def length_mm(self) -> float:
        """Length on the skin."""
        steps = np.linalg.norm(np.diff(self.path_mm, axis=0), axis=1)
        return float(steps.sum())


def valley(
    offset_mm: FloatArray, width_mm: FloatArray, skew: FloatArray | float
) -> FloatArray:
    """Share of the depth at an offset across a furrow; 1 at the bottom."""
    walls = width_mm * np.where(offset_mm > 0, 1 + skew, 1 - skew)
    return np.asarray(np.exp2(-4 * (offset_mm / walls) ** 2))


def valley_slope(
    offset_mm: FloatArray,
    depth_mm: FloatArray,
    width_mm: FloatArray,
    skew: FloatArray | float,
) -> FloatArray:
    """Rise of the skin per millimeter across a furrow."""
    walls = width_mm * np.where(offset_mm > 0, 1 + skew, 1 - skew)
    height = depth_mm * valley(offset_mm, width_mm, skew)
    return np.asarray(8 * np.log(2) * offset_mm / walls**2 * height)


def resample(path: FloatArray, measure: FloatArray, step: float) -> FloatArray:
    """Walk along a polyline in equal steps of a measure given at its points.

    Parameters
    ----------
    path : ndarray of shape (N, K)
    measure : ndarray of shape (N,)
        Arc length at the points, from 0.
    step : float
        In the unit of `measure`.
    """
    n = max(round(float(measure[-1]) / step), 2) + 1
    at = np.linspace(0, measure[-1], n)
    columns = [np.interp(at, measure, path[:, k]) for k in range(path.shape[1])]
    return np.stack(columns, axis=1)


def lay_furrow(
    head: Head,
    path_uv: FloatArray,
    *,
    zone: str | None,
    depth_mm: FloatArray,
    width_mm: FloatArray,
    skew: float,
    redness: float,
) -> Furrow:
    """Put a furrow on a head.

    Parameters
    ----------
    head : Head
    path_uv : ndarray of shape (N, 2)
    depth_mm, width_mm : ndarray of shape (M,)
        At equal steps from the start to the end of the path.
    """
    rough = head.points_at(path_uv)
    run = np.concatenate(
        [[0.0], np.cumsum(np.linalg.norm(np.diff(rough, axis=0), axis=1))]
    )
    uv = resample(path_uv, run, STEP_MM)
    points = head.points_at(uv)
    along = np.gradient(points, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    across = np.cross(head.normals_at(uv), along)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
    share = np.linspace(0, 1, len(uv))
    knots = np.linspace(0, 1, len(depth_mm))
    return Furrow(
        zone=zone,
        path_uv=uv,
        path_mm=points,
        along=along,
        across=across,
        depth_mm=np.interp(share, knots, depth_mm),
        width_mm=np.interp(share, knots, width_mm),
        skew=skew,
        redness=redness,
    )
