"""The band below an overlay: what colors mean, zones by severity, and the limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from facemap.chart import load_zones
from facemap.render.colors import chrome_color, kind_color, severity_color
from facemap.render.points import whole_points
from facemap.types import Analysis, LineKind

__all__ = ["Sheet", "draw_legend", "draw_scale_bar", "fold_text"]

_DISCLAIMER = (
    "Not a medical device. Decision support for licensed practitioners. "
    "Severity is not a diagnosis.  Left and right are the patient's own."
)
_KIND_LABELS = {
    LineKind.FINE_LINE: "fine line",
    LineKind.WRINKLE: "wrinkle",
    LineKind.FOLD: "fold",
}
_COLUMNS = 3
_SMALL = 0.85
#: No note is longer than this on a usual picture.
_NOTE_LINES = 5


@dataclass(frozen=True)
class Sheet:
    """A drawing surface; `unit` is the height of its text, all else scales with it."""

    draw: ImageDraw.ImageDraw
    width: int
    unit: int

    @property
    def margin(self) -> int:
        """Left and right of everything."""
        return round(1.5 * self.unit)

    def font(self, size: float = 1.0) -> ImageFont.FreeTypeFont:
        """Give the font, `size` times as large as `unit`."""
        return _font(round(size * self.unit))

    def text(
        self,
        xy: tuple[float, float],
        text: str,
        *,
        color: str = "ink",
        size: float = 1.0,
        anchor: str = "la",
        room: float | None = None,
    ) -> float:
        """Write, shortened by words to the room there is; return the width written."""
        font = self.font(size)
        if room is not None:
            [text] = fold_text(text, room, 1, lambda part: self.width_of(part, size))
        self.draw.text(xy, text, chrome_color(color), font, anchor=anchor)
        return self.width_of(text, size)

    def width_of(self, text: str, size: float = 1.0) -> float:
        """Measure a text, in pixels."""
        return self.draw.textlength(text, self.font(size))


def fold_text(
    text: str, room: float, n_lines: int, width_of: Callable[[str], float]
) -> list[str]:
    """Break a text into lines by words; what has no room is left out, with an ellipsis.

    Parameters
    ----------
    text : str
    room : float
        Width of a line. A single word may be wider.
    n_lines : int
        At most so many.
    width_of : callable

    Examples
    --------
    >>> fold_text("hidden by a beard", 9, 2, len)
    ['hidden by', 'a beard']
    >>> fold_text("hidden by a beard", 9, 1, len)
    ['hidden…']
    """
    lines: list[str] = []
    words = text.split()
    while words:
        last = len(lines) == n_lines - 1
        if last and (len(words) == 1 or width_of(" ".join(words)) <= room):
            return [*lines, " ".join(words)]
        mark = "…" if last else ""
        fits = [
            n
            for n in range(1, len(words) + 1)
            if width_of(" ".join(words[:n]) + mark) <= room
        ]
        n = max(fits, default=1)
        lines.append(" ".join(words[:n]) + mark)
        if last:
            break
        words = words[n:]
    return lines


def draw_legend(analysis: Analysis, width: int, mm_px: float) -> NDArray[np.uint8]:
    """Draw the legend of an overlay.

    Parameters
    ----------
    analysis : Analysis
    width : int
        Of the overlay, in pixels.
    mm_px : float
        Pixels of the overlay per millimeter.

    Returns
    -------
    ndarray of shape (H, width, 3), uint8
    """
    unit = max(10, round(width / 84))
    n_rows = -(-len(analysis.scores) // _COLUMNS)
    notes = _note_lines(analysis, width, unit)
    below = 1.4 * len(notes) + (0.8 if notes else 0.0)
    height = round((9.6 + 1.75 * n_rows + below) * unit)
    picture = Image.new("RGB", (width, height), chrome_color("paper"))
    sheet = Sheet(ImageDraw.Draw(picture), width, unit)
    _draw_headline(sheet, 1.6 * unit, analysis)
    x = _draw_ramp(sheet, 4.2 * unit)
    _draw_kinds(sheet, x, 4.2 * unit, _kinds_judged(analysis))
    draw_scale_bar(sheet, 4.2 * unit, mm_px, analysis.frame.scale.relative_sd)
    _draw_zones(sheet, 6.8 * unit, n_rows, analysis)
    for i, line in enumerate(notes):
        y = (7.2 + 1.75 * n_rows + 1.4 * i) * unit
        sheet.text((sheet.margin, y), line, size=_SMALL)
    at = (sheet.margin, height - 1.5 * unit)
    room = width - 2 * sheet.margin
    sheet.text(at, _DISCLAIMER, color="muted", size=0.85, room=room)
    return np.asarray(picture, np.uint8)


def _note_lines(analysis: Analysis, width: int, unit: int) -> list[str]:
    """Break what the reader must know into lines that fit below the zones."""
    sheet = Sheet(ImageDraw.Draw(Image.new("RGB", (1, 1))), width, unit)
    room = width - 2 * sheet.margin
    return [
        line
        for note in analysis.notes
        for line in fold_text(
            note.message, room, _NOTE_LINES, lambda part: sheet.width_of(part, _SMALL)
        )
    ]


def _draw_headline(sheet: Sheet, y: float, analysis: Analysis) -> None:
    overall = analysis.overall
    if overall.severity is None:
        head = "Overall severity can't be judged"
    else:
        head = (
            f"Overall severity {overall.severity:.0f} "
            f"± {whole_points(overall.severity_sd or 0)}"
            f" of 100, over {overall.assessed_zones} zones"
        )
    sheet.text((sheet.margin, y), head, size=1.35)
    quality = f"Photo quality: {analysis.quality.verdict}"
    sheet.text((sheet.width - sheet.margin, y), quality, color="muted", anchor="ra")


def _draw_ramp(sheet: Sheet, y: float) -> float:
    """Draw the severity colors; return where the next thing may start."""
    x, unit, length = sheet.margin, sheet.unit, round(0.2 * sheet.width)
    for i in range(length):
        color = severity_color(100 * i / length)
        sheet.draw.line([(x + i, y), (x + i, y + 0.9 * unit)], color)
    for at, anchor, label in (
        (0, "la", "0"),
        (0.5, "ma", "severity"),
        (1, "ra", "100"),
    ):
        below = (x + at * length, y + 1.1 * unit)
        sheet.text(below, label, color="muted", size=0.85, anchor=anchor)
    return x + length + 2 * unit


def _kinds_judged(analysis: Analysis) -> tuple[LineKind, ...]:
    """Kinds of line that the photo could show: a coarse one shows no fine line."""
    off = any(note.id == "fine_lines_off" for note in analysis.notes)
    drawn = {line.kind for line in analysis.lines}
    return tuple(
        kind
        for kind in _KIND_LABELS
        if kind is not LineKind.FINE_LINE or kind in drawn or not off
    )


def _draw_kinds(sheet: Sheet, x: float, y: float, kinds: tuple[LineKind, ...]) -> None:
    unit = sheet.unit
    middle = y + unit // 2
    for kind in kinds:
        label = _KIND_LABELS[kind]
        stroke = [(x, middle), (x + 2 * unit, middle)]
        sheet.draw.line(stroke, chrome_color("casing"), round(0.5 * unit))
        sheet.draw.line(stroke, kind_color(kind), round(0.3 * unit))
        written = sheet.text((x + 2.5 * unit, middle), label, anchor="lm")
        x += 3.6 * unit + written


def draw_scale_bar(sheet: Sheet, y: float, mm_px: float, relative_sd: float) -> None:
    """Draw a ruler at the right edge, with how sure it is."""
    unit, end = sheet.unit, sheet.width - sheet.margin
    bar_mm = 10 if 10 * mm_px < sheet.width / 4 else 5
    start, middle, ink = end - bar_mm * mm_px, y + unit / 2, chrome_color("ink")
    stroke = max(2, unit // 6)
    sheet.draw.line([(start, middle), (end, middle)], ink, stroke)
    for x in (start, end):
        ends = [(x, middle - unit / 3), (x, middle + unit / 3)]
        sheet.draw.line(ends, ink, stroke)
    # No figure may look exact that is not: its uncertainty stands beside it.
    label = f"{bar_mm} mm ± {100 * relative_sd:.0f} %"
    sheet.text((end, y + 1.1 * unit), label, color="muted", size=0.85, anchor="ra")


def _draw_zones(sheet: Sheet, y: float, n_rows: int, analysis: Analysis) -> None:
    """Tabulate the zones, worst first, those that cannot be judged last."""
    unit = sheet.unit
    names = {zone.id: zone.name for zone in load_zones()}
    reasons = {region.id: region.reason for region in analysis.face_map.regions}
    ranked = sorted(
        analysis.scores, key=lambda s: (s.severity is None, -(s.severity or 0.0))
    )
    column = (sheet.width - 2 * sheet.margin) / _COLUMNS
    for i, score in enumerate(ranked):
        x = sheet.margin + i // n_rows * column
        top = y + i % n_rows * 1.75 * unit
        swatch = [(x, top), (x + unit, top + unit)]
        sheet.draw.rectangle(
            swatch, severity_color(score.severity), chrome_color("rule")
        )
        written = sheet.text((x + 1.6 * unit, top), names[score.zone])
        end, room = x + column - 2 * unit, column - 4.2 * unit - written
        if score.severity is None:
            reason = reasons[score.zone] or "can't be judged"
            _draw_reason(sheet, (end, top), reason, room)
        else:
            value = f"{score.severity:.0f} ± {whole_points(score.severity_sd or 0)}"
            sheet.text((end, top), value, anchor="ra", room=room)


def _draw_reason(
    sheet: Sheet, end: tuple[float, float], reason: str, room: float
) -> None:
    """Write a reason in a line, smaller where it is long; else in two small lines."""
    x, top = end
    middle = top + 0.55 * sheet.unit
    for size in (1.0, _SMALL):
        if sheet.width_of(reason, size) <= room:
            sheet.text((x, middle), reason, color="muted", size=size, anchor="rm")
            return
    lines = fold_text(reason, room, 2, lambda part: sheet.width_of(part, _SMALL))
    for i, line in enumerate(lines):
        at = (x, middle + (i - (len(lines) - 1) / 2) * 0.85 * sheet.unit)
        sheet.text(at, line, color="muted", size=_SMALL, anchor="rm")


@cache
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size_px)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return font
