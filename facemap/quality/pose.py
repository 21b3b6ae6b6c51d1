"""How the head is held, and how far away the camera is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from facemap.quality.rules import Reading
from facemap.quality.scene import Scene
from facemap.types import View

__all__ = [
    "measure_camera_distance",
    "measure_pitch",
    "measure_roll",
    "measure_yaw",
    "yaw_error_deg",
]

#: Yaw that each view asks for. An oblique shows the named cheek, so the patient has
#: turned to the other side.
_TARGET_YAW_DEG: Mapping[View, float] = MappingProxyType(
    {
        View.FRONTAL: 0.0,
        View.OBLIQUE_R: 45.0,
        View.OBLIQUE_L: -45.0,
        View.PROFILE_R: 90.0,
        View.PROFILE_L: -90.0,
    }
)
#: A photo turned by a quarter shows a tilt of 90 degrees, give or take what necks do.
_QUARTER_DEG = (50.0, 130.0)


def yaw_error_deg(yaw_deg: float, view: View) -> float:
    """Find how much too far to the patient's left the head is turned for this view.

    Examples
    --------
    >>> yaw_error_deg(6.0, View.FRONTAL), yaw_error_deg(40.0, View.OBLIQUE_R)
    (6.0, -5.0)
    """
    return yaw_deg - _TARGET_YAW_DEG[view]


def _angle(value: float, positive: str, negative: str) -> Reading:
    case = positive if value > 0 else negative
    return Reading(value, case, {"amount": abs(value)})


def measure_yaw(scene: Scene) -> Reading:
    """Measure the turn of the head away from what the view asks for, in degrees."""
    error = yaw_error_deg(scene.frame.pose.yaw_deg, scene.frame.view)
    return _angle(error, "turned_left", "turned_right")


def measure_pitch(scene: Scene) -> Reading:
    """Measure the nod of the head, in degrees; positive looks up."""
    return _angle(scene.frame.pose.pitch_deg, "up", "down")


def measure_roll(scene: Scene) -> Reading:
    """Measure the tilt of the head, in degrees; positive to the patient's left."""
    roll_deg = scene.frame.pose.roll_deg
    # No neck bends this far: it is the photo that is turned.
    if abs(roll_deg) > _QUARTER_DEG[1]:
        return Reading(roll_deg, "upside_down")
    if abs(roll_deg) > _QUARTER_DEG[0]:
        return _angle(roll_deg, "on_side_clockwise", "on_side_counterclockwise")
    return _angle(roll_deg, "tilted_left", "tilted_right")


def measure_camera_distance(scene: Scene) -> Reading:
    """Measure the camera's distance in centimeters: from close up the nose grows."""
    distance_mm = scene.frame.camera_distance_mm
    if distance_mm is None:
        return Reading(None, "no_distance")
    return Reading(distance_mm / 10, "any", {"amount": distance_mm / 10})
