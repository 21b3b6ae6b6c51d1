"""Millimeters per pixel, and how sure."""

from __future__ import annotations

import numpy as np

from facemap.frame.mesh import pupils_mm
from facemap.frame.pose import PoseFit
from facemap.resources import load_knowledge
from facemap.types import Landmarks, Photo, Scale, ScaleSource

__all__ = ["IRIS_CENTERS", "measure_scale"]

#: Landmarks at the middle of the irises, the patient's right first.
IRIS_CENTERS = (468, 473)


def measure_scale(photo: Photo, landmarks: Landmarks, fit: PoseFit) -> Scale:
    """Estimate millimeters per pixel in the plane of the eyes."""
    knowledge = load_knowledge("frame")["scale"]
    ipd_px = float(np.linalg.norm(np.subtract(*landmarks.xy_px[list(IRIS_CENTERS)])))
    # How long the canonical head's own pupils' distance is on the photo, undistorted.
    posed = fit.project(pupils_mm())
    camera = fit.to_camera(pupils_mm())
    across = float(np.linalg.norm(camera[1] - camera[0]))
    straight_px = across * fit.pose.focal_px / float(camera[:, 2].mean())
    ipd_px *= straight_px / float(np.linalg.norm(posed[1] - posed[0]))
    mm_per_px = float(knowledge["ipd_mm"]) / ipd_px
    return Scale(
        mm_per_px, float(knowledge["assumed_relative_sd"]), ScaleSource.ASSUMED
    )
