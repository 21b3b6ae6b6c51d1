"""Millimeters per pixel, and how sure.

Two rulers lie on every face: the iris, whose visible width hardly differs between
adults, and the distance between the pupils, which differs more. Each is read from the
photo, both are weighted by the inverse of their variance. In a head turned by more than
10 degrees both are foreshortened, which pose and gaze tell less surely, and the scale
is called assumed; turned further, the size of the head stands in for the iris.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from facemap.frame.limbus import (
    IRIS_CENTERS,
    Limbus,
    measure_limbus,
    ring_diameter_px,
)
from facemap.frame.mesh import PUPIL_LANDMARKS, pupils_mm
from facemap.frame.pose import PoseFit
from facemap.resources import load_knowledge
from facemap.types import FloatArray, Landmarks, Photo, Scale, ScaleSource

__all__ = ["measure_scale"]

# Sine of the farthest that eyes turn aside.
_GAZE_LIMIT = 0.7
# Limbus and ring disagree where they differ by more standard deviations of the ring.
_CONTRADICTED = 2.0


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
    limbi = [measure_limbus(photo, landmarks, eye) for eye in (0, 1)]
    irises_px = landmarks.xy_px[list(IRIS_CENTERS)]
    for eye, limbus in enumerate(limbi):
        if limbus is not None:
            irises_px[eye] = limbus.center_px
    near = yaw < knowledge["iris_yaw_deg"]
    second = _iris(landmarks, limbi, irises_px, fit) if near else _head(fit)
    rulers = (_interpupillary(irises_px, fit), second)
    weight = np.array([sd**-2 for _, sd in rulers])
    mm_per_px = float(np.exp(weight @ np.log([mm for mm, _ in rulers]) / weight.sum()))
    relative_sd = float(weight.sum() ** -0.5)
    if yaw <= knowledge["measured_yaw_deg"]:
        return Scale(mm_per_px, relative_sd, ScaleSource.IRIS_IPD)
    relative_sd = max(relative_sd, float(knowledge["assumed_relative_sd"]))
    return Scale(mm_per_px, relative_sd, ScaleSource.ASSUMED)


def _iris(
    landmarks: Landmarks,
    limbi: Sequence[Limbus | None],
    irises_px: FloatArray,
    fit: PoseFit,
) -> tuple[float, float]:
    """Millimeters per pixel and relative sd from the visible limbus.

    An eye whose limbus is hidden is read from the landmarker's ring, which knows less
    about this face. A limbus that the ring contradicts, by more than twice what the
    ring is off by, counts the less the more: something else was taken for it. An iris
    is as narrow as the line of sight is oblique to it: eyes that turned with the head
    look narrower than eyes that stayed on the camera.
    """
    knowledge = load_knowledge("frame")["scale"]
    oblique_rad = _obliquity_rad(landmarks, irises_px, fit)
    depth_mm = fit.to_camera(pupils_mm())[:, 2]
    ring_sd = float(knowledge["ring_reading_sd"])
    logs, variances = [], []
    for eye, limbus in enumerate(limbi):
        ring_px = ring_diameter_px(landmarks, eye) * float(knowledge["ring_to_limbus"])
        width_log, variance = np.log(ring_px), ring_sd**2
        if limbus is not None:
            off = float(np.log(2 * limbus.radius_px / ring_px))
            doubt = max(abs(off) - _CONTRADICTED * ring_sd, 0.0)
            own = float(knowledge["limbus_reading_sd"]) ** 2 + doubt**2
            share = variance / (variance + doubt**2)
            width_log += share * off
            variance = share * own + (1 - share) * variance
        variances.append(variance)
        narrowed = np.cos(oblique_rad[eye]) * depth_mm.mean() / depth_mm[eye]
        logs.append(width_log - np.log(narrowed))
    weight = 1 / np.array(variances)
    diameter_px = float(np.exp(weight @ logs / weight.sum()))
    iris_mm = float(knowledge["iris_mm"])
    # Both eyes have the same true width, and the ring's error in both is the same.
    reading = max(1 / weight.sum(), min(variances) / 2)
    people = (float(knowledge["iris_sd_mm"]) / iris_mm) ** 2
    definition = float(knowledge["edge_definition_sd"]) ** 2
    slant = np.tan(abs(oblique_rad.mean()))
    turned = (slant * np.radians(float(knowledge["gaze_sd_deg"]))) ** 2
    relative_sd = float(np.sqrt(people + definition + reading + turned))
    return iris_mm / diameter_px, relative_sd


def _obliquity_rad(
    landmarks: Landmarks, irises_px: FloatArray, fit: PoseFit
) -> FloatArray:
    """Angle between each eye's axis and the line of sight, sideways; shape (2,).

    Where the eyes look is read from how far the irises stand from the middle of the
    lids: on average over both, so that it does not matter that they converge.
    """
    knowledge = load_knowledge("frame")["scale"]
    rotation = fit.pose.rotation
    in_camera = fit.to_camera(pupils_mm())
    middle_px = np.stack(
        [landmarks.xy_px[list(i)].mean(axis=0) for i in PUPIL_LANDMARKS]
    )
    aside_mm = (irises_px - middle_px) * in_camera[:, 2:] / fit.pose.focal_px
    # What stands out of the head's own plane is shifted by a turn, too.
    aside_mm -= float(knowledge["iris_ahead_mm"]) * rotation[:2, 2]
    aside_mm = np.linalg.solve(rotation[:2, :2], aside_mm.T)[0]
    turn = float(aside_mm.mean()) / float(knowledge["eye_arm_mm"])
    gaze_rad = np.arcsin(np.clip(turn, -_GAZE_LIMIT, _GAZE_LIMIT))
    to_camera = -in_camera @ rotation
    return np.asarray(np.arctan2(to_camera[:, 0], to_camera[:, 2]) - gaze_rad)


def _interpupillary(irises_px: FloatArray, fit: PoseFit) -> tuple[float, float]:
    """Millimeters per pixel and relative sd from the distance between the pupils."""
    knowledge = load_knowledge("frame")["scale"]
    ipd_px = float(np.linalg.norm(irises_px[1] - irises_px[0]))
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
