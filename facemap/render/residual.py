"""How well two photos lie on each other, as arrows on the first."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from facemap.comparison import Comparison
from facemap.comparison.residual import Residual, measure_residual
from facemap.render.aligned import AlignedPair, align_pair
from facemap.render.captions import LIMITS, draw_notes, draw_orientation
from facemap.render.colors import chrome_color, rgb_of
from facemap.render.legend import Sheet, draw_scale_bar
from facemap.types import FloatArray

__all__ = ["draw_registration"]

_Rgb = NDArray[np.uint8]

#: Arrows are drawn so many times as long as what they tell.
_ENLARGED = 10
_ARROW = "#ffd23f"
_SHIFT = 4
_NOTE = (
    f"Each arrow shows, {_ENLARGED} times as long, how far the skin's pattern in the "
    "second photo still lies from where the first shows it; a dot: hardly. A cross: "
    "too little pattern to tell. Read anew, by another method than the alignment's."
)


def draw_registration(
    comparison: Comparison, *, max_side_px: int = 1400, eyes_hidden: bool = False
) -> _Rgb:
    """Draw how far the second photo is still off, place by place.

    Parameters
    ----------
    comparison : Comparison
    max_side_px : int
        Longest side of the photo in the picture.
    eyes_hidden : bool

    Returns
    -------
    ndarray of shape (H, W, 3), uint8
    """
    pair = align_pair(
        comparison,
        max_side_px=max_side_px,
        max_px_per_mm=max(5.0, comparison.before.frame.scale.px_per_mm),
        eyes_hidden=eyes_hidden,
    )
    residual = measure_residual(comparison.pair)
    gray = cv2.cvtColor(pair.before, cv2.COLOR_RGB2GRAY)
    dim = np.asarray(0.6 * gray, np.uint8)
    picture = np.repeat(dim[..., None], 3, axis=2)
    _draw_arrows(picture, residual, pair)
    canvas = Image.fromarray(picture)
    unit = max(11, round(canvas.width / 64))
    draw_orientation(
        Sheet(ImageDraw.Draw(canvas), canvas.width, unit),
        0,
        canvas.width,
        canvas.height,
    )
    return np.concatenate(
        [
            np.asarray(canvas, np.uint8),
            _legend(comparison, residual, pair, unit),
            draw_notes([_NOTE, LIMITS], canvas.width, unit),
        ]
    )


def _draw_arrows(picture: _Rgb, residual: Residual, pair: AlignedPair) -> None:
    stroke = max(1, round(pair.size_wh[0] / 500))
    casing, color = rgb_of(chrome_color("casing")), rgb_of(_ARROW)
    at = pair.place(residual.at_px)
    tips = at + residual.off_mm * _ENLARGED * pair.mm_px
    for start, tip, clear in zip(at, tips, residual.clear, strict=True):
        if not clear:
            center = int(start[0]), int(start[1])
            cv2.drawMarker(
                picture, center, (200, 200, 200), cv2.MARKER_TILTED_CROSS,
                5 * stroke, stroke, cv2.LINE_AA,
            )  # fmt: skip
            continue
        for ink, edge in ((casing, stroke), (color, 0)):
            for shape in _arrow(start, tip, 1.2 * stroke, edge):
                cv2.fillPoly(picture, [_fixed(shape)], ink, cv2.LINE_AA, _SHIFT)


def _arrow(
    start: FloatArray, tip: FloatArray, stroke: float, edge: float
) -> list[FloatArray]:
    """Outline an arrow's dot, shaft and head, all wider by `edge`."""
    angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    shapes = [start + (stroke + edge) * ring]
    long = float(np.linalg.norm(tip - start))
    head = 4 * stroke
    if long < head:
        return shapes
    along = (tip - start) / long
    across = np.array([-along[1], along[0]])
    half, neck = stroke / 2 + edge, tip - head * along
    shapes.append(
        np.array([start + half * across, start - half * across,
                  neck - half * across, neck + half * across])
    )  # fmt: skip
    wide = 0.45 * head + 1.5 * edge
    shapes.append(
        np.array([tip + 2 * edge * along,
                  neck - edge * along + wide * across,
                  neck - edge * along - wide * across])
    )  # fmt: skip
    return shapes


def _fixed(points: FloatArray) -> NDArray[np.int32]:
    return np.rint(points * (1 << _SHIFT)).astype(np.int32)


def _legend(
    comparison: Comparison, residual: Residual, pair: AlignedPair, unit: int
) -> _Rgb:
    canvas = Image.new(
        "RGB", (pair.size_wh[0], round(6.2 * unit)), chrome_color("paper")
    )
    sheet = Sheet(ImageDraw.Draw(canvas), canvas.width, unit)
    rms = residual.rms_mm
    title = (
        "No place tells how well the photos lie on each other"
        if rms is None
        else f"Alignment of the skin: {max(rms, 0.01):.2f} mm off (root mean square, "
        f"{int(residual.clear.sum())} places)"
    )
    sheet.text((sheet.margin, 0.9 * unit), title, size=1.1)
    y, long = round(3.6 * unit), 0.5 * _ENLARGED * pair.mm_px
    ends = [(sheet.margin, y), (sheet.margin + long, y)]
    sheet.draw.line(ends, chrome_color("casing"), max(3, unit // 3))
    sheet.draw.line(ends, _ARROW, max(1, unit // 8))
    label = "an arrow of this length: 0.5 mm"
    sheet.text((sheet.margin, y + 0.7 * unit), label, color="muted", size=0.85)
    relative_sd = comparison.before.frame.scale.relative_sd
    draw_scale_bar(sheet, 3.1 * unit, pair.mm_px, relative_sd)
    return np.asarray(canvas, np.uint8)
