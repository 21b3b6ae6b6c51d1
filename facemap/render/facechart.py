"""A plan on the classic face chart: a drawn face, for the record and for the hand."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from facemap.chart import load_chart, load_zones
from facemap.planning import Plan, charted_keepouts, frontal_mm
from facemap.protocol import Mode
from facemap.render.colors import chrome_color, rgb_of
from facemap.render.legend import Sheet
from facemap.render.lineface import LineFace, load_line_face
from facemap.render.marks import (
    SHIFT,
    clear_specks,
    draw_halo,
    draw_plan_legend,
    draw_points,
    draw_step_badges,
    fixed_point,
    hatch,
    text_unit,
)
from facemap.render.stopped import draw_stopped
from facemap.types import ZONE_IDS, FloatArray

__all__ = ["draw_face_chart"]

_Rgb = NDArray[np.uint8]
_Place = Callable[[FloatArray], FloatArray]

_WIDTH_PX = 1700
#: Hatches and strokes lie under the points: lighter than on a photo.
_SOFT_HATCH = 0.45
_REMARK = (
    "Drawn on a head of average size: find each place again on the picture of the "
    "patient, and by hand."
)


def draw_face_chart(plan: Plan, *, width_px: int = _WIDTH_PX) -> _Rgb:
    """Draw a plan on a drawn face, with a legend below.

    A stopped plan has a card instead that says why.

    Parameters
    ----------
    plan : Plan
    width_px : int
        Of the picture.

    Returns
    -------
    ndarray of shape (H, W, 3), uint8
    """
    if plan.stopped:
        return draw_stopped(plan, width_px)
    face = load_line_face()
    left, top, right, bottom = face.box_mm
    mm_px = width_px / (right - left)
    size_wh = (width_px, round((bottom - top) * mm_px))

    def place(points_mm: FloatArray) -> FloatArray:
        return np.asarray((points_mm - [left, top]) * mm_px - 0.5)

    picture = np.full((size_wh[1], size_wh[0], 3), rgb_of(chrome_color("paper")))
    picture = picture.astype(np.uint8)
    _draw_zones(picture, plan, place)
    _hatch_keepouts(picture, plan, place, mm_px)
    _draw_face(picture, face, place, mm_px)
    at = [place(frontal_mm(np.array([p.uv for p in s.points]))) for s in plan.steps]
    for step, points in zip(plan.steps, at, strict=True):
        draw_points(picture, points, step.mode, mm_px)
    canvas = Image.fromarray(picture)
    sheet = Sheet(ImageDraw.Draw(canvas), width_px, text_unit(width_px))
    middle_x = float(place(np.zeros((1, 2)))[0, 0])
    draw_step_badges(sheet, plan.steps, at, mm_px, middle_x, size_wh)
    _letter_sides(sheet)
    legend = draw_plan_legend(plan, width_px, None, remark=_REMARK)
    return np.concatenate([np.asarray(canvas, np.uint8), legend])


def _draw_zones(picture: _Rgb, plan: Plan, place: _Place) -> None:
    """Outline the zones that have a step."""
    color = rgb_of(chrome_color("rule"))
    thickness = max(1, round(picture.shape[1] / 700))
    for zone in sorted({step.zone for step in plan.steps if step.zone}):
        outline = load_zones()[ZONE_IDS.index(zone)].outline_uv
        corners = fixed_point(place(frontal_mm(_dense(outline))))
        cv2.polylines(picture, [corners], True, color, thickness, cv2.LINE_AA, SHIFT)


def _hatch_keepouts(picture: _Rgb, plan: Plan, place: _Place, mm_px: float) -> None:
    """Hatch what blocks, as on the plan's picture."""
    every, muscle = (np.zeros(picture.shape[:2], np.uint8) for _ in range(2))
    for keepout in charted_keepouts(plan):
        shown = [mode for mode in keepout.blocks if mode in plan.modes]
        if not shown or len(keepout.shape_px) < 3:
            continue
        canvas = every if Mode.DERMAL in keepout.blocks else muscle
        corners = fixed_point(place(keepout.shape_px))
        cv2.fillPoly(canvas, [corners], 255, cv2.LINE_AA, SHIFT)
    skin = np.zeros_like(muscle)
    mesh = place(load_chart().vertices_mm[:, :2] * [1, -1])
    for triangle in load_chart().triangles:
        cv2.fillPoly(skin, [fixed_point(mesh[triangle])], 255, cv2.LINE_8, SHIFT)
    muscle &= skin
    clear_specks(muscle, every, mm_px)
    clear = picture.copy()
    hatch(picture, every, muscle, text_unit(picture.shape[1]))
    mixed = picture * (1 - _SOFT_HATCH) + clear * np.float32(_SOFT_HATCH)
    picture[:] = np.rint(mixed).astype(np.uint8)


def _draw_face(picture: _Rgb, face: LineFace, place: _Place, mm_px: float) -> None:
    ink, soft = rgb_of(chrome_color("ink")), rgb_of(chrome_color("rule"))

    def width_of(weight_mm: float) -> int:
        return max(1, round(weight_mm * mm_px))

    for iris in face.irises:
        opening = np.zeros(picture.shape[:2], np.uint8)
        cv2.fillPoly(
            opening, [fixed_point(place(iris.lids_mm))], 255, cv2.LINE_AA, SHIFT
        )
        drawn = picture.copy()
        center = tuple(fixed_point(place(iris.center_mm[None]))[0].tolist())
        for radius_mm, thickness in (
            (iris.radius_mm, width_of(iris.weight_mm)),
            (iris.pupil_mm, -1),
        ):
            radius = round(radius_mm * mm_px * (1 << SHIFT))
            cv2.circle(drawn, center, radius, ink, thickness, cv2.LINE_AA, SHIFT)
        share = opening[..., None].astype(np.float32) / 255
        picture[:] = np.rint(drawn * share + picture * (1 - share)).astype(np.uint8)
    for stroke in face.strokes:
        path = [fixed_point(place(stroke.points_mm))]
        if stroke.filled:
            cv2.fillPoly(picture, path, soft, cv2.LINE_AA, SHIFT)
        width = width_of(stroke.weight_mm)
        cv2.polylines(picture, path, False, ink, width, cv2.LINE_AA, SHIFT)


def _letter_sides(sheet: Sheet) -> None:
    unit = sheet.unit
    for letter, side, x, anchor in (
        ("R", "right", 1.5 * unit, "la"),
        ("L", "left", sheet.width - 1.5 * unit, "ra"),
    ):
        draw_halo(sheet, (x, 1.2 * unit), letter, anchor, 2.2)
        draw_halo(sheet, (x, 3.6 * unit), f"patient's {side}", anchor, 0.9)


def _dense(outline_uv: FloatArray) -> FloatArray:
    """Give an outline corners enough to follow the face."""
    share = np.linspace(0, 1, 8, endpoint=False)[:, None]
    ahead = np.roll(outline_uv, -1, axis=0)
    parts = [
        a * (1 - share) + b * share for a, b in zip(outline_uv, ahead, strict=True)
    ]
    return np.concatenate(parts)
