"""What stands in place of a picture where the intake stops the plan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from facemap.planning import Plan, override_remarks
from facemap.protocol import load_wording
from facemap.render.colors import chrome_color
from facemap.render.legend import Sheet, fold_text
from facemap.render.marks import text_unit

__all__ = ["STOPPED_WIDTH_PX", "draw_stopped"]

_Rgb = NDArray[np.uint8]

_TITLE = "STOPPED"
_SAID = "No plan is made, and neither photo nor face is drawn."
#: As wide as the face chart.
STOPPED_WIDTH_PX = 1700
#: A reason is never cut short.
_MOST_LINES = 40
_TITLE_SIZE = 4.0


def draw_stopped(plan: Plan, width: int) -> _Rgb:
    """Draw a card that says that a plan is stopped, and why.

    Nothing of the photo is on it: consent to the photo may be what is missing.

    Parameters
    ----------
    plan : Plan
        A stopped one.
    width : int
        Of the card, in pixels.

    Returns
    -------
    ndarray of shape (H, width, 3), uint8
    """
    unit = text_unit(width)
    probe = Sheet(ImageDraw.Draw(Image.new("RGB", (1, 1))), width, unit)
    wording = load_wording()
    reasons = dict.fromkeys(stop.said for stop in plan.stops if stop.holds)
    why = [_folded(probe, reason, 1.0) for reason in reasons]
    small = [
        line
        for text in (
            *override_remarks(plan.stops),
            wording["role"],
            wording["limits"],
        )
        for line in _folded(probe, text, 0.85)
    ]
    n_lines = sum(len(lines) for lines in why)
    foot = 11.0 + 1.4 * n_lines + 0.5 * len(why)
    height = round((foot + 1.4 * len(small) + 1.4) * unit)
    canvas = Image.new("RGB", (width, height), chrome_color("paper"))
    sheet = Sheet(ImageDraw.Draw(canvas), width, unit)
    margin = sheet.margin
    sheet.text((margin, 1.4 * unit), _TITLE, size=_TITLE_SIZE)
    about = (
        f"For {plan.day.isoformat()} · protocol {plan.protocol.id} "
        f"{plan.protocol.version}"
    )
    end = (width - margin, 1.5 * unit)
    sheet.text(end, about, color="muted", anchor="ra", size=0.85)
    sheet.text((margin, 6.8 * unit), _SAID, size=1.35, room=width - 2 * margin)
    y = 9.6
    for lines in why:
        sheet.text((margin, y * unit), "·")
        for line in lines:
            sheet.text((margin + unit, y * unit), line)
            y += 1.4
        y += 0.5
    for i, line in enumerate(small):
        at = (margin, (foot + 1.4 * i) * unit)
        sheet.text(at, line, color="muted", size=0.85)
    return np.asarray(canvas, np.uint8)


def _folded(sheet: Sheet, text: str, size: float) -> list[str]:
    room = sheet.width - 2 * sheet.margin - sheet.unit
    return fold_text(text, room, _MOST_LINES, lambda part: sheet.width_of(part, size))
