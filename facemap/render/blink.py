"""Before and after in turns, as one animated picture."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from facemap.comparison import Comparison
from facemap.render.aligned import AlignedPair, align_pair, dates_of
from facemap.render.captions import draw_notes, draw_orientation, reservations_of
from facemap.render.colors import chrome_color
from facemap.render.legend import Sheet, draw_scale_bar

__all__ = ["draw_blink", "encode_blink"]

_Rgb = NDArray[np.uint8]

#: How long each photo stays: far slower than the three flashes a second that can harm
#: (WCAG 2.2, success criterion 2.3.1).
_STAYS_MS = 1000


def draw_blink(
    comparison: Comparison,
    *,
    max_side_px: int = 1100,
    matched: bool = True,
    eyes_hidden: bool = False,
) -> tuple[_Rgb, _Rgb]:
    """Draw both frames of the animation; nothing but the photo and its date differs.

    Parameters
    ----------
    comparison : Comparison
    max_side_px : int
        Longest side of the photo.
    matched : bool
        Match the second photo's light to the first's, for looking.
    eyes_hidden : bool
        Cover the eyes.
    """
    pair = align_pair(
        comparison,
        max_side_px=max_side_px,
        max_px_per_mm=max(5.0, comparison.before.frame.scale.px_per_mm),
        matched=matched,
        eyes_hidden=eyes_hidden,
    )
    unit = max(11, round(pair.size_wh[0] / 52))
    notes = draw_notes(reservations_of(comparison, pair), pair.size_wh[0], unit)
    first, second = (
        np.concatenate([_frame(comparison, pair, k, unit), notes]) for k in (0, 1)
    )
    return first, second


def encode_blink(frames: Sequence[_Rgb], form: str = "webp") -> bytes:
    """Write frames as an endless animation, without metadata.

    Parameters
    ----------
    frames : sequence of ndarray of shape (H, W, 3), uint8
        All of one size.
    form : {"webp", "gif"}
        GIF has 256 colors, the same for all frames: fit for showing, not for judging
        skin.

    Raises
    ------
    ValueError
        `form` is another one.
    """
    pictures = [Image.fromarray(frame) for frame in frames]
    buffer = io.BytesIO()
    if form == "webp":
        pictures[0].save(
            buffer, "WEBP", save_all=True, append_images=pictures[1:],
            duration=_STAYS_MS, loop=0, quality=90, method=4,
        )  # fmt: skip
    elif form == "gif":
        # One palette, without dither: what blinks is then the photo and not its grain.
        both = Image.fromarray(np.concatenate(list(frames)))
        palette = both.quantize(256, Image.Quantize.MEDIANCUT)
        drawn = [
            p.quantize(palette=palette, dither=Image.Dither.NONE) for p in pictures
        ]
        drawn[0].save(
            buffer, "GIF", save_all=True, append_images=drawn[1:],
            duration=_STAYS_MS, loop=0, optimize=False,
        )  # fmt: skip
    else:
        raise ValueError(f"form must be 'webp' or 'gif', got {form!r}")
    return buffer.getvalue()


def _frame(comparison: Comparison, pair: AlignedPair, which: int, unit: int) -> _Rgb:
    columns, rows = pair.size_wh
    top = round(3.4 * unit)
    canvas = Image.new("RGB", (columns, top + rows + 3 * unit), chrome_color("paper"))
    sheet = Sheet(ImageDraw.Draw(canvas), columns, unit)
    labels = zip(("Before", "After"), dates_of(comparison), strict=True)
    for k, (label, day) in enumerate(labels):
        shown = k == which
        x = k * columns / 2
        if shown:
            box = [(x, 0), (x + columns / 2, top - 1)]
            sheet.draw.rectangle(box, chrome_color("ink"))
        color = "paper" if shown else "muted"
        at = (x + columns / 4, top / 2)
        sheet.text(at, f"{label}, {day}", color=color, size=1.2, anchor="mm")
    canvas.paste(Image.fromarray((pair.before, pair.after)[which]), (0, top))
    draw_orientation(sheet, 0, columns, top + rows)
    draw_scale_bar(
        sheet,
        top + rows + 0.5 * unit,
        pair.mm_px,
        comparison.before.frame.scale.relative_sd,
    )
    return np.asarray(canvas, np.uint8)
