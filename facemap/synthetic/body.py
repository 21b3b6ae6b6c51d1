"""What surrounds the face: skull, ears and a plain garment."""

from __future__ import annotations

import numpy as np

from facemap.resources import load_knowledge
from facemap.synthetic.head import Head
from facemap.synthetic.surface import Patch, grid_normals
from facemap.types import FloatArray

__all__ = ["ear", "garment", "nape", "skull", "skull_ellipsoid"]


def skull_ellipsoid(head: Head) -> tuple[FloatArray, FloatArray]:
    """Center and semi-axes of the ellipsoid that the chart's forehead follows."""
    table = load_knowledge("chart")["head"]
    return (
        np.array(table["center_mm"]) * head.scale,
        np.array(table["semi_axes_mm"]) * head.scale,
    )


def _patch(points: FloatArray, outward_from: FloatArray) -> Patch:
    normals = grid_normals(points)
    outward = ((points - outward_from) * normals).sum(axis=-1, keepdims=True)
    normals = np.where(outward < 0, -normals, normals)
    cells = np.ones((points.shape[0] - 1, points.shape[1] - 1), bool)
    return Patch(points, normals, cells)


def skull(head: Head) -> Patch:
    """Shape the back and top of the head, a little inside the skin of the chart."""
    center, axes = skull_ellipsoid(head)
    turn, rise = np.meshgrid(
        np.linspace(-np.pi, np.pi, 73), np.linspace(np.pi / 2, -np.pi / 2, 37)
    )
    unit = np.stack(
        [np.cos(rise) * np.sin(turn), np.sin(rise), np.cos(rise) * np.cos(turn)], -1
    )
    # Fuller below the middle than an ellipsoid, down to the nape.
    full = np.where(unit[..., 1:2] < 0, np.cos(rise)[..., None] ** -0.45, 1.0)
    unit = unit * np.where(np.isfinite(full), [1, 0, 1] * full + [0, 1, 0], 1.0)
    points = center + unit * (axes - 1.5) + [0, 0, -2.0]
    # The face has its own surface; the skull shows behind and above it only.
    behind = (points[..., 2] < -26.0) | (points[..., 1] > 84.0 * head.scale)
    cells = behind[1:, 1:] & behind[1:, :-1] & behind[:-1, 1:] & behind[:-1, :-1]
    return Patch(points, grid_normals(points), cells)


def nape(head: Head) -> Patch:
    """Shape the neck all the way round, a little inside the skin of the chart."""
    table = load_knowledge("chart")["neck"]
    turn, y = np.meshgrid(np.linspace(-np.pi, np.pi, 65), np.linspace(20, -185, 25))
    radius = table["radius_mm"] - 1.5
    points = np.stack(
        [
            radius * np.sin(turn),
            y,
            table["throat_z_mm"] - radius - 4 + radius * np.cos(turn),
        ],
        axis=-1,
    )
    behind = points[..., 2] < table["throat_z_mm"] - radius + 8
    cells = behind[1:, 1:] & behind[1:, :-1] & behind[:-1, 1:] & behind[:-1, :-1]
    return Patch(points * head.scale, grid_normals(points), cells)


def ear(head: Head, side: int) -> Patch:
    """Shape an ear as a shallow shell: rim, hollow and lobe."""
    turn, r = np.meshgrid(np.linspace(0, 2 * np.pi, 49), np.linspace(0, 1, 21))
    flare = np.radians(32)
    back = np.array([side * np.sin(flare), 0.06, -np.cos(flare)])
    up = np.array([side * 0.12, 1.0, -0.22])
    up /= np.linalg.norm(up)
    out = np.cross(up, back) * side
    out /= np.linalg.norm(out)
    x, y = np.cos(turn), np.sin(turn)
    # Narrow at the lobe, full above.
    wide = 17.5 * (1 + 0.22 * y) * np.where(x < 0, 0.75, 1.0)
    along, above = r * x * wide, r * y * 31.0
    rim = 3.6 * np.exp(-(((r - 0.86) / 0.1) ** 2)) * np.clip(0.45 + 0.6 * y + x, 0, 1)
    fold = 2.4 * np.exp(-(((r - 0.52) / 0.1) ** 2)) * np.clip(0.2 + x + 0.4 * y, 0, 1)
    hollow = -6.5 * np.exp(-(((r - 0.08) / 0.26) ** 2))
    height = rim + fold + hollow - 3.0 * np.clip((r - 0.93) / 0.07, 0, 1) ** 2
    root = head.vertices_mm[454 if side > 0 else 234]
    center = root + np.array([side * 4.5, -2.0, -11.0])
    points = (
        center
        + along[..., None] * back
        + above[..., None] * up
        + height[..., None] * out
    )
    return _patch(points, center - 60 * out)


def garment(head: Head, depth: float) -> Patch:
    """Shape a round-necked top on shoulders.

    Parameters
    ----------
    depth : float
        How far the neckline drops in front, millimeters.
    """
    turn, t = np.meshgrid(np.linspace(-np.pi, np.pi, 97), np.linspace(0, 1, 49))
    front = 0.5 + 0.5 * np.cos(turn)
    spread = t**0.8
    across = 55.5 + 174 * spread
    through = 55.5 + 64 * spread
    slope = 0.35 + 0.65 * np.abs(np.sin(turn))
    y = -112 - depth * front**2 - 40 * t * slope - 190 * t**3.2
    y = y - 120 * np.clip(t - 0.75, 0, 1) * front
    ripple = 1.6 * np.sin(7 * turn + 5 * t) * t + 1.1 * np.sin(13 * turn - 9 * t) * t
    points = np.stack(
        [
            across * np.sin(turn),
            y + ripple,
            -57 + through * np.cos(turn) * (1 + 0.25 * t) + ripple,
        ],
        axis=-1,
    )
    points = points * head.scale
    return _patch(points, np.array([0.0, -400.0, -60.0]))
