"""A comparison as a JSON document, and whether such a document agrees with itself."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from facemap.comparison import Change, Comparison, Learned, Repeatability
from facemap.comparison.checks import check_order, days_between
from facemap.documents.layout import (
    DECIMALS,
    check_part,
    number,
    photo_part,
    provenance_part,
)
from facemap.schemas import place
from facemap.types import ZONE_IDS, Analysis

__all__ = [
    "comparison_document",
    "comparison_faults",
    "dated_document",
    "repeatability_document",
    "repeatability_faults",
    "repeatability_in",
]

Json = dict[str, Any]

_SEVERITY, _MM, _SHARE = DECIMALS["severity"], DECIMALS["mm"], DECIMALS["share"]
_FATES = ("gone", "shallower", "same", "deeper", "new")
#: Of the sum of two rounded numbers, and of a third.
_ROUNDING = 2 * 10.0**-_SEVERITY
_BEYOND = 1.96


def comparison_document(comparison: Comparison) -> Json:
    """Lay a comparison out as ``facemap.comparison/1``.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    dict
        Plain JSON values; unknown is ``None``.
    """
    registration, family = comparison.registration, comparison.family
    document = {
        "schema": "facemap.comparison/1",
        "before": _side(comparison.before),
        "after": _side(comparison.after),
        "provenance": provenance_part(comparison.before.provenance),
        "comparable": comparison.comparable,
        "reasons": list(comparison.reasons),
        "checks": [check_part(check) for check in comparison.checks],
        "registration": {
            "rms_mm": number(registration.rms_mm, _MM),
            "shift_mm": number(registration.shift_mm, _MM),
            "agreement": number(registration.agreement, _SHARE),
            "method": "mesh, refined by optical flow on the skin's pattern",
        },
        "sharpness": {
            "before_mm": number(comparison.pair.blur_mm[0], _MM),
            "after_mm": number(comparison.pair.blur_mm[1], _MM),
            "blurred": comparison.pair.blurred,
        },
        "repeatability": {
            "source": "own" if comparison.shots_learned_from else "shipped",
            "shots": comparison.shots_learned_from,
        },
        "family": {
            "zones": family.zones,
            "method": family.method,
            "threshold": number(family.threshold, 6),
        },
        "changes": [_change(change) for change in comparison.changes],
        "lines": [
            {
                "zone": line.zone,
                "fate": line.fate,
                "depth_before": number(line.depth_before, _SHARE),
                "depth_after": number(line.depth_after, _SHARE),
                "path_px": [
                    [round(v, DECIMALS["px"]) + 0.0 for v in xy]
                    for xy in line.path_px.tolist()
                ],
            }
            for line in comparison.lines
        ],
    }
    return dated_document(document, comparison.days_entered)


def dated_document(
    document: Mapping[str, Any], days_entered: Mapping[str, date | None]
) -> Json:
    """Say in a comparison's document which dates somebody entered.

    Parameters
    ----------
    document : mapping
        ``facemap.comparison/1``.
    days_entered : mapping of str to (date or None)
        As of `facemap.comparison.Comparison.dated`.

    Returns
    -------
    dict
        Another document: with what the order of the photos is by these dates.
    """
    sides = {name: document[name] for name in ("before", "after")}
    by_hand = any(side["sha256"] in days_entered for side in sides.values())
    dated = {**document, **{n: _dated(side, days_entered) for n, side in sides.items()}}
    if by_hand:
        order = check_part(check_order(_days_between(dated)))
        dated["checks"] = [
            order if check["id"] == "order" else check for check in document["checks"]
        ]
        dated["reasons"] = _reasons(dated["checks"])
    return dated


def _dated(side: Json, days_entered: Mapping[str, date | None]) -> Json:
    day: str | None = side["taken_at"][:10] if side["taken_at"] else None
    entered = side["sha256"] in days_entered
    if entered:
        said = days_entered[side["sha256"]]
        day = said.isoformat() if said else None
    return {**side, "day": day, "day_entered": entered}


def _days_between(document: Json) -> int | None:
    days = [document[name]["day"] for name in ("before", "after")]
    first, second = (date.fromisoformat(day) if day else None for day in days)
    return days_between(first, second)


def _reasons(checks: list[Json]) -> list[str]:
    """Give what checks advise, as `facemap.comparison.Comparison.reasons` does."""
    told = [check for check in checks if check["verdict"] != "pass"]
    strange = [check for check in told if check["id"] == "same_skin"]
    return list(dict.fromkeys(check["advice"] for check in strange or told))


def _side(analysis: Analysis) -> Json:
    frame = analysis.frame
    return {
        **photo_part(analysis.photo),
        "view": str(frame.view),
        "expression": str(frame.expression.label),
        "quality": str(analysis.quality.verdict),
        "mm_per_px": number(frame.scale.mm_per_px, 6),
    }


def _change(change: Change) -> Json:
    return {
        "zone": change.zone,
        "before": number(change.before, _SEVERITY),
        "after": number(change.after, _SEVERITY),
        "delta": number(change.delta, _SEVERITY),
        "sd": number(change.sd, _SEVERITY),
        "smallest_detectable": number(change.smallest_detectable, _SEVERITY),
        "percent": number(change.percent, 1),
        "length_delta_mm": number(change.length_delta_mm, _MM),
        "depth_delta": number(change.depth_delta, _SHARE),
        "lines": {fate: getattr(change.lines, fate) for fate in _FATES},
        "verdict": str(change.verdict),
        "reasons": list(change.reasons),
    }


def comparison_faults(document: Json) -> tuple[str, ...]:
    """Say where a comparison of the right form contradicts itself, a sentence each."""
    return tuple(_faults(document))


def _faults(document: Json) -> Iterator[str]:
    yield from _day_faults(document)
    changes = document["changes"]
    if [change["zone"] for change in changes] != list(ZONE_IDS):
        yield "changes do not name the 21 zones in their order"
        return
    compared = [c for c in changes if c["verdict"] != "not_comparable"]
    if document["comparable"] != bool(compared):
        yield "comparable does not agree with the verdicts of the zones"
    if document["family"]["zones"] != len(compared):
        yield (
            f"family.zones is {document['family']['zones']}, but {len(compared)} "
            "zones are compared"
        )
    for index, change in enumerate(changes):
        where = place("changes", index)
        for fault in _zone_faults(change, document["family"]["threshold"]):
            yield f"{where} ({change['zone']}): {fault}"


def _day_faults(document: Json) -> Iterator[str]:
    for name in ("before", "after"):
        side = document[name]
        if "day" not in side:  # made before there were days
            return
        if side["day"] is not None and not _is_day(side["day"]):
            yield f"{name}.day is no date"
            return
        own = side["taken_at"][:10] if side["taken_at"] else None
        if not side.get("day_entered") and side["day"] != own:
            yield f"{name}.day is not that of taken_at, and nobody entered it"
    entered = any(document[name].get("day_entered") for name in ("before", "after"))
    said = [c["value"] for c in document.get("checks", []) if c["id"] == "order"]
    if entered and said and said[0] != _days_between(document):
        yield "the check of the order does not fit the days that were entered"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _zone_faults(change: Json, threshold: float) -> Iterator[str]:
    numbers = [change[name] for name in ("before", "after", "delta", "sd")]
    if change["verdict"] == "not_comparable":
        if not change["reasons"]:
            yield "it is not comparable, and no reason is given"
        if change["delta"] is not None:
            yield "it is not comparable, and has a delta"
        return
    if None in numbers:
        yield "it is compared, and lacks before, after, delta or sd"
        return
    before, after, delta, sd = numbers
    if abs(after - before - delta) > _ROUNDING:
        yield f"delta is {delta}, but after less before is {after - before:.2f}"
    if abs(change["smallest_detectable"] - _BEYOND * sd) > _ROUNDING:
        yield "smallest_detectable is not 1.96 times sd"
    chance = math.erfc(max(abs(delta) - _ROUNDING, 0) / (sd + _ROUNDING) / math.sqrt(2))
    certain = math.erfc(
        (abs(delta) + _ROUNDING) / max(sd - _ROUNDING, 1e-6) / math.sqrt(2)
    )
    if change["verdict"] == "no_detectable_change":
        if chance <= threshold * 0.9:
            yield "its change is beyond the family's threshold, but called none"
    elif certain > threshold:
        yield f"it is called {change['verdict']}, but within the family's threshold"
    elif (change["verdict"] == "better") != (delta < 0):
        yield f"it is called {change['verdict']}, with a delta of {delta}"


def repeatability_document(learned: Repeatability) -> Json:
    """Lay out what a clinic's repeat shots taught, as ``facemap.repeatability/1``."""
    return {
        "schema": "facemap.repeatability/1",
        "shots": learned.shots,
        "zones": [
            {
                "zone": zone,
                "ratio": number(own.ratio, 4),
                "freedom": number(own.freedom, 3),
            }
            for zone, own in learned.zones.items()
        ],
    }


def repeatability_in(document: Json) -> Repeatability:
    """Take it out of its document again, of the right form."""
    return Repeatability(
        {
            row["zone"]: Learned(row["ratio"], row["freedom"])
            for row in document["zones"]
        },
        document["shots"],
    )


def repeatability_faults(document: Json) -> tuple[str, ...]:
    """Say which zones are named twice."""
    names = [row["zone"] for row in document["zones"]]
    return tuple(
        f"zones name {name} twice"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    )
