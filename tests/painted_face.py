"""A painted face in a known pose: flat colors, hair strands, glasses, a shirt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from facemap.chart import load_chart
from facemap.faceview import log_luminance
from facemap.frame import pose
from facemap.types import (
    Expression,
    ExpressionLabel,
    FaceFrame,
    FaceView,
    Landmarks,
    ModelUse,
    Pose,
    Scale,
    ScaleSource,
    Surface,
)
from facemap.zones import map_surface

__all__ = ["Painting", "mirror_frame", "paint", "pose_frame", "view_of"]

CAMERA_MM = 1000.0
BETWEEN_EYES = [133, 362, 33, 263]


def pose_frame(
    yaw_deg: float = 0.0, pitch_deg: float = 0.0, px_per_mm: float = 3.0
) -> FaceFrame:
    """Put the canonical head before a pinhole camera, at a distance of 1 m."""
    chart = load_chart()
    yaw, pitch = np.radians([yaw_deg, -pitch_deg])
    flip = np.diag([1.0, -1.0, -1.0])
    turn = np.array(
        [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    )
    nod = np.array(
        [
            [1, 0, 0],
            [0, np.cos(pitch), -np.sin(pitch)],
            [0, np.sin(pitch), np.cos(pitch)],
        ]
    )
    rotation = flip @ turn @ nod
    middle = rotation @ chart.vertices_mm[BETWEEN_EYES].mean(axis=0)
    translation = np.array([0.0, 0.0, CAMERA_MM]) - middle
    points = chart.vertices_mm @ rotation.T + translation
    focal = CAMERA_MM * px_per_mm
    center = np.array([110.0, 120.0]) * px_per_mm
    vertices_px = points[:, :2] / points[:, 2:] * focal + center
    landmarks = np.concatenate(
        [vertices_px[:468], np.repeat(vertices_px[[468 // 2]], 10, axis=0)]
    )
    return FaceFrame(
        landmarks=Landmarks(
            landmarks, np.zeros(478), np.zeros(478), {}, 1, ModelUse("none", "0")
        ),
        pose=Pose(yaw_deg, pitch_deg, 0.0, rotation, translation, focal),
        view=pose.view_of(yaw_deg),
        scale=Scale(1 / px_per_mm, 0.05, ScaleSource.ASSUMED),
        expression=Expression(ExpressionLabel.REST, {}),
        vertices_px=vertices_px,
        vertices_mm=points - [0.0, 0.0, CAMERA_MM],
    )


def mirror_frame(frame: FaceFrame, width_px: int) -> FaceFrame:
    """The frame of the mirrored photo."""
    mirror = load_chart().mirror_index
    vertices_px = frame.vertices_px[mirror] * [-1, 1] + [width_px - 1, 0]
    sign = np.diag([-1.0, 1.0, 1.0])
    pose = frame.pose
    return replace(
        frame,
        vertices_px=vertices_px,
        vertices_mm=frame.vertices_mm[mirror] * [-1, 1, 1],
        pose=replace(
            pose,
            yaw_deg=-pose.yaw_deg,
            rotation=sign @ pose.rotation @ sign,
            translation_mm=sign @ pose.translation_mm,
        ),
    )


def view_of(rgb: np.ndarray, px_per_mm: float) -> FaceView:
    return FaceView(rgb, log_luminance(rgb), px_per_mm, px_per_mm, (0.0, 0.0), 1.0)


@dataclass(frozen=True)
class Painting:
    """What to paint. Colors are linear light, 0 to 1."""

    skin: tuple[float, float, float] = (0.42, 0.26, 0.19)
    hair: tuple[float, float, float] = (0.03, 0.025, 0.02)
    hair_to_v: float = 0.03
    fringe: bool = False
    beard: bool = False
    glasses: bool = False
    collar_v: float = 1.30
    wall: float = 0.6
    exposure: float = 1.0
    seed: int = 5


def paint(frame: FaceFrame, painting: Painting, px_per_mm: float = 3.0) -> FaceView:
    """Paint a face onto the frame's surface; not square, not centered."""
    width, height = round(220 * px_per_mm), round(330 * px_per_mm)
    blank = view_of(np.zeros((height, width, 3), np.uint8), px_per_mm)
    surface = map_surface(blank, frame)
    u, v = (_enlarge(layer, surface, blank) for layer in (surface.u, surface.v))
    rng = np.random.default_rng(painting.seed)
    strands = rng.normal(0, 1, (height // 12 + 1, width)).astype(np.float32)
    strands = cv2.resize(strands, (width, height))[..., None]
    grain = rng.normal(0, 0.01, (height, width, 1)).astype(np.float32)

    skin = np.array(painting.skin) * np.exp(grain)
    hair = np.array(painting.hair) * np.exp(0.5 * strands)
    picture = np.full((height, width, 3), painting.wall)
    on_head = np.isfinite(u)
    picture[on_head] = skin[on_head]
    hairy = on_head & (v < painting.hair_to_v)
    if painting.fringe:
        hairy |= on_head & (v < 0.23) & (np.abs(u - 0.5) < 0.4)
    if painting.beard:
        lower = (v > 0.60) & (v < 1.0) & (u > 0.15) & (u < 0.85)
        hairy |= on_head & lower & ~((v < 0.74) & (np.abs(u - 0.5) < 0.12))
    curls = rng.normal(0, 0.5, (height // 2 + 1, width // 2 + 1)).astype(np.float32)
    beard = (
        np.array(painting.hair) * np.exp(cv2.resize(curls, (width, height)))[..., None]
    )
    picture[hairy] = np.where((v > 0.5)[..., None], beard, hair)[hairy]
    picture[on_head & (v > painting.collar_v)] = 0.8
    for ring, color in (
        ([70, 63, 105, 66, 107, 55, 65, 52, 53, 46], painting.hair),
        ([33, 160, 158, 133, 153, 144], (0.1, 0.1, 0.1)),
    ):
        for indices in (ring, load_chart().mirror_index[ring]):
            corners = np.round(frame.vertices_px[indices] * 16).astype(np.int32)
            cv2.fillPoly(picture, [corners], color, shift=4, lineType=cv2.LINE_AA)
    if painting.glasses:
        _draw_glasses(picture, frame, px_per_mm)
    linear = np.clip(picture * painting.exposure, 0, 1)
    srgb = np.where(
        linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055
    )
    return view_of(np.round(srgb * 255).astype(np.uint8), px_per_mm)


def _enlarge(layer: np.ndarray, surface: Surface, view: FaceView) -> np.ndarray:
    width, height = view.size_wh
    x = ((np.arange(width) + 0.5) / surface.grid_vx).astype(int)
    y = ((np.arange(height) + 0.5) / surface.grid_vx).astype(int)
    return layer[np.minimum(y, len(layer) - 1)][:, x]


def _draw_glasses(picture: np.ndarray, frame: FaceFrame, px_per_mm: float) -> None:
    """Two rims of 50 x 36 mm and a bar between them, 1.2 mm thick."""
    thick, black = max(1, round(1.2 * px_per_mm)), (0.02, 0.02, 0.02)
    right, left = (frame.vertices_px[k].mean(axis=0) for k in ([33, 133], [263, 362]))
    radii = tuple(np.round(np.array([25.0, 18.0]) * px_per_mm).astype(int).tolist())
    for eye in (right, left):
        middle = tuple(np.round(eye).astype(int).tolist())
        cv2.ellipse(picture, middle, radii, 0, 0, 360, black, thick, cv2.LINE_AA)
    gap = np.array([radii[0], 0.0])
    start, end = (
        tuple(np.round(point).astype(int).tolist())
        for point in (right + gap, left - gap)
    )
    cv2.line(picture, start, end, black, thick, cv2.LINE_AA)
