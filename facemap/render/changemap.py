"""Where valleys of the skin became deeper or shallower, in color on the face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from facemap.comparison import Comparison, ZoneVerdict
from facemap.comparison.pairing import Pair
from facemap.light import LUMINANCE
from facemap.render.aligned import AlignedPair, align_pair
from facemap.render.captions import (
    UNCOVERED,
    draw_notes,
    draw_orientation,
    draw_zone_boxes,
    reservations_of,
    summary_of,
)
from facemap.render.colors import change_color, chrome_color, rgb_of
from facemap.render.legend import Sheet, draw_scale_bar
from facemap.resources import load_knowledge
from facemap.types import FloatImage

__all__ = ["ChangeMap", "draw_change_map", "map_change"]

_Rgb = NDArray[np.uint8]
_Bool = NDArray[np.bool_]
_Image = NDArray[np.float32]

_MOST_OPACITY = 0.85
#: Of the opacity, where a zone has no detectable change.
_PALER = 0.45
_CHANGED = (ZoneVerdict.BETTER, ZoneVerdict.WORSE)
#: The photo under the colors, in gray of this range: light and dark stay free.
_GRAY = (70.0, 205.0)
_NOTE = (
    "Color tells where; whether a zone changed is told by its verdict, and color is "
    "paler where a zone has no detectable change. Hatched: cannot be compared. Not "
    "shown: smaller changes than those in which two copies of one photo differ."
)


@dataclass(frozen=True, eq=False)
class ChangeMap:
    """Change of the depth of valleys, in the view of the first photo.

    Attributes
    ----------
    depth : ndarray of shape (H, W), float32
        Log luminance, as of a line 0.7 mm wide; positive where a valley is deeper
        after, 0 off the shared skin.
    skin : ndarray of shape (H, W), bool
        That both photos show.
    """

    depth: FloatImage
    skin: _Bool


def map_change(pair: Pair) -> ChangeMap:
    """Compare how far the skin's valleys lie under what is around them.

    Parameters
    ----------
    pair : Pair
        Whose log luminances are of one geometry and one sharpness.

    Notes
    -----
    Of each view the band of detail as wide as lines is taken, over shared skin alone.
    The difference counts where either view, averaged, has a valley; so noise, which has
    no place of its own, averages out.
    """
    rule = load_knowledge("comparison")["map"]
    skin = pair.face_map.labels > 0
    first, second = (
        _band(view.log_luminance, skin, view.px_per_mm, rule)
        for view in (pair.before, pair.after)
    )
    valley = np.maximum(-(first + second) / 2, np.float32(0))
    gate = valley / (valley + np.float32(rule["valley"]))
    valleys = np.asarray((first - second) * gate, np.float32)
    depth = _within(valleys, skin, rule["smooth_mm"] * pair.before.px_per_mm)
    depth /= np.float32(_passed(rule))
    return ChangeMap(np.where(skin, depth, np.float32(0)), skin)


def draw_change_map(
    comparison: Comparison,
    *,
    max_side_px: int = 1400,
    eyes_hidden: bool = False,
) -> _Rgb:
    """Draw the map on the first photo in gray, with a legend.

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
        matched=False,
        eyes_hidden=eyes_hidden,
    )
    change = map_change(comparison.pair)
    depth = _placed(change.depth, comparison, pair)
    told = _of(comparison, pair, (*_CHANGED, ZoneVerdict.NO_DETECTABLE_CHANGE))
    paler = np.where(_of(comparison, pair, _CHANGED), 1, _PALER).astype(np.float32)
    picture = _painted(pair, np.where(told, depth, np.float32(0)), paler)
    _hatch(picture, (pair.labels > 0) & ~told, pair.mm_px)
    canvas = Image.fromarray(picture)
    unit = max(11, round(picture.shape[1] / 60))
    sheet = Sheet(ImageDraw.Draw(canvas), canvas.width, unit)
    changed = [change for change in comparison.changes if change.verdict in _CHANGED]
    draw_zone_boxes(sheet, pair, changed, (0, 0))
    draw_orientation(sheet, 0, canvas.width, canvas.height)
    notes = [
        note
        for note in reservations_of(comparison, pair)
        if note not in (pair.match.said, UNCOVERED)
    ]
    return np.concatenate(
        [
            np.asarray(canvas, np.uint8),
            _legend(comparison, pair, unit),
            draw_notes([_NOTE, *notes], canvas.width, unit),
        ]
    )


def _band(
    image: FloatImage, skin: _Bool, px_per_mm: float, rule: Mapping[str, Any]
) -> _Image:
    """Detail as wide as lines; negative in a valley."""
    fine, coarse = (
        _within(image, skin, rule[name] * px_per_mm)
        for name in ("fine_mm", "coarse_mm")
    )
    return fine - coarse


def _passed(rule: Mapping[str, Any]) -> float:
    """How much of the depth of a line is left by all the smoothing."""
    line, fine, coarse, smooth = (
        float(rule[name]) for name in ("line_mm", "fine_mm", "coarse_mm", "smooth_mm")
    )
    narrow, wide = (line / hypot(line, sigma, smooth) for sigma in (fine, coarse))
    return narrow - wide


def _within(image: FloatImage, skin: _Bool, sigma_px: float) -> _Image:
    """Smooth over shared skin alone: hair and lips beside it have no say."""
    weight = skin.astype(np.float32)
    share = cv2.GaussianBlur(weight, (0, 0), max(sigma_px, 0.1))
    # So that the sums stay small beside what they are to tell.
    level = np.float32(image[skin].mean() if skin.any() else 0)
    total = cv2.GaussianBlur((image - level) * weight, (0, 0), max(sigma_px, 0.1))
    return np.asarray(total / np.maximum(share, 1e-3) + level, np.float32)


def _placed(depth: _Image, comparison: Comparison, pair: AlignedPair) -> _Image:
    """Bring a layer of the first view to the picture."""
    view = comparison.pair.before
    gain = 1 / (pair.factor * view.step)
    shift = (pair.low_px - view.origin_px) / view.step + 0.5 * gain - 0.5
    into = np.array([[gain, 0, shift[0]], [0, gain, shift[1]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(depth, into, pair.size_wh, flags=flags))


def _of(
    comparison: Comparison, pair: AlignedPair, verdicts: Sequence[ZoneVerdict]
) -> _Bool:
    """Skin of the zones with one of some verdicts."""
    numbers = [
        k
        for k, change in enumerate(comparison.changes, 1)
        if change.verdict in verdicts
    ]
    return np.isin(pair.labels, numbers)


def _painted(pair: AlignedPair, depth: _Image, strength: _Image) -> _Rgb:
    low, high = _GRAY
    gray = pair.before.astype(np.float32) @ LUMINANCE.astype(np.float32)
    base = np.repeat((low + gray * (high - low) / 255)[..., None], 3, axis=2)
    color, opacity = _ink(depth)
    opacity *= strength[..., None]
    mixed = base * (1 - opacity) + color * opacity
    return np.asarray(np.rint(mixed).clip(0, 255), np.uint8)


def _ink(depth: _Image) -> tuple[_Image, _Image]:
    """Color by direction, opacity by size."""
    rule = load_knowledge("comparison")["map"]
    least, full = rule["least"], rule["full"]
    size = np.clip((np.abs(depth) - least) / (full - least), 0, 1)[..., None]
    shallower, deeper = (
        np.array(rgb_of(change_color(name)), np.float32)
        for name in ("shallower", "deeper")
    )
    color = np.where(depth[..., None] < 0, shallower, deeper)
    return color, np.asarray(_MOST_OPACITY * np.sqrt(size), np.float32)


def _hatch(picture: _Rgb, where: _Bool, mm_px: float) -> None:
    yy, xx = np.mgrid[: picture.shape[0], : picture.shape[1]]
    pitch = max(6, round(2.0 * mm_px))
    line = ((xx + yy) % pitch < max(1, pitch // 7)) & where
    picture[line] = (0.35 * picture[line] + 0.65 * 255).astype(np.uint8)


def _legend(comparison: Comparison, pair: AlignedPair, unit: int) -> _Rgb:
    width = pair.size_wh[0]
    canvas = Image.new("RGB", (width, round(8.2 * unit)), chrome_color("paper"))
    sheet = Sheet(ImageDraw.Draw(canvas), width, unit)
    title = f"Depth of lines. {summary_of(comparison.changes)}"
    sheet.text((sheet.margin, 0.9 * unit), title, size=1.15)
    full = float(load_knowledge("comparison")["map"]["full"])
    long, top = round(min(0.45 * width, 22 * unit)), round(3.9 * unit)
    ramp = np.linspace(-full, full, long, dtype=np.float32)[None]
    color, opacity = _ink(ramp)
    middle = np.float32((_GRAY[0] + _GRAY[1]) / 2)
    strip = np.rint(middle * (1 - opacity) + color * opacity).astype(np.uint8)
    strip = np.repeat(strip, round(0.9 * unit), axis=0)
    canvas.paste(Image.fromarray(strip), (sheet.margin, top))
    for x, anchor, label in ((0, "ls", "shallower"), (long, "rs", "deeper")):
        above = (sheet.margin + x, top - 0.25 * unit)
        sheet.text(above, label, anchor=anchor, size=0.85)
    for at, anchor, label in (
        (0.0, "la", f"-{full:g}"),
        (0.5, "ma", "log luminance"),
        (1.0, "ra", f"+{full:g}"),
    ):
        below = (sheet.margin + at * long, top + 1.1 * unit)
        sheet.text(below, label, color="muted", size=0.85, anchor=anchor)
    words = f"Of a line 0.7 mm wide; {full:g} is about {100 * full:.0f} % of its light"
    at_left = (sheet.margin, top + 2.3 * unit)
    sheet.text(at_left, words, color="muted", size=0.85)
    draw_scale_bar(sheet, top, pair.mm_px, comparison.before.frame.scale.relative_sd)
    return np.asarray(canvas, np.uint8)
