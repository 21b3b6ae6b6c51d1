"""Before and after, side by side, with every zone's verdict in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from facemap.chart import zone_name, zone_names
from facemap.comparison import Change, Comparison, ZoneVerdict
from facemap.render.aligned import AlignedPair, align_pair, dates_of
from facemap.render.captions import (
    draw_notes,
    draw_orientation,
    draw_zone_borders,
    draw_zone_boxes,
    figures_of,
    reservations_of,
    summary_of,
    verdict_word,
)
from facemap.render.colors import change_color, chrome_color
from facemap.render.legend import Sheet, draw_scale_bar, fold_text

__all__ = ["draw_side_by_side"]

_Rgb = NDArray[np.uint8]
_CHANGED = (ZoneVerdict.BETTER, ZoneVerdict.WORSE)


def draw_side_by_side(
    comparison: Comparison,
    *,
    max_side_px: int = 1300,
    matched: bool = True,
    all_zones: bool = False,
    eyes_hidden: bool = False,
) -> _Rgb:
    """Draw both photos in one frame, and a table of all zones below.

    Parameters
    ----------
    comparison : Comparison
    max_side_px : int
        Longest side of either photo in the picture.
    matched : bool
        Match the second photo's light to the first's, for looking; the picture says so.
    all_zones : bool
        Outline every zone that was compared; those that changed are framed anyway.
    eyes_hidden : bool
        Cover the eyes; the picture says that this is no anonymity.

    Returns
    -------
    ndarray of shape (H, W, 3), uint8
    """
    pair = align_pair(
        comparison,
        max_side_px=max_side_px,
        max_px_per_mm=_resolution(comparison),
        matched=matched,
        eyes_hidden=eyes_hidden,
    )
    head, unit = _photos(comparison, pair, all_zones)
    table = _table(comparison, head.shape[1], unit)
    # What keeps zones from being compared stands with the zones.
    said = " ".join(why for change in comparison.changes for why in change.reasons)
    notes = [note for note in reservations_of(comparison, pair) if note not in said]
    return np.concatenate([head, table, draw_notes(notes, head.shape[1], unit)])


def _resolution(comparison: Comparison) -> float:
    """Enlarge a coarse photo to where text and boxes do not cover the face."""
    return max(5.0, comparison.before.frame.scale.px_per_mm)


def _photos(
    comparison: Comparison, pair: AlignedPair, all_zones: bool
) -> tuple[_Rgb, int]:
    columns, rows = pair.size_wh
    gap = max(6, columns // 60)
    width = 2 * columns + 3 * gap
    unit = max(11, round(width / 96))
    top = round(6.4 * unit)
    height = top + rows + round(3.6 * unit)
    canvas = Image.new("RGB", (width, height), chrome_color("paper"))
    sheet = Sheet(ImageDraw.Draw(canvas), width, unit)
    title = f"Before and after. {summary_of(comparison.changes)}"
    sheet.text((gap, 1.0 * unit), title, size=1.35, room=width - 2 * gap)
    changed = [c for c in comparison.changes if c.verdict in _CHANGED]
    outlined = [c for c in comparison.changes if c.delta is not None and all_zones]
    labels = zip(("Before", "After"), dates_of(comparison), strict=True)
    for k, ((label, day), rgb) in enumerate(
        zip(labels, (pair.before, pair.after), strict=True)
    ):
        x = gap + k * (columns + gap)
        written = sheet.text((x, 4.0 * unit), label, size=1.35)
        at = (x + written + unit, 4.25 * unit)
        sheet.text(at, day, color="muted", size=1.1)
        drawn = draw_zone_borders(rgb, pair, [c.zone for c in outlined])
        canvas.paste(Image.fromarray(drawn), (x, top))
        draw_zone_boxes(sheet, pair, changed, (x, top))
        draw_orientation(sheet, x, x + columns, top + rows)
    draw_scale_bar(
        sheet,
        top + rows + 0.8 * unit,
        pair.mm_px,
        comparison.before.frame.scale.relative_sd,
    )
    return np.asarray(canvas, np.uint8), unit


def _table(comparison: Comparison, width: int, unit: int) -> _Rgb:
    """Tabulate zones that were compared, changed ones first; then why others not."""
    compared = sorted(
        (change for change in comparison.changes if change.delta is not None),
        key=lambda c: (c.verdict not in _CHANGED, -abs(c.delta or 0) / (c.sd or 1)),
    )
    probe = Sheet(ImageDraw.Draw(Image.new("RGB", (1, 1))), width, unit)
    reasons = _reason_lines(comparison, probe)
    n_rows = -(-len(compared) // 2)
    high = (2.2 + 1.7 * n_rows if compared else 0) + 1.4 * len(reasons) + 1.0
    canvas = Image.new("RGB", (width, round(high * unit)), chrome_color("paper"))
    sheet = Sheet(ImageDraw.Draw(canvas), width, unit)
    half = (width - 2 * sheet.margin) / 2
    for column in range(2 if len(compared) > 1 else len(compared)):
        x = sheet.margin + column * half
        _row(sheet, x, 0.2 * unit, _HEADER, "muted")
    for i, change in enumerate(compared):
        x = sheet.margin + (i // n_rows) * half
        y = (2.0 + 1.7 * (i % n_rows)) * unit
        _row(sheet, x, y, _cells(change), "ink", change_color(str(change.verdict)))
    y = (2.4 + 1.7 * n_rows) * unit if compared else 0.4 * unit
    for line in reasons:
        sheet.text((sheet.margin, y), line, size=0.85)
        y += 1.4 * unit
    return np.asarray(canvas, np.uint8)


_HEADER = ("Zone", "before", "after", "change", "detectable from", "verdict")
_FAMILY = (
    "Severity from 0 to 100. Detectable from: what counts as a change where a single "
    "zone is looked at; of several zones looked at together, more is asked of each."
)
#: Where columns of the table stand, in units of text, and their anchors.
_STOPS = ((0.0, "l"), (15.5, "r"), (19.0, "r"), (25.0, "r"), (33.0, "r"), (34.5, "l"))


def _row(
    sheet: Sheet,
    x: float,
    y: float,
    cells: Sequence[str],
    color: str,
    verdict: str | None = None,
) -> None:
    for (stop, side), cell in zip(_STOPS, cells, strict=True):
        at = (x + stop * sheet.unit, y)
        if verdict is not None and stop == _STOPS[-1][0]:
            sheet.draw.text(at, cell, verdict, sheet.font(0.9), anchor="la")
        else:
            sheet.text(at, cell, color=color, size=0.9, anchor=side + "a")


def _cells(change: Change) -> tuple[str, ...]:
    before, after, delta = figures_of(change)
    return (
        zone_name(change.zone),
        before,
        after,
        f"{delta} ± {max(change.sd or 0, 0.1):.1f}",
        f"{change.smallest_detectable or 0:.1f}",
        verdict_word(change.verdict),
    )


def _reason_lines(comparison: Comparison, sheet: Sheet) -> list[str]:
    """Say why zones cannot be compared: each zone once, with all its reasons."""
    # What holds for the whole pair is said without the long list of its zones.
    whole = () if comparison.comparable else comparison.reasons
    zones: dict[tuple[str, ...], list[str]] = {}
    for change in comparison.changes:
        if change.delta is None:
            own = tuple(why for why in change.reasons if why not in whole)
            zones.setdefault(own, []).append(change.zone)
    texts = [_sentence(why) for why in whole]
    texts += [
        f"Not comparable: {zone_names(out)}. {' '.join(map(_sentence, own))}"
        for own, out in zones.items()
        if own
    ]
    if comparison.comparable:
        texts.append(_FAMILY)
    room = sheet.width - 2 * sheet.margin
    return [
        line
        for text in texts
        for line in fold_text(text, room, 5, lambda part: sheet.width_of(part, 0.85))
    ]


def _sentence(reason: str) -> str:
    """Begin a reason with a capital and end it with a stop.

    Examples
    --------
    >>> _sentence("hidden by a beard")
    'Hidden by a beard.'
    """
    return f"{reason[:1].upper()}{reason[1:].rstrip('.')}."
