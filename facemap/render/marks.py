"""Marks and words that a plan's pictures share: points, hatches, badges, the legend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from facemap.planning import (
    Plan,
    Step,
    Verdict,
    override_remarks,
    point_name,
)
from facemap.protocol import Mode, load_wording
from facemap.render.colors import chrome_color, mode_color, rgb_of
from facemap.render.legend import Sheet, draw_scale_bar, fold_text
from facemap.render.points import point_clusters
from facemap.types import FloatArray

__all__ = [
    "CLUSTER_SPACINGS",
    "SHIFT",
    "clear_specks",
    "draw_halo",
    "draw_plan_legend",
    "draw_points",
    "draw_step_badges",
    "fixed_point",
    "hatch",
    "text_unit",
]

_Rgb = NDArray[np.uint8]
_Mask = NDArray[np.uint8]

#: cv2 draws at 1/16 px with this many fractional bits.
SHIFT = 4
#: Points farther apart than so many spacings read as another group.
CLUSTER_SPACINGS = 3.0

_HATCH_OPACITY = 0.75
_SPECK_MM = 2.5
#: A badge is tried beside so many points of its step.
_MOST_STARTS = 8
_POINT_MM = {Mode.DERMAL: 0.5, Mode.INTRAMUSCULAR: 1.1}
_LABELS = {
    Mode.DERMAL: "point into the skin",
    Mode.INTRAMUSCULAR: "point into a muscle",
}
_MOST_LINES = 40
_NO_NEEDLE = "no needle"
_NO_MUSCLE = "none into muscle"


def hatch(picture: _Rgb, every: _Mask, muscle: _Mask, unit: int) -> None:
    """Hatch what blocks: crossed where no needle goes, one way for muscle only.

    Parameters
    ----------
    picture : ndarray of shape (H, W, 3), uint8
        Is drawn on.
    every, muscle : ndarray of shape (H, W), uint8
        255 where nothing may be needled, and where no muscle may.
    unit : int
        Height of text on the picture.
    """
    yy, xx = np.mgrid[: picture.shape[0], : picture.shape[1]]
    pitch, stroke = round(1.1 * unit), max(1.0, unit / 9)
    rising = (xx + yy) % pitch < stroke
    falling = (xx - yy) % pitch < stroke
    ink = np.array(rgb_of(chrome_color("casing")), np.float32)
    sparse = (xx + yy) % (3 * pitch) < stroke
    hatched = ((rising | falling) & (every > 127)) | (sparse & (muscle > 127))
    opacity = cv2.GaussianBlur(_HATCH_OPACITY * hatched.astype(np.float32), (0, 0), 0.6)
    touched = opacity > 0
    share = opacity[touched][:, None]
    mixed = picture[touched] * (1 - share) + ink * share
    picture[touched] = np.rint(mixed).astype(np.uint8)
    color = tuple(int(channel) for channel in ink)
    for mask in (every, muscle):
        borders, _ = cv2.findContours(
            (mask > 127).view(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
        )
        cv2.drawContours(picture, borders, -1, color, max(1, unit // 9), cv2.LINE_AA)


def clear_specks(muscle: _Mask, every: _Mask, mm_px: float) -> None:
    """Take away specks and gaps that are of the mesh's edge, not of a shape.

    Parameters
    ----------
    muscle : ndarray of shape (H, W), uint8
        Is changed; what `every` covers is taken off it as well.
    every : ndarray of shape (H, W), uint8
    mm_px : float
        Pixels per millimeter.
    """
    side = 2 * round(_SPECK_MM * mm_px / 2) + 1
    speck = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    muscle[:] = cv2.morphologyEx(muscle, cv2.MORPH_CLOSE, speck)
    muscle[:] = cv2.morphologyEx(muscle, cv2.MORPH_OPEN, speck)
    muscle[every > 127] = 0


def draw_points(picture: _Rgb, at: FloatArray, mode: Mode, mm_px: float) -> None:
    """Draw discs into skin and diamonds into muscle, each with a ring.

    Parameters
    ----------
    picture : ndarray of shape (H, W, 3), uint8
        Is drawn on.
    at : ndarray of shape (M, 2)
        In its pixels.
    mode : Mode
    mm_px : float
        Its pixels per millimeter.
    """
    radius = max(_POINT_MM[mode] * mm_px, text_unit(picture.shape[1]) / 5)
    ring = max(1.5, 0.3 * radius)
    fill, edge = rgb_of(mode_color(mode)), rgb_of(_ring(mode))
    for center in at:
        for reach, color in ((radius + ring, edge), (radius, fill)):
            corners = fixed_point(center + reach * _marker(mode))
            cv2.fillPoly(picture, [corners], color, cv2.LINE_AA, SHIFT)


def draw_step_badges(
    sheet: Sheet,
    steps: Sequence[Step],
    at: Sequence[FloatArray],
    mm_px: float,
    middle_x: float,
    size_wh: tuple[int, int],
) -> None:
    """Write the number of each step beside each of its groups of points.

    Points into muscle have each its own.

    Parameters
    ----------
    sheet : Sheet
        Is drawn on.
    steps : sequence of Step
    at : sequence of ndarray of shape (M, 2)
        Where the points of each step are, in pixels.
    mm_px : float
        Pixels per millimeter.
    middle_x : float
        Where the midline is.
    size_wh : tuple of int
        Of the room there is.
    """
    unit = sheet.unit
    taken = np.concatenate([np.empty((0, 2)), *at])
    badges: list[FloatArray] = []
    for step, points in zip(steps, at, strict=True):
        groups = point_clusters(points, CLUSTER_SPACINGS * step.spacing_mm * mm_px)
        places = [(str(step.number), group) for group in groups]
        if step.mode is Mode.INTRAMUSCULAR:
            places = [
                (f"{step.number}{point_name(step, point.number)}", center[None])
                for point, center in zip(step.points, points, strict=True)
            ]
        for name, around in places:
            size = np.array([sheet.width_of(name) + 0.7 * unit, 1.3 * unit])
            center = _free_place(around, size, taken, badges, middle_x, size_wh)
            badges.append(np.concatenate([center - size / 2, center + size / 2]))
            _draw_badge(sheet, center, size, name, step.mode)


def draw_halo(
    sheet: Sheet, at: tuple[float, float], text: str, anchor: str, size: float
) -> None:
    """Write on a picture, with a light edge."""
    sheet.draw.text(
        at,
        text,
        chrome_color("ink"),
        sheet.font(size),
        anchor=anchor,
        stroke_width=max(2, sheet.unit // 7),
        stroke_fill=chrome_color("paper"),
    )


def draw_plan_legend(
    plan: Plan, width: int, mm_px: float | None, *, remark: str = ""
) -> _Rgb:
    """Draw what marks mean, the steps, and what must be said.

    Parameters
    ----------
    plan : Plan
    width : int
        Of the picture above it.
    mm_px : float or None
        Its pixels per millimeter, for a ruler; None for no ruler.
    remark : str
        What else must be said of the picture.

    Returns
    -------
    ndarray of shape (H, width, 3), uint8
    """
    unit = text_unit(width)
    probe = Sheet(ImageDraw.Draw(Image.new("RGB", (1, 1))), width, unit)
    rows = _step_rows(plan)
    said = _said(plan, probe, remark)
    head = _headlines(plan, probe)
    two_columns = -(-len(rows) // 2)
    under = 3.3 + 1.4 * len(head)
    height = round((under + 3.9 + 3.1 * two_columns + 1.4 * len(said)) * unit)
    canvas = Image.new("RGB", (width, height), chrome_color("paper"))
    sheet = Sheet(ImageDraw.Draw(canvas), width, unit)
    margin = sheet.margin
    steps = _counted(len(plan.steps), "step") if plan.steps else "no step"
    title = f"Needling plan, proposal: {steps}{_said_decided(plan)}"
    sheet.text((margin, 1.4 * unit), title, size=1.35)
    protocol = (
        f"For {plan.day.isoformat()} · protocol {plan.protocol.id} "
        f"{plan.protocol.version}"
    )
    at = (width - margin, 1.5 * unit)
    sheet.text(at, protocol, color="muted", anchor="ra", size=0.85)
    for i, line in enumerate(head):
        sheet.text((margin, (3.3 + 1.4 * i) * unit), line)
    key = (under + 0.7) * unit
    _draw_key(sheet, canvas, key, plan)
    if mm_px is not None:
        draw_scale_bar(sheet, key, mm_px, plan.analysis.frame.scale.relative_sd)
    column = (width - 2 * margin) / 2
    for i, (number, title, facts) in enumerate(rows):
        x = margin + column * (i // max(1, two_columns))
        top = (under + 3.3 + 3.1 * (i % max(1, two_columns))) * unit
        size = np.array([sheet.width_of(number) + 0.7 * unit, 1.3 * unit])
        mode = plan.steps[i].mode
        _draw_badge(
            sheet, np.array([x + 1.1 * unit, top + 0.6 * unit]), size, number, mode
        )
        room = column - 3.6 * unit
        sheet.text((x + 2.6 * unit, top), title, room=room)
        below = (x + 2.6 * unit, top + 1.35 * unit)
        sheet.text(below, facts, color="muted", size=0.85, room=room)
    for i, line in enumerate(said):
        y = (under + 3.5 + 3.1 * two_columns + 1.4 * i) * unit
        sheet.text((margin, y), line, color="muted", size=0.85)
    return np.asarray(canvas, np.uint8)


def text_unit(width: int) -> int:
    """Height of text on a picture of a width, in pixels."""
    return max(10, round(width / 84))


def fixed_point(points: FloatArray) -> NDArray[np.int32]:
    """Coordinates as cv2 takes them with `SHIFT`."""
    return np.rint(points * (1 << SHIFT)).astype(np.int32)


def _ring(mode: Mode) -> str:
    return chrome_color("casing" if mode is Mode.DERMAL else "paper")


def _marker(mode: Mode) -> FloatArray:
    """Corners of a point's mark, at a distance of 1."""
    n = 24 if mode is Mode.DERMAL else 4
    angle = 2 * np.pi * np.arange(n) / n
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _draw_badge(
    sheet: Sheet, at: FloatArray, size: FloatArray, name: str, mode: Mode
) -> None:
    box = [tuple((at - size / 2).tolist()), tuple((at + size / 2).tolist())]
    dark = mode is Mode.INTRAMUSCULAR
    fill, ink = ("paper", "ink") if not dark else ("ink", "paper")
    sheet.draw.rounded_rectangle(
        box, size[1] / 3, chrome_color(fill), chrome_color("casing"), 2
    )
    sheet.text((float(at[0]), float(at[1])), name, color=ink, anchor="mm")


def _free_place(
    around: FloatArray,
    size: FloatArray,
    taken: FloatArray,
    badges: Sequence[FloatArray],
    middle_x: float,
    size_wh: tuple[int, int],
) -> FloatArray:
    """Find room for a badge close to one of some points, rather away from the midline.

    The middle one of the points is the best to stand at: the number then reads as one
    of all of them.
    """
    center = around.mean(axis=0)
    outward = 1.0 if center[0] > middle_x else -1.0
    spread = max(float(np.linalg.norm(around - center, axis=1).max()), 1.0)
    strange = taken[(taken[:, None] != around).any(axis=2).all(axis=1)]
    best, least = center, np.inf
    for start in around[:: max(1, len(around) // _MOST_STARTS)]:
        far = float(np.linalg.norm(start - center)) / spread
        for reach in (1.15, 1.6, 2.3):
            half = reach * size / 2 + 0.25 * size[1]
            for n, (dx, dy) in enumerate(_ways(outward)):
                at = start + half * [dx, dy]
                low, high = at - 0.55 * size, at + 0.55 * size
                if (low < 0).any() or (high > size_wh).any():
                    continue
                covered = ((taken > low) & (taken < high)).all(axis=1).sum()
                hits = sum(
                    bool((b[:2] < high).all() and (b[2:] > low).all()) for b in badges
                )
                own = np.linalg.norm(around - at, axis=1).min()
                other = np.linalg.norm(strange - at, axis=1).min(initial=np.inf)
                cost = 3.0 * covered + 20.0 * hits + reach + far + 0.1 * n
                # It would read as the number of the others.
                cost += 2.0 * bool(other < 1.5 * own)
                if cost < least:
                    best, least = at, cost
    return np.asarray(best)


def _ways(outward: float) -> tuple[tuple[float, float], ...]:
    """Directions to look for room in, the best first."""
    return (
        (outward, 0), (0, -1), (0, 1), (-outward, 0), (outward, -1), (outward, 1),
        (-outward, -1), (-outward, 1),
    )  # fmt: skip


def _step_rows(plan: Plan) -> list[tuple[str, str, str]]:
    rows = []
    accepted = _numbers(plan, Verdict.ACCEPTED)
    for step in plan.steps:
        needle = step.technique.needle
        points = _counted(len(step.points), "point")
        facts = (
            f"{points} · {step.depth_mm.low:g} mm deep, at most "
            f"{step.depth_mm.high:g} mm · needle {needle.diameter_mm.low:g} x "
            f"{needle.length_mm.low:g} mm · evidence: {_first(step.evidence)}"
        )
        if step.number in accepted:
            facts = f"Accepted · {facts}"
        rows.append((str(step.number), step.title, facts))
    return rows


def _said_decided(plan: Plan) -> str:
    """Say how many steps a practitioner decided on."""
    counts = [(len(_numbers(plan, v)), v) for v in (Verdict.ACCEPTED, Verdict.REJECTED)]
    said = ", ".join(f"{n} {verdict}" for n, verdict in counts if n)
    return f" ({said})" if said else ""


def _numbers(plan: Plan, verdict: Verdict) -> set[int]:
    return {one.step.number for one in plan.decided if one.verdict is verdict}


def _headlines(plan: Plan, sheet: Sheet) -> list[str]:
    """Fold what stands below the title: what nobody may overlook."""
    texts = [*override_remarks(plan.stops), *plan.remarks]
    if plan.protocol.reviewed_by is None:
        texts.insert(0, load_wording()["unreviewed"])
    room = sheet.width - 2 * sheet.margin
    # A reason is kept whole, however long.
    return [
        line
        for text in texts
        for line in fold_text(text, room, _MOST_LINES, sheet.width_of)
    ]


def _said(plan: Plan, sheet: Sheet, remark: str) -> list[str]:
    """Fold what must be said with the picture into lines."""
    wording = load_wording()
    texts: Iterable[str] = (wording["role"], wording["limits"])
    if plan.steps:
        texts = (wording["effect"], *texts)
    if plan.nothing_because:
        texts = (plan.nothing_because, *texts)
    if remark:
        texts = (remark, *texts)
    room = sheet.width - 2 * sheet.margin

    def width_of(part: str) -> float:
        return sheet.width_of(part, 0.85)

    return [line for text in texts for line in fold_text(text, room, 6, width_of)]


def _draw_key(sheet: Sheet, canvas: Image.Image, y: float, plan: Plan) -> None:
    """Draw what each mark means; only marks that the picture has."""
    unit, x = sheet.unit, float(sheet.margin)
    middle = y + 0.5 * unit
    for mode in plan.modes:
        if not any(step.mode is mode for step in plan.steps):
            continue
        for reach, color in ((0.6, _ring(mode)), (0.42, mode_color(mode))):
            corners = np.array([x + 0.6 * unit, middle]) + reach * unit * _marker(mode)
            sheet.draw.polygon([tuple(at) for at in corners.tolist()], color)
        x += 1.6 * unit
        x += sheet.text((x, middle), _LABELS[mode], anchor="lm") + 1.4 * unit
    kinds: list[tuple[str, Callable[[int, int], bool]]] = []
    pitch = max(4, round(0.5 * unit))
    if any(Mode.DERMAL in k.blocks for k in plan.keepouts):
        kinds.append(
            (_NO_NEEDLE, lambda i, j: not (i + j) % pitch or not (i - j) % pitch)
        )
    if Mode.INTRAMUSCULAR in plan.modes:
        kinds.append((_NO_MUSCLE, lambda i, j: not (i + j) % (2 * pitch)))
    ink = rgb_of(chrome_color("casing"))
    for label, hatched in kinds:
        x0, y0, wide, high = round(x), round(y), round(1.6 * unit), round(1.1 * unit)
        for i in range(wide):
            for j in range(high):
                if hatched(i, j):
                    canvas.putpixel((x0 + i, y0 + j), ink)
        box = [(x0, y0), (x0 + wide, y0 + high)]
        sheet.draw.rectangle(box, None, chrome_color("casing"))
        x += 2.1 * unit
        x += sheet.text((x, middle), label, anchor="lm") + 1.4 * unit


def _counted(n: int, one: str) -> str:
    return f"{n} {one}" if n == 1 else f"{n} {one}s"


def _first(evidence: str) -> str:
    """Give the grade of a statement of evidence, which stands before its colon."""
    return evidence.split(":")[0].lower()
