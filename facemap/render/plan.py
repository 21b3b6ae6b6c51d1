"""A plan on the patient's own photo: points, what to keep out of, and what it means."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from skimage.measure import approximate_polygon, find_contours

from facemap.planning import Plan
from facemap.protocol import Mode
from facemap.render.colors import chrome_color, rgb_of
from facemap.render.legend import Sheet
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
from facemap.render.stopped import STOPPED_WIDTH_PX, draw_stopped
from facemap.types import FloatArray

__all__ = ["blocked_outlines", "draw_plan"]

_Rgb = NDArray[np.uint8]
_Mask = NDArray[np.uint8]

_MAX_SIDE_PX = 2200
_OUTLINE_SIDE_PX = 1100
_OUTLINE_TOLERANCE = 0.3  # pixels of that grid
#: A coarse photo is enlarged, so that points 2 mm apart do not touch; not beyond this.
_MOST_ENLARGED = 4.0
_PX_PER_MM = 9.0
#: Around the face, in millimeters.
_MARGIN_MM = 12.0
#: Of white over the photo, so that marks stand out.
_VEIL = 0.3


@dataclass(frozen=True)
class _Frame:
    """The part of the photo that is shown, and how large."""

    low: FloatArray
    factor: float
    size_wh: tuple[int, int]
    mm_px: float

    def __call__(self, points_px: FloatArray) -> FloatArray:
        return np.asarray((points_px + 0.5 - self.low) * self.factor - 0.5)

    def back(self, points: FloatArray) -> FloatArray:
        """Give the photo's pixels of places in the picture."""
        return np.asarray((points + 0.5) / self.factor + self.low - 0.5)


def draw_plan(plan: Plan, *, max_side_px: int = _MAX_SIDE_PX) -> _Rgb:
    """Draw a plan on the photo of the face, with a legend below.

    A stopped plan has a card instead that says why, without the photo.

    Parameters
    ----------
    plan : Plan
    max_side_px : int
        Longest side of the photo in the picture.

    Returns
    -------
    ndarray of shape (H, W, 3), uint8
    """
    if plan.stopped:
        return draw_stopped(plan, min(max_side_px, STOPPED_WIDTH_PX))
    frame = _framed(plan, max_side_px)
    picture = _photo(plan, frame)
    _hatch_keepouts(picture, plan, frame)
    for step in plan.steps:
        at = frame(np.array([point.px for point in step.points]))
        draw_points(picture, at, step.mode, frame.mm_px)
    picture = _letter(picture, plan, frame)
    return np.concatenate(
        [picture, draw_plan_legend(plan, picture.shape[1], frame.mm_px)]
    )


def _framed(plan: Plan, max_side_px: int) -> _Frame:
    """Frame the face with its neck as far as points go."""
    face = plan.analysis.frame
    margin = _MARGIN_MM / face.scale.mm_per_px
    shown = [face.landmarks.xy_px]
    shown += [region.outline_px for region in plan.analysis.face_map.regions[:1]]
    shown += [np.array([p.px for p in step.points]) for step in plan.steps]
    every = np.concatenate(shown)
    width, height = plan.analysis.photo.size_wh
    low = np.clip(np.floor(every.min(axis=0) - margin), 0, [width - 1, height - 1])
    high = np.clip(np.ceil(every.max(axis=0) + margin), low + 1, [width, height])
    wanted = _PX_PER_MM * face.scale.mm_per_px
    factor = min(
        max(1.0, min(wanted, _MOST_ENLARGED)), max_side_px / float((high - low).max())
    )
    columns, rows = np.maximum(1, np.rint((high - low) * factor)).astype(int).tolist()
    return _Frame(low, factor, (columns, rows), factor / face.scale.mm_per_px)


def _photo(plan: Plan, frame: _Frame) -> _Rgb:
    x0, y0 = frame.low.astype(int).tolist()
    columns, rows = (round(n / frame.factor) for n in frame.size_wh)
    part = plan.analysis.photo.rgb[y0 : y0 + rows + 1, x0 : x0 + columns + 1]
    how = cv2.INTER_AREA if frame.factor < 1 else cv2.INTER_CUBIC
    shift = 0.5 * frame.factor - 0.5
    if frame.factor < 1:
        sized = cv2.resize(part, frame.size_wh, interpolation=how)
    else:
        into = np.array([[frame.factor, 0, shift], [0, frame.factor, shift]])
        sized = cv2.warpAffine(
            part, into, frame.size_wh, flags=how, borderMode=cv2.BORDER_REPLICATE
        )
    paper = np.array(rgb_of(chrome_color("paper")), np.float32)
    return np.rint(sized * (1 - _VEIL) + paper * _VEIL).astype(np.uint8)


def blocked_outlines(
    plan: Plan, *, max_side_px: int = _OUTLINE_SIDE_PX
) -> dict[str, tuple[FloatArray, ...]]:
    """Draw the border of all that is kept out of, as one.

    Parameters
    ----------
    plan : Plan
    max_side_px : int
        Longest side of the grid that the shapes are put together on.

    Returns
    -------
    dict of str to tuple of ndarray of shape (N, 2)
        ``every``: where no needle goes; ``muscle``: where none goes into muscle.
        Closed rings in pixels of the upright photo; a ring within another is a hole.
    """
    frame = _framed(plan, max_side_px)
    found = {}
    for name, mask in zip(("every", "muscle"), _blocked(plan, frame), strict=True):
        # Blurred, so that the border runs between the steps of the grid.
        edge = np.pad(cv2.GaussianBlur(mask, (0, 0), 1.0), 1)
        rings = [ring[:, ::-1] - 1.0 for ring in find_contours(edge, 127.5)]
        found[name] = tuple(
            frame.back(approximate_polygon(ring, _OUTLINE_TOLERANCE)) for ring in rings
        )
    return found


def _hatch_keepouts(picture: _Rgb, plan: Plan, frame: _Frame) -> None:
    every, muscle = _blocked(plan, frame)
    hatch(picture, every, muscle, text_unit(picture.shape[1]))


def _blocked(plan: Plan, frame: _Frame) -> tuple[_Mask, _Mask]:
    """Mark where no needle goes, and where none goes into muscle only.

    Shapes of a kind are marked as one, so that hatches do not pile up.
    """
    columns, rows = frame.size_wh
    every, muscle = (np.zeros((rows, columns), np.uint8) for _ in range(2))
    for keepout in plan.keepouts:
        shown = [mode for mode in keepout.blocks if mode in plan.modes]
        if not shown or len(keepout.shape_px) < 3:
            continue
        canvas = every if Mode.DERMAL in keepout.blocks else muscle
        corners = fixed_point(frame(keepout.shape_px))
        cv2.fillPoly(canvas, [corners], 255, cv2.LINE_AA, SHIFT)
    # Clothing is no skin.
    skin = np.zeros_like(muscle)
    hull = cv2.convexHull(frame(plan.analysis.frame.landmarks.xy_px).astype(np.float32))
    cv2.fillPoly(
        skin, [fixed_point(hull[:, 0].astype(np.float64))], 255, cv2.LINE_AA, SHIFT
    )
    for region in plan.analysis.face_map.regions:
        if len(region.outline_px) > 2:
            cv2.fillPoly(
                skin, [fixed_point(frame(region.outline_px))], 255, cv2.LINE_AA, SHIFT
            )
    muscle &= skin
    clear_specks(muscle, every, frame.mm_px)
    return every, muscle


def _letter(picture: _Rgb, plan: Plan, frame: _Frame) -> _Rgb:
    """Write numbers of steps and of points into muscle, and right and left."""
    canvas = Image.fromarray(picture)
    unit = text_unit(canvas.width)
    sheet = Sheet(ImageDraw.Draw(canvas), canvas.width, unit)
    at = [frame(np.array([p.px for p in step.points])) for step in plan.steps]
    middle_x = float(frame(plan.analysis.frame.landmarks.xy_px)[:, 0].mean())
    draw_step_badges(sheet, plan.steps, at, frame.mm_px, middle_x, frame.size_wh)
    for x, letter, anchor in ((1.2, "R", "la"), (0.0, "L", "ra")):
        left = x * unit if letter == "R" else canvas.width - 1.2 * unit
        side = "right" if letter == "R" else "left"
        draw_halo(sheet, (left, 0.9 * unit), letter, anchor, 2.2)
        draw_halo(sheet, (left, 3.2 * unit), f"patient's {side}", anchor, 0.9)
    return np.asarray(canvas, np.uint8)
