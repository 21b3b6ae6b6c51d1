"""Head pose by perspective-n-point on the canonical mesh."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from facemap.chart import load_chart
from facemap.resources import load_knowledge
from facemap.types import FloatArray, Landmarks, Photo, Pose, View

__all__ = ["PoseFit", "fit_pose", "pose_angles_deg", "view_of"]

# Canonical axes (x left of the patient, y up, z forward) to camera axes (x right,
# y down, z away) for a head that looks straight into the camera.
_FACING = np.diag([1.0, -1.0, -1.0])
_FULL_FRAME_DIAGONAL_MM = float(np.hypot(36.0, 24.0))
_ITERATIONS = 20
# Radians and millimeters: far under what anybody reads.
_TURN_END, _SHIFT_END = 1e-6, 1e-4


@dataclass(frozen=True)
class PoseFit:
    """A pose with its principal point, and the projections that follow."""

    pose: Pose
    center_px: tuple[float, float]

    def project(self, points_mm: FloatArray) -> FloatArray:
        """Canonical millimeters to photo pixels; shape (N, 3) to (N, 2)."""
        camera = self.to_camera(points_mm)
        return np.asarray(
            self.center_px + self.pose.focal_px * camera[:, :2] / camera[:, 2:]
        )

    def back_project(self, xy_px: FloatArray) -> FloatArray:
        """Landmarks on the posed canonical head, in its own axes.

        Each keeps the depth of its canonical vertex.

        Parameters
        ----------
        xy_px : ndarray of shape (478, 2)

        Returns
        -------
        ndarray of shape (468, 3)
            Canonical millimeters.
        """
        chart = load_chart()
        depth = self.to_camera(chart.vertices_mm[: chart.n_mesh])[:, 2:]
        xy = xy_px[: chart.n_mesh]
        across = (xy - self.center_px) / self.pose.focal_px * depth
        camera = np.column_stack([across, depth])
        return np.asarray((camera - self.pose.translation_mm) @ self.pose.rotation)

    def to_camera(self, points_mm: FloatArray) -> FloatArray:
        """Canonical to camera millimeters; shape (N, 3)."""
        return np.asarray(points_mm @ self.pose.rotation.T + self.pose.translation_mm)


def fit_pose(photo: Photo, landmarks: Landmarks) -> PoseFit:
    r"""Find the rotation and place of the canonical head that explain the landmarks.

    Parameters
    ----------
    photo : Photo
        Where its EXIF has the focal length, that and its size give the camera; else the
        camera is taken to have been aimed at the face from a usual distance.
    landmarks : Landmarks

    Returns
    -------
    PoseFit

    Notes
    -----
    Gauss-Newton on the reprojection error of the mesh, with Cauchy weights that let
    go of what an expression moves. Rotations are updated on the left,
    :math:`R \leftarrow \exp([\omega]_\times) R`. The landmarker pulls a turned face
    toward the front, by a constant factor up to 30 degrees; the angles are stretched by
    that factor (see ``frame.toml``) and the place is fitted again.
    """
    knowledge = load_knowledge("frame")["pose"]
    chart = load_chart()
    mesh = chart.vertices_mm[: chart.n_mesh]
    xy = landmarks.xy_px[: chart.n_mesh]
    rotation, offset, px_per_mm = _weak_perspective(mesh, xy)
    if photo.focal_35mm is None:
        # Nor does anyone know what was cut off the picture: as if aimed at the head.
        center = offset
    else:
        width, height = photo.size_wh
        center = np.array([(width - 1) / 2, (height - 1) / 2])
    focal = _focal_px(photo, px_per_mm, float(knowledge["assumed_distance_mm"]))
    depth = focal / px_per_mm
    translation = np.array([*((offset - center) / px_per_mm), depth])

    tolerance = float(knowledge["robust_mm"]) * px_per_mm
    start = _Placement(rotation, translation)
    read = _refine(mesh, xy - center, focal, start, tolerance, turn=True)
    yaw, pitch, roll = pose_angles_deg(read.rotation)
    yaw *= float(knowledge["yaw_gain"])
    pitch *= float(knowledge["pitch_gain"])
    true = _Placement(_rotation(yaw, pitch, roll), read.translation)
    placed = _refine(mesh, xy - center, focal, true, tolerance, turn=False)
    pose = Pose(
        yaw_deg=yaw,
        pitch_deg=pitch,
        roll_deg=roll,
        rotation=placed.rotation,
        translation_mm=placed.translation,
        focal_px=focal,
    )
    return PoseFit(pose, (float(center[0]), float(center[1])))


@dataclass(frozen=True)
class _Placement:
    """``camera = rotation @ canonical + translation``."""

    rotation: FloatArray
    translation: FloatArray


def _refine(
    mesh_mm: FloatArray,
    xy: FloatArray,
    focal_px: float,
    start: _Placement,
    tolerance_px: float,
    *,
    turn: bool,
) -> _Placement:
    """Gauss-Newton on the reprojection error; `xy` from the principal point.

    Without `turn` only the translation moves.
    """
    rotation, translation = start.rotation, start.translation
    free = slice(None) if turn else slice(3, None)
    points, seen = np.ascontiguousarray(mesh_mm.T), np.ascontiguousarray(xy.T)
    zero, one = np.zeros(len(xy)), np.ones(len(xy))
    for _ in range(_ITERATIONS):
        x, y, z = turned = rotation @ points
        camera = turned + translation[:, None]
        a, b = camera[:2] / camera[2]
        error = focal_px * np.stack([a, b]) - seen
        weight = 1 / (1 + (error**2).sum(axis=0) / tolerance_px**2)
        # d(pixel) / d(omega, translation) times depth over focal length, shape
        # (6, 2, N): omega moves a point by omega x turned.
        jacobian = np.stack(
            [
                [-a * y, -z - b * y],
                [z + a * x, b * x],
                [-y, x],
                [one, zero],
                [zero, one],
                [-a, -b],
            ]
        )
        jacobian = (jacobian * (focal_px / camera[2])).reshape(6, -1)[free]
        weighted = jacobian * np.tile(weight, 2)
        step = np.zeros(6)
        step[free] = np.linalg.solve(weighted @ jacobian.T, -weighted @ error.ravel())
        rotation = np.asarray(cv2.Rodrigues(step[:3])[0]) @ rotation
        translation = translation + step[3:]
        if np.abs(step[:3]).max() < _TURN_END and np.abs(step[3:]).max() < _SHIFT_END:
            break
    return _Placement(rotation, translation)


def _rotation(yaw_deg: float, pitch_deg: float, roll_deg: float) -> FloatArray:
    """Undo `pose_angles_deg`."""
    yaw, pitch, roll = np.radians([yaw_deg, pitch_deg, roll_deg])
    turn = np.asarray(cv2.Rodrigues(np.array([0.0, yaw, 0.0]))[0])
    nod = np.asarray(cv2.Rodrigues(np.array([-pitch, 0.0, 0.0]))[0])
    tilt = np.asarray(cv2.Rodrigues(np.array([0.0, 0.0, -roll]))[0])
    return np.asarray(_FACING @ turn @ nod @ tilt)


def pose_angles_deg(rotation: FloatArray) -> tuple[float, float, float]:
    """Split a rotation into yaw, pitch and roll, with the signs of `Pose`.

    The head tilts (roll), then nods (pitch), then turns (yaw) about the camera's
    vertical.
    """
    m = _FACING @ rotation
    yaw = np.degrees(np.arctan2(m[0, 2], m[2, 2]))
    pitch = np.degrees(np.arcsin(np.clip(m[1, 2], -1, 1)))
    roll = np.degrees(np.arctan2(-m[1, 0], m[1, 1]))
    return float(yaw), float(pitch), float(roll)


def view_of(yaw_deg: float) -> View:
    """Name the view that a yaw shows.

    Examples
    --------
    Turned to their own left, the patient shows the right cheek:

    >>> view_of(35.0).value
    'oblique_r'
    """
    limits = load_knowledge("frame")["view"]
    if abs(yaw_deg) <= limits["frontal_yaw_deg"]:
        return View.FRONTAL
    right = yaw_deg > 0
    if abs(yaw_deg) <= limits["oblique_yaw_deg"]:
        return View.OBLIQUE_R if right else View.OBLIQUE_L
    return View.PROFILE_R if right else View.PROFILE_L


def _weak_perspective(
    mesh_mm: FloatArray, xy_px: FloatArray
) -> tuple[FloatArray, FloatArray, float]:
    """Rotation, place of the canonical origin and px/mm of a camera far away.

    The affine camera that fits best, made orthogonal.
    """
    design = np.column_stack([mesh_mm, np.ones(len(mesh_mm))])
    affine = np.linalg.lstsq(design, xy_px, rcond=None)[0].T
    a, b = affine[0, :3], affine[1, :3]
    px_per_mm = float(np.sqrt(np.linalg.norm(a) * np.linalg.norm(b)))
    u, _, vt = np.linalg.svd(np.stack([a, b]), full_matrices=False)
    rows = u @ vt
    rotation = np.stack([rows[0], rows[1], np.cross(rows[0], rows[1])])
    return np.asarray(rotation), np.asarray(affine[:, 3]), px_per_mm


def _focal_px(photo: Photo, px_per_mm: float, assumed_distance_mm: float) -> float:
    """Focal length in pixels, from EXIF or from a usual distance.

    A picture cut out of a larger one has lost its field of view, so a guess must come
    from the size of the face, not from that of the picture.
    """
    if photo.focal_35mm is not None:
        diagonal_px = float(np.hypot(*photo.size_wh))
        return photo.focal_35mm / _FULL_FRAME_DIAGONAL_MM * diagonal_px
    return px_per_mm * assumed_distance_mm
