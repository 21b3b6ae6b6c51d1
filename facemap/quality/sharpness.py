"""How finely the photo draws: pixels per millimeter, and the blur of its edges."""

from __future__ import annotations

import numpy as np

from facemap.quality.rules import Reading
from facemap.quality.scene import Scene

__all__ = ["measure_face_width", "measure_resolution", "measure_sharpness"]


def measure_resolution(scene: Scene) -> Reading:
    """Measure the pixels of the photo per millimeter of skin."""
    px_per_mm = scene.frame.scale.px_per_mm
    return Reading(px_per_mm, "any", {"amount": px_per_mm})


def measure_face_width(scene: Scene) -> Reading:
    """Measure the width of the face in the photo, in pixels."""
    width_px = float(np.ptp(scene.frame.landmarks.xy_px[:468, 0]))
    return Reading(width_px, "any", {"amount": width_px})


def measure_sharpness(scene: Scene) -> Reading:
    """Measure the point spread at the eyes: full width at half height, in mm."""
    blur_mm = scene.blur_mm
    if blur_mm is None:
        return Reading(None, "no_edges")
    return Reading(blur_mm, "any", {"amount": blur_mm})
