"""A pinhole camera looking at a head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facemap.types import FloatArray

__all__ = ["Camera", "head_rotation"]

#: Canonical axes (x left of the patient, y up, z forward) to camera axes (x right,
#: y down, z away) for a head that looks straight into the camera.
_FACING = np.diag([1.0, -1.0, -1.0])


def head_rotation(yaw_deg: float, pitch_deg: float, roll_deg: float) -> FloatArray:
    """Rotation from canonical to camera axes, with the signs of `facemap.geometry`.

    The head tilts (roll), then nods (pitch), then turns (yaw) about the camera's
    vertical.

    Examples
    --------
    A head turned to its own left: the nose points right in the picture.

    >>> bool((head_rotation(30.0, 0.0, 0.0) @ [0.0, 0.0, 1.0])[0] > 0)
    True
    """
    yaw, pitch, roll = np.radians([yaw_deg, pitch_deg, roll_deg])
    turn = np.array(
        [
            [np.cos(yaw), 0, np.sin(yaw)],
            [0, 1, 0],
            [-np.sin(yaw), 0, np.cos(yaw)],
        ]
    )
    nod = np.array(
        [
            [1, 0, 0],
            [0, np.cos(pitch), np.sin(pitch)],
            [0, -np.sin(pitch), np.cos(pitch)],
        ]
    )
    tilt = np.array(
        [
            [np.cos(roll), np.sin(roll), 0],
            [-np.sin(roll), np.cos(roll), 0],
            [0, 0, 1],
        ]
    )
    return np.asarray(_FACING @ turn @ nod @ tilt)


@dataclass(frozen=True, eq=False)
class Camera:
    """Where the head is and how it is projected.

    Attributes
    ----------
    rotation : ndarray of shape (3, 3)
    translation_mm : ndarray of shape (3,)
        ``camera = rotation @ canonical + translation``.
    focal_px : float
    center_px : ndarray of shape (2,)
    """

    rotation: FloatArray
    translation_mm: FloatArray
    focal_px: float
    center_px: FloatArray

    def to_camera(self, points_mm: FloatArray) -> FloatArray:
        """Canonical to camera millimeters; shape (..., 3)."""
        return np.asarray(points_mm @ self.rotation.T + self.translation_mm)

    def project(self, points_mm: FloatArray) -> FloatArray:
        """Canonical millimeters to pixels; shape (..., 3) to (..., 2)."""
        camera = self.to_camera(points_mm)
        return np.asarray(
            self.center_px + self.focal_px * camera[..., :2] / camera[..., 2:]
        )

    def eye_point(self) -> FloatArray:
        """Return the camera's place in canonical millimeters."""
        return np.asarray(-self.translation_mm @ self.rotation)

    def rays(self, xy_px: FloatArray) -> FloatArray:
        """Directions of the lines of sight in canonical axes, not normalized."""
        xy = (np.asarray(xy_px) - self.center_px) / self.focal_px
        rays = np.concatenate([xy, np.ones((*xy.shape[:-1], 1))], axis=-1)
        return np.asarray(rays @ self.rotation)

    def scaled(self, factor: int) -> Camera:
        """Return the same camera with `factor` times the pixels each way."""
        return Camera(
            self.rotation,
            self.translation_mm,
            self.focal_px * factor,
            (self.center_px + 0.5) * factor - 0.5,
        )
