"""A flat, blank face with lines of exactly known place, depth and width on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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

#: Zones of the upright face as rectangles: left, top, right, bottom in millimeters from
#: the picture's middle, which lies between the pupils. The patient's right is on the
#: left.
RECTANGLES_MM: dict[str, tuple[float, float, float, float]] = {
    "forehead": (-50, -65, 50, -25),
    "glabella": (-12, -22, 12, -2),
    "crow_feet_r": (-72, -15, -46, 18),
    "crow_feet_l": (46, -15, 72, 18),
    "cheek_r": (-60, 24, -32, 60),
    "cheek_l": (32, 24, 60, 60),
    "nasolabial_r": (-30, 24, -16, 60),
    "nasolabial_l": (16, 24, 30, 60),
    "marionette_r": (-30, 60, -15, 80),
    "marionette_l": (15, 60, 30, 80),
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
    """A straight dark line of Gaussian profile, on the upright face.

    `width_mm` is the full width at half depth; `angle_deg` grows from +x upward.
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
        Flip the finished picture, left and right zones swapped: a head turned
        clockwise is then one turned counterclockwise.
    roll_deg : float
        The face is turned by this much about the picture's middle, clockwise if
        positive. To 25 degrees either way all zones stay in the picture.
    hidden : sequence of str
        Zones that cannot be judged.
    lids : bool
        The face has lower lids.
    """
    rectangles = RECTANGLES_MM | (LIDS_MM if lids else {})
    width = round(2 * HALF_WIDTH_MM * px_per_mm)
    height = round(2 * HALF_HEIGHT_MM * px_per_mm)
    x_mm, y_mm = _on_face(width, height, px_per_mm, roll_deg)
    log_luminance = np.full((height, width), -1.2 + exposure)
    for line in lines:
        c, s = np.cos(np.radians(line.angle_deg)), np.sin(np.radians(line.angle_deg))
        dx, dy = x_mm - line.center_mm[0], y_mm - line.center_mm[1]
        along, beside = dx * c - dy * s, dx * s + dy * c
        sigma = line.width_mm / 2.3548
        ends = _smooth_box(along, line.length_mm / 2, 0.5)
        log_luminance -= line.depth * np.exp(-0.5 * (beside / sigma) ** 2) * ends
    if noise:
        log_luminance += np.random.default_rng(seed).normal(0, noise, (height, width))
    labels = np.zeros((height, width), np.uint8)
    for zone, (left, top, right, bottom) in rectangles.items():
        if zone not in hidden:
            across = (x_mm >= left) & (x_mm < right)
            labels[across & (y_mm >= top) & (y_mm < bottom)] = ZONE_IDS.index(zone) + 1
    if mirrored:
        log_luminance = log_luminance[:, ::-1]
        swap = np.array(
            [0, *(ZONE_IDS.index(_twin(z)) + 1 for z in ZONE_IDS)], np.uint8
        )
        labels = swap[labels[:, ::-1]]
        # Everything else is the same on both sides.
        hidden, roll_deg = [_twin(zone) for zone in hidden], -roll_deg
    regions = tuple(
        _region(z, rectangles, hidden, px_per_mm, roll_deg) for z in ZONE_IDS
    )
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


def _on_face(
    width: int, height: int, px_per_mm: float, roll_deg: float
) -> tuple[FloatArray, FloatArray]:
    """Where on the upright face each pixel lies: a row and a column if none is turned.

    Pixels turn the other way than the face does.
    """
    columns = np.arange(width, dtype=np.float64)
    rows = np.arange(height, dtype=np.float64)[:, None]
    x_mm = (columns + 0.5) / px_per_mm - HALF_WIDTH_MM
    y_mm = (rows + 0.5) / px_per_mm - HALF_HEIGHT_MM
    if roll_deg == 0:
        return x_mm, y_mm
    c, s = float(np.cos(np.radians(roll_deg))), float(np.sin(np.radians(roll_deg)))
    return x_mm * c + y_mm * s, y_mm * c - x_mm * s


def _in_picture(xy_mm: FloatArray, px_per_mm: float, roll_deg: float) -> FloatArray:
    """Turn positions on the upright face into pixels, clockwise by the roll."""
    c, s = np.cos(np.radians(roll_deg)), np.sin(np.radians(roll_deg))
    turned = xy_mm @ np.array([[c, s], [-s, c]])
    middle = np.array([HALF_WIDTH_MM, HALF_HEIGHT_MM])
    return np.asarray((turned + middle) * px_per_mm - 0.5)


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
    roll_deg: float,
) -> ZoneRegion:
    if zone in hidden or zone not in rectangles:
        return ZoneRegion(zone, np.zeros((0, 2)), 0.0, 0.0, "hidden by hair")
    left, top, right, bottom = rectangles[zone]
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    outline = _in_picture(corners, px_per_mm, roll_deg)
    return ZoneRegion(zone, outline, 1.0, float((right - left) * (bottom - top)))


def _frame(px_per_mm: float, roll_deg: float) -> FaceFrame:
    xy = np.zeros((478, 2))
    for index, corner in OUTER_CANTHI_MM.items():
        xy[index] = corner
    xy = _in_picture(xy, px_per_mm, roll_deg)
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
