"""Pictures of a comparison for the browser: the only place that asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from facemap.comparison import Comparison
from facemap.render import encode_jpeg
from facemap.types import ZONE_IDS

__all__ = ["Prints", "print_pair"]

#: Left, top, width and height in pixels of the pictures.
Box = tuple[float, float, float, float]
_QUALITY = 92


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
    boxes : mapping of str to tuple
        Where zones lie that both photos show.
    """

    size_wh: tuple[int, int]
    px_per_mm: float
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)
    matched: bytes | None = field(repr=False)
    match_said: str
    boxes: Mapping[str, Box]


def print_pair(comparison: Comparison) -> Prints:
    """Draw both photos in the geometry of the first."""
    pair = comparison.pair
    boxes = {}
    for k, zone in enumerate(ZONE_IDS, start=1):
        held = pair.face_map.labels == k
        rows, cols = held.any(axis=1).nonzero()[0], held.any(axis=0).nonzero()[0]
        if len(rows):
            left, top = float(cols[0]), float(rows[0])
            boxes[zone] = left, top, float(cols[-1]) - left, float(rows[-1]) - top
    return Prints(
        size_wh=pair.before.size_wh,
        px_per_mm=pair.before.px_per_mm,
        before=encode_jpeg(pair.before.rgb, quality=_QUALITY),
        after=encode_jpeg(pair.after.rgb, quality=_QUALITY),
        matched=None,
        match_said="",
        boxes=boxes,
    )
