"""The drawn face, in lines: `data/facechart.toml` as smooth strokes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

from facemap.chart import load_chart
from facemap.resources import load_knowledge
from facemap.types import FloatArray

__all__ = ["Iris", "LineFace", "Stroke", "load_line_face"]

_MIRROR = np.array([-1.0, 1.0])
_STEP_MM = 0.8
_RING = np.linspace(0, 2 * np.pi, 73)


@dataclass(frozen=True, eq=False)
class Stroke:
    """One line of the drawing.

    Attributes
    ----------
    points_mm : ndarray of shape (N, 2)
        x toward the patient's left, y down.
    weight_mm : float
    filled : bool
        A closed shape, softly filled.
    """

    name: str
    points_mm: FloatArray
    weight_mm: float
    filled: bool


@dataclass(frozen=True, eq=False)
class Iris:
    """An eye's iris, what of it the lids leave, and its pupil.

    Attributes
    ----------
    center_mm : ndarray of shape (2,)
    lids_mm : ndarray of shape (N, 2)
        The opening between the lids.
    """

    center_mm: FloatArray
    radius_mm: float
    pupil_mm: float
    weight_mm: float
    lids_mm: FloatArray

    @property
    def ring_mm(self) -> FloatArray:
        """Its border, flattened where the lids cover it."""
        round_mm = np.column_stack([np.cos(_RING), np.sin(_RING)]) * self.radius_mm
        low, high = self.lids_mm[:, 1].min(), self.lids_mm[:, 1].max()
        return np.clip(self.center_mm + round_mm, [-np.inf, low], [np.inf, high])


@dataclass(frozen=True, eq=False)
class LineFace:
    """The whole drawing.

    Attributes
    ----------
    box_mm : tuple of float
        Left, top, right and bottom of what is shown, y down.
    """

    box_mm: tuple[float, float, float, float]
    strokes: tuple[Stroke, ...]
    irises: tuple[Iris, ...]


@cache
def load_line_face() -> LineFace:
    """Read the drawing.

    Raises
    ------
    KnowledgeError
        The file is missing or damaged.
    """
    knowledge = load_knowledge("facechart")
    left, top, right, bottom = knowledge["view"]["box_mm"]
    strokes: list[Stroke] = []
    for row in knowledge["stroke"]:
        half = _corners(row)
        filled = "fill" in row
        if row["how"] == "across":
            strokes.append(_stroke(row, np.concatenate([half, half[-2::-1] * _MIRROR])))
        else:
            closed = np.concatenate([half, half[:1]]) if filled else half
            strokes += [_stroke(row, closed), _stroke(row, closed * _MIRROR)]
    named = {stroke.name: stroke for stroke in strokes[::-1]}  # the right one
    lids = np.concatenate(
        [named["upper lid"].points_mm, named["lower lid"].points_mm[::-1]]
    )
    iris = knowledge["iris"]
    center = np.array(iris["center_mm"]) * [1, -1]
    return LineFace(
        box_mm=(left, -top, right, -bottom),
        strokes=tuple(strokes),
        irises=tuple(
            Iris(
                center_mm=center * side,
                radius_mm=iris["radius_mm"],
                pupil_mm=iris["pupil_mm"],
                weight_mm=iris["weight"],
                lids_mm=lids * side,
            )
            for side in (np.ones(2), _MIRROR)
        ),
    )


def _corners(row: Mapping[str, Any]) -> FloatArray:
    """Give the corners of a row, y down."""
    if "landmarks" in row:
        mesh_mm = load_chart().vertices_mm[list(row["landmarks"])]
        return np.asarray(mesh_mm[:, :2] * [1, -1])
    return np.array(row["xy_mm"], float) * [1, -1]


def _stroke(row: Mapping[str, Any], corners_mm: FloatArray) -> Stroke:
    return Stroke(row["name"], _smooth(corners_mm), row["weight"], "fill" in row)


def _smooth(corners_mm: FloatArray) -> FloatArray:
    """Lead a curve through corners.

    At the square root of their distances (a centripetal spline), so that it makes no
    loops where corners lie close.
    """
    steps = np.sqrt(np.linalg.norm(np.diff(corners_mm, axis=0), axis=1))
    at = np.concatenate([[0.0], np.cumsum(steps)])
    n = max(2, round(float((steps**2).sum()) / _STEP_MM) + 1)
    spline = CubicSpline(at, corners_mm, bc_type="natural")
    return np.asarray(spline(np.linspace(0, at[-1], n)), np.float64)
