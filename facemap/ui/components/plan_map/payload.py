"""A proposal and what is decided on it, laid out for the map's script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from facemap.planning import (
    Decision,
    Decisions,
    Keepout,
    Plan,
    Step,
    Verdict,
    point_name,
    step_key,
)
from facemap.protocol import Mode
from facemap.render import (
    BadgeSpot,
    badge_spots,
    blocked_outlines,
    kind_color,
    mode_color,
    shown_box_px,
)
from facemap.types import FloatArray, LineKind
from facemap.ui import words
from facemap.ui.components.face_map.payload import face_map_payload

__all__ = ["plan_map_payload"]

Json = dict[str, Any]

#: What the intake takes, in words.
_OUTLINE_KINDS = {
    "mole": "mole",
    "lesion": "lesion",
    "scar": "scar",
    "device": "device",
    "other": "place",
}
_MODE_NAMES = {Mode.DERMAL: "Into the skin", Mode.INTRAMUSCULAR: "Into a muscle"}
_EVERY, _MUSCLE = "No needle", "No needle into muscle"


def plan_map_payload(
    plan: Plan,
    decisions: Decisions,
    document: Mapping[str, Any],
    *,
    photo_id: str,
    can_remove: bool = False,
    can_outline: bool = False,
) -> Json:
    """Lay a plan out for its map.

    Parameters
    ----------
    plan : Plan
        As proposed.
    decisions : mapping of StepKey to Decision
        Rejected steps are left away, removed points are shown as such.
    document : mapping
        ``facemap.analysis/1`` of its photo.
    photo_id : str
        Another id, another picture: the map is drawn anew and fitted.
    can_remove, can_outline : bool
        Whether points are removed, and skin is outlined, on this map.

    Returns
    -------
    dict
        Plain JSON values. Coordinates are pixels of the upright photo.
    """
    base = face_map_payload(document, photo_id=photo_id)
    kept = [
        (step, decision)
        for step in plan.steps
        if (decision := decisions.get(step_key(step), Decision())).verdict
        is not Verdict.REJECTED
    ]
    zones = {step.zone for step, _ in kept}
    keepouts = [shape for k in plan.keepouts if (shape := _keepout(k, plan.modes))]
    lines = base["lines"]
    blocked = [
        {"kind": kind, "path": "".join(map(_path, rings))}
        for kind, rings in blocked_outlines(plan).items()
        if rings
    ]
    return {
        **{key: base[key] for key in ("id", "width_px", "height_px", "mm_per_px")},
        "alt": f"The photo {document['photo']['file']} with the plan",
        "face_px": [round(x, 1) for x in shown_box_px(plan)],
        "zones": [z["path"] for z in base["zones"] if z["id"] in zones and z["path"]],
        "lines": lines,
        "kinds": base["kinds"],
        "keepouts": keepouts,
        "blocked": blocked,
        "steps": [_step(step, decision, can_remove) for step, decision in kept],
        "badges": [
            _badge(spot, step.mode)
            for step, decision in kept
            for spot in badge_spots(plan, step, decision.removed)
        ],
        "layers": _layers(kept, blocked, lines, zones),
        "key": _key(kept, blocked, lines),
        "can_remove": can_remove,
        "outline_kinds": [{"id": i, "name": n} for i, n in _OUTLINE_KINDS.items()]
        if can_outline
        else [],
    }


def _keepout(keepout: Keepout, modes: Iterable[Mode]) -> Json | None:
    shown = [mode for mode in keepout.blocks if mode in modes]
    if not shown or len(keepout.shape_px) < 3:
        return None
    every = Mode.DERMAL in keepout.blocks
    side = {"r": ", right", "l": ", left"}.get(keepout.side, "")
    radius = f"{keepout.radius_mm:.0f} mm around where it is expected"
    if not keepout.side:
        radius = f"with {keepout.radius_mm:.0f} mm around it"
    return {
        "path": _path(keepout.shape_px),
        "name": f"{keepout.name}{side}",
        "said": f"{_EVERY if every else _MUSCLE}: {radius}.",
    }


def _path(points_px: FloatArray) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points_px.tolist()) + "Z"


def _step(step: Step, decision: Decision, can_remove: bool) -> Json:
    return {
        "number": step.number,
        "mode": str(step.mode),
        "color": mode_color(step.mode),
        "points": [
            {
                "number": point.number,
                "label": (label := point_name(step, point.number)),
                "x": round(point.px[0], 2),
                "y": round(point.px[1], 2),
                "gone": (gone := point.number in decision.removed),
                "name": f"{step.number}. {step.title}: point {label}",
                "said": _said(step, gone, can_remove),
            }
            for point in step.points
        ],
    }


def _said(step: Step, gone: bool, can_remove: bool) -> str:
    if gone:
        return "Removed. Click to take it back." if can_remove else "Removed."
    depth = f"{step.depth_mm.low:g} mm deep, at most {step.depth_mm.high:g}."
    return f"{depth} Click to remove it." if can_remove else depth


def _badge(spot: BadgeSpot, mode: Mode) -> Json:
    """Put a number beside its place, as far as its box is large, in screen pixels."""
    (x, y), (right, down) = spot.at_px, spot.way
    return {
        "text": spot.text,
        "mode": str(mode),
        "x": round(x, 2),
        "y": round(y, 2),
        "dx": 19 * right,
        "dy": 12 * down,
    }


def _layers(
    kept: list[tuple[Step, Decision]],
    blocked: list[Json],
    lines: list[Json],
    zones: set[str | None],
) -> list[str]:
    modes = {step.mode for step, _ in kept}
    found = [str(mode) for mode in Mode if mode in modes]
    found += ["keepouts"] if blocked else []
    found += ["lines"] if lines else []
    return [*found, "numbers", "zones"] if zones else found


def _key(
    kept: list[tuple[Step, Decision]], blocked: list[Json], lines: list[Json]
) -> list[Json]:
    modes = {step.mode for step, _ in kept}
    rows = [
        {"kind": str(mode), "name": _MODE_NAMES[mode], "color": mode_color(mode)}
        for mode in Mode
        if mode in modes
    ]
    kinds = {shape["kind"] for shape in blocked}
    for kind, name in (("every", _EVERY), ("muscle", _MUSCLE)):
        if kind in kinds:
            rows.append({"kind": kind, "name": name, "color": ""})
    drawn = {line["kind"] for line in lines}
    rows += [
        {"kind": "line", "name": words.KINDS[kind], "color": kind_color(kind)}
        for kind in LineKind
        if kind in drawn
    ]
    return rows
