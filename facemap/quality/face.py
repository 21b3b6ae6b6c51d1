"""What the face does: expression, eyes, mouth."""

from __future__ import annotations

import numpy as np

from facemap.quality.rules import Reading
from facemap.quality.scene import Scene
from facemap.types import ExpressionLabel, FloatArray

__all__ = ["gap_mm", "measure_expression", "measure_eyes_open", "measure_mouth_closed"]

# Upper and lower lid of each eye, and the inner rims of the lips, in facing pairs.
_LIDS_R = ((159, 145), (158, 153), (160, 144))
_LIDS_L = ((386, 374), (385, 380), (387, 373))
_LIPS = ((13, 14), (82, 87), (312, 317), (81, 178), (311, 402))


def gap_mm(points_mm: FloatArray, pairs: tuple[tuple[int, int], ...]) -> float:
    """Widest distance between the two points of any pair."""
    upper, lower = np.asarray(pairs).T
    return float(np.linalg.norm(points_mm[upper] - points_mm[lower], axis=1).max())


def measure_expression(scene: Scene) -> Reading:
    """Measure the departure from rest: 0, or the activation of the face's action."""
    expression = scene.frame.expression
    if expression.label is ExpressionLabel.REST:
        return Reading(0.0, "rest")
    activations = expression.activations
    strength = activations.get(expression.label.value)
    if strength is None:
        strength = max(activations.values(), default=1.0)
    return Reading(float(strength), expression.label.value)


def measure_eyes_open(scene: Scene) -> Reading:
    """Measure the narrower eye's opening, as a share of eyes to chin (OFIQ)."""
    points = scene.frame.vertices_mm
    right, left = gap_mm(points, _LIDS_R), gap_mm(points, _LIDS_L)
    return Reading(min(right, left) / scene.eye_mid_to_chin_mm)


def measure_mouth_closed(scene: Scene) -> Reading:
    """Measure the widest gap of the lips, as a share of eyes to chin (OFIQ)."""
    return Reading(gap_mm(scene.frame.vertices_mm, _LIPS) / scene.eye_mid_to_chin_mm)
