"""What the face is doing: activations of muscles, never a feeling.

Most actions are read from the landmarker's blendshapes. Some of these stay near zero
whatever the face does (`noseSneer`, `cheekSquint`, `cheekPuff`) or answer to the shape
of a face rather than to its action (`mouthPucker`); there, distances between landmarks
on the posed canonical head decide, in canonical millimeters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from facemap.frame.pose import PoseFit
from facemap.resources import load_knowledge
from facemap.types import (
    Expression,
    ExpressionLabel,
    FloatArray,
    Landmarks,
    frozen_mapping,
)

__all__ = ["measure_expression", "movement_of"]


def measure_expression(landmarks: Landmarks, fit: PoseFit) -> Expression:
    """Name the expression, and how strongly each group of muscles acts.

    Parameters
    ----------
    landmarks : Landmarks
    fit : PoseFit

    Returns
    -------
    Expression
        Activations from 0 to 1, by action; `rest` where none reaches its threshold,
        `other` where only one without a label of its own does.
    """
    knowledge = load_knowledge("frame")["expression"]
    activations = _activations(landmarks, fit, knowledge)
    rule = _first_rule(activations)
    label = ExpressionLabel.REST if rule is None else ExpressionLabel(rule["label"])
    return Expression(label, frozen_mapping(activations))


def movement_of(expression: Expression) -> str:
    """Name what a face does, where the label is `other` too.

    Returns
    -------
    str
        The label; for `other` the action that made it so, such as `mouth_open`.
    """
    rule = _first_rule(expression.activations)
    if expression.label is ExpressionLabel.OTHER and rule is not None:
        return str(rule["action"])
    return str(expression.label)


def _first_rule(activations: Mapping[str, float]) -> Mapping[str, Any] | None:
    """Return the first rule that holds; None at rest.

    The order is that of the data file: a smile lowers the brow and narrows the lids.
    """
    for rule in load_knowledge("frame")["expression"]["label"]:
        if activations[rule["action"]] >= rule["at_least"]:
            found: Mapping[str, Any] = rule
            return found
    return None


def _activations(
    landmarks: Landmarks, fit: PoseFit, knowledge: Mapping[str, Any]
) -> dict[str, float]:
    shapes = landmarks.blendshapes

    def shape(*names: str) -> float:
        return float(np.mean([shapes[name] for name in names]))

    head = fit.back_project(landmarks.xy_px)
    gap_mm = float(head[13, 1] - head[14, 1])
    width_mm = _apart(head, 61, 291)
    corners_mm = float(head[[61, 291], 1].mean() - head[[13, 14], 1].mean())
    nose_mm = (_apart(head, 129, 133) + _apart(head, 358, 362)) / 2
    smile = knowledge["smile"]
    evidence = (
        smile["blendshape"] * np.log(0.02 + shape("mouthSmileLeft", "mouthSmileRight"))
        + smile["parted_lips"] * np.clip(gap_mm - 2.0, 0.0, 3.0)
        + smile["raised_corners"] * corners_mm
        + smile["offset"]
    )
    ramp = knowledge["ramp_mm"]
    return {
        "brow_raise": shape("browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
        "frown": shape("browDownLeft", "browDownRight"),
        "squint": shape("eyeSquintLeft", "eyeSquintRight"),
        "eye_closed_r": shape("eyeBlinkRight"),
        "eye_closed_l": shape("eyeBlinkLeft"),
        "nose_scrunch": _ramp(nose_mm, ramp["nose_scrunch"]),
        "smile": float(1 / (1 + np.exp(-evidence))),
        "pucker": shape("mouthPucker") * _ramp(width_mm, ramp["pucker"]),
        "mouth_open": _ramp(gap_mm, ramp["mouth_open"]),
        "lip_press": shape("mouthPressLeft", "mouthPressRight"),
        "mouth_corners_down": shape("mouthFrownLeft", "mouthFrownRight"),
        "chin_raise": shape("mouthShrugLower"),
    }


def _apart(head_mm: FloatArray, a: int, b: int) -> float:
    return float(np.linalg.norm(head_mm[a] - head_mm[b]))


def _ramp(value: float, ends: tuple[float, float]) -> float:
    """0 at the first end, 1 at the second, straight in between."""
    return float(np.clip((value - ends[0]) / (ends[1] - ends[0]), 0, 1))
