"""Values to JSON documents."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from facemap.types import (
    Analysis,
    Check,
    FaceFrame,
    FloatArray,
    GrayReference,
    Marker,
    Photo,
    Provenance,
    WrinkleLine,
    ZoneRegion,
    ZoneScore,
)

__all__ = [
    "DECIMALS",
    "analysis_document",
    "check_part",
    "number",
    "photo_part",
    "provenance_part",
    "to_json",
]

Json = dict[str, Any]

#: Decimals kept of each kind of number: finer than any of these can be measured,
#: coarser would show.
DECIMALS: Mapping[str, int] = MappingProxyType(
    {
        "px": 2,
        "mm": 3,
        "mm2": 1,
        "mass": 5,
        "deg": 2,
        "share": 4,
        "severity": 2,
        "load": 4,
    }
)
_PX, _MM, _DEG = DECIMALS["px"], DECIMALS["mm"], DECIMALS["deg"]
_SHARE, _SEVERITY = DECIMALS["share"], DECIMALS["severity"]
_LOAD = DECIMALS["load"]


def analysis_document(analysis: Analysis) -> Json:
    """Lay an analysis out as ``facemap.analysis/1``.

    Parameters
    ----------
    analysis : Analysis

    Returns
    -------
    dict
        Plain JSON values; unknown is ``None``, never NaN.
    """
    scores = {score.zone: score for score in analysis.scores}
    return {
        "schema": "facemap.analysis/1",
        "photo": photo_part(analysis.photo),
        "provenance": provenance_part(analysis.provenance),
        "quality": {
            "verdict": str(analysis.quality.verdict),
            "checks": [check_part(c) for c in analysis.quality.checks],
            "gray": _gray(analysis.quality.gray),
        },
        "face": _face(analysis.frame),
        "zones": [_zone(r, scores[r.id]) for r in analysis.face_map.regions],
        "lines": [_line(line) for line in analysis.lines],
        "overall": {
            "severity": number(analysis.overall.severity, _SEVERITY),
            "severity_sd": number(analysis.overall.severity_sd, _SEVERITY),
            "assessed_zones": analysis.overall.assessed_zones,
        },
        "notes": [{"id": n.id, "message": n.message} for n in analysis.notes],
    }


def to_json(document: Mapping[str, Any], *, indent: int | None = 1) -> str:
    """Write a document as text: the same document, the same bytes.

    Parameters
    ----------
    document : mapping
    indent : int, optional
        None puts it on one line.
    """
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=indent)
    return text + "\n"


def number(value: float | None, digits: int) -> float | None:
    """Round a number for a document; what is no number is unknown."""
    if value is None or not math.isfinite(value):
        return None
    # Adding zero turns -0.0 into 0.0.
    return round(float(value), digits) + 0.0


def _orientation(value_deg: float | None) -> float | None:
    # 179.996 would round to 180, which is the same direction as 0.
    rounded = number(value_deg, _DEG)
    return None if rounded is None else rounded % 180.0


def _points(points: FloatArray, digits: int) -> list[list[float]]:
    return [[round(x, digits) + 0.0 for x in row] for row in points.tolist()]


def photo_part(photo: Photo) -> Json:
    """Lay out which photo it was; the same in every document."""
    width_px, height_px = photo.size_wh
    return {
        "sha256": photo.sha256,
        "file": photo.file,
        "width_px": width_px,
        "height_px": height_px,
        "taken_at": photo.taken_at.isoformat() if photo.taken_at else None,
        "color_profile": photo.color_profile,
        "mirrored": photo.mirrored,
    }


def provenance_part(provenance: Provenance) -> Json:
    """Lay out what made a result; the same in every document."""
    return {
        "facemap": provenance.facemap,
        "detector": {
            "id": provenance.detector_id,
            "version": provenance.detector_version,
        },
        "models": [{"id": m.id, "sha256": m.sha256} for m in provenance.models],
        "parameters_sha256": provenance.parameters_sha256,
    }


def check_part(check: Check) -> Json:
    """Lay a check out."""
    return {
        "id": check.id,
        "value": number(check.value, _SHARE),
        "unit": check.unit,
        "warn": check.warn,
        "reject": check.reject,
        "verdict": str(check.verdict),
        "advice": check.advice,
        "zones": list(check.zones),
    }


def _gray(gray: GrayReference | None) -> Json | None:
    if gray is None:
        return None
    a, b = gray.cast_ab
    return {
        "kind": str(gray.kind),
        "outline_px": _points(gray.outline_px, _PX),
        "linear_rgb": [round(x, _SHARE) for x in gray.linear_rgb.tolist()],
        "white_balance": [round(x, _SHARE) for x in gray.white_balance],
        "cast_a": number(a, _SEVERITY),
        "cast_b": number(b, _SEVERITY),
        "cast_sd": number(gray.cast_sd, _SEVERITY),
        "exposure_ev": number(gray.exposure_ev, _SEVERITY),
    }


def _marker(marker: Marker | None) -> Json | None:
    if marker is None:
        return None
    return {
        "corners_px": _points(marker.corners_px, _PX),
        "mm_per_px": number(marker.mm_per_px, 6),
        "relative_sd": number(marker.relative_sd, _SHARE),
        "tilt_deg": number(marker.tilt_deg, _DEG),
        "mirrored": marker.mirrored,
        "use": str(marker.use),
    }


def _face(frame: FaceFrame) -> Json:
    scale, pose = frame.scale, frame.pose
    return {
        "view": str(frame.view),
        "yaw_deg": number(pose.yaw_deg, _DEG),
        "pitch_deg": number(pose.pitch_deg, _DEG),
        "roll_deg": number(pose.roll_deg, _DEG),
        "camera_distance_mm": number(frame.camera_distance_mm, 0),
        "faces_in_photo": frame.landmarks.n_faces,
        "scale": {
            "mm_per_px": number(scale.mm_per_px, 6),
            "relative_sd": number(scale.relative_sd, _SHARE),
            "source": str(scale.source),
        },
        "marker": _marker(frame.marker),
        "expression": {
            "label": str(frame.expression.label),
            "activations": {
                name: number(value, _SHARE)
                for name, value in sorted(frame.expression.activations.items())
            },
        },
        "landmarks_px": _points(frame.landmarks.xy_px, _PX),
        "landmarks_z_px": [round(z, _PX) + 0.0 for z in frame.landmarks.z_px.tolist()],
    }


def _zone(region: ZoneRegion, score: ZoneScore) -> Json:
    return {
        "id": region.id,
        "assessable": region.assessable,
        "reason": region.reason,
        "visible": number(region.visible, _SHARE),
        "area_mm2": number(region.area_mm2, DECIMALS["mm2"]),
        "outline_px": _points(region.outline_px, _PX),
        "load": number(score.load, _LOAD),
        "severity": number(score.severity, _SEVERITY),
        "severity_sd": number(score.severity_sd, _SEVERITY),
        "grade": number(score.grade, _SEVERITY),
        "smallest_line_mm": number(score.smallest_line_mm, _MM),
        "line_count": score.line_count,
        "total_length_mm": number(score.total_length_mm, _MM),
        "mean_width_mm": number(score.mean_width_mm, _MM),
        "mean_depth": number(score.mean_depth, _SHARE),
        "max_depth": number(score.max_depth, _SHARE),
        "orientation_deg": _orientation(score.orientation_deg),
    }


def _line(line: WrinkleLine) -> Json:
    return {
        "zone": line.zone,
        "kind": str(line.kind),
        "length_mm": number(line.length_mm, _MM),
        "width_mm": number(line.width_mm, _MM),
        "depth": number(line.depth, _SHARE),
        "mass": number(line.mass, DECIMALS["mass"]),
        "width_sd_mm": number(line.width_sd_mm, _MM),
        "depth_sd": number(line.depth_sd, _SHARE),
        "orientation_deg": _orientation(line.orientation_deg),
        "confidence": number(line.confidence, _SHARE),
        "path_px": _points(line.path_px, _PX),
    }
