"""Pictures of a comparison for the browser: the only place that asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from facemap.comparison import Comparison
from facemap.render import (
    align_pair,
    draw_blink,
    draw_change_map,
    draw_collage,
    draw_registration,
    draw_side_by_side,
    encode_blink,
    encode_jpeg,
    encode_png,
    match_light,
)
from facemap.render.captions import zone_box
from facemap.types import ZONE_IDS

__all__ = ["PICTURES", "Prints", "picture", "print_pair"]

#: Left, top, width and height in pixels of the pictures.
Box = tuple[float, float, float, float]
_QUALITY = 92
_SIDE_PX = 2000

#: Pictures to keep: a name for the file, its title and its form.
PICTURES: Mapping[str, tuple[str, str]] = {
    "side-by-side": ("Side by side (PNG)", "png"),
    "zones": ("Zone by zone (PNG)", "png"),
    "change-map": ("Change map (PNG)", "png"),
    "blink": ("In turns (WebP)", "webp"),
    "alignment": ("How well they fit (PNG)", "png"),
}


@dataclass(frozen=True)
class Prints:
    """Two pictures of one size, in which the same skin lies at the same place.

    Attributes
    ----------
    before, after : bytes
        JPEG.
    matched : bytes or None
        The second photo in the light of the first, for looking; None where that is the
        same picture.
    match_said : str
        What was done for it, in words.
    change : bytes
        JPEG: where lines became deeper or shallower, with its legend.
    boxes : mapping of str to tuple
        Where zones lie that both photos show.
    """

    size_wh: tuple[int, int]
    px_per_mm: float
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)
    matched: bytes | None = field(repr=False)
    match_said: str
    change: bytes = field(repr=False)
    boxes: Mapping[str, Box]


def print_pair(comparison: Comparison) -> Prints:
    """Draw both photos in the geometry of the first, and the map of what changed."""
    pair = align_pair(comparison, max_side_px=_SIDE_PX, matched=False)
    match = match_light(pair.before, pair.after, pair.labels > 0)
    matched = match.apply(pair.after)
    boxes = {}
    for zone in ZONE_IDS:
        if (box := zone_box(pair, zone)) is not None:
            x0, y0, x1, y1 = box
            boxes[zone] = float(x0), float(y0), float(x1 - x0), float(y1 - y0)
    return Prints(
        size_wh=pair.size_wh,
        px_per_mm=pair.mm_px,
        before=encode_jpeg(pair.before, quality=_QUALITY),
        after=encode_jpeg(pair.after, quality=_QUALITY),
        matched=None
        if matched is pair.after
        else encode_jpeg(matched, quality=_QUALITY),
        match_said=match.said,
        change=encode_jpeg(draw_change_map(comparison), quality=_QUALITY),
        boxes=boxes,
    )


def picture(name: str, comparison: Comparison, *, eyes_hidden: bool) -> bytes:
    """Draw one of `PICTURES` as a file."""
    if name == "side-by-side":
        rgb = draw_side_by_side(comparison, eyes_hidden=eyes_hidden)
    elif name == "zones":
        rgb = draw_collage(comparison, eyes_hidden=eyes_hidden)
    elif name == "change-map":
        rgb = draw_change_map(comparison, eyes_hidden=eyes_hidden)
    elif name == "alignment":
        rgb = draw_registration(comparison, eyes_hidden=eyes_hidden)
    else:
        return encode_blink(draw_blink(comparison, eyes_hidden=eyes_hidden))
    return encode_png(rgb)
