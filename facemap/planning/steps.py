"""The steps of a plan, each with its points, depth, needle, reasons and sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from facemap.chart import zone_name
from facemap.planning.keepouts import Keepout
from facemap.planning.layout import (
    Canvas,
    Layout,
    PlanPoint,
    lay_lines,
    lay_window,
)
from facemap.planning.priority import (
    Need,
    bearded,
    need_of,
    tenderness_of,
    wish_of,
)
from facemap.planning.reasons import (
    all_left_out,
    reasons_of,
    said_left_out,
    said_points,
    said_share,
    stopped_by,
    too_few,
    too_little_tenderness,
)
from facemap.planning.skin import Spots
from facemap.protocol import (
    Caution,
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

__all__ = [
    "Excluded",
    "Gains",
    "Step",
    "Workbench",
    "caps_for",
    "make_step",
    "plan_dermal",
    "plan_muscles",
    "plural",
    "points_uv",
    "technique_of",
]

#: Largest rise in severity of a zone with a movement, and the movement.
Gains = Mapping[str, tuple[float, str]]

_MIDLINE = tuple(zone for zone in ZONE_IDS if not zone.endswith(("_r", "_l")))
_SIDES = {"r": "right", "l": "left"}


@dataclass(frozen=True)
class Excluded:
    """What is not planned, and why.

    Attributes
    ----------
    side : str
        ``r`` or ``l`` where it holds for one side of a zone in the middle; else empty.
    """

    zone: str | None
    mode: Mode
    target: str
    reason: str
    side: str = ""


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
    like : str
        Of skin that was drawn, the zone whose caps hold there.
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
    like: str = ""


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
            leave(zone, stopped_by(stopped[zone]))
        elif row is None or (reason := _not_offered(bench, row)):
            leave(zone, reason or "The protocol has no row for it.")
        elif reason := bearded(bench.canvas.analysis, zone):
            leave(zone, reason)
        else:
            wanted.append((zone, need))
    taken_uv = np.empty((0, 2))
    least_points = int(load_knowledge("planning")["layout"]["least_points"])
    # Ties go by the order of zones.
    for zone, need in sorted(wanted, key=lambda pair: -pair[1].priority):
        row = rows[_stem(zone)]
        technique, spacing_mm = technique_of(row), float(row.spacing_mm or 0.0)
        lines = [line for line in bench.canvas.analysis.lines if line.zone == zone]
        layout = lay_lines(
            bench.canvas,
            zone,
            lines,
            spacing_mm=spacing_mm,
            side_rows=technique.side_rows,
            taken_uv=taken_uv,
        )
        if len(layout.points) < least_points:
            leave(zone, too_few(bench.canvas.keepouts, layout))
            continue
        taken_uv = np.concatenate([taken_uv, points_uv(layout)])
        length_mm = sum(line.length_mm for line in lines)
        laid = (
            f"{said_points(layout, spacing_mm)}, along "
            f"{len(lines)} {plural(lines, 'line')} of {length_mm:.0f} mm in all and "
            "beside them."
        )
        why = (*reasons_of(need), laid, *said_left_out(bench.canvas.keepouts, layout))
        steps.append(make_step(bench, row, zone, need, layout, why))
    return steps, excluded


def plan_muscles(bench: Workbench) -> tuple[list[Step], list[Excluded]]:
    """Plan the muscles that fold lines which the photo shows, or that are tender."""
    stopped = stopped_zones(bench.stops, Mode.INTRAMUSCULAR)
    muscles = {muscle.id: muscle for muscle in load_muscles()}
    steps: list[Step] = []
    excluded: list[Excluded] = []

    def leave(row: Row, zone: str | None, sides: str, reason: str) -> None:
        side = sides if zone in _MIDLINE and len(sides) == 1 else ""
        left = Excluded(zone, row.mode, row.target, reason, side)
        other = replace(left, side={"r": "l", "l": "r"}.get(side, ""))
        if side and other in excluded:
            # The same of both sides is said once.
            excluded[excluded.index(other)] = replace(left, side="")
        else:
            excluded.append(left)

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
                reason = _no_use(bench, folded, need.tenderness)
            elif not reason and held:
                reason = stopped_by(stopped[held[0]])
            if not reason and zone is not None:
                reason = bearded(bench.canvas.analysis, zone)
            if reason or not row.window:
                reason = reason or "The protocol has no window for it."
                leave(row, zone, sides, reason)
                continue
            layout = _window(bench.canvas, row, zone, sides)
            if not layout.points:
                reason = all_left_out(bench.canvas.keepouts, layout)
                leave(row, zone, sides, reason)
                continue
            why = (*reasons_of(need), *said_share(bench.canvas.keepouts, layout))
            title = f"{muscle.name}{_part(row)}{_side_words(sides)}"
            step = make_step(bench, row, zone, need, layout, why)
            steps.append(replace(step, title=title))
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


def _no_use(bench: Workbench, folded: Sequence[str], tenderness: float | None) -> str:
    little = too_little_tenderness(tenderness)
    if not folded:
        return f"It folds no skin. {little or 'No tenderness was found by hand.'}"
    reasons = [_no_lines(bench, zone, _need(bench, zone)) for zone in folded]
    names = ", ".join(zone_name(zone) for zone in folded)
    said = f"It folds {names}. {next(reason for reason in reasons if reason)}"
    return f"{said} {little}" if little else said


def _not_offered(bench: Workbench, row: Row) -> str:
    if row.offer is Offer.OFF:
        return f"Never offered: {row.why_off}"
    if row.offer is Offer.FLAG and row.id not in bench.asked_for:
        return f"Only where the practitioner asks for it ({row.id})."
    if row.offer is Offer.BY_HAND:
        return "Only where the practitioner draws it."
    if caps_for(bench.intake, row) is None:
        return "No cap of depth is known there."
    return ""


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
        away=row.away,
    )


def make_step(
    bench: Workbench,
    row: Row,
    zone: str | None,
    need: Need,
    layout: Layout,
    why: tuple[str, ...],
) -> Step:
    """Put a step together.

    Parameters
    ----------
    bench : Workbench
    row : Row
    zone : str or None
    need : Need
    layout : Layout
        With one point or more.
    why : tuple of str
    """
    technique = technique_of(row)
    spots = bench.canvas.skin.spots(points_uv(layout))
    warned = bench.canvas.warned_by(spots, row.mode)
    caps_mm = caps_for(bench.intake, row) or Span(0.0, 0.0)
    points, shallow = layout.points, ""
    if row.mode is Mode.DERMAL:
        own_mm = _point_caps_mm(spots, warned, caps_mm.high)
        cap = float(own_mm.min(initial=caps_mm.high))
        if cap < own_mm.max(initial=0.0):
            points = tuple(
                replace(point, cap_mm=own)
                for point, own in zip(points, own_mm.tolist(), strict=True)
            )
            shallow = (
                f"{int((own_mm == cap).sum())} of the {len(points)} points may not be "
                f"deeper than {cap:g} mm, and the whole step keeps to that."
            )
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
    name = zone_name(zone) if zone else row.target
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
        points=points,
        spacing_mm=float(row.spacing_mm or 0.0),
        depth_mm=caps_mm,
        technique=technique,
        grade=row.grade.id,
        evidence=row.grade.words,
        sources=tuple(dict.fromkeys(sources)),
        cautions=(*row.cautions, *filter(None, [shallow]), *warnings, *general),
        left_out=dict(layout.left_out),
        n_candidates=layout.n_candidates,
        reviewed_by=row.reviewed_by,
    )


def _point_caps_mm(
    spots: Spots, warned: Iterable[Keepout], highest_mm: float
) -> FloatArray:
    """Cap of each point: of shapes that it lies in, the smallest."""
    own_mm = np.full(len(spots), highest_mm)
    for keepout in warned:
        if keepout.dermal_cap_mm is not None:
            within = keepout.holds(spots)
            own_mm[within] = np.minimum(own_mm[within], keepout.dermal_cap_mm)
    return own_mm


def caps_for(intake: Intake, row: Row) -> Span | None:
    """Depth for this patient: the smaller of the protocol's cap and facemap's."""
    target = row.muscle or row.zone or ""
    cap = depth_cap_mm(
        row.mode, target, row.part, sex=intake.sex, age_years=intake.age_years
    )
    if cap is None or row.depth_mm is None:
        return None
    cap = min(cap, row.depth_mm.high)
    return Span(min(row.depth_mm.low, cap), cap)


def technique_of(row: Row) -> Technique:
    """Give the technique of a row that is not off."""
    if row.technique is None:
        raise ValueError(f"{row.id} is off, and has no technique")
    return row.technique


def points_uv(layout: Layout) -> FloatArray:
    """Give the chart places of a layout's points, (N, 2)."""
    return np.array([point.uv for point in layout.points]).reshape(-1, 2)


def _stem(zone: str) -> str:
    return zone.removesuffix("_r").removesuffix("_l")


def _part(row: Row) -> str:
    return f", {row.part} part" if row.part else ""


def _side_words(sides: str) -> str:
    return f", {_SIDES[sides]}" if len(sides) == 1 else ""


def plural(many: Sequence[object], noun: str) -> str:
    """Give a noun the ending that its number asks for."""
    return noun if len(many) == 1 else f"{noun}s"
