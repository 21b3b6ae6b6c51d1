"""What the pictures of a comparison say: dates, verdicts, sides, reservations."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from facemap.chart import zone_name
from facemap.comparison import Change, Comparison, ZoneVerdict
from facemap.render.aligned import SHARING, AlignedPair
from facemap.render.colors import change_color, chrome_color
from facemap.render.legend import Sheet, fold_text
from facemap.types import ZONE_IDS

__all__ = [
    "LAID_OVER",
    "LIMITS",
    "PLACED_MOVING",
    "PLACED_ONLY",
    "UNCOVERED",
    "draw_notes",
    "draw_on_photo",
    "draw_orientation",
    "draw_zone_borders",
    "draw_zone_boxes",
    "figures_of",
    "reservations_of",
    "summary_of",
    "verdict_word",
    "zone_box",
]

_Rgb = NDArray[np.uint8]
_SMALL = 0.85
#: Less than this leaves plain areas that are seen.
_COVERED = 0.998

#: Said below every picture of the pair.
LAID_OVER = (
    "The second photo is laid on the shape of the first, so that the same skin lies at "
    "the same place: a change of shape or expression does not show here."
)
PLACED_ONLY = (
    "These photos cannot be compared, so the second is only turned and sized to the "
    "face of the first."
)
PLACED_MOVING = (
    "The face moves otherwise in the second photo, which is therefore only turned and "
    "sized to the face of the first."
)
UNCOVERED = "Plain gray areas: the second photo does not show them."
LIMITS = (
    "Not a medical device. Decision support for licensed practitioners. A change of "
    "lines is not proof of what caused it.  Left and right are the patient's own."
)
_WORDS = {
    ZoneVerdict.BETTER: "better",
    ZoneVerdict.WORSE: "worse",
    ZoneVerdict.NO_DETECTABLE_CHANGE: "no detectable change",
    ZoneVerdict.NOT_COMPARABLE: "not comparable",
}


def verdict_word(verdict: ZoneVerdict) -> str:
    """Say a verdict.

    Examples
    --------
    >>> verdict_word(ZoneVerdict.NO_DETECTABLE_CHANGE)
    'no detectable change'
    """
    return _WORDS[verdict]


def figures_of(change: Change) -> tuple[str, str, str]:
    """Write severity before and after, and the change, each rounded by itself."""
    before, after = (round(value or 0.0, 1) for value in (change.before, change.after))
    # As everywhere else it is written: of two rounded figures it could be 0.1 off.
    delta = round(change.delta or 0.0, 1)
    return f"{before:.1f}", f"{after:.1f}", _signed(delta)


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−") if value else "0.0"


def summary_of(changes: Sequence[Change]) -> str:
    """Count the verdicts in words."""
    better, worse, same, out = (
        sum(change.verdict is verdict for change in changes) for verdict in _WORDS
    )
    if out == len(changes):
        return "These photos cannot be compared"
    told = [f"{n} {word}" for n, word in ((better, "better"), (worse, "worse")) if n]
    if same:
        told.append(f"{same} without detectable change")
    if out:
        told.append(f"{out} not comparable")
    return "Zones: " + ", ".join(told)


def _how_placed(comparison: Comparison) -> str:
    if not comparison.comparable:
        return PLACED_ONLY
    return PLACED_MOVING if comparison.moves_otherwise else LAID_OVER


def reservations_of(comparison: Comparison, pair: AlignedPair | None) -> list[str]:
    """Everything that must be said beside a picture, the gravest first."""
    said = list(comparison.reasons)
    if pair is not None:
        if pair.covered.mean() < _COVERED:
            said.append(UNCOVERED)
        said.append(pair.match.said)
        said.append(_how_placed(comparison))
        if pair.eyes_hidden:
            said.append(SHARING)
    return [*said, LIMITS]


def draw_notes(notes: Sequence[str], width: int, unit: int) -> _Rgb:
    """Write notes on paper, as wide as a picture."""
    probe = Sheet(ImageDraw.Draw(Image.new("RGB", (1, 1))), width, unit)
    room = width - 2 * probe.margin

    def width_of(part: str) -> float:
        return probe.width_of(part, _SMALL)

    lines = [line for note in notes for line in fold_text(note, room, 6, width_of)]
    height = round((1.35 * len(lines) + 1.2) * unit)
    paper = Image.new("RGB", (width, height), chrome_color("paper"))
    sheet = Sheet(ImageDraw.Draw(paper), width, unit)
    for i, line in enumerate(lines):
        at = (sheet.margin, (0.5 + 1.35 * i) * unit)
        sheet.text(at, line, color="muted", size=_SMALL)
    return np.asarray(paper, np.uint8)


def draw_on_photo(
    sheet: Sheet,
    at: tuple[float, float],
    text: str,
    *,
    anchor: str = "la",
    size: float = 1.0,
    color: str | None = None,
) -> None:
    """Write on a photo, with a light edge."""
    sheet.draw.text(
        at,
        text,
        color or chrome_color("ink"),
        sheet.font(size),
        anchor=anchor,
        stroke_width=max(2, round(0.16 * sheet.unit)),
        stroke_fill=chrome_color("paper"),
    )


def draw_orientation(sheet: Sheet, x0: float, x1: float, bottom: float) -> None:
    """Tell the patient's right and left in the lower corners of a photo."""
    for x, side, anchor in ((x0, "right", "ls"), (x1, "left", "rs")):
        inward = 0.5 * sheet.unit * (1 if anchor == "ls" else -1)
        at = (x + inward, bottom - 0.6 * sheet.unit)
        draw_on_photo(sheet, at, f"patient's {side}", anchor=anchor, size=0.8)
        at = (at[0], at[1] - 1.2 * sheet.unit)
        draw_on_photo(sheet, at, side[0].upper(), anchor=anchor, size=1.5)


def zone_box(pair: AlignedPair, zone: str) -> tuple[int, int, int, int] | None:
    """Frame the shared skin of a zone in the pictures: x0, y0, x1, y1; None of none.

    Specks of a zone do not count.
    """
    ys, xs = np.nonzero(pair.labels == ZONE_IDS.index(zone) + 1)
    if len(xs) < 20:
        return None
    (x0, x1), (y0, y1) = (np.quantile(a, (0.002, 0.998)) for a in (xs, ys))
    return int(x0), int(y0), int(x1) + 1, int(y1) + 1


def draw_zone_boxes(
    sheet: Sheet,
    pair: AlignedPair,
    changes: Sequence[Change],
    corner: tuple[int, int],
) -> None:
    """Frame zones on a picture whose top-left corner stands at `corner`."""
    stroke = max(2, round(0.1 * sheet.unit))
    for change in changes:
        box = zone_box(pair, change.zone)
        if box is None:
            continue
        x0, y0, x1, y1 = (value + corner[k % 2] for k, value in enumerate(box))
        color = change_color(str(change.verdict))
        around = [(x0 - stroke, y0 - stroke), (x1 + stroke, y1 + stroke)]
        sheet.draw.rectangle(around, None, chrome_color("paper"), stroke + 1)
        sheet.draw.rectangle(around, None, color, stroke)
        text = f"{zone_name(change.zone)}: {verdict_word(change.verdict)}"
        half = sheet.width_of(text) / 2 + 0.3 * sheet.unit
        left = corner[0] + half
        x = np.clip((x0 + x1) / 2, left, max(left, corner[0] + pair.size_wh[0] - half))
        at = (float(x), y0 - 0.35 * sheet.unit)
        draw_on_photo(sheet, at, text, anchor="ms", color=color)


def draw_zone_borders(rgb: _Rgb, pair: AlignedPair, zones: Sequence[str]) -> _Rgb:
    """Outline the shared skin of zones on a picture, without its pores and specks."""
    drawn = rgb.copy()
    side = 2 * round(0.5 * pair.mm_px) + 1
    speck = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    for zone in zones:
        box = zone_box(pair, zone)
        if box is None:
            continue
        x0, y0, x1, y1 = box
        x0, y0 = max(0, x0 - side), max(0, y0 - side)
        labels = pair.labels[y0 : y1 + side, x0 : x1 + side]
        mask = (labels == ZONE_IDS.index(zone) + 1).astype(np.uint8)
        mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, speck), np.uint8)
        mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, speck), np.uint8)
        found, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        part = np.ascontiguousarray(drawn[y0 : y1 + side, x0 : x1 + side])
        cv2.drawContours(part, found, -1, (255, 255, 255), 1, cv2.LINE_AA)
        drawn[y0 : y1 + side, x0 : x1 + side] = part
    return drawn
