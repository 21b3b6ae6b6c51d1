"""An analysis document, laid out for the face map's script: words and colors only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from facemap.render import kind_color, severity_color
from facemap.types import LineKind
from facemap.ui import words

__all__ = ["face_map_payload"]

Json = dict[str, Any]


def face_map_payload(document: Mapping[str, Any], *, photo_id: str) -> Json:
    """Lay an analysis out for the face map.

    Parameters
    ----------
    document : mapping
        ``facemap.analysis/1``.
    photo_id : str
        Another id, another picture: the map is drawn anew and fitted.

    Returns
    -------
    dict
        Plain JSON values. Coordinates are pixels of the upright photo. Zones run from
        the most severe to the mildest, then those that cannot be judged.
    """
    photo, face = document["photo"], document["face"]
    kinds = [str(line["kind"]) for line in document["lines"]]
    return {
        "id": photo_id,
        "alt": f"The photo {photo['file']} with its face map",
        "width_px": photo["width_px"],
        "height_px": photo["height_px"],
        "mm_per_px": face["scale"]["mm_per_px"],
        "zones": [_zone(z) for z in sorted(document["zones"], key=_most_severe_first)],
        "lines": [_line(line) for line in document["lines"]],
        "landmarks": face["landmarks_px"],
        "kinds": [
            {
                "id": kind.value,
                "name": words.KINDS[kind],
                "color": kind_color(kind),
                "count": kinds.count(kind),
            }
            for kind in LineKind
        ],
        "ramp": [severity_color(at) for at in range(0, 101, 10)],
        "not_assessable": severity_color(None),
    }


def _most_severe_first(zone: Mapping[str, Any]) -> tuple[bool, float]:
    severity = zone["severity"]
    return severity is None, -(severity or 0.0)


def _zone(zone: Mapping[str, Any]) -> Json:
    judged = zone["severity"] is not None
    name = words.zone_name(zone["id"])
    said = words.severity(zone["severity"], zone["severity_sd"])
    reason = None if judged else words.can_not_judge(zone["reason"])
    return {
        "id": zone["id"],
        "name": name,
        "judged": judged,
        "severity": zone["severity"],
        "severity_sd": zone["severity_sd"],
        "said": said,
        "label": f"{name}: {f'severity {said} of 100' if judged else reason}",
        "reason": reason,
        "color": severity_color(zone["severity"]),
        "path": _path(zone["outline_px"], closed=True),
        "center": _center(zone["outline_px"]),
        "cells": _cells(zone) if judged else [],
        "facts": _facts(zone, judged=judged),
    }


def _cells(zone: Mapping[str, Any]) -> list[str]:
    """Figures of the table: grade, lines, total length, deepest."""
    return [
        words.number(zone["grade"]),
        str(zone["line_count"]),
        words.number(zone["total_length_mm"], 0),
        words.number(zone["max_depth"], 2),
    ]


def _facts(zone: Mapping[str, Any], *, judged: bool) -> list[list[str]]:
    """Name and value of what only a selected zone shows."""
    facts = [("Skin in view", f"{words.number(100 * zone['visible'], 0)} %")]
    if judged:
        width = zone["mean_width_mm"]
        smallest = zone["smallest_line_mm"]
        facts += [
            ("Skin measured", f"{words.number(zone['area_mm2'] / 100, 1)} cm²"),
            ("Length of all lines", f"{words.number(zone['total_length_mm'], 1)} mm"),
            ("Mean width", f"{words.number(width, 2)} mm" if width else "–"),
            ("Mean depth", words.number(zone["mean_depth"], 3)),
            ("Deepest", words.number(zone["max_depth"], 3)),
            (
                "Thinnest line that would show",
                f"{words.number(smallest, 2)} mm" if smallest else "–",
            ),
        ]
    return [list(fact) for fact in facts]


def _line(line: Mapping[str, Any]) -> Json:
    return {
        "zone": line["zone"],
        "kind": line["kind"],
        "width_mm": line["width_mm"],
        "confidence": line["confidence"],
        "path": _path(line["path_px"], closed=False),
    }


def _path(points_px: Sequence[Sequence[float]], *, closed: bool) -> str:
    """Write points as the data of an SVG path."""
    if not points_px:
        return ""
    data = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points_px)
    return data + "Z" if closed else data


def _center(points_px: Sequence[Sequence[float]]) -> list[float] | None:
    """Middle of the outline's box: where a label stands."""
    if not points_px:
        return None
    return [
        round(
            (min(p[axis] for p in points_px) + max(p[axis] for p in points_px)) / 2, 1
        )
        for axis in (0, 1)
    ]
