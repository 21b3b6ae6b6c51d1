"""A plain drawn face with exact geometry: quick to make, one fault at a time.

It needs no landmarker and no segmentation, so these tests fail only for what the
quality checks do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np

from facemap.chart import load_chart, load_zones, uv_to_px
from facemap.faceview import log_luminance
from facemap.quality import MEASURES
from facemap.quality.light import vertex_normals
from facemap.quality.rules import judge, load_rules
from facemap.quality.scene import Scene
from facemap.types import (
    Check,
    Expression,
    ExpressionLabel,
    FaceFrame,
    FaceMap,
    FaceView,
    Landmarks,
    ModelUse,
    Photo,
    Pose,
    Scale,
    ScaleSource,
    Segmentation,
    View,
    ZoneRegion,
)

#: Linear sRGB reflectance of skin from very light to very dark (ITA 58 to -45).
TONES = {
    "very_light": (0.72, 0.50, 0.40),
    "light": (0.62, 0.40, 0.29),
    "tan": (0.42, 0.235, 0.15),
    "dark": (0.16, 0.085, 0.055),
    "very_dark": (0.085, 0.045, 0.030),
}

_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378),
    *(400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21),
    *(54, 103, 67, 109),
)
_EYES = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),
    (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249),
)
_BROWS = (
    (70, 63, 105, 66, 107, 55, 65, 52, 53, 46),
    (300, 293, 334, 296, 336, 285, 295, 282, 283, 276),
)
_LIPS = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17)
_LIPS = (*_LIPS, 84, 181, 91, 146)


@dataclass(frozen=True)
class Drawing:
    """What can be asked for. Light and texture are relative: tone only multiplies."""

    px_per_mm: float = 3.0
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    tone: tuple[float, float, float] = TONES["light"]
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    exposure: float = 1.0
    light_azimuth_deg: float = 0.0
    ambient: float = 0.6
    blur_mm: float = 0.2
    texture: float = 0.03
    spots: bool = True
    noise: float = 0.8
    fringe: bool = False
    glasses: bool = False
    beard: bool = False
    label: ExpressionLabel = ExpressionLabel.REST
    activation: float = 0.8
    mouth_open_mm: float = 0.0
    eyes_open: float = 1.0
    n_faces: int = 1
    spread_px: float = 1.0
    camera_distance_mm: float | None = None
    view: View = View.FRONTAL


def draw_scene(**wishes) -> Scene:
    """Draw a face and everything that earlier stages would know about it."""
    return _draw(Drawing(**wishes))


@cache
def _draw(d: Drawing) -> Scene:
    chart = load_chart()
    points = _posed_points(d)
    size_wh = (round(188 * d.px_per_mm), round(260 * d.px_per_mm))
    middle = (np.array(size_wh) - 1) / 2 + (0, 4 * d.px_per_mm)
    px = middle + points[:, :2] * (1, -1) * d.px_per_mm
    landmarks = np.vstack([px[:468], *(_iris(px, eye) for eye in _EYES)])
    skin, hair, glasses = _masks(d, px, size_wh)
    rgb = _paint(d, points, px, landmarks, skin, hair, glasses)
    mesh_mm = points * (1, -1, -1)
    frame = FaceFrame(
        landmarks=Landmarks(
            xy_px=landmarks,
            z_px=np.zeros(478),
            spread_px=np.full(478, d.spread_px),
            blendshapes={},
            n_faces=d.n_faces,
            model=ModelUse("drawing", "0" * 64),
        ),
        pose=Pose(d.yaw_deg, d.pitch_deg, d.roll_deg, np.eye(3), np.zeros(3), 1000.0),
        view=d.view,
        scale=Scale(1 / d.px_per_mm, 0.03, ScaleSource.IRIS_IPD),
        expression=Expression(
            d.label,
            {}
            if d.label is ExpressionLabel.REST
            else {"jaw": 0.1, d.label.value: d.activation},
        ),
        vertices_px=px,
        vertices_mm=mesh_mm - mesh_mm[[33, 133, 362, 263]].mean(axis=0),
        camera_distance_mm=d.camera_distance_mm,
    )
    regions, labels = [], np.zeros(skin.shape, np.uint8)
    for number, zone in enumerate(load_zones(), start=1):
        outline = uv_to_px(zone.outline_uv, px)
        regions.append(ZoneRegion(zone.id, outline, 1.0, 500.0))
        labels[_polygon(outline, size_wh) & skin] = number
    assert len(px) == len(chart.vertices_mm)
    return scene_of(
        rgb,
        frame,
        Segmentation(skin, hair, glasses, hairline_found=True, neck_found=True),
        FaceMap(labels, tuple(regions)),
    )


def scene_of(rgb, frame, segmentation, face_map, **photo) -> Scene:
    """Put a scene together; the view is the whole photo at its own resolution."""
    px_per_mm = frame.scale.px_per_mm
    return Scene(
        Photo(rgb, "0" * 64, "drawing.png", **photo),
        frame,
        FaceView(rgb, log_luminance(rgb), px_per_mm, px_per_mm, (0.0, 0.0), 1.0),
        segmentation,
        face_map,
    )


def with_rgb(scene: Scene, rgb, **photo) -> Scene:
    """The same face in another picture."""
    return scene_of(rgb, scene.frame, scene.segmentation, scene.face_map, **photo)


def check(scene: Scene, check_id: str) -> Check:
    """Measure and judge one row."""
    rule = next(rule for rule in load_rules() if rule.id == check_id)
    return judge(rule, MEASURES[check_id](scene), scene.frame.view)


def jpeg(rgb, quality: int):
    """Compress and read again."""
    done, data = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def _posed_points(d: Drawing):
    """x right in the picture, y up, z to the camera, millimeters."""
    points = load_chart().vertices_mm.copy()
    for upper, lower in ((159, 145), (158, 153), (160, 144), (386, 374), (385, 380)):
        gap = points[upper] - points[lower]
        points[upper] = points[lower] + gap * d.eyes_open
    gap = points[387] - points[373]
    points[387] = points[373] + gap * d.eyes_open
    for lip in (14, 87, 317, 178, 402):
        points[lip, 1] -= d.mouth_open_mm
    points -= points[[33, 133, 362, 263]].mean(axis=0)
    yaw, pitch, roll = np.radians([d.yaw_deg, d.pitch_deg, d.roll_deg])
    about_y = [
        [np.cos(yaw), 0, np.sin(yaw)],
        [0, 1, 0],
        [-np.sin(yaw), 0, np.cos(yaw)],
    ]
    about_x = [
        [1, 0, 0],
        [0, np.cos(pitch), np.sin(pitch)],
        [0, -np.sin(pitch), np.cos(pitch)],
    ]
    about_z = [
        [np.cos(roll), np.sin(roll), 0],
        [-np.sin(roll), np.cos(roll), 0],
        [0, 0, 1],
    ]
    return points @ (np.array(about_z) @ about_x @ about_y).T


def _iris(px, eye):
    middle = (px[eye[0]] + px[eye[8]]) / 2
    radius = 0.21 * np.linalg.norm(px[eye[0]] - px[eye[8]])
    around = radius * np.array([[1, 0], [0, -1], [-1, 0], [0, 1]])
    return np.vstack([middle, middle + around])


def _polygon(corners, size_wh):
    mask = np.zeros(size_wh[::-1], np.uint8)
    cv2.fillPoly(
        mask, [np.round(np.asarray(corners) * 16).astype(np.int32)], 1, shift=4
    )
    return mask > 0


def _masks(d: Drawing, px, size_wh):
    face = _polygon(px[list(_OVAL)], size_wh)
    rows, columns = np.indices(face.shape)
    top, between = px[10], px[[33, 133, 362, 263]].mean(axis=0)
    face |= _polygon(  # forehead up to a hairline 25 mm above the mesh
        [
            px[127],
            px[103] - [0, 20 * d.px_per_mm],
            top - [0, 25 * d.px_per_mm],
            px[332] - [0, 20 * d.px_per_mm],
            px[356],
            px[168],
        ],
        size_wh,
    )
    hair = np.logical_or.reduce([_polygon(px[list(brow)], size_wh) for brow in _BROWS])
    if d.fringe:
        hair |= face & (rows < top[1] + 5 * d.px_per_mm)
    if d.beard:
        hair |= face & (rows > px[2, 1] + 3 * d.px_per_mm)
    glasses = np.zeros(face.shape, bool)
    if d.glasses:
        for side in (-1, 1):
            middle = between + np.multiply((side * 32, 3), d.px_per_mm)
            x, y = (columns - middle[0]) / 27, (rows - middle[1]) / 20
            radius = np.hypot(x, y) / d.px_per_mm
            glasses |= (radius > 0.88) & (radius < 1.0)
    bare = face & ~hair & ~glasses
    for ring in (*_EYES, _LIPS):
        bare &= ~_polygon(px[list(ring)], size_wh)
    return bare, hair, glasses


def _paint(d: Drawing, points, px, landmarks, skin, hair, glasses):
    size_wh = skin.shape[::-1]
    skin_light = _shading(d, points, px, size_wh) * _texture(d, skin.shape)
    linear = np.full((*skin.shape, 3), 0.35, np.float32)
    face = _polygon(px[list(_OVAL)], size_wh) | skin | hair
    linear[face] = np.asarray(d.tone, np.float32) * skin_light[face, None]
    linear[_polygon(px[list(_LIPS)], size_wh)] *= (0.9, 0.6, 0.65)
    linear[hair | glasses] = 0.03
    rows, columns = np.indices(skin.shape, np.float32)
    for ring, iris in zip(_EYES, (468, 473), strict=True):
        opening = _polygon(px[list(ring)], size_wh)
        linear[opening] = 0.5
        radius = np.linalg.norm(landmarks[iris + 1] - landmarks[iris])
        away = np.hypot(columns - landmarks[iris, 0], rows - landmarks[iris, 1])
        linear[opening & (away < radius)] = 0.05
        rim = np.zeros(skin.shape, np.uint8)
        corners = np.round(px[list(ring)] * 16).astype(np.int32)
        thick = max(1, round(0.8 * d.px_per_mm))
        cv2.polylines(rim, [corners], True, 1, thick, cv2.LINE_AA, shift=4)
        linear[rim > 0] = 0.02
    sigma_px = max(0.3, d.blur_mm * d.px_per_mm / 2.3548)
    linear = cv2.GaussianBlur(linear, (0, 0), sigma_px)
    linear *= np.asarray(d.tint, np.float32) * d.exposure
    linear = np.clip(linear, 0, 1)
    srgb = np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055
    )
    grain = d.noise * _noise((*skin.shape, 3), 1)
    return np.clip(np.round(255 * srgb + grain), 0, 255).astype(np.uint8)


@cache
def _noise(shape, seed):
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def _shading(d: Drawing, points, px, size_wh):
    chart = load_chart()
    normals = vertex_normals(points, chart.triangles)
    azimuth = np.radians(d.light_azimuth_deg)
    toward = np.array([np.sin(azimuth), 0.3, np.cos(azimuth)])
    lit = np.maximum(normals @ (toward / np.linalg.norm(toward)), 0)
    image = np.full(size_wh[::-1], np.float32(d.ambient + (1 - d.ambient) * 0.5))
    depth = points[chart.triangles, 2].mean(axis=1)
    for triangle in chart.triangles[np.argsort(depth)]:
        corners = np.round(px[triangle] * 16).astype(np.int32)
        value = d.ambient + (1 - d.ambient) * float(lit[triangle].mean())
        cv2.fillConvexPoly(image, corners, value, shift=4)
    return cv2.GaussianBlur(image, (0, 0), 2.5 * d.px_per_mm)


def _texture(d: Drawing, shape):
    texture = np.exp(d.texture * _grain(d.px_per_mm, shape))
    return texture * _spots(d.px_per_mm, shape) if d.spots else texture


@cache
def _grain(px_per_mm, shape):
    grain = np.zeros(shape, np.float32)
    for seed, (sigma_mm, share) in enumerate(((0.2, 1.0), (0.5, 0.7), (1.2, 0.5)), 2):
        layer = cv2.GaussianBlur(_noise(shape, seed), (0, 0), sigma_mm * px_per_mm)
        grain += share * layer / layer.std()
    return grain


@cache
def _spots(px_per_mm, shape):
    rng = np.random.default_rng(7)
    seeds = rng.random(shape, np.float32) < 0.02 / px_per_mm**2
    strength = seeds * rng.random(shape, np.float32) * 2 * px_per_mm**2
    return np.exp(-cv2.GaussianBlur(strength, (0, 0), 0.6 * px_per_mm))


def mirrored(**wishes) -> Drawing:
    """The wishes for the mirror image."""
    d = Drawing(**wishes)
    return replace(
        d,
        yaw_deg=-d.yaw_deg,
        roll_deg=-d.roll_deg,
        light_azimuth_deg=-d.light_azimuth_deg,
    )
