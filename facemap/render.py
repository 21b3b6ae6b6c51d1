"""Draw an analysis: values in, pictures out. Nothing here measures anything."""

from __future__ import annotations

import io
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from facemap.chart import load_zones
from facemap.resources import load_knowledge
from facemap.types import Analysis, FloatArray, LineKind, ZoneRegion

__all__ = [
    "draw_overlay",
    "encode_jpeg",
    "encode_png",
    "kind_color",
    "severity_color",
    "shrink",
]

_Rgb = NDArray[np.uint8]

_MAX_SIDE_PX = 2400
_FILL_OPACITY = 0.34
_SHIFT = 4  # cv2 draws at 1/16 px with this many fractional bits
_DISCLAIMER = (
    "Not a medical device. Decision support for licensed practitioners. "
    "Severity is not a diagnosis."
)


def severity_color(severity: float | None) -> str:
    """Color of a severity, 0 to 100, as ``#rrggbb``; None is "not assessable".

    Examples
    --------
    >>> severity_color(0)
    '#d8f3e6'
    >>> severity_color(None)
    '#9a9a9a'
    """
    palette = load_knowledge("palette")["severity"]
    if severity is None:
        return str(palette["not_assessable"])
    stops = np.array([_rgb(stop) for stop in palette["stops"]], float)
    at = np.clip(severity, 0, 100) / 100 * (len(stops) - 1)
    mixed = [np.interp(at, range(len(stops)), channel) for channel in stops.T]
    return "#" + "".join(f"{round(value):02x}" for value in mixed)


def kind_color(kind: LineKind) -> str:
    """Color of a kind of line, as ``#rrggbb``."""
    return str(load_knowledge("palette")["kind"][kind])


def encode_png(rgb: _Rgb) -> bytes:
    """Write a picture as PNG, without metadata: the same picture, the same bytes."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG", compress_level=4)
    return buffer.getvalue()


def encode_jpeg(
    rgb: _Rgb, *, quality: int = 90, max_side_px: int | None = None
) -> bytes:
    """Write a picture as JPEG, without metadata.

    Parameters
    ----------
    rgb : ndarray of shape (H, W, 3), uint8
    quality : int
        1 to 95.
    max_side_px : int, optional
        Shrink the picture first if its longer side is longer than this.
    """
    if max_side_px is not None:
        rgb = shrink(rgb, max_side_px)[0]
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def shrink(rgb: _Rgb, max_side_px: int) -> tuple[_Rgb, float]:
    """Shrink a picture to a longest side, never enlarge it.

    Returns
    -------
    ndarray of shape (h, w, 3)
    float
        New pixels per old pixel, 1 or less.
    """
    height, width = rgb.shape[:2]
    factor = min(1.0, max_side_px / max(height, width))
    if factor == 1.0:
        return np.asarray(rgb), 1.0
    size_wh = (round(width * factor), round(height * factor))
    return np.asarray(
        cv2.resize(rgb, size_wh, interpolation=cv2.INTER_AREA), np.uint8
    ), factor


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

    for region in analysis.face_map.regions:
        _draw_zone(
            picture,
            region,
            to_picture(region.outline_px),
            severity[region.id],
            stroke_px,
        )
    # Thin over broad, so that a fine line shows on a fold.
    order = [LineKind.FOLD, LineKind.WRINKLE, LineKind.FINE_LINE]
    for line in sorted(analysis.lines, key=lambda found: order.index(found.kind)):
        color = _rgb(kind_color(line.kind))
        path = to_picture(line.path_px)
        width_px = float(
            np.clip(line.width_mm * mm_px * 0.5, 1.2 * stroke_px, 4 * stroke_px)
        )
        _draw_path(picture, path, _rgb(_chrome("casing")), width_px + 1.6 * stroke_px)
        _draw_path(picture, path, color, width_px)
    return np.concatenate([picture, _draw_legend(analysis, picture.shape[1], mm_px)])


def _draw_zone(
    picture: _Rgb,
    region: ZoneRegion,
    outline: FloatArray,
    severity: float | None,
    stroke_px: float,
) -> None:
    if len(outline) < 3:
        return
    height, width = picture.shape[:2]
    x0, y0 = np.clip(np.floor(outline.min(0)).astype(int) - 4, 0, (width, height))
    x1, y1 = np.clip(np.ceil(outline.max(0)).astype(int) + 5, 0, (width, height))
    if x1 <= x0 or y1 <= y0:
        return
    part = picture[y0:y1, x0:x1]
    inside = np.zeros(part.shape[:2], np.uint8)
    fixed = _fixed(outline - (x0, y0))
    cv2.fillPoly(inside, [fixed], 255, cv2.LINE_AA, _SHIFT)
    color = np.array(_rgb(severity_color(severity)), np.float32)
    opacity = inside[..., None].astype(np.float32) / 255 * _FILL_OPACITY
    if not region.assessable:
        # Hatched, so that "cannot be judged" is not mistaken for a pale color.
        yy, xx = np.mgrid[y0:y1, x0:x1]
        hatch = ((xx + yy) % round(9 * stroke_px)) < 1.5 * stroke_px
        opacity = opacity * np.where(hatch, 1.6, 0.0)[..., None].astype(np.float32)
    part[:] = np.rint(part * (1 - opacity) + color * opacity).astype(np.uint8)
    edge = [int(c) for c in color]
    cv2.polylines(
        picture,
        [_fixed(outline)],
        True,
        edge,
        max(1, round(stroke_px)),
        cv2.LINE_AA,
        _SHIFT,
    )


def _draw_path(
    picture: _Rgb, path: FloatArray, color: tuple[int, int, int], width_px: float
) -> None:
    cv2.polylines(
        picture,
        [_fixed(path)],
        False,
        color,
        max(1, round(width_px)),
        cv2.LINE_AA,
        _SHIFT,
    )


def _draw_legend(analysis: Analysis, width: int, mm_px: float) -> _Rgb:
    """Draw the band below the photo: scale, kinds, ramp, zones by severity, words."""
    unit = max(10, round(width / 84))  # the text's size; everything scales with it
    left, top, row = round(1.5 * unit), round(1.6 * unit), round(1.75 * unit)
    names = {zone.id: zone.name for zone in load_zones()}
    ranked = sorted(
        analysis.scores,
        key=lambda s: (s.severity is None, -(s.severity or 0.0)),
    )
    columns = 3
    per_column = -(-len(ranked) // columns)
    height = top + round(4.6 * unit) + per_column * row + round(3.4 * unit)
    legend = Image.new("RGB", (width, height), _chrome("paper"))
    draw = ImageDraw.Draw(legend)
    ink, muted = _chrome("ink"), _chrome("muted")
    title, text = _font(round(1.35 * unit)), _font(unit)
    small = _font(round(0.85 * unit))

    overall = analysis.overall
    head = "Overall severity: can't be judged"
    if overall.severity is not None:
        head = (
            f"Overall severity {overall.severity:.0f} ± {overall.severity_sd or 0:.0f}"
            f" of 100, over {overall.assessed_zones} zones"
        )
    draw.text((left, top), head, ink, title)
    quality = f"Photo quality: {analysis.quality.verdict}"
    draw.text((width - left, top), quality, muted, text, anchor="ra")

    y = top + round(2.6 * unit)
    x = left
    ramp_w = round(width * 0.2)
    for i in range(ramp_w):
        color = severity_color(100 * i / ramp_w)
        draw.line([(x + i, y), (x + i, y + round(0.9 * unit))], color)
    draw.text((x, y + unit), "0", muted, small)
    draw.text((x + ramp_w, y + unit), "100", muted, small, anchor="ra")
    draw.text((x + ramp_w / 2, y + unit), "severity", muted, small, anchor="ma")
    x += ramp_w + 2 * unit
    for kind, label in _KIND_LABELS.items():
        middle = y + unit // 2
        draw.line([(x, middle), (x + 2 * unit, middle)], _chrome("casing"), unit // 2)
        draw.line([(x, middle), (x + 2 * unit, middle)], kind_color(kind), unit // 3)
        draw.text((x + round(2.5 * unit), middle), label, ink, text, anchor="lm")
        x += round(3.6 * unit + draw.textlength(label, text))
    bar_mm = 10 if 10 * mm_px < width / 4 else 5
    bar_px = bar_mm * mm_px
    end = width - left
    draw.line(
        [(end - bar_px, y + unit // 2), (end, y + unit // 2)], ink, max(2, unit // 5)
    )
    for at in (end - bar_px, end):
        draw.line(
            [(at, y + unit // 6), (at, y + round(0.84 * unit))], ink, max(2, unit // 6)
        )
    # No figure may look exact that is not: its uncertainty stands beside it.
    scale = f"{bar_mm} mm ± {100 * analysis.frame.scale.relative_sd:.0f} %"
    draw.text((end, y + unit), scale, muted, small, anchor="ra")

    y = top + round(5.2 * unit)
    column_w = (width - 2 * left) / columns
    reasons = {r.id: r.reason for r in analysis.face_map.regions}
    for i, score in enumerate(ranked):
        cx = left + (i // per_column) * column_w
        cy = y + (i % per_column) * row
        swatch = [(cx, cy), (cx + unit, cy + unit)]
        draw.rectangle(swatch, severity_color(score.severity), _chrome("rule"))
        draw.text((cx + 1.6 * unit, cy), names[score.zone], ink, text)
        if score.severity is None:
            value, color = reasons[score.zone] or "can't be judged", muted
        else:
            value = f"{score.severity:.0f} ± {score.severity_sd or 0:.0f}"
            color = ink
        at = (cx + column_w - 2 * unit, cy)
        value = _fit(draw, value, text, column_w * 0.52)
        draw.text(at, value, color, text, anchor="ra")
    draw.text(
        (left, height - round(1.5 * unit)),
        _fit(
            draw,
            f"{_DISCLAIMER}  Left and right are the patient's own.",
            small,
            width - 2 * left,
        ),
        muted,
        small,
    )
    return np.asarray(legend, np.uint8)


_KIND_LABELS = {
    LineKind.FINE_LINE: "fine line",
    LineKind.WRINKLE: "wrinkle",
    LineKind.FOLD: "fold",
}


def _fit(
    draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, width: float
) -> str:
    """Shorten a text until it fits."""
    if draw.textlength(text, font) <= width:
        return text
    while text and draw.textlength(text + "…", font) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _fixed(points: FloatArray) -> NDArray[np.int32]:
    return np.rint(points * (1 << _SHIFT)).astype(np.int32)


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _chrome(name: str) -> str:
    return str(load_knowledge("palette")["chrome"][name])


@cache
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size_px)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return font
