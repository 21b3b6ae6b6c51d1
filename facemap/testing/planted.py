"""A flat, blank face with lines of exactly known place, depth and width on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from facemap.types import (
    ZONE_IDS,
    Expression,
    ExpressionLabel,
    FaceFrame,
    FaceMap,
    FaceView,
    FloatArray,
    Landmarks,
    ModelUse,
    Pose,
    Scale,
    ScaleSource,
    Surface,
    View,
    ZoneRegion,
)

__all__ = ["PlantedFace", "PlantedLine", "plant"]

#: Zones as rectangles: left, top, right, bottom in millimeters of the picture, whose
#: middle (0, 0) lies between the pupils. The patient's right is the picture's left.
RECTANGLES_MM: dict[str, tuple[float, float, float, float]] = {
    "forehead": (-50, -65, 50, -25),
    "glabella": (-12, -22, 12, -2),
    "crow_feet_r": (-72, -15, -46, 18),
    "crow_feet_l": (46, -15, 72, 18),
    "cheek_r": (-60, 24, -32, 60),
    "cheek_l": (32, 24, 60, 60),
    "nasolabial_r": (-30, 24, -16, 60),
    "nasolabial_l": (16, 24, 30, 60),
    "chin": (-15, 64, 15, 80),
}
LIDS_MM: dict[str, tuple[float, float, float, float]] = {
    "infraorbital_r": (-46, 4, -20, 22),
    "infraorbital_l": (20, 4, 46, 22),
}
HALF_WIDTH_MM, HALF_HEIGHT_MM = 80.0, 90.0
OUTER_CANTHI_MM = {33: (-44.0, 0.0), 263: (44.0, 0.0)}


@dataclass(frozen=True)
class PlantedLine:
    """A straight dark line of Gaussian profile.

    `width_mm` is the full width at half depth; `angle_deg` grows from the picture's +x
    upward.
    """

    center_mm: tuple[float, float]
    angle_deg: float
    length_mm: float
    depth: float
    width_mm: float


@dataclass(frozen=True)
class PlantedFace:
    """What a detector is given."""

    frame: FaceFrame
    view: FaceView
    surface: Surface
    face_map: FaceMap
    areas_mm2: Mapping[str, float] = field(default_factory=dict)


def plant(
    lines: Sequence[PlantedLine] = (),
    *,
    px_per_mm: float = 5.0,
    noise: float = 0.0,
    exposure: float = 0.0,
    mirrored: bool = False,
    roll_deg: float = 0.0,
    seed: int = 7,
    hidden: Sequence[str] = (),
    lids: bool = False,
) -> PlantedFace:
    """Draw a blank face.

    Parameters
    ----------
    lines : sequence of PlantedLine
    px_per_mm : float
    noise : float
        Standard deviation per pixel, log luminance.
    exposure : float
        Added to the log luminance everywhere.
    mirrored : bool
        Flip everything, left and right zones swapped.
    roll_deg : float
        Declared roll of the head; the picture is drawn turned by the caller.
    hidden : sequence of str
        Zones that cannot be judged.
    lids : bool
        The face has lower lids.
    """
    rectangles = RECTANGLES_MM | (LIDS_MM if lids else {})
    width = round(2 * HALF_WIDTH_MM * px_per_mm)
    height = round(2 * HALF_HEIGHT_MM * px_per_mm)
    x_mm = (np.arange(width) + 0.5) / px_per_mm - HALF_WIDTH_MM
    y_mm = (np.arange(height) + 0.5) / px_per_mm - HALF_HEIGHT_MM
    log_luminance = np.full((height, width), -1.2 + exposure)
    for line in lines:
        c, s = np.cos(np.radians(line.angle_deg)), np.sin(np.radians(line.angle_deg))
        dx, dy = x_mm - line.center_mm[0], (y_mm - line.center_mm[1])[:, None]
        along, beside = dx * c - dy * s, dx * s + dy * c
        sigma = line.width_mm / 2.3548
        ends = _smooth_box(along, line.length_mm / 2, 0.5)
        log_luminance -= line.depth * np.exp(-0.5 * (beside / sigma) ** 2) * ends
    if noise:
        log_luminance += np.random.default_rng(seed).normal(0, noise, (height, width))
    labels = np.zeros((height, width), np.uint8)
    for zone, (left, top, right, bottom) in rectangles.items():
        if zone not in hidden:
            inside = (x_mm >= left) & (x_mm < right)
            labels[np.ix_((y_mm >= top) & (y_mm < bottom), inside)] = (
                ZONE_IDS.index(zone) + 1
            )
    if mirrored:
        log_luminance = log_luminance[:, ::-1]
        swap = np.array(
            [0, *(ZONE_IDS.index(_twin(z)) + 1 for z in ZONE_IDS)], np.uint8
        )
        labels = swap[labels[:, ::-1]]
    regions = tuple(_region(z, rectangles, hidden, px_per_mm) for z in ZONE_IDS)
    grid = (height // 5, width // 5)
    view = FaceView(
        rgb=np.repeat(
            (255 * np.exp(np.clip(log_luminance, -6, 0)))[..., None], 3, axis=2
        ).astype(np.uint8),
        log_luminance=log_luminance.astype(np.float32),
        px_per_mm=px_per_mm,
        photo_px_per_mm=px_per_mm,
        origin_px=(0.0, 0.0),
        step=1.0,
    )
    surface = Surface(
        u=np.zeros(grid, np.float32),
        v=np.zeros(grid, np.float32),
        depth_mm=np.zeros(grid, np.float32),
        facing=np.ones(grid, np.float32),
        grid_vx=5.0,
    )
    frame = _frame(px_per_mm, roll_deg)
    return PlantedFace(frame, view, surface, FaceMap(labels, regions))


def _smooth_box(x: FloatArray, half: float, soft: float) -> FloatArray:
    rises, falls = np.tanh((x + half) / soft), np.tanh((x - half) / soft)
    return np.asarray(0.25 * (1 + rises) * (1 - falls))


def _twin(zone: str) -> str:
    if zone.endswith("_r"):
        return zone[:-1] + "l"
    return zone[:-1] + "r" if zone.endswith("_l") else zone


def _region(
    zone: str,
    rectangles: Mapping[str, tuple[float, float, float, float]],
    hidden: Sequence[str],
    px_per_mm: float,
) -> ZoneRegion:
    if zone in hidden or zone not in rectangles:
        return ZoneRegion(zone, np.zeros((0, 2)), 0.0, 0.0, "hidden by hair")
    left, top, right, bottom = rectangles[zone]
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    outline = (corners + np.array([HALF_WIDTH_MM, HALF_HEIGHT_MM])) * px_per_mm - 0.5
    return ZoneRegion(zone, outline, 1.0, float((right - left) * (bottom - top)))


def _frame(px_per_mm: float, roll_deg: float) -> FaceFrame:
    xy = np.zeros((478, 2))
    for index, corner in OUTER_CANTHI_MM.items():
        xy[index] = corner
    xy = (xy + np.array([HALF_WIDTH_MM, HALF_HEIGHT_MM])) * px_per_mm - 0.5
    landmarks = Landmarks(
        xy_px=xy,
        z_px=np.zeros(478),
        spread_px=np.zeros(478),
        blendshapes={},
        n_faces=1,
        model=ModelUse("none", "0" * 64),
    )
    return FaceFrame(
        landmarks=landmarks,
        pose=Pose(0.0, 0.0, roll_deg, np.eye(3), np.array([0.0, 0.0, 600.0]), 1000.0),
        view=View.FRONTAL,
        scale=Scale(1 / px_per_mm, 0.03, ScaleSource.IRIS_IPD),
        expression=Expression(ExpressionLabel.REST, {}),
        vertices_px=xy[:468],
        vertices_mm=np.zeros((468, 3)),
    )
