"""Whether the numbers of a document agree with each other.

A document of the right form may still contradict itself, after a hand or another
program changed it. What can be worked out again from the rest is worked out, and must
agree as far as rounding lets it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facemap.documents.layout import DECIMALS
from facemap.documents.limits import limit_faults
from facemap.schemas import place
from facemap.types import FACE_ZONES, ZONE_IDS, MarkerUse, ScaleSource, Verdict

__all__ = ["analysis_faults", "phantom_faults"]

Json = dict[str, Any]
FloatArray = NDArray[np.float64]

#: Greatest rounding error of each kind of number.
_HALF = {kind: 0.5 * 10.0**-decimals for kind, decimals in DECIMALS.items()}
#: Of sums of floats, on top of the rounding.
_FLOAT = 1e-9
#: The mean of depth times width is that of depth times that of width, give or take how
#: the two vary together along a line: 1.25 where both vary by half.
_MASS_RATIO = 1.3
#: A path lies on skin that may rise out of the picture's plane by 76 degrees, where it
#: is four times as long, or nearer than the eyes, where it is drawn larger.
_LENGTH_RATIO = (0.7, 5.0)
#: A fold may leave the outline of the zone that it is judged in.
_BEYOND_OUTLINE_MM = 8.0
#: What of a zone that is wholly visible may stick out of the picture: spots are counted
#: this far apart.
_BEYOND_PICTURE_MM = 2.0


def analysis_faults(document: Json) -> tuple[str, ...]:
    """Say what contradicts itself in an analysis that meets its schema.

    Parameters
    ----------
    document : dict
        ``facemap.analysis/1``.

    Returns
    -------
    tuple of str
        A sentence a fault, each beginning with its place.
    """
    return (
        *_photo_faults(document["photo"]),
        *_quality_faults(document["quality"]),
        *_marker_faults(document["face"]),
        *(
            fault
            for index, zone in enumerate(document["zones"])
            for fault in _zone_faults(index, zone, document)
        ),
        *(
            fault
            for index, line in enumerate(document["lines"])
            for fault in _line_faults(index, line, document)
        ),
        *_overall_faults(document),
        *limit_faults(document),
    )


def phantom_faults(document: Json) -> tuple[str, ...]:
    """Say what contradicts itself in the truth of a phantom that meets its schema."""
    faults = []
    size = [document["width_px"], document["height_px"]]
    if document["params"]["size_wh"] != size:
        faults.append(
            f"{place('params', 'size_wh')} does not agree with width_px and height_px, "
            f"{size[0]} and {size[1]}"
        )
    ids = [zone["id"] for zone in document["zones"]]
    if tuple(ids) != ZONE_IDS:
        faults.append("zones does not hold each zone once, in the usual order")
    for name, mask in document["masks"].items():
        cells, covered = math.prod(mask["size_wh"]), sum(mask["runs"])
        if cells != covered:
            faults.append(
                f"{place('masks', name, 'runs')} covers {covered} cells, but size_wh "
                f"has {cells}"
            )
    return tuple(faults)


def _photo_faults(photo: Json) -> Iterator[str]:
    taken_at = photo["taken_at"]
    if taken_at is not None:
        try:
            datetime.fromisoformat(taken_at)
        except ValueError:
            yield f"{place('photo', 'taken_at')} is no date and time"


def _quality_faults(quality: Json) -> Iterator[str]:
    order = list(Verdict)
    checks = quality["checks"]
    worst = max((Verdict(c["verdict"]) for c in checks), key=order.index, default=None)
    if worst is not None and quality["verdict"] != worst:
        yield (
            f"{place('quality', 'verdict')} is {quality['verdict']}, but the worst of "
            f"its checks is {worst}"
        )
    seen: set[str] = set()
    for index, check in enumerate(checks):
        where = place("quality", "checks", index)
        if check["id"] in seen:
            yield f"{where}.id is {check['id']}, which is there already"
        seen.add(check["id"])
        if check["verdict"] != Verdict.PASS and check["value"] is None:
            yield f"{where}.verdict is {check['verdict']}, but nothing was measured"
        if check["verdict"] != Verdict.PASS and not check["advice"]:
            yield f"{where}.advice is empty, but its verdict is {check['verdict']}"


def _marker_faults(face: Json) -> Iterator[str]:
    scale, marker = face["scale"], face.get("marker")
    if marker is None:
        return
    taken, used = (
        scale["source"] == ScaleSource.MARKER,
        marker["use"] == MarkerUse.SCALE,
    )
    if taken != used:
        yield (
            f"{place('face', 'scale', 'source')} is {scale['source']}, but the use of "
            f"the marker is {marker['use']}"
        )
    elif used and scale["mm_per_px"] != marker["mm_per_px"]:
        yield (
            f"{place('face', 'scale', 'mm_per_px')} is {scale['mm_per_px']}, but the "
            f"marker's is {marker['mm_per_px']}"
        )


def _zone_faults(index: int, zone: Json, document: Json) -> Iterator[str]:
    where = place("zones", index)
    if zone["assessable"]:
        if zone["severity_sd"] is None:
            yield f"{where}.severity_sd is null, but severity is given"
        for name in ("visible", "area_mm2"):
            if zone[name] <= 0:
                yield f"{where}.{name} is 0, but the zone is assessable"
        expected = 4 * zone["severity"] / 100
        if not _agree(zone["grade"], expected, _HALF["severity"] * 1.04):
            yield (
                f"{where}.grade is {zone['grade']}, but severity {zone['severity']} "
                f"makes it {expected:.2f}"
            )
    yield from _outline_faults(where, zone, document)
    own = [line for line in document["lines"] if line["zone"] == zone["id"]]
    yield from _sum_faults(where, zone, own)


def _outline_faults(where: str, zone: Json, document: Json) -> Iterator[str]:
    outline_px = np.array(zone["outline_px"], np.float64).reshape(-1, 2)
    if zone["assessable"] and len(outline_px) < 3:
        yield f"{where}.outline_px has under three points, but the zone is assessable"
        return
    if not zone["assessable"]:
        return
    photo, scale = document["photo"], document["face"]["scale"]
    end_px = np.array([photo["width_px"], photo["height_px"]]) - 0.5
    low, high = outline_px.min(axis=0), outline_px.max(axis=0)
    slack_px = _BEYOND_PICTURE_MM / scale["mm_per_px"]
    if (high < -0.5).any() or (low > end_px).any():
        yield f"{where}.outline_px lies outside the picture"
    elif zone["visible"] >= 1 and (
        (low < -0.5 - slack_px).any() or (high > end_px + slack_px).any()
    ):
        yield f"{where}.outline_px leaves the picture, but all of the zone is visible"


def _sum_faults(where: str, zone: Json, own: Sequence[Json]) -> Iterator[str]:
    """Hold what is said of a zone's lines together against the lines."""
    if zone["line_count"] != len(own):
        yield (
            f"{where}.line_count is {zone['line_count']}, but lines holds {len(own)} "
            f"of {zone['id']}"
        )
        return
    lengths = np.array([line["length_mm"] for line in own], np.float64)
    total = float(lengths.sum())
    half = _HALF["mm"]
    if not _agree(zone["total_length_mm"], total, half * (len(own) + 1)):
        yield (
            f"{where}.total_length_mm is {zone['total_length_mm']}, but its lines are "
            f"{total:.3f} mm long together"
        )
    for name, of, kind in (
        ("mean_width_mm", "width_mm", "mm"),
        ("mean_depth", "depth", "share"),
    ):
        values = np.array([line[of] for line in own], np.float64)
        mean = float(values @ lengths) / total if total else None
        # Rounded lengths shift the weights.
        shift = (
            half * float(np.abs(values - (mean or 0.0)).sum()) / total if total else 0
        )
        yield from _compare(
            f"{where}.{name}", zone[name], mean, 2 * _HALF[kind] + shift
        )
    deepest = max((line["depth"] for line in own), default=None)
    yield from _compare(f"{where}.max_depth", zone["max_depth"], deepest, 0.0)
    yield from _orientation_faults(where, zone["orientation_deg"], own)


def _compare(
    where: str, value: float | None, expected: float | None, error: float
) -> Iterator[str]:
    if (value is None) != (expected is None):
        said, worked_out = (_or_null(x) for x in (value, expected))
        yield f"{where} is {said}, but its lines make it {worked_out}"
        return
    if (
        value is not None
        and expected is not None
        and not _agree(value, expected, error)
    ):
        yield f"{where} is {value}, but its lines make it {expected:.4f}"


def _or_null(value: float | None) -> str:
    return "null" if value is None else f"{value:.4f}"


def _orientation_faults(
    where: str, value: float | None, own: Sequence[Json]
) -> Iterator[str]:
    """Undirected lines are averaged at twice their angle, by mass and length."""
    if (value is None) != (not own):
        yield f"{where}.orientation_deg is {_or_null(value)}, with {len(own)} lines"
    if value is None or not own:
        return
    angle = np.radians([2 * line["orientation_deg"] for line in own])
    mass, length = (
        np.array([line[name] for line in own]) for name in ("mass", "length_mm")
    )
    weight = mass * length
    x, y = float(weight @ np.cos(angle)), float(weight @ np.sin(angle))
    error = np.sum(mass * _HALF["mm"] + length * _HALF["mass"]) + float(
        weight.sum()
    ) * 2 * math.radians(_HALF["deg"])
    resultant = math.hypot(x, y)
    if resultant < 10 * error:
        return  # lines that point everywhere have no mean direction
    expected = math.degrees(math.atan2(y, x)) / 2 % 180
    slack = math.degrees(error / resultant) + 2 * _HALF["deg"]
    apart = abs((value - expected + 90) % 180 - 90)
    if apart > slack:
        yield (
            f"{where}.orientation_deg is {value}, but its lines make it {expected:.2f}"
        )


def _line_faults(index: int, line: Json, document: Json) -> Iterator[str]:
    where = place("lines", index)
    zone = document["zones"][ZONE_IDS.index(line["zone"])]
    if not zone["assessable"]:
        yield f"{where}.zone is {line['zone']}, which cannot be judged"
    product, mass = line["depth"] * line["width_mm"], line["mass"]
    half = (
        _HALF["mass"] + line["depth"] * _HALF["mm"] + line["width_mm"] * _HALF["share"]
    )
    if not product / _MASS_RATIO - half <= mass <= product * _MASS_RATIO + half:
        yield (f"{where}.mass is {mass}, but depth times width_mm is {product:.5f}")
    path_px = np.array(line["path_px"], np.float64)
    mm_per_px = document["face"]["scale"]["mm_per_px"]
    drawn_mm = mm_per_px * float(np.hypot(*np.diff(path_px, axis=0).T).sum())
    low, high = (ratio * drawn_mm for ratio in _LENGTH_RATIO)
    if not low - mm_per_px <= line["length_mm"] <= high + mm_per_px:
        yield (
            f"{where}.length_mm is {line['length_mm']}, but path_px is about "
            f"{drawn_mm:.0f} mm long"
        )
    size_px = np.array([document["photo"]["width_px"], document["photo"]["height_px"]])
    if (path_px < -0.5).any() or (path_px > size_px - 0.5).any():
        yield f"{where}.path_px leaves the picture"
    elif zone["assessable"] and len(zone["outline_px"]) >= 3:
        outline_px = np.array(zone["outline_px"], np.float64)
        slack_px = _BEYOND_OUTLINE_MM / mm_per_px
        if (path_px < outline_px.min(axis=0) - slack_px).any() or (
            path_px > outline_px.max(axis=0) + slack_px
        ).any():
            yield f"{where}.path_px lies far outside its zone, {line['zone']}"


def _overall_faults(document: Json) -> Iterator[str]:
    overall = document["overall"]
    judged = [zone for zone in document["zones"] if zone["severity"] is not None]
    if overall["assessed_zones"] != len(judged):
        yield (
            f"overall.assessed_zones is {overall['assessed_zones']}, but {len(judged)} "
            "zones have a severity"
        )
    judged = [zone for zone in judged if zone["id"] in FACE_ZONES]
    area, severity, sd = (
        np.array([zone[name] or 0.0 for zone in judged], np.float64)
        for name in ("area_mm2", "severity", "severity_sd")
    )
    whole = float(area.sum())
    if not whole:
        for name in ("severity", "severity_sd"):
            if overall[name] is not None:
                yield f"overall.{name} is given, but no zone of the face has one"
        return
    weight = area / whole
    spread = float(np.abs(severity - weight @ severity).sum()) + float(sd.sum())
    error = 2 * _HALF["severity"] + 2 * _HALF["mm2"] * spread / whole
    for name, expected in (
        ("severity", float(weight @ severity)),
        ("severity_sd", math.sqrt(float(weight**2 @ sd**2))),
    ):
        if overall[name] is None or not _agree(overall[name], expected, error):
            said = "null" if overall[name] is None else overall[name]
            yield f"overall.{name} is {said}, but the zones make it {expected:.2f}"


def _agree(value: float, expected: float, error: float) -> bool:
    return abs(value - expected) <= error + _FLOAT * max(1.0, abs(expected))
