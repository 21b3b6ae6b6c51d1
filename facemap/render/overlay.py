"""Zones and lines on the photo."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.render.codec import shrink
from facemap.render.colors import chrome_color, kind_color, rgb_of, severity_color
from facemap.render.legend import draw_legend
from facemap.types import (
    Analysis,
    FaceMap,
    FloatArray,
    LineKind,
    WrinkleLine,
    ZoneRegion,
)

__all__ = ["draw_overlay"]

_Rgb = NDArray[np.uint8]

_MAX_SIDE_PX = 2400
_FILL_OPACITY = 0.34
_CASING_OPACITY = 0.5
_HATCH_OPACITY = 0.55
_SHIFT = 4  # cv2 draws at 1/16 px with this many fractional bits


def draw_overlay(analysis: Analysis, *, max_side_px: int = _MAX_SIDE_PX) -> _Rgb:
    """Draw zones colored by severity, and lines by kind, on the photo.

    The photo fills the picture from its top-left corner, shrunk where it is large; a
    legend stands below it.

    Parameters
    ----------
    analysis : Analysis
    max_side_px : int
        Longest side of the photo in the picture.

    Returns
    -------
    ndarray of shape (H, W, 3), uint8
    """
    base, factor = shrink(analysis.photo.rgb, max_side_px)
    picture = base.copy()
    severity = {score.zone: score.severity for score in analysis.scores}
    mm_px = factor / analysis.frame.scale.mm_per_px  # picture pixels per millimeter
    stroke_px = max(1.0, min(picture.shape[:2]) / 900)

    def to_picture(points_px: FloatArray) -> FloatArray:
        return (points_px + 0.5) * factor - 0.5

    labels = _labels_on(picture, analysis.face_map, factor)
    for number, region in enumerate(analysis.face_map.regions, start=1):
        outline = to_picture(region.outline_px)
        _draw_zone(
            picture, region, outline, labels == number, severity[region.id], stroke_px
        )
    _draw_lines(picture, analysis.lines, to_picture, mm_px, stroke_px)
    return np.concatenate([picture, draw_legend(analysis, picture.shape[1], mm_px)])


def _labels_on(picture: _Rgb, face_map: FaceMap, factor: float) -> NDArray[np.uint8]:
    """Lay the labels of the view under the picture, pixel by pixel."""
    height, width = picture.shape[:2]
    gain = face_map.step * factor
    shift = [factor * o + 0.5 * gain - 0.5 for o in face_map.origin_px]
    to_picture = np.array([[gain, 0, shift[0]], [0, gain, shift[1]]], np.float64)
    return np.asarray(
        cv2.warpAffine(
            face_map.labels, to_picture, (width, height), flags=cv2.INTER_NEAREST
        ),
        np.uint8,
    )


def _draw_zone(
    picture: _Rgb,
    region: ZoneRegion,
    outline: FloatArray,
    measured: NDArray[np.bool_],
    severity: float | None,
    stroke_px: float,
) -> None:
    """Fill what was measured; hatch a zone that cannot be judged."""
    if len(outline) < 3:
        return
    height, width = picture.shape[:2]
    x0, y0 = np.clip(np.floor(outline.min(0)).astype(int) - 4, 0, (width, height))
    x1, y1 = np.clip(np.ceil(outline.max(0)).astype(int) + 5, 0, (width, height))
    if x1 <= x0 or y1 <= y0:
        return
    part = picture[y0:y1, x0:x1]
    color = rgb_of(severity_color(severity))
    if region.assessable:
        fill = measured[y0:y1, x0:x1].astype(np.float32)
        # Holes of single pores and the steps of the labels' grid are no information.
        opacity = _FILL_OPACITY * cv2.GaussianBlur(fill, (0, 0), 1.2 * stroke_px)
    else:
        # Hatched, so that "cannot be judged" is not mistaken for a pale color.
        inside = np.zeros(part.shape[:2], np.uint8)
        cv2.fillPoly(inside, [_fixed(outline - (x0, y0))], 255, cv2.LINE_AA, _SHIFT)
        yy, xx = np.mgrid[y0:y1, x0:x1]
        hatch = ((xx + yy) % round(9 * stroke_px)) < 1.5 * stroke_px
        opacity = _HATCH_OPACITY * hatch * (inside / 255.0)
    mix = opacity[..., None]
    part[:] = np.rint(part * (1 - mix) + np.array(color, np.float32) * mix).astype(
        np.uint8
    )
    thickness = max(1, round(stroke_px))
    cv2.polylines(
        picture, [_fixed(outline)], True, color, thickness, cv2.LINE_AA, _SHIFT
    )


def _draw_lines(
    picture: _Rgb,
    lines: Sequence[WrinkleLine],
    to_picture: Callable[[FloatArray], FloatArray],
    mm_px: float,
    stroke_px: float,
) -> None:
    """Draw paths at twice the resolution, so that widths need not be whole pixels."""
    if not lines:
        return
    paths = [to_picture(line.path_px) for line in lines]
    every = np.concatenate(paths)
    height, width = picture.shape[:2]
    x0, y0 = np.clip(np.floor(every.min(0)).astype(int) - 8, 0, (width, height))
    x1, y1 = np.clip(np.ceil(every.max(0)).astype(int) + 9, 0, (width, height))
    part = picture[y0:y1, x0:x1]
    size_wh = (part.shape[1], part.shape[0])
    inked = np.zeros((2 * size_wh[1], 2 * size_wh[0], 4), np.uint8)  # color x alpha
    # Thin over broad, so that a fine line shows on a fold.
    order = [LineKind.FOLD, LineKind.WRINKLE, LineKind.FINE_LINE]
    ranked = sorted(range(len(lines)), key=lambda i: order.index(lines[i].kind))
    for i in ranked:
        line = lines[i]
        path = 2 * (paths[i] - (x0, y0)) + 0.5
        broad = np.clip(line.width_mm * mm_px * 0.35, stroke_px, 3 * stroke_px)
        # What is less sure is drawn fainter.
        sure = 0.35 + 0.65 * line.confidence
        for name, opacity, width_px in (
            (chrome_color("casing"), _CASING_OPACITY * sure, broad + 1.2 * stroke_px),
            (kind_color(line.kind), sure, broad),
        ):
            color = [round(channel * opacity) for channel in rgb_of(name)]
            cv2.polylines(
                inked,
                [_fixed(path)],
                False,
                (*color, round(255 * opacity)),
                max(1, round(2 * width_px)),
                cv2.LINE_AA,
                _SHIFT,
            )
    inked = np.asarray(cv2.resize(inked, size_wh, interpolation=cv2.INTER_AREA))
    clear = 1 - inked[..., 3:].astype(np.float32) / 255
    part[:] = np.rint(part * clear + inked[..., :3]).clip(0, 255).astype(np.uint8)


def _fixed(points: FloatArray) -> NDArray[np.int32]:
    return np.rint(points * (1 << _SHIFT)).astype(np.int32)
