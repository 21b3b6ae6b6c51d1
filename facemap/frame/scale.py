"""Millimeters per pixel, and how sure.

Two rulers lie on every face: the iris, whose visible width hardly differs between
adults, and the distance between the pupils, which differs more. Each is read from the
photo, both are weighted by the inverse of their variance. In a head turned by more than
10 degrees both are foreshortened by an unknown amount, and the scale is called assumed;
turned further, the size of the whole head stands in for the iris.
"""

from __future__ import annotations

import numpy as np

from facemap.frame.limbus import IRIS_CENTERS, measure_limbus, ring_diameter_px
from facemap.frame.mesh import pupils_mm
from facemap.frame.pose import PoseFit
from facemap.resources import load_knowledge
from facemap.types import Landmarks, Photo, Scale, ScaleSource

__all__ = ["measure_scale"]


def measure_scale(photo: Photo, landmarks: Landmarks, fit: PoseFit) -> Scale:
    r"""Estimate millimeters per pixel in the plane of the eyes.

    Parameters
    ----------
    photo : Photo
    landmarks : Landmarks
    fit : PoseFit

    Returns
    -------
    Scale
        Source `iris_ipd` while the face looks at the camera, else `assumed`.

    Notes
    -----
    With rulers of length :math:`L_k` and relative standard deviation :math:`s_k` that
    measure :math:`p_k` pixels, :math:`\log(mm/px) = \sum s_k^{-2} \log(L_k / p_k) /
    \sum s_k^{-2}`. Facing the camera the iris has two thirds of the weight and the
    interpupillary distance one third: a person whose eyes are 6 mm further apart than
    the mean is still measured as 4 mm further apart.
    """
    knowledge = load_knowledge("frame")["scale"]
    yaw = abs(fit.pose.yaw_deg)
    second = _iris(photo, landmarks, yaw) if yaw < knowledge["iris_yaw_deg"] else None
    rulers = (_interpupillary(landmarks, fit), second or _head(fit))
    weight = np.array([sd**-2 for _, sd in rulers])
    mm_per_px = float(np.exp(weight @ np.log([mm for mm, _ in rulers]) / weight.sum()))
    relative_sd = float(weight.sum() ** -0.5)
    if yaw <= knowledge["measured_yaw_deg"]:
        return Scale(mm_per_px, relative_sd, ScaleSource.IRIS_IPD)
    relative_sd = max(relative_sd, float(knowledge["assumed_relative_sd"]))
    return Scale(mm_per_px, relative_sd, ScaleSource.ASSUMED)


def _iris(photo: Photo, landmarks: Landmarks, yaw_deg: float) -> tuple[float, float]:
    """Millimeters per pixel and relative sd from the visible limbus.

    Whether the eyes turned with the head, as in a clinic's oblique view, or stayed on
    the camera nobody knows: the iris may be foreshortened by anything from cos(yaw)
    to 1. An eye whose limbus is hidden is read from the landmarker's ring, which knows
    less about this face.
    """
    knowledge = load_knowledge("frame")["scale"]
    logs, variances = [], []
    for eye in (0, 1):
        limbus = measure_limbus(photo, landmarks, eye)
        if limbus is not None:
            logs.append(np.log(2 * limbus.radius_px))
            variances.append(float(knowledge["limbus_reading_sd"]) ** 2)
        else:
            ring = ring_diameter_px(landmarks, eye) * float(knowledge["ring_to_limbus"])
            logs.append(np.log(ring))
            variances.append(float(knowledge["ring_reading_sd"]) ** 2)
    weight = 1 / np.array(variances)
    diameter_px = float(np.exp(weight @ logs / weight.sum()))
    iris_mm = float(knowledge["iris_mm"])
    # Both eyes have the same true width, and the ring's error in both is the same.
    reading = max(1 / weight.sum(), min(variances) / 2)
    people = (float(knowledge["iris_sd_mm"]) / iris_mm) ** 2
    definition = float(knowledge["edge_definition_sd"]) ** 2
    narrowest = float(np.cos(np.radians(yaw_deg)))
    turned = ((1 - narrowest) / 2) ** 2
    diameter_px /= narrowest ** float(knowledge["eyes_turn_along"])
    relative_sd = float(np.sqrt(people + definition + reading + turned))
    return iris_mm / diameter_px, relative_sd


def _interpupillary(landmarks: Landmarks, fit: PoseFit) -> tuple[float, float]:
    """Millimeters per pixel and relative sd from the distance between the pupils."""
    knowledge = load_knowledge("frame")["scale"]
    ipd_px = float(np.linalg.norm(np.subtract(*landmarks.xy_px[list(IRIS_CENTERS)])))
    posed = fit.project(pupils_mm())
    seen = float(np.linalg.norm(posed[1] - posed[0]))
    true = float(np.linalg.norm(np.subtract(*pupils_mm())))
    ipd_px *= true * _posed_px_per_mm(fit) / seen
    # What an error of the yaw does to the foreshortening.
    slant = np.tan(np.radians(min(abs(fit.pose.yaw_deg), 80.0)))
    turn = slant * np.radians(float(knowledge["yaw_sd_deg"]))
    ipd_mm = float(knowledge["ipd_mm"])
    return ipd_mm / ipd_px, float(np.hypot(knowledge["ipd_sd_mm"] / ipd_mm, turn))


def _head(fit: PoseFit) -> tuple[float, float]:
    """Millimeters per pixel and relative sd from the size of the head."""
    knowledge = load_knowledge("frame")["scale"]
    size = float(knowledge["head_size"])
    return size / _posed_px_per_mm(fit), float(knowledge["head_size_sd"])


def _posed_px_per_mm(fit: PoseFit) -> float:
    """Pixels per canonical millimeter in the plane of the eyes."""
    return fit.pose.focal_px / float(fit.to_camera(pupils_mm())[:, 2].mean())
