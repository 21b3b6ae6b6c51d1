"""The steps of a plan, each with its points, depth, needle, reasons and sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from facemap.chart import load_zones
from facemap.geometry import in_polygon
from facemap.planning.layout import (
    MERGED,
    OFF_SKIN,
    Canvas,
    Layout,
    PlanPoint,
    lay_lines,
    lay_window,
)
from facemap.planning.priority import Need, need_of, tenderness_of, wish_of
from facemap.protocol import (
    Caution,
    DrawnZone,
    Intake,
    Mode,
    Muscle,
    Offer,
    Protocol,
    Row,
    Span,
    Stop,
    Technique,
    depth_cap_mm,
    load_muscles,
    stopped_zones,
)
from facemap.resources import load_knowledge
from facemap.types import ZONE_IDS, FloatArray

__all__ = ["Excluded", "Gains", "Step", "Workbench", "plan_dermal", "plan_muscles"]

#: Largest rise in severity of a zone with a movement, and the movement.
Gains = Mapping[str, tuple[float, str]]

_SIDES = {"r": "right", "l": "left"}
_PALPABLE = "Tender by hand, {0:.0f} of 10. It folds no skin: the photo says nothing."


@dataclass(frozen=True)
class Excluded:
    """What is not planned, and why."""

    zone: str | None
    mode: Mode
    target: str
    reason: str


@dataclass(frozen=True)
class Step:
    """One proposal: a zone's skin, or a muscle.

    Attributes
    ----------
    row : str
        Id of the protocol's row.
    zone : str or None
        None for a zone that a practitioner drew, whose name is `drawn`.
    target, part : str
        A muscle's id and part, or ``skin``.
    depth_mm : Span
        The default and the cap, for this patient and these points.
    left_out : mapping of str to int
        As in `Layout`.
    number : int
        Within its plan, from 1 on; 0 before it has one.
    """

    row: str
    zone: str | None
    drawn: str
    target: str
    part: str
    title: str
    mode: Mode
    priority: float
    why: tuple[str, ...]
    points: tuple[PlanPoint, ...]
    spacing_mm: float
    depth_mm: Span
    technique: Technique
    grade: str
    evidence: str
    sources: tuple[str, ...]
    cautions: tuple[str, ...]
    left_out: Mapping[str, int]
    n_candidates: int
    reviewed_by: str | None
    number: int = 0


@dataclass(frozen=True, eq=False)
class Workbench:
    """All that steps are made from.

    Attributes
    ----------
    asked_for : frozenset of str
        Rows offered only on demand that the practitioner asks for.
    """

    canvas: Canvas
    intake: Intake
    protocol: Protocol
    stops: tuple[Stop, ...]
    cautions: tuple[Caution, ...]
    gains: Gains
    asked_for: frozenset[str]


def plan_dermal(bench: Workbench) -> tuple[list[Step], list[Excluded]]:
    """Plan the skin of every zone that has lines, the neediest first."""
    rows = {row.zone: row for row in bench.protocol.of_mode(Mode.DERMAL)}
    stopped = stopped_zones(bench.stops, Mode.DERMAL)
    steps: list[Step] = []
    excluded: list[Excluded] = []
    wanted: list[tuple[str, Need]] = []

    def leave(zone: str, reason: str) -> None:
        excluded.append(Excluded(zone, Mode.DERMAL, "skin", reason))

    for zone in ZONE_IDS:
        need = _need(bench, zone)
        row = rows.get(_stem(zone))
        if reason := _no_lines(bench, zone, need):
            leave(zone, reason)
        elif zone in stopped:
            leave(zone, _stopped(stopped[zone]))
        elif row is None or (reason := _not_offered(bench, row)):
            leave(zone, reason or "The protocol has no row for it.")
        else:
            wanted.append((zone, need))
    taken_uv = np.empty((0, 2))
    # Ties go by the order of zones.
    for zone, need in sorted(wanted, key=lambda pair: -pair[1].priority):
        row = rows[_stem(zone)]
        technique, spacing_mm = _technique(row), float(row.spacing_mm or 0.0)
        lines = [line for line in bench.canvas.analysis.lines if line.zone == zone]
        layout = lay_lines(
            bench.canvas,
            zone,
            lines,
            spacing_mm=spacing_mm,
            side_rows=technique.side_rows,
            taken_uv=taken_uv,
        )
        if not layout.points:
            leave(zone, _all_left_out(bench, layout))
            continue
        taken_uv = np.concatenate([taken_uv, _uv(layout)])
        length_mm = sum(line.length_mm for line in lines)
        laid = (
            f"{len(layout.points)} points, {spacing_mm:g} mm apart, along "
            f"{len(lines)} {_plural(lines, 'line')} of {length_mm:.0f} mm in all and "
            "beside them."
        )
        why = (*_reasons(need), laid, *_said_left_out(bench, layout))
        steps.append(_step(bench, row, zone, need, layout, why))
    return steps, excluded


def plan_muscles(bench: Workbench) -> tuple[list[Step], list[Excluded]]:
    """Plan the muscles that fold lines which the photo shows, or that are tender."""
    stopped = stopped_zones(bench.stops, Mode.INTRAMUSCULAR)
    muscles = {muscle.id: muscle for muscle in load_muscles()}
    steps: list[Step] = []
    excluded: list[Excluded] = []
    for row in bench.protocol.of_mode(Mode.INTRAMUSCULAR):
        muscle = muscles[row.muscle or ""]
        if row.offer is Offer.BY_HAND:
            continue
        for zone, sides in _places(row, muscle):
            folded = _folded(muscle, sides)
            need = _muscle_need(bench, muscle, folded, sides)
            reason = _not_offered(bench, row)
            held = [z for z in (zone, *folded) if z is not None and z in stopped]
            if not (need.has_lines or need.is_tender):
                reason = _no_use(bench, muscle, folded)
            elif not reason and held:
                reason = _stopped(stopped[held[0]])
            if reason or not row.window:
                reason = reason or "The protocol has no window for it."
                excluded.append(Excluded(zone, row.mode, row.target, reason))
                continue
            layout = _window(bench.canvas, row, zone, sides)
            if not layout.points:
                reason = _all_left_out(bench, layout)
                excluded.append(Excluded(zone, row.mode, row.target, reason))
                continue
            why = (*_reasons(need), *_said_share(bench, layout))
            title = f"{muscle.name}{_part(row)}{_side_words(sides)}"
            step = _step(bench, row, zone, need, layout, why)
            steps.append(replace(step, title=title))
    for drawn in bench.intake.drawn:
        made = _drawn_step(bench, drawn, muscles, stopped)
        if isinstance(made, Step):
            steps.append(made)
        else:
            excluded.append(made)
    return steps, excluded


def _need(bench: Workbench, zone: str) -> Need:
    score = bench.canvas.analysis.scores[ZONE_IDS.index(zone)]
    return need_of(score, gain=bench.gains.get(zone), wish=wish_of(bench.intake, zone))


def _muscle_need(
    bench: Workbench, muscle: Muscle, folded: Sequence[str], sides: str
) -> Need:
    """Take the neediest zone that a muscle folds, and its tenderness."""
    tender = tenderness_of(bench.intake, muscle.id, sides)
    assessed = [z for z in folded if _no_lines(bench, z, _need(bench, z)) == ""]
    if not assessed:
        wish = wish_of(bench.intake, *folded)
        return need_of(None, wish=wish, tenderness=tender)
    need = max((_need(bench, zone) for zone in assessed), key=lambda n: n.priority)
    return replace(need, tenderness=tender)


def _no_lines(bench: Workbench, zone: str, need: Need) -> str:
    """Why a zone has nothing to treat; empty where it has."""
    analysis = bench.canvas.analysis
    region = analysis.face_map.region(zone)
    score = need.score
    if region.reason is not None or score is None or score.severity is None:
        return f"It cannot be judged: {region.reason or 'no severity'}."
    if not need.has_lines:
        least = load_knowledge("planning")["threshold"]["least_severity"]
        return (
            f"Severity {score.severity:.0f} ± {score.severity_sd or 0:.0f} of 100: "
            f"not above {least:g} beyond doubt, so there are no lines to treat."
        )
    if not score.line_count:
        return "It has a severity, but no line that could be followed."
    return ""


def _no_use(bench: Workbench, muscle: Muscle, folded: Sequence[str]) -> str:
    if not folded:
        return "It folds no skin, and no tenderness was found by hand."
    reasons = [_no_lines(bench, zone, _need(bench, zone)) for zone in folded]
    names = ", ".join(_zone_name(zone) for zone in folded)
    return f"It folds {names}. {next(reason for reason in reasons if reason)}"


def _not_offered(bench: Workbench, row: Row) -> str:
    if row.offer is Offer.OFF:
        return f"Never offered: {row.why_off}"
    if row.offer is Offer.FLAG and row.id not in bench.asked_for:
        return f"Only where the practitioner asks for it ({row.id})."
    if row.offer is Offer.BY_HAND:
        return "Only where the practitioner draws it."
    if _caps_mm(bench.intake, row) is None:
        return "No cap of depth is known there."
    return ""


def _stopped(stops: Iterable[Stop]) -> str:
    return " ".join(dict.fromkeys(stop.message for stop in stops))


def _reasons(need: Need) -> list[str]:
    """Say in words what speaks for a step."""
    said = []
    score = need.score
    if score is not None and score.severity is not None:
        said.append(
            f"{_zone_name(score.zone)}: severity {score.severity:.0f} ± "
            f"{score.severity_sd or 0:.0f} of 100."
        )
    if need.gain is not None:
        movement = need.movement.replace("_", " ")
        said.append(
            f"Severity rises by {need.gain:.0f} with this movement: {movement}."
        )
    if need.wish is not None:
        said.append(f"The patient's wish: {need.wish:g} of 10.")
    if need.tenderness is not None:
        if score is None:
            said.append(_PALPABLE.format(need.tenderness))
        else:
            said.append(f"Tender by hand: {need.tenderness:g} of 10.")
    return said


def _names(bench: Workbench) -> Mapping[str, str]:
    names = {keepout.id: keepout.name for keepout in bench.canvas.keepouts}
    return {
        **names,
        OFF_SKIN: "outside the zone, or where no bare skin shows",
        MERGED: "nearer to another point than the spacing allows",
    }


def _said_left_out(bench: Workbench, layout: Layout) -> list[str]:
    names = _names(bench)
    parts = [f"{n} {names[key]}" for key, n in layout.left_out.items()]
    total = sum(layout.left_out.values())
    return [f"{total} points were left out: {'; '.join(parts)}."] if parts else []


def _said_share(bench: Workbench, layout: Layout) -> list[str]:
    names = _names(bench)
    parts = [
        f"{100 * n / layout.n_candidates:.0f} % {names[key]}"
        for key, n in layout.left_out.items()
    ]
    return [f"Of its window are left out: {'; '.join(parts)}."] if parts else []


def _all_left_out(bench: Workbench, layout: Layout) -> str:
    names = _names(bench)
    found = ", ".join(names[key] for key in layout.left_out if key != MERGED)
    return f"Every point would lie in what is kept out of: {found or 'nothing found'}."


def _places(row: Row, muscle: Muscle) -> list[tuple[str | None, str]]:
    """Zones that a row's points lie in, each with the sides of a step."""
    if row.zone is None:
        return [(next((z for z in ZONE_IDS if z in muscle.zones), None), "rl")]
    if row.zone in ZONE_IDS:
        sides = ("r", "l") if row.paired and row.offer is not Offer.OFF else ("rl",)
        return [(row.zone, side) for side in sides]
    return [(f"{row.zone}_{side}", side) for side in ("r", "l")]


def _folded(muscle: Muscle, sides: str) -> list[str]:
    return [
        zone
        for zone in muscle.zones
        if not zone.endswith(("_r", "_l")) or zone[-1] in sides
    ]


def _window(canvas: Canvas, row: Row, zone: str | None, sides: str) -> Layout:
    """Lay out a row's window, on the right as written, or its mirror image."""
    window_uv = np.array([corner.uv for corner in row.window])
    return lay_window(
        canvas,
        zone,
        window_uv * [-1, 1] + [1, 0] if sides == "l" else window_uv,
        spacing_mm=float(row.spacing_mm or 0.0),
        max_points=row.max_points or 1,
        clear_of_midline=row.paired,
    )


def _drawn_step(
    bench: Workbench,
    drawn: DrawnZone,
    muscles: Mapping[str, Muscle],
    stopped: Mapping[str, tuple[Stop, ...]],
) -> Step | Excluded:
    """Plan a zone that a practitioner drew, or say why not."""
    target = drawn.muscle or "skin"

    def refuse(reason: str) -> Excluded:
        return Excluded(None, drawn.mode, target, f"{drawn.name}, drawn: {reason}")

    rows = [r for r in bench.protocol.of_mode(drawn.mode) if r.muscle == drawn.muscle]
    rows = [r for r in rows if r.offer in (Offer.BY_HAND, Offer.ON, Offer.FLAG)]
    if drawn.muscle is None:
        return refuse("no lines are measured there, so no points follow from it.")
    if not rows:
        return refuse("the protocol offers no row for this muscle.")
    row = rows[0]
    if len(stopped) == len(ZONE_IDS):
        return refuse(_stopped(next(iter(stopped.values()))))
    if _caps_mm(bench.intake, row) is None:
        return refuse("no cap of depth is known there.")
    outline = _drawn_uv(bench, drawn)
    if len(outline) < 3:
        return refuse("it lies beside what the face mesh covers.")
    layout = lay_window(
        bench.canvas,
        None,
        outline,
        spacing_mm=float(row.spacing_mm or 0.0),
        max_points=row.max_points or 1,
    )
    if not layout.points:
        return refuse(_all_left_out(bench, layout))
    layout, held = _outside(layout, stopped)
    if not layout.points:
        return refuse(_stopped(held))
    need = need_of(None, tenderness=tenderness_of(bench.intake, row.target, "rl"))
    why = (
        f"Drawn by the practitioner: {drawn.name}.",
        *_reasons(need),
        *_said_share(bench, layout),
    )
    step = _step(bench, row, None, need, layout, why)
    title = f"{muscles[row.target].name}: {drawn.name}"
    return replace(step, drawn=drawn.name, title=title)


def _outside(
    layout: Layout, stopped: Mapping[str, tuple[Stop, ...]]
) -> tuple[Layout, list[Stop]]:
    """Take away points in zones that are stopped, and say by what."""
    uv = _uv(layout)
    good = np.ones(len(uv), bool)
    held: list[Stop] = []
    for zone, stops in stopped.items():
        inside = in_polygon(uv, load_zones()[ZONE_IDS.index(zone)].outline_uv)
        held += stops if inside.any() else ()
        good &= ~inside
    kept = (p for p, is_good in zip(layout.points, good, strict=True) if is_good)
    return replace(layout, points=tuple(kept)), held


def _drawn_uv(bench: Workbench, drawn: DrawnZone) -> FloatArray:
    if drawn.outline_uv is not None:
        return np.array(drawn.outline_uv)
    uv, found = bench.canvas.skin.find(np.array(drawn.outline_px))
    return np.asarray(uv[found])


def _step(
    bench: Workbench,
    row: Row,
    zone: str | None,
    need: Need,
    layout: Layout,
    why: tuple[str, ...],
) -> Step:
    technique = _technique(row)
    warned = bench.canvas.warned_by(bench.canvas.skin.spots(_uv(layout)), row.mode)
    caps_mm = _caps_mm(bench.intake, row) or Span(0.0, 0.0)
    if row.mode is Mode.DERMAL:
        within = [k.dermal_cap_mm for k in warned if k.dermal_cap_mm is not None]
        cap = min([caps_mm.high, *within])
        caps_mm = Span(min(caps_mm.low, cap), cap)
    warnings = dict.fromkeys(
        f"{keepout.name}: {keepout.consequence} Palpate: {keepout.palpate}"
        for keepout in warned
    )
    general = [
        caution.message
        for caution in bench.cautions
        if zone is None or zone in caution.zones
    ]
    sources = (
        *row.sources,
        *technique.sources,
        *row.grade.sources,
        *(source for keepout in warned for source in keepout.sources),
    )
    name = _zone_name(zone) if zone else row.target
    return Step(
        row=row.id,
        zone=zone,
        drawn="",
        target=row.target,
        part=row.part,
        title=f"{name}, skin" if row.mode is Mode.DERMAL else name,
        mode=row.mode,
        priority=need.priority,
        why=why,
        points=layout.points,
        spacing_mm=float(row.spacing_mm or 0.0),
        depth_mm=caps_mm,
        technique=technique,
        grade=row.grade.id,
        evidence=row.grade.words,
        sources=tuple(dict.fromkeys(sources)),
        cautions=(*row.cautions, *warnings, *general),
        left_out=dict(layout.left_out),
        n_candidates=layout.n_candidates,
        reviewed_by=row.reviewed_by,
    )


def _caps_mm(intake: Intake, row: Row) -> Span | None:
    """Depth for this patient: the smaller of the protocol's cap and facemap's."""
    target = row.muscle or row.zone or ""
    cap = depth_cap_mm(
        row.mode, target, row.part, sex=intake.sex, age_years=intake.age_years
    )
    if cap is None or row.depth_mm is None:
        return None
    cap = min(cap, row.depth_mm.high)
    return Span(min(row.depth_mm.low, cap), cap)


def _technique(row: Row) -> Technique:
    if row.technique is None:
        raise ValueError(f"{row.id} is off, and has no technique")
    return row.technique


def _uv(layout: Layout) -> FloatArray:
    return np.array([point.uv for point in layout.points]).reshape(-1, 2)


def _stem(zone: str) -> str:
    return zone.removesuffix("_r").removesuffix("_l")


def _zone_name(zone: str) -> str:
    return load_zones()[ZONE_IDS.index(zone)].name


def _part(row: Row) -> str:
    return f", {row.part} part" if row.part else ""


def _side_words(sides: str) -> str:
    return f", {_SIDES[sides]}" if len(sides) == 1 else ""


def _plural(many: Sequence[object], noun: str) -> str:
    return noun if len(many) == 1 else f"{noun}s"
