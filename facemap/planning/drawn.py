"""Zones that a practitioner drew, where the face mesh has none, or beside what it has.

Nothing is measured there as a rule. Into muscle the protocol's row of that muscle
holds; into skin the strictest row of the zones around, along lines where the photo
shows any, else as a field of points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from facemap.chart import load_chart, load_zones
from facemap.geometry import in_polygon
from facemap.planning.layout import Layout, in_any_zone, lay_lines, lay_window
from facemap.planning.priority import Need, need_of, tenderness_of
from facemap.planning.reasons import (
    all_left_out,
    reasons_of,
    said_left_out,
    said_points,
    said_share,
    stopped_by,
)
from facemap.planning.steps import (
    Excluded,
    Step,
    Workbench,
    caps_for,
    make_step,
    plural,
    points_uv,
    technique_of,
)
from facemap.protocol import (
    DrawnZone,
    Mode,
    Offer,
    Row,
    Stop,
    load_muscles,
    stopped_zones,
)
from facemap.resources import load_knowledge
from facemap.types import ZONE_IDS, FloatArray, WrinkleLine

__all__ = ["plan_drawn"]

_OFFERED = (Offer.BY_HAND, Offer.ON, Offer.FLAG)
_UNSEEN = "Drawn beside the zones: it is not known whether hair or clothing hides it."
#: Of a field of points: as many as fit.
_MANY = 10_000


def plan_drawn(
    bench: Workbench, mode: Mode, steps: Sequence[Step]
) -> tuple[list[Step], list[Excluded]]:
    """Plan the zones that were drawn for a mode.

    Parameters
    ----------
    bench : Workbench
    mode : Mode
    steps : sequence of Step
        That are planned already; points into skin keep away from theirs.
    """
    stopped = stopped_zones(bench.stops, mode)
    made: list[Step] = []
    excluded: list[Excluded] = []
    for drawn in bench.intake.drawn:
        if drawn.mode is mode:
            found = _step_or_reason(bench, drawn, stopped, [*steps, *made])
            if isinstance(found, Step):
                made.append(found)
            else:
                target = drawn.muscle or "skin"
                said = f"{drawn.name}, drawn: {found}"
                excluded.append(Excluded(None, mode, target, said))
    return made, excluded


def _step_or_reason(
    bench: Workbench,
    drawn: DrawnZone,
    stopped: Mapping[str, tuple[Stop, ...]],
    steps: Sequence[Step],
) -> Step | str:
    """Plan a zone that a practitioner drew, or say why not."""
    outline_uv = _outline_uv(bench, drawn)
    if len(outline_uv) < 3:
        return "it lies beside what the face mesh covers."
    away = _zones_around(outline_uv)
    around = list(away)
    row = _row_of(bench, drawn, around)
    if row is None:
        named = "this muscle" if drawn.muscle else "the skin there"
        return f"the protocol offers no row for {named}."
    if caps_for(bench.intake, row) is None:
        return "no cap of depth is known there."
    met = [zone for zone in around if not away[zone]] or around[:1]
    if all(zone in stopped for zone in met):
        return stopped_by(stop for zone in met for stop in stopped[zone])
    if drawn.muscle:
        layout, laid = _into_muscle(bench, row, outline_uv)
    else:
        layout, laid = _into_skin(bench, row, outline_uv, steps)
    if not layout.points:
        return all_left_out(bench.canvas.keepouts, layout)
    layout, stops = _outside(layout, stopped)
    if not layout.points:
        return stopped_by(stops)
    need = _need(bench, drawn)
    why = (f"Drawn by the practitioner: {drawn.name}.", *reasons_of(need), *laid)
    step = make_step(bench, row, None, need, layout, why)
    muscles = {muscle.id: muscle.name for muscle in load_muscles()}
    what = muscles[drawn.muscle] if drawn.muscle else "Skin"
    unseen = ~in_any_zone(points_uv(layout))
    return replace(
        step,
        cautions=(*([_UNSEEN] if unseen.any() else []), *step.cautions),
        drawn=drawn.name,
        title=f"{what}: {drawn.name}",
        like="" if drawn.muscle else row.zone or "",
    )


def _into_muscle(
    bench: Workbench, row: Row, outline_uv: FloatArray
) -> tuple[Layout, list[str]]:
    layout = lay_window(
        bench.canvas,
        None,
        outline_uv,
        spacing_mm=float(row.spacing_mm or 0.0),
        max_points=row.max_points or 1,
        away=row.away,
    )
    return layout, said_share(bench.canvas.keepouts, layout)


def _into_skin(
    bench: Workbench, row: Row, outline_uv: FloatArray, steps: Sequence[Step]
) -> tuple[Layout, list[str]]:
    """Lay points along lines in the outline that no step is for; else a field."""
    skinned = [step for step in steps if step.mode is Mode.DERMAL]
    taken = [point.uv for step in skinned for point in step.points]
    taken_uv = np.array(taken).reshape(-1, 2)
    spacing_mm = float(row.spacing_mm or 0.0)
    lines = _lines_within(bench, outline_uv, {step.zone for step in skinned})
    as_zone = _zone_name(row)
    like = f"Depth, spacing and caps are those of this zone: {as_zone}."
    if lines:
        layout = lay_lines(
            bench.canvas,
            None,
            lines,
            spacing_mm=spacing_mm,
            side_rows=technique_of(row).side_rows,
            taken_uv=taken_uv,
            within_uv=outline_uv,
        )
        if layout.points:
            laid = (
                f"{said_points(layout, spacing_mm)}, along "
                f"{len(lines)} {plural(lines, 'line')} and beside them."
            )
            return layout, [
                laid,
                like,
                *said_left_out(bench.canvas.keepouts, layout),
            ]
    layout = lay_window(
        bench.canvas,
        None,
        outline_uv,
        spacing_mm=spacing_mm,
        max_points=_MANY,
        mode=Mode.DERMAL,
        taken_uv=taken_uv,
    )
    laid = f"No line is measured there: a field of {said_points(layout, spacing_mm)}."
    return layout, [laid, like, *said_share(bench.canvas.keepouts, layout)]


def _lines_within(
    bench: Workbench, outline_uv: FloatArray, planned: set[str | None]
) -> list[WrinkleLine]:
    """Give the lines of which most lies in an outline, of zones without a step."""
    found = []
    for line in bench.canvas.analysis.lines:
        uv, on_face = bench.canvas.skin.find(line.path_px)
        inside = in_polygon(uv[on_face], outline_uv)
        if line.zone not in planned and len(inside) and inside.mean() > 0.5:
            found.append(line)
    return found


def _row_of(bench: Workbench, drawn: DrawnZone, around: Sequence[str]) -> Row | None:
    """Give the row of a muscle; of skin the strictest of the zones around."""
    rows = [
        row
        for row in bench.protocol.of_mode(drawn.mode)
        if row.muscle == drawn.muscle and row.offer in _OFFERED
    ]
    if drawn.muscle is not None:
        return rows[0] if rows else None
    stems = {zone.removesuffix("_r").removesuffix("_l") for zone in around}
    caps = [(caps_for(bench.intake, row), row) for row in rows if row.zone in stems]
    return min(
        (row for cap, row in caps if cap is not None),
        key=lambda row: _strictness(bench, row),
        default=None,
    )


def _strictness(bench: Workbench, row: Row) -> tuple[float, float]:
    cap = caps_for(bench.intake, row)
    return (cap.high if cap else 0.0, -float(row.spacing_mm or 0.0))


def _zones_around(outline_uv: FloatArray) -> dict[str, float]:
    """Name the zones that an outline meets or is near, nearest first, with how far."""
    near_mm = float(load_knowledge("planning")["drawn"]["near_mm"])
    away = {zone.id: _apart_mm(outline_uv, zone.outline_uv) for zone in load_zones()}
    nearest = min(away.values())
    within = [zone for zone in ZONE_IDS if away[zone] <= max(near_mm, nearest)]
    return {zone: away[zone] for zone in sorted(within, key=lambda zone: away[zone])}


def _apart_mm(outline_uv: FloatArray, other_uv: FloatArray) -> float:
    """How far two outlines lie apart on the chart; 0 where they overlap."""
    one, other = _dense(outline_uv), _dense(other_uv)
    if in_polygon(one, other_uv).any() or in_polygon(other, outline_uv).any():
        return 0.0
    gaps = np.linalg.norm(one[:, None] - other, axis=2)
    return float(gaps.min()) * load_chart().mm_per_uv


def _dense(outline_uv: FloatArray) -> FloatArray:
    """Give a closed outline a corner every few millimeters."""
    share = np.arange(8)[:, None, None] / 8
    onward = np.roll(outline_uv, -1, axis=0)
    return np.asarray((outline_uv * (1 - share) + onward * share).reshape(-1, 2))


def _outside(
    layout: Layout, stopped: Mapping[str, tuple[Stop, ...]]
) -> tuple[Layout, list[Stop]]:
    """Take away points in zones that are stopped, and say by what."""
    uv = points_uv(layout)
    good = np.ones(len(uv), bool)
    held: list[Stop] = []
    for zone, stops in stopped.items():
        inside = in_polygon(uv, load_zones()[ZONE_IDS.index(zone)].outline_uv)
        held += stops if inside.any() else ()
        good &= ~inside
    kept = (p for p, is_good in zip(layout.points, good, strict=True) if is_good)
    return replace(layout, points=tuple(kept)), held


def _outline_uv(bench: Workbench, drawn: DrawnZone) -> FloatArray:
    if drawn.outline_uv is not None:
        return np.array(drawn.outline_uv)
    uv, found = bench.canvas.skin.find(np.array(drawn.outline_px))
    return np.asarray(uv[found])


def _need(bench: Workbench, drawn: DrawnZone) -> Need:
    if drawn.muscle is None:
        return need_of(None)
    return need_of(None, tenderness=tenderness_of(bench.intake, drawn.muscle, "rl"))


def _zone_name(row: Row) -> str:
    names = {zone.id.removesuffix("_r"): zone.name for zone in load_zones()}
    return names[row.zone or ""].removesuffix(", right")
