"""Each zone before and after, cut out at one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from facemap.chart import zone_name
from facemap.comparison import Change, Comparison, ZoneVerdict
from facemap.render.aligned import SHARING, AlignedPair, align_pair, dates_of
from facemap.render.captions import (
    draw_notes,
    draw_zone_borders,
    figures_of,
    reservations_of,
    summary_of,
    verdict_word,
    zone_box,
)
from facemap.render.colors import change_color, chrome_color
from facemap.render.legend import Sheet, draw_scale_bar

__all__ = ["draw_collage"]

_Rgb = NDArray[np.uint8]

_PX_PER_MM = 6.0
_MARGIN_MM = 4.0
_UNIT = 17
_WIDTH_PX = 2000
_CHANGED = (ZoneVerdict.BETTER, ZoneVerdict.WORSE)


@dataclass(frozen=True)
class _Card:
    """One zone: its two crops, and how large the card is."""

    change: Change
    box: tuple[int, int, int, int]
    width: int
    height: int


def draw_collage(
    comparison: Comparison,
    *,
    zones: Sequence[str] | None = None,
    matched: bool = True,
    eyes_hidden: bool = False,
    sharing: bool = False,
) -> _Rgb:
    """Draw crops of zones, before on the left and after on the right.

    Parameters
    ----------
    comparison : Comparison
    zones : sequence of str, optional
        Which; without it all that were compared. Those that changed come first.
    matched : bool
        Match the second photo's light to the first's, for looking.
    eyes_hidden : bool
        Cover the eyes where a crop shows them.
    sharing : bool
        Say what a crop hides and what not.

    Returns
    -------
    ndarray of shape (H, W, 3), uint8
    """
    pair = align_pair(
        comparison,
        max_side_px=4000,
        max_px_per_mm=_PX_PER_MM,
        matched=matched,
        eyes_hidden=eyes_hidden,
    )
    shown = [
        change
        for change in comparison.changes
        if change.delta is not None and (zones is None or change.zone in zones)
    ]
    cards = [card for change in shown if (card := _card(change, pair)) is not None]
    # Those that changed stand first; of a kind, cards of a height share a row.
    cards.sort(key=lambda card: (card.change.verdict not in _CHANGED, -card.height))
    width = max([_WIDTH_PX, *(card.width + 3 * _UNIT for card in cards)])
    body = _laid_out(cards, pair, comparison, width)
    notes = reservations_of(comparison, pair)
    if sharing and SHARING not in notes:
        notes.insert(-1, SHARING)
    return np.concatenate([body, draw_notes(notes, width, _UNIT)])


def _card(change: Change, pair: AlignedPair) -> _Card | None:
    box = zone_box(pair, change.zone)
    if box is None:
        return None
    margin = round(_MARGIN_MM * pair.mm_px)
    columns, rows = pair.size_wh
    x0, y0 = max(0, box[0] - margin), max(0, box[1] - margin)
    x1, y1 = min(columns, box[2] + margin), min(rows, box[3] + margin)
    width = max(2 * (x1 - x0) + _UNIT // 3, 19 * _UNIT)
    return _Card(change, (x0, y0, x1, y1), width, y1 - y0 + round(4.6 * _UNIT))


def _laid_out(
    cards: Sequence[_Card], pair: AlignedPair, comparison: Comparison, width: int
) -> _Rgb:
    gap, top = round(1.5 * _UNIT), round(6.4 * _UNIT)
    places, bottom = _shelve(cards, width, gap, top)
    canvas = Image.new("RGB", (width, bottom), chrome_color("paper"))
    sheet = Sheet(ImageDraw.Draw(canvas), width, _UNIT)
    title = f"Zone by zone. {summary_of(comparison.changes)}"
    sheet.text((gap, 1.0 * _UNIT), title, size=1.35, room=0.8 * width)
    first, second = dates_of(comparison)
    days = f"Left: before ({first}).  Right: after ({second}).  All at one scale."
    sheet.text((gap, 3.4 * _UNIT), days, color="muted")
    draw_scale_bar(
        sheet, 1.4 * _UNIT, pair.mm_px, comparison.before.frame.scale.relative_sd
    )
    for card, at in zip(cards, places, strict=True):
        _draw_card(canvas, sheet, card, at, pair)
    return np.asarray(canvas, np.uint8)


def _shelve(
    cards: Sequence[_Card], width: int, gap: int, top: int
) -> tuple[list[tuple[int, int]], int]:
    """Stand cards on shelves; a small one goes up to a shelf that has room."""
    shelves: list[list[int]] = []  # where the next card stands, top, height
    places = []
    for card in cards:
        for shelf in shelves:
            if shelf[0] + card.width + gap <= width and card.height <= shelf[2]:
                break
        else:
            shelf = [gap, top, card.height]
            shelves.append(shelf)
            top += card.height + gap
        places.append((shelf[0], shelf[1]))
        shelf[0] += card.width + gap
    return places, top


def _draw_card(
    canvas: Image.Image,
    sheet: Sheet,
    card: _Card,
    at: tuple[int, int],
    pair: AlignedPair,
) -> None:
    x, y = at
    change = card.change
    x0, y0, x1, y1 = card.box
    for k, rgb in enumerate((pair.before, pair.after)):
        crop = draw_zone_borders(rgb, pair, [change.zone])[y0:y1, x0:x1]
        left = x + k * (x1 - x0 + _UNIT // 3)
        canvas.paste(Image.fromarray(crop), (left, y))
    below = y + y1 - y0 + 0.4 * _UNIT
    sheet.text((x, below), zone_name(change.zone), room=card.width)
    verdict = verdict_word(change.verdict)
    color = change_color(str(change.verdict))
    sheet.draw.text((x, below + 1.4 * _UNIT), verdict, color, sheet.font(), anchor="la")
    sheet.text((x, below + 2.8 * _UNIT), _figures(change), color="muted", size=0.85)


def _figures(change: Change) -> str:
    before, after, delta = figures_of(change)
    return (
        f"{before} to {after}: {delta} ± {max(change.sd or 0, 0.1):.1f}, "
        f"detectable from {change.smallest_detectable or 0:.1f}"
    )
