"""A plan on the patient's own photo: points, what to keep out of, and what it means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from facemap.planning import Plan, Step
from facemap.protocol import Mode, load_wording
from facemap.render.colors import chrome_color, mode_color, rgb_of
from facemap.render.legend import Sheet, draw_scale_bar, fold_text
from facemap.types import FloatArray

__all__ = ["draw_plan"]

_Rgb = NDArray[np.uint8]

_MAX_SIDE_PX = 2200
#: A coarse photo is enlarged, so that points 2 mm apart do not touch; not beyond this.
_MOST_ENLARGED = 4.0
_PX_PER_MM = 9.0
#: Around the face, in millimeters.
_MARGIN_MM = 12.0
#: Of white over the photo, so that marks stand out.
_VEIL = 0.3
_HATCH_OPACITY = 0.75
_SPECK_MM = 2.5
_POINT_MM = {Mode.DERMAL: 0.5, Mode.INTRAMUSCULAR: 1.1}
_LABELS = {
    Mode.DERMAL: "point into the skin",
    Mode.INTRAMUSCULAR: "point into a muscle",
}
_NO_NEEDLE = "no needle"
_NO_MUSCLE = "none into muscle"
_SHIFT = 4  # cv2 draws at 1/16 px with this many fractional bits


@dataclass(frozen=True)
class _Frame:
    """The part of the photo that is shown, and how large."""

    low: FloatArray
    factor: float
    size_wh: tuple[int, int]
    mm_px: float

    def __call__(self, points_px: FloatArray) -> FloatArray:
        return np.asarray((points_px + 0.5 - self.low) * self.factor - 0.5)


def draw_plan(plan: Plan, *, max_side_px: int = _MAX_SIDE_PX) -> _Rgb:
    """Draw a plan on the photo of the face, with a legend below.

    Parameters
    ----------
    plan : Plan
    max_side_px : int
        Longest side of the photo in the picture.

    Returns
    -------
    ndarray of shape (H, W, 3), uint8
    """
    frame = _framed(plan, max_side_px)
    picture = _photo(plan, frame)
    _hatch_keepouts(picture, plan, frame)
    for step in plan.steps:
        _draw_points(picture, step, frame)
    picture = _letter(picture, plan, frame)
    return np.concatenate([picture, _legend(plan, picture.shape[1], frame.mm_px)])


def _framed(plan: Plan, max_side_px: int) -> _Frame:
    """Frame the face with its neck as far as points go."""
    face = plan.analysis.frame
    margin = _MARGIN_MM / face.scale.mm_per_px
    shown = [face.landmarks.xy_px]
    shown += [region.outline_px for region in plan.analysis.face_map.regions[:1]]
    shown += [np.array([p.px for p in step.points]) for step in plan.steps]
    every = np.concatenate(shown)
    width, height = plan.analysis.photo.size_wh
    low = np.clip(np.floor(every.min(axis=0) - margin), 0, [width - 1, height - 1])
    high = np.clip(np.ceil(every.max(axis=0) + margin), low + 1, [width, height])
    wanted = _PX_PER_MM * face.scale.mm_per_px
    factor = min(
        max(1.0, min(wanted, _MOST_ENLARGED)), max_side_px / float((high - low).max())
    )
    columns, rows = np.maximum(1, np.rint((high - low) * factor)).astype(int).tolist()
    return _Frame(low, factor, (columns, rows), factor / face.scale.mm_per_px)


def _photo(plan: Plan, frame: _Frame) -> _Rgb:
    x0, y0 = frame.low.astype(int).tolist()
    columns, rows = (round(n / frame.factor) for n in frame.size_wh)
    part = plan.analysis.photo.rgb[y0 : y0 + rows + 1, x0 : x0 + columns + 1]
    how = cv2.INTER_AREA if frame.factor < 1 else cv2.INTER_CUBIC
    shift = 0.5 * frame.factor - 0.5
    if frame.factor < 1:
        sized = cv2.resize(part, frame.size_wh, interpolation=how)
    else:
        into = np.array([[frame.factor, 0, shift], [0, frame.factor, shift]])
        sized = cv2.warpAffine(
            part, into, frame.size_wh, flags=how, borderMode=cv2.BORDER_REPLICATE
        )
    paper = np.array(rgb_of(chrome_color("paper")), np.float32)
    return np.rint(sized * (1 - _VEIL) + paper * _VEIL).astype(np.uint8)


def _hatch_keepouts(picture: _Rgb, plan: Plan, frame: _Frame) -> None:
    """Hatch what blocks: crossed where no needle goes, one way for muscle only.

    Shapes of a kind are drawn as one, so that hatches do not pile up.
    """
    unit = _unit(picture)
    every, muscle = (np.zeros(picture.shape[:2], np.uint8) for _ in range(2))
    for keepout in plan.keepouts:
        shown = [mode for mode in keepout.blocks if mode in plan.modes]
        if not shown or len(keepout.shape_px) < 3:
            continue
        canvas = every if Mode.DERMAL in keepout.blocks else muscle
        corners = _fixed(frame(keepout.shape_px))
        cv2.fillPoly(canvas, [corners], 255, cv2.LINE_AA, _SHIFT)
    # Clothing is no skin; and specks at the jaw's edge are of the mesh, not of a shape.
    skin = np.zeros_like(muscle)
    hull = cv2.convexHull(frame(plan.analysis.frame.landmarks.xy_px).astype(np.float32))
    cv2.fillPoly(
        skin, [_fixed(hull[:, 0].astype(np.float64))], 255, cv2.LINE_AA, _SHIFT
    )
    for region in plan.analysis.face_map.regions:
        if len(region.outline_px) > 2:
            cv2.fillPoly(
                skin, [_fixed(frame(region.outline_px))], 255, cv2.LINE_AA, _SHIFT
            )
    side = 2 * round(_SPECK_MM * frame.mm_px / 2) + 1
    speck = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    muscle[:] = cv2.morphologyEx(muscle, cv2.MORPH_CLOSE, speck)
    muscle &= skin
    muscle[:] = cv2.morphologyEx(muscle, cv2.MORPH_OPEN, speck)
    muscle[every > 127] = 0
    yy, xx = np.mgrid[: picture.shape[0], : picture.shape[1]]
    pitch, stroke = round(1.1 * unit), max(1.0, unit / 9)
    rising = (xx + yy) % pitch < stroke
    falling = (xx - yy) % pitch < stroke
    ink = np.array(rgb_of(chrome_color("casing")), np.float32)
    sparse = (xx + yy) % (3 * pitch) < stroke
    for mask, hatch in ((every, rising | falling), (muscle, sparse)):
        opacity = _HATCH_OPACITY * (hatch & (mask > 127)).astype(np.float32)
        opacity = cv2.GaussianBlur(opacity, (0, 0), 0.6)[..., None]
        picture[:] = np.rint(picture * (1 - opacity) + ink * opacity).astype(np.uint8)
        borders, _ = cv2.findContours(
            (mask > 127).view(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
        )
        color = tuple(int(channel) for channel in ink)
        cv2.drawContours(picture, borders, -1, color, max(1, unit // 9), cv2.LINE_AA)


def _draw_points(picture: _Rgb, step: Step, frame: _Frame) -> None:
    """Draw discs into skin and diamonds into muscle, each with a ring."""
    radius = max(_POINT_MM[step.mode] * frame.mm_px, _unit(picture) / 5)
    ring = max(1.5, 0.3 * radius)
    fill, edge = rgb_of(mode_color(step.mode)), rgb_of(_ring(step.mode))
    for at in frame(np.array([point.px for point in step.points])):
        for reach, color in ((radius + ring, edge), (radius, fill)):
            corners = _fixed(at + reach * _marker(step.mode))
            cv2.fillPoly(picture, [corners], color, cv2.LINE_AA, _SHIFT)


def _ring(mode: Mode) -> str:
    return chrome_color("casing" if mode is Mode.DERMAL else "paper")


def _marker(mode: Mode) -> FloatArray:
    """Corners of a point's mark, at a distance of 1."""
    n = 24 if mode is Mode.DERMAL else 4
    angle = 2 * np.pi * np.arange(n) / n
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _letter(picture: _Rgb, plan: Plan, frame: _Frame) -> _Rgb:
    """Write numbers of steps and of points into muscle, and right and left."""
    canvas = Image.fromarray(picture)
    unit = _unit(picture)
    sheet = Sheet(ImageDraw.Draw(canvas), canvas.width, unit)
    taken = np.concatenate(
        [np.empty((0, 2))]
        + [frame(np.array([p.px for p in step.points])) for step in plan.steps]
    )
    badges: list[FloatArray] = []
    middle_x = float(frame(plan.analysis.frame.landmarks.xy_px)[:, 0].mean())
    for number, step in enumerate(plan.steps, start=1):
        points = frame(np.array([point.px for point in step.points]))
        if step.mode is Mode.INTRAMUSCULAR:
            names = [f"{number}{_letters(n)}" for n in range(len(points))]
            places = [(name, at[None]) for name, at in zip(names, points, strict=True)]
        else:
            places = [(str(number), points)]
        for name, around in places:
            size = np.array([sheet.width_of(name) + 0.7 * unit, 1.3 * unit])
            at = _free_place(around, size, taken, badges, middle_x, frame.size_wh)
            badges.append(np.concatenate([at - size / 2, at + size / 2]))
            _draw_badge(sheet, at, size, name, step.mode)
    for x, letter, anchor in ((1.2, "R", "la"), (0.0, "L", "ra")):
        left = x * unit if letter == "R" else canvas.width - 1.2 * unit
        side = "right" if letter == "R" else "left"
        _halo(sheet, (left, 0.9 * unit), letter, anchor, 2.2)
        _halo(sheet, (left, 3.2 * unit), f"patient's {side}", anchor, 0.9)
    return np.asarray(canvas, np.uint8)


def _halo(
    sheet: Sheet, at: tuple[float, float], text: str, anchor: str, size: float
) -> None:
    """Write on the photo, with a light edge."""
    sheet.draw.text(
        at,
        text,
        chrome_color("ink"),
        sheet.font(size),
        anchor=anchor,
        stroke_width=max(2, sheet.unit // 7),
        stroke_fill=chrome_color("paper"),
    )


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
    """Find room for a badge beside some points, rather away from the midline."""
    low, high = around.min(axis=0), around.max(axis=0)
    center = (low + high) / 2
    outward = 1.0 if center[0] > middle_x else -1.0
    best, least = center, np.inf
    for reach in (0.9, 1.5, 2.2, 3.0):
        half = (high - low) / 2 + reach * size / 2 + size / 4
        for dx, dy in (
            (outward, 0), (0, -1), (0, 1), (-outward, 0), (outward, -1), (outward, 1),
            (-outward, -1), (-outward, 1),
        ):  # fmt: skip
            at = center + half * [dx, dy]
            box_low, box_high = at - 0.6 * size, at + 0.6 * size
            if (box_low < 0).any() or (box_high > size_wh).any():
                continue
            covered = ((taken > box_low) & (taken < box_high)).all(axis=1).sum()
            hits = sum(
                bool((b[:2] < box_high).all() and (b[2:] > box_low).all())
                for b in badges
            )
            cost = 3.0 * covered + 20.0 * hits + reach
            if cost < least:
                best, least = at, cost
    return np.asarray(best)


def _letters(index: int) -> str:
    return chr(ord("a") + index % 26)


def _legend(plan: Plan, width: int, mm_px: float) -> _Rgb:
    """Draw what marks mean, the steps, and what must be said."""
    unit = max(10, round(width / 84))
    probe = Sheet(ImageDraw.Draw(Image.new("RGB", (1, 1))), width, unit)
    rows = _step_rows(plan)
    said = _said(plan, probe)
    two_columns = -(-len(rows) // 2)
    height = round((8.6 + 3.1 * two_columns + 1.4 * len(said)) * unit)
    canvas = Image.new("RGB", (width, height), chrome_color("paper"))
    sheet = Sheet(ImageDraw.Draw(canvas), width, unit)
    margin = sheet.margin
    steps = "no step" if not plan.steps else f"{len(plan.steps)} steps"
    head = f"Needling plan, proposal: {steps}"
    sheet.text((margin, 1.4 * unit), head, size=1.35)
    protocol = f"Protocol {plan.protocol.id} {plan.protocol.version}"
    at = (width - margin, 1.5 * unit)
    sheet.text(at, protocol, color="muted", anchor="ra", size=0.85)
    if plan.protocol.reviewed_by is None:
        whole = width - 2 * margin
        sheet.text((margin, 3.3 * unit), load_wording()["unreviewed"], room=whole)
    _draw_key(sheet, canvas, 5.4 * unit, plan)
    draw_scale_bar(sheet, 5.4 * unit, mm_px, plan.analysis.frame.scale.relative_sd)
    column = (width - 2 * margin) / 2
    for i, (number, title, facts) in enumerate(rows):
        x = margin + column * (i // max(1, two_columns))
        top = (8.0 + 3.1 * (i % max(1, two_columns))) * unit
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
        y = (8.2 + 3.1 * two_columns + 1.4 * i) * unit
        sheet.text((margin, y), line, color="muted", size=0.85)
    return np.asarray(canvas, np.uint8)


def _step_rows(plan: Plan) -> list[tuple[str, str, str]]:
    rows = []
    for number, step in enumerate(plan.steps, start=1):
        needle = step.technique.needle
        facts = (
            f"{_count(step.points)} · {step.depth_mm.low:g} mm deep, at most "
            f"{step.depth_mm.high:g} · needle {needle.diameter_mm.low:g} x "
            f"{needle.length_mm.low:g} mm · evidence: {_first(step.evidence)}"
        )
        rows.append((str(number), step.title, facts))
    return rows


def _said(plan: Plan, sheet: Sheet) -> list[str]:
    """Fold what must be said with the picture into lines."""
    wording = load_wording()
    texts: Iterable[str] = (wording["role"], wording["limits"])
    if plan.steps:
        texts = (wording["effect"], *texts)
    if plan.nothing_because:
        texts = (plan.nothing_because, *texts)
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


def _count(points: Sequence[object]) -> str:
    return "1 point" if len(points) == 1 else f"{len(points)} points"


def _first(evidence: str) -> str:
    """Give the grade of a statement of evidence, which stands before its colon."""
    return evidence.split(":")[0].lower()


def _unit(picture: _Rgb) -> int:
    """Height of text on the photo."""
    return int(max(10, round(picture.shape[1] / 84)))


def _fixed(points: FloatArray) -> NDArray[np.int32]:
    return np.rint(points * (1 << _SHIFT)).astype(np.int32)
