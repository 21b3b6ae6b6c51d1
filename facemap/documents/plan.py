"""A plan as a JSON document, and whether such a document agrees with itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import cv2
import numpy as np

from facemap.chart import load_zones
from facemap.documents.layout import DECIMALS, provenance_part
from facemap.errors import DocumentError
from facemap.geometry import in_polygon
from facemap.planning import (
    PLANNED_BY,
    REMOVED,
    Decided,
    Excluded,
    Gains,
    Keepout,
    Plan,
    PlanPoint,
    Step,
    Verdict,
    photo_remarks,
)
from facemap.planning.layout import ALONE, MERGED, NEAR, OBLIQUE, OFF_SKIN
from facemap.protocol import (
    DrawnZone,
    Mode,
    Reference,
    Stop,
    load_wording,
    protocol_cap_mm,
)
from facemap.resources import knowledge_sha256
from facemap.schemas import place
from facemap.types import ZONE_IDS, FloatArray

__all__ = ["gains_in", "plan_document", "plan_faults", "plan_notes"]

Json = dict[str, Any]

_PX, _MM, _DEG = DECIMALS["px"], DECIMALS["mm"], DECIMALS["deg"]
_UV = 6  # decimals: 0.2 micrometers
#: How far rounding may carry a point over the edge of a shape.
_EDGE_PX = 2 * 10.0**-_PX
_EDGE_UV = 10.0**-_UV


def plan_document(plan: Plan) -> Json:
    """Lay a plan out as ``facemap.plan/1``.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    dict
        Plain JSON values; unknown is ``None``.
    """
    analysis, protocol, intake = plan.analysis, plan.protocol, plan.intake
    width_px, height_px = analysis.photo.size_wh
    scale = analysis.frame.scale
    names = {keepout.id: keepout.name for keepout in plan.keepouts}
    decided = {one.step.number: one for one in plan.decided}
    rejected = [one for one in plan.decided if one.verdict is Verdict.REJECTED]
    document: Json = {
        "schema": "facemap.plan/1",
        "status": "proposal",
        "photo": {
            "sha256": analysis.photo.sha256,
            "file": analysis.photo.file,
            "width_px": width_px,
            "height_px": height_px,
            "mirrored": analysis.photo.mirrored,
        },
        "provenance": {
            **provenance_part(analysis.provenance),
            "planning_parameters_sha256": knowledge_sha256(PLANNED_BY),
        },
        "view": str(analysis.frame.view),
        "scale": {
            "mm_per_px": round(scale.mm_per_px, 6),
            "relative_sd": round(scale.relative_sd, DECIMALS["share"]),
            "source": str(scale.source),
        },
        "protocol": {
            "id": protocol.id,
            "version": protocol.version,
            "title": protocol.title,
            "sha256": protocol.sha256,
            "reviewed_by": protocol.reviewed_by,
            "reviewed_on": protocol.reviewed_on and protocol.reviewed_on.isoformat(),
        },
        "intake": {"sha256": intake.sha256 or None},
        "day": plan.day.isoformat(),
        "modes": [str(mode) for mode in plan.modes],
        "nothing_because": plan.nothing_because or None,
        "stops": [_stop(stop) for stop in plan.stops],
        "steps": [_step(step, decided.get(step.number), names) for step in plan.steps],
        "keepouts": [_keepout(keepout) for keepout in plan.keepouts],
        "excluded": [
            *(_excluded(left) for left in plan.excluded),
            *(_excluded(_left_by_hand(one)) for one in rejected),
        ],
        "rejected": [_rejected(one) for one in rejected],
        "drawn": [_drawn(drawn) for drawn in intake.drawn],
    }
    cited = {source for part in _citing(document) for source in part["sources"]}
    return {
        **document,
        "references": _references(protocol.references, cited),
        "notes": plan_notes(plan),
    }


def gains_in(sitting: Json, photo_sha256: str) -> Gains:
    """Take from a sitting what movement adds to each zone, for a plan.

    Parameters
    ----------
    sitting : dict
        ``facemap.sitting/1``, of the right form.
    photo_sha256 : str
        Of the photo that the plan is drawn on.

    Returns
    -------
    mapping of str to tuple of float and str
        Of each zone that rises, the largest rise and the movement.

    Raises
    ------
    DocumentError
        The sitting is of other photos.
    """
    if photo_sha256 not in {photo["sha256"] for photo in sitting["photos"]}:
        raise DocumentError(
            "The sitting given does not hold this photo",
            hint="Plan on one of its photos, or leave the sitting out.",
        )
    found: dict[str, tuple[float, str]] = {}
    for moved in sitting["dynamics"]:
        for zone in moved["zones"]:
            if zone["answer"] == "rises":
                rise = (float(zone["gain"]), str(moved["movement"]))
                found[zone["id"]] = max(found.get(zone["id"], (0.0, "")), rise)
    return found


def plan_faults(document: Json) -> tuple[str, ...]:
    """Say what of a plan does not agree with itself, a sentence a fault.

    Parameters
    ----------
    document : dict
        ``facemap.plan/1``, of the right form.
    """
    return tuple(_faults(document))


def _stop(stop: Stop) -> Json:
    return {
        "id": stop.id,
        "level": str(stop.level),
        "zones": list(stop.zones),
        "modes": [str(mode) for mode in stop.modes],
        "message": stop.said,
        "answer": str(stop.answer),
        "evidence": stop.evidence,
        "source_class": stop.source_class,
        "sources": list(stop.sources),
        "overridden_because": stop.overridden_because,
        "overridden_by": stop.overridden_by or None,
    }


def _step(step: Step, decided: Decided | None, names: Mapping[str, str]) -> Json:
    technique = step.technique
    diameter, length = technique.needle.diameter_mm, technique.needle.length_mm
    words = {
        **names,
        OFF_SKIN: "Outside the zone, or where no bare skin shows",
        OBLIQUE: "Where the skin is seen too slantwise to place a point",
        ALONE: "Beside a stretch of line that holds no point",
        NEAR: "Nearer to a landmark than the protocol allows",
        MERGED: "Nearer to another point than the spacing allows",
        REMOVED: "Removed by the practitioner",
    }
    is_open = decided is None or decided.verdict is Verdict.OPEN
    return {
        "number": step.number,
        "row": step.row,
        "zone": step.zone,
        "drawn": step.drawn or None,
        "like": step.like or None,
        "target": step.target,
        "part": step.part or None,
        "title": step.title,
        "mode": str(step.mode),
        "priority": round(step.priority, DECIMALS["severity"]),
        "why": list(step.why),
        "points": [_point(point) for point in step.points],
        "spacing_mm": step.spacing_mm,
        "depth_mm": {"default": step.depth_mm.low, "cap": step.depth_mm.high},
        "needle": {
            "diameter_mm": diameter.low,
            "length_mm": length.low,
            "largest_diameter_mm": diameter.high,
            "largest_length_mm": length.high,
        },
        "passes": round(technique.passes.low),
        "most_passes": round(technique.passes.high),
        "sessions": round(technique.sessions.low),
        "most_sessions": round(technique.sessions.high),
        "interval_days": technique.interval_days,
        "review_days": list(technique.review_days),
        "technique": technique.words,
        "evidence": step.evidence,
        "grade": step.grade,
        "sources": list(step.sources),
        "cautions": list(step.cautions),
        "left_out": [
            {"id": key, "name": words[key], "count": count}
            for key, count in step.left_out.items()
        ],
        "candidates": step.n_candidates,
        "reviewed_by": step.reviewed_by,
        "decision": None if is_open or decided is None else str(decided.verdict),
        "removed": [] if decided is None else list(map(_point, decided.removed)),
    }


def _point(point: PlanPoint) -> Json:
    return {
        "number": point.number,
        "x_px": round(point.px[0], _PX) + 0.0,
        "y_px": round(point.px[1], _PX) + 0.0,
        "u": round(point.uv[0], _UV),
        "v": round(point.uv[1], _UV),
        "angle_deg": None
        if point.angle_deg is None
        else round(point.angle_deg, _DEG) % 180.0,
        "cap_mm": point.cap_mm,
    }


def _rejected(one: Decided) -> Json:
    """Keep what was proposed, as a record; it is no part of the plan."""
    step = one.step
    return {
        "number": step.number,
        "row": step.row,
        "zone": step.zone,
        "target": step.target,
        "title": step.title,
        "mode": str(step.mode),
        "because": one.because or None,
        "points": [_point(point) for point in step.points],
    }


def _left_by_hand(one: Decided) -> Excluded:
    said = f"{one.step.title}: rejected by the practitioner"
    reason = f"{said}: {one.because}" if one.because else f"{said}."
    return Excluded(one.step.zone, one.step.mode, one.step.target, reason)


def _keepout(keepout: Keepout) -> Json:
    return {
        "id": keepout.id,
        "side": keepout.side or None,
        "name": keepout.name,
        "shape_px": _points(keepout.shape_px),
        "blocks": [str(mode) for mode in keepout.blocks],
        "warns": [str(mode) for mode in keepout.warns],
        "radius_mm": round(keepout.radius_mm, _MM),
        "dermal_cap_mm": keepout.dermal_cap_mm,
        "consequence": keepout.consequence,
        "palpate": keepout.palpate,
        "removes": list(keepout.removes),
        "sources": list(keepout.sources),
    }


def _excluded(left: Excluded) -> Json:
    return {
        "zone": left.zone,
        "mode": str(left.mode),
        "target": left.target,
        "side": left.side or None,
        "reason": left.reason,
    }


def _drawn(drawn: DrawnZone) -> Json:
    return {
        "name": drawn.name,
        "mode": str(drawn.mode),
        "muscle": drawn.muscle,
        "outline_px": drawn.outline_px and [list(at) for at in drawn.outline_px],
        "outline_uv": drawn.outline_uv and [list(at) for at in drawn.outline_uv],
        "note": drawn.note,
    }


def _references(known: Mapping[str, Reference], cited: Iterable[str]) -> list[Json]:
    return [{"id": key, "text": known[key].text} for key in sorted(cited)]


def plan_notes(plan: Plan) -> list[str]:
    """Say what must be said with every plan, and with this one."""
    wording = load_wording()
    said = [wording["role"], wording["limits"]]
    if plan.steps:
        said.insert(0, wording["effect"])
    if plan.protocol.reviewed_by is None:
        said.insert(0, wording["unreviewed"])
    remarks = photo_remarks(plan.analysis) if plan.stopped else list(plan.remarks)
    said += [*remarks, *(note.message for note in plan.analysis.notes)]
    said += [
        check.advice
        for check in plan.analysis.quality.checks
        if check.verdict == "reject"
        and not any(remark.endswith(check.advice) for remark in remarks)
    ]
    said += [caution.message for caution in plan.cautions]
    return list(dict.fromkeys(said))


def _points(points: FloatArray) -> list[list[float]]:
    return [[round(x, _PX) + 0.0 for x in row] for row in points.tolist()]


def _citing(document: Json) -> Iterator[Json]:
    for part in ("stops", "steps", "keepouts"):
        yield from document[part]


def _faults(document: Json) -> Iterator[str]:
    steps = document["steps"]
    if bool(steps) == (document["nothing_because"] is not None):
        yield "nothing_because does not agree with steps"
    known = {reference["id"] for reference in document["references"]}
    for part in ("stops", "steps", "keepouts"):
        for index, row in enumerate(document[part]):
            if lost := sorted(set(row["sources"]) - known):
                named = ", ".join(lost)
                yield f"{place(part, index, 'sources')} has none in references: {named}"
    for index, stop in enumerate(document["stops"]):
        if stop["overridden_because"] is not None and stop["level"] != "override":
            yield f"{place('stops', index)} is overridden, but nothing overrides it"
    yield from _number_faults("steps", steps, document.get("rejected", []))
    for (at, before), (_, after) in pairwise(enumerate(steps)):
        if after["priority"] > before["priority"]:
            yield f"{place('steps', at)} comes before one of higher priority"
    for index, step in enumerate(steps):
        where = place("steps", index)
        if step["mode"] not in document["modes"]:
            yield f"{where}.mode is not among modes"
        yield from _depth_faults(where, step)
        yield from _point_faults(where, step, document["keepouts"])
        for stop in document["stops"]:
            holds = stop["overridden_because"] is None
            stopped = step["zone"] in stop["zones"] or stop["level"] == "stop_all"
            if holds and stopped and step["mode"] in stop["modes"]:
                yield f"{where} is in spite of the stop {stop['id']}"


def _number_faults(where: str, kept: list[Json], gone: list[Json]) -> Iterator[str]:
    """Hold that what is kept and what is gone have, together, the numbers from 1."""
    numbers = [row["number"] for row in kept]
    every = sorted([*numbers, *(row["number"] for row in gone)])
    if numbers != sorted(numbers) or every != list(range(1, len(every) + 1)):
        yield f"{where} are not numbered from 1 on"


def _depth_faults(where: str, step: Json) -> Iterator[str]:
    default, cap = step["depth_mm"]["default"], step["depth_mm"]["cap"]
    if default > cap:
        yield f"{where}.depth_mm has a default above its cap"
    if cap > step["needle"]["largest_length_mm"]:
        yield f"{where}.depth_mm has a cap above the needle's length"
    target = step["target"]
    if step["mode"] == Mode.DERMAL:
        target = step["zone"] or step.get("like") or ""
        target = target.removesuffix("_r").removesuffix("_l")
    highest = protocol_cap_mm(Mode(step["mode"]), target, step["part"] or "")
    if highest is None:
        yield f"{where} is for {target or 'no zone'}, for which no cap is known"
    elif cap > highest:
        yield f"{where}.depth_mm.cap is {cap}, above facemap's {highest}"
    for at, point in enumerate(step["points"]):
        own = point.get("cap_mm")
        if own is not None and (own < cap or (highest is not None and own > highest)):
            yield f"{where}.points[{at}].cap_mm is {own}, not from {cap} to {highest}"


def _point_faults(where: str, step: Json, keepouts: list[Json]) -> Iterator[str]:
    points = step["points"]
    yield from _number_faults(f"{where}.points", points, step.get("removed", []))
    if step["zone"] is not None:
        outline = load_zones()[ZONE_IDS.index(step["zone"])].outline_uv
        uv = np.array([[point["u"], point["v"]] for point in points])
        # Rounding may carry a point over the edge, to any side.
        around = [uv + np.array(by) * _EDGE_UV for by in ((1, 1), (1, -1), (-1, 1))]
        inside = in_polygon(uv, outline) | np.any(
            [in_polygon(near, outline) for near in around], axis=0
        )
        for at in np.flatnonzero(~inside).tolist():
            yield f"{where}.points[{at}] lies outside its zone"
    for keepout in keepouts:
        if step["mode"] not in keepout["blocks"] or len(keepout["shape_px"]) < 3:
            continue
        shape = np.array(keepout["shape_px"], np.float32)
        for at, point in enumerate(points):
            depth_px = cv2.pointPolygonTest(
                shape, (point["x_px"], point["y_px"]), measureDist=True
            )
            if depth_px > _EDGE_PX:
                yield f"{where}.points[{at}] lies inside {keepout['id']}"
