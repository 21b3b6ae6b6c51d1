"""What the face is doing, as activations of muscles."""

from __future__ import annotations

from facemap.types import Expression, ExpressionLabel, Landmarks, frozen_mapping

__all__ = ["measure_expression"]


def measure_expression(landmarks: Landmarks) -> Expression:
    """Name the expression from the blendshapes."""
    shapes = landmarks.blendshapes
    smile = (shapes["mouthSmileLeft"] + shapes["mouthSmileRight"]) / 2
    label = ExpressionLabel.SMILE if smile > 0.4 else ExpressionLabel.REST
    return Expression(label, frozen_mapping({"smile": smile}))
