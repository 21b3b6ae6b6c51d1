"""A sitting as a JSON document, and whether such a document agrees with itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Any

from facemap.documents.layout import DECIMALS, provenance_part
from facemap.protocol import Muscle, load_references, load_tags
from facemap.schemas import place
from facemap.sitting import Dynamics, Gain, Measurement, Shot, Sitting, ZoneMean
from facemap.types import Overall

__all__ = ["sitting_document", "sitting_faults"]

Json = dict[str, Any]

#: Of the sum of a few rounded severities; half a digit each.
_ERROR = 3 * 0.5 * 10.0 ** -DECIMALS["severity"] + 1e-9


def sitting_document(sitting: Sitting) -> Json:
    """Lay a sitting out as ``facemap.sitting/1``.

    Parameters
    ----------
    sitting : Sitting

    Returns
    -------
    dict
        Plain JSON values. Its zones are those of the first measurement, in the form of
        ``facemap.analysis/1`` as far as they go.
    """
    measurements = [_measurement(m) for m in sitting.measurements]
    first = measurements[0]
    return {
        "schema": "facemap.sitting/1",
        "photos": [_shot(shot) for shot in sitting.shots],
        "provenance": {
            **provenance_part(sitting.provenance),
            "sitting_parameters_sha256": sitting.parameters_sha256,
        },
        "view": first["view"],
        "expression": first["expression"],
        "zones": first["zones"],
        "overall": first["overall"],
        "measurements": measurements,
        "dynamics": [_dynamics(moved) for moved in sitting.dynamics],
        "muscles": _muscles(sitting.dynamics),
        "notes": [{"id": n.id, "message": n.message} for n in sitting.notes],
    }


def _round(value: float | None, kind: str) -> float | None:
    # Adding zero turns -0.0 into 0.0.
    return None if value is None else round(value, DECIMALS[kind]) + 0.0


def _shot(shot: Shot) -> Json:
    return {
        "sha256": shot.sha256,
        "file": shot.file,
        "taken_at": shot.taken_at.isoformat() if shot.taken_at else None,
        "view": str(shot.view),
        "expression": str(shot.expression),
        "movement": shot.movement,
        "compared": shot.compared,
        "scale": {
            "mm_per_px": round(shot.scale.mm_per_px, 6),
            "relative_sd": _round(shot.scale.relative_sd, "share"),
            "source": str(shot.scale.source),
        },
        "verdict": str(shot.verdict),
    }


def _measurement(measurement: Measurement) -> Json:
    return {
        "view": str(measurement.view),
        "expression": str(measurement.expression),
        "movement": measurement.movement,
        "photos": [shot.sha256 for shot in measurement.shots],
        "zones": [_zone(zone) for zone in measurement.zones],
        "overall": _overall(measurement.overall),
    }


def _zone(zone: ZoneMean) -> Json:
    severity = zone.severity
    return {
        "id": zone.zone,
        "assessable": severity is not None,
        "reason": zone.reason,
        "severity": _round(severity, "severity"),
        "severity_sd": _round(zone.severity_sd, "severity"),
        "grade": _round(None if severity is None else severity * 4 / 100, "severity"),
        "shots": zone.n_shots,
        "of_shots": len(zone.severities),
        "spread_sd": _round(zone.spread_sd, "severity"),
        "severities": [_round(one, "severity") for one in zone.severities],
        "area_mm2": _round(zone.area_mm2, "mm2"),
        "total_length_mm": _round(zone.length_mm, "mm"),
    }


def _overall(overall: Overall) -> Json:
    return {
        "severity": _round(overall.severity, "severity"),
        "severity_sd": _round(overall.severity_sd, "severity"),
        "assessed_zones": overall.assessed_zones,
    }


def _dynamics(dynamics: Dynamics) -> Json:
    return {
        "view": str(dynamics.view),
        "expression": str(dynamics.expression),
        "movement": dynamics.movement,
        "zones": [_gain(gain) for gain in dynamics.zones],
    }


def _gain(gain: Gain) -> Json:
    return {
        "id": gain.zone,
        "rest": _round(gain.rest, "severity"),
        "moved": _round(gain.moved, "severity"),
        "gain": _round(gain.gain, "severity"),
        "gain_sd": _round(gain.gain_sd, "severity"),
        "answer": str(gain.answer),
        "reason": gain.reason,
        "points_to": [muscle.id for muscle in gain.points_to],
    }


def _muscles(dynamics: Sequence[Dynamics]) -> list[Json]:
    """Describe each muscle that is pointed to, once."""
    tags, references = load_tags(), load_references()
    pointed: dict[str, Muscle] = {
        muscle.id: muscle
        for moved in dynamics
        for gain in moved.zones
        for muscle in gain.points_to
    }
    return [
        {
            "id": muscle.id,
            "name": muscle.name,
            "evidence": muscle.evidence,
            "evidence_means": tags[muscle.evidence],
            "sources": [references[key].text for key in muscle.sources],
        }
        for muscle in pointed.values()
    ]


def sitting_faults(document: Json) -> tuple[str, ...]:
    """Say what contradicts itself in a sitting that meets its schema.

    Parameters
    ----------
    document : dict
        ``facemap.sitting/1``.

    Returns
    -------
    tuple of str
        A sentence a fault, each beginning with its place.
    """
    first = document["measurements"][0]
    repeated = ("view", "expression", "zones", "overall")
    return (
        *(
            f"{name} is not that of the first of measurements"
            for name in repeated
            if document[name] != first[name]
        ),
        *_photo_faults(document),
        *(
            fault
            for index, measurement in enumerate(document["measurements"])
            for at, zone in enumerate(measurement["zones"])
            for fault in _zone_faults(place("measurements", index, "zones", at), zone)
        ),
        *_dynamics_faults(document),
    )


def _photo_faults(document: Json) -> Iterator[str]:
    photos = {photo["sha256"]: photo for photo in document["photos"]}
    used = [sha256 for m in document["measurements"] for sha256 in m["photos"]]
    if sorted(used) != sorted(photo["sha256"] for photo in document["photos"]):
        yield "measurements does not hold each of photos once"
    for index, measurement in enumerate(document["measurements"]):
        for sha256 in measurement["photos"]:
            for name in ("view", "expression", "movement"):
                if photos.get(sha256, measurement)[name] != measurement[name]:
                    yield (
                        f"{place('measurements', index, name)} is not that of all its "
                        "photos"
                    )


def _zone_faults(where: str, zone: Json) -> Iterator[str]:
    read = [severity for severity in zone["severities"] if severity is not None]
    if (zone["shots"], zone["of_shots"]) != (len(read), len(zone["severities"])):
        yield f"{where}.shots and of_shots are not the numbers of its severities"
    if zone["assessable"] != bool(read):
        yield f"{where}.assessable does not agree with its severities"
        return
    if not read:
        return
    mean = fmean(read)
    if abs(zone["severity"] - mean) > _ERROR:
        yield (
            f"{where}.severity is {zone['severity']}, but its shots make it {mean:.2f}"
        )
    if abs(zone["grade"] - zone["severity"] * 4 / 100) > _ERROR:
        yield f"{where}.grade does not agree with its severity"
    if (zone["spread_sd"] is None) != (len(read) == 1):
        yield f"{where}.spread_sd does not agree with the number of its shots"


def _dynamics_faults(document: Json) -> Iterator[str]:
    known = {muscle["id"] for muscle in document["muscles"]}
    severities = {
        (m["view"], m["movement"]): [zone["severity"] for zone in m["zones"]]
        for m in document["measurements"]
    }
    for index, moved in enumerate(document["dynamics"]):
        rest = severities.get((moved["view"], "rest"))
        now = severities.get((moved["view"], moved["movement"]))
        if rest is None or now is None:
            yield f"{place('dynamics', index)} has no such measurement, or none at rest"
            continue
        for at, gain in enumerate(moved["zones"]):
            where = place("dynamics", index, "zones", at)
            if (gain["rest"], gain["moved"]) != (rest[at], now[at]):
                yield f"{where} does not have the severities that were measured"
            yield from _gain_faults(where, gain)
            if not known.issuperset(gain["points_to"]):
                yield f"{where}.points_to names what muscles does not hold"


def _gain_faults(where: str, gain: Json) -> Iterator[str]:
    judged = gain["rest"] is not None and gain["moved"] is not None
    if judged != (gain["answer"] != "not_comparable"):
        yield f"{where}.answer does not agree with rest and moved"
    if judged != (gain["gain"] is not None) or judged != (gain["gain_sd"] is not None):
        yield f"{where}.gain and gain_sd do not agree with rest and moved"
    elif judged and abs(gain["gain"] - (gain["moved"] - gain["rest"])) > _ERROR:
        yield f"{where}.gain is not moved less rest"
    if judged != (gain["reason"] is None):
        yield f"{where}.reason does not agree with its answer"
    if gain["points_to"] and gain["answer"] != "rises":
        yield f"{where}.points_to holds muscles, but its answer is {gain['answer']}"
