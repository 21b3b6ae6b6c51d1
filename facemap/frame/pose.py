"""Head pose by perspective-n-point on the canonical mesh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

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
_TURN_END, _SHIFT_END = 1e-5, 1e-3
# From 20 m to 0.2 m: no camera photographs a face from outside these.
_NEAR_PER_MM = 1 / 20000, 1 / 200


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
        camera is taken to have been aimed at the face, and perspective tells, together
        with what is usual, how far away it stood.
    landmarks : Landmarks

    Returns
    -------
    PoseFit

    Notes
    -----
    Gauss-Newton on the reprojection error of the mesh, with Cauchy weights that let
    go of what an expression moves. Rotations are updated on the left,
    :math:`R \leftarrow \exp([\omega]_\times) R`. Perspective is linear in the inverse
    of the distance; its reading and the usual value are weighted by their variances.
    The landmarker pulls a turned face toward the front, by a constant factor up to 30
    degrees; the angles are stretched by that factor (see ``frame.toml``) and the place
    is fitted again.
    """
    knowledge = load_knowledge("frame")["pose"]
    chart = load_chart()
    mesh = chart.vertices_mm[: chart.n_mesh]
    xy = landmarks.xy_px[: chart.n_mesh]
    rotation, offset, px_per_mm = _weak_perspective(mesh, xy)
    tolerance = float(knowledge["robust_mm"]) * px_per_mm
    if photo.focal_35mm is None:
        lens = _usual_distance(knowledge)
        # Nor does anyone know what was cut off the picture: as if aimed at the head.
        center = offset
    else:
        width, height = photo.size_wh
        diagonal_px = float(np.hypot(width, height))
        lens = _Lens(photo.focal_35mm / _FULL_FRAME_DIAGONAL_MM * diagonal_px)
        center = np.array([(width - 1) / 2, (height - 1) / 2])
    near = lens.usual_per_mm or px_per_mm / lens.focal_px
    aside = (offset - center) / px_per_mm
    start = _Placement(rotation, aside, px_per_mm, near)
    read = _refine(mesh, xy - center, lens, start, tolerance, turn=True)
    yaw, pitch, roll = pose_angles_deg(read.rotation)
    yaw *= float(knowledge["yaw_gain"])
    pitch = pitch * float(knowledge["pitch_gain"]) + float(
        knowledge["pitch_offset_deg"]
    )
    true = replace(read, rotation=_rotation(yaw, pitch, roll))
    placed = _refine(mesh, xy - center, lens, true, tolerance, turn=False)
    pose = Pose(
        yaw_deg=yaw,
        pitch_deg=pitch,
        roll_deg=roll,
        rotation=placed.rotation,
        translation_mm=np.array([*placed.aside_mm, 1 / placed.near_per_mm]),
        focal_px=placed.px_per_mm / placed.near_per_mm,
    )
    return PoseFit(pose, (float(center[0]), float(center[1])))


@dataclass(frozen=True)
class _Lens:
    """What is known of the camera: its focal length, or how near it usually stands.

    Of a known lens `usual_per_mm` is 0, of an unknown one `focal_px`.
    """

    focal_px: float = 0.0
    usual_per_mm: float = 0.0
    # Variance of what perspective shows, over that of what is usual.
    doubt: float = 0.0

    def directions(self, *, turn: bool) -> FloatArray:
        """Which combinations of the 7 unknowns of `_refine` may move; shape (7, k)."""
        every = np.eye(7)
        moves = every[:, :5] if turn else every[:, 3:5]
        if self.focal_px:
            # Nearer means larger.
            return np.column_stack([moves, [0, 0, 0, 0, 0, self.focal_px, 1]])
        return every if turn else np.column_stack([moves, every[:, 5]])


@dataclass(frozen=True)
class _Placement:
    """``px = px_per_mm * (x + aside) / (1 + near * z)`` of the turned head's points."""

    rotation: FloatArray
    aside_mm: FloatArray
    px_per_mm: float
    near_per_mm: float


def _usual_distance(knowledge: Mapping[str, Any]) -> _Lens:
    sd = [float(knowledge[key]) for key in ("near_reading_sd_per_m", "near_sd_per_m")]
    return _Lens(
        usual_per_mm=float(knowledge["near_per_m"]) / 1000, doubt=(sd[0] / sd[1]) ** 2
    )


def _refine(
    mesh_mm: FloatArray,
    xy: FloatArray,
    lens: _Lens,
    start: _Placement,
    tolerance_px: float,
    *,
    turn: bool,
) -> _Placement:
    """Gauss-Newton on the reprojection error; `xy` from the principal point.

    The unknowns are a turn of 3, aside of 2, px/mm and nearness. Without `turn` the
    rotation stays, and the nearness too unless the lens is known.
    """
    now = start
    points, seen = np.ascontiguousarray(mesh_mm.T), np.ascontiguousarray(xy.T)
    zero, one = np.zeros(len(xy)), np.ones(len(xy))
    for _ in range(_ITERATIONS):
        x, y, z = turned = now.rotation @ points
        share = 1 / (1 + now.near_per_mm * z)
        across = turned[:2] + now.aside_mm[:, None]
        error = now.px_per_mm * share * across - seen
        weight = 1 / (1 + (error**2).sum(axis=0) / tolerance_px**2)
        # d(pixel) / d(unknowns) over px/mm and share, shape (7, 2, N): a turn omega
        # moves a point by omega x turned, and what comes nearer leaves the middle.
        a, b = -now.near_per_mm * share * across
        jacobian = np.stack(
            [
                [a * y, b * y - z],
                [z - a * x, -b * x],
                [-y, x],
                [one, zero],
                [zero, one],
                across / now.px_per_mm,
                -z * share * across,
            ]
        )
        jacobian = (jacobian * (now.px_per_mm * share)).reshape(7, -1)
        step = _step(jacobian, error, weight, lens, now, turn=turn)
        now = _Placement(
            rotation=np.asarray(cv2.Rodrigues(step[:3])[0]) @ now.rotation,
            aside_mm=now.aside_mm + step[3:5],
            px_per_mm=now.px_per_mm + step[5],
            near_per_mm=float(np.clip(now.near_per_mm + step[6], *_NEAR_PER_MM)),
        )
        if np.abs(step[:3]).max() < _TURN_END and np.abs(step[3:5]).max() < _SHIFT_END:
            break
    return now


def _step(
    jacobian: FloatArray,
    error_px: FloatArray,
    weight: FloatArray,
    lens: _Lens,
    now: _Placement,
    *,
    turn: bool,
) -> FloatArray:
    """Solve for all 7 unknowns' steps, with what is usual weighed in."""
    moves = lens.directions(turn=turn)
    free = moves.T @ jacobian
    weighted = free * np.tile(weight, 2)
    normal = weighted @ free.T
    pull = -weighted @ error_px.ravel()
    if turn and lens.usual_per_mm:
        # What the landmarks say about the nearness, all else being free.
        inner = np.linalg.solve(normal[:-1, :-1], normal[:-1, -1])
        said = normal[-1, -1] - normal[-1, :-1] @ inner
        normal[-1, -1] += lens.doubt * said
        pull[-1] += lens.doubt * said * (lens.usual_per_mm - now.near_per_mm)
    return np.asarray(moves @ np.linalg.solve(normal, pull))


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
