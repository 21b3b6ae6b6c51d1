r"""From the load of a zone to its severity, and from the zones to the face's.

A zone's load is the mean depth of the lines over its skin,

.. math:: q = \frac{1000}{A} \int_A e(x)\, dx

with the evidence :math:`e` of a line at :math:`x` (log luminance, 0 where there is no
line) and the measurable skin :math:`A`: the sum over all lines of length times depth
times width, over the area, at one fixed sharpness. No line is counted or left out as a
whole, so that a line at the edge of being seen moves the load by next to nothing; but a
:math:`q` of no more than even skin reads is 0 (``least_load`` in ``wrinkles.toml``).
Severity saturates,

.. math:: s = 100 \left(1 - e^{-(q / q_0)^p}\right)

with constants per zone from ``data/scoring.toml``: the same for every photo. The grade
is the severity on the readers' scale, 0 to 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log, sqrt

import numpy as np

from facemap.errors import KnowledgeError
from facemap.resources import load_knowledge
from facemap.types import (
    FACE_ZONES,
    ZONE_IDS,
    FaceFrame,
    FaceMap,
    FaceView,
    Overall,
    Quality,
    Scale,
    WrinkleLine,
    WrinkleReading,
    ZoneRegion,
    ZoneScore,
)

__all__ = ["overall_of", "scale_sd", "score_zones", "severity_of"]


@dataclass(frozen=True)
class _Curve:
    """How a zone's load becomes its severity.

    Attributes
    ----------
    load_0 : float
        Load at which severity is 63 where `shape` is 1.
    shape : float
        Exponent on the load.
    """

    load_0: float
    shape: float


def score_zones(
    frame: FaceFrame,
    view: FaceView,
    face_map: FaceMap,
    reading: WrinkleReading,
    quality: Quality,
) -> tuple[tuple[ZoneScore, ...], Overall]:
    """Score every zone, and the face.

    Parameters
    ----------
    frame : FaceFrame
    view : FaceView
    face_map : FaceMap
    reading : WrinkleReading
    quality : Quality
        Its checks widen the standard deviation of the zones they concern.

    Returns
    -------
    scores : tuple of ZoneScore
        All 21, in the order of `ZONE_IDS`.
    overall : Overall
        Of the zones of the face, without the neck, weighted by their measurable skin.
    """
    least = float(load_knowledge("scoring")["resolution"]["least_px_per_mm"])
    scores = []
    for region in face_map.regions:
        judged = region.assessable and view.px_per_mm >= least and region.area_mm2 > 0
        scores.append(
            _score(region, reading, view, frame, quality)
            if judged
            else _unscored(region)
        )
    return tuple(scores), overall_of(
        (score.zone, score.severity, score.severity_sd, region.area_mm2)
        for score, region in zip(scores, face_map.regions, strict=True)
    )


def severity_of(zone: str, load: float) -> float:
    """Severity, 0 to 100, of a load in a zone. Never falls as the load grows."""
    curve = _curves()[zone]
    return 100.0 * (1.0 - exp(-((load / curve.load_0) ** curve.shape)))


@cache
def _curves() -> Mapping[str, _Curve]:
    table = load_knowledge("scoring")["zone"]
    try:
        return {
            zone: _Curve(**table[zone.removesuffix("_r").removesuffix("_l")])
            for zone in ZONE_IDS
        }
    except (KeyError, TypeError) as error:
        raise KnowledgeError(f"scoring.toml lacks or misspells {error}") from error


def _score(
    region: ZoneRegion,
    reading: WrinkleReading,
    view: FaceView,
    frame: FaceFrame,
    quality: Quality,
) -> ZoneScore:
    load = reading.loads[region.id]
    severity = severity_of(region.id, load)
    lines = [line for line in reading.lines if line.zone == region.id]
    length = np.array([line.length_mm for line in lines])
    total = float(length.sum())

    def mean(values: Sequence[float]) -> float | None:
        return float(np.dot(values, length) / total) if total else None

    return ZoneScore(
        zone=region.id,
        load=load,
        severity=severity,
        severity_sd=_severity_sd(region, severity, view, frame, quality),
        grade=severity * 4 / 100,
        smallest_line_mm=_smallest_line_mm(view, quality),
        line_count=len(lines),
        total_length_mm=total,
        mean_width_mm=mean([line.width_mm for line in lines]),
        mean_depth=mean([line.depth for line in lines]),
        max_depth=max((line.depth for line in lines), default=None),
        orientation_deg=_mean_orientation_deg(lines),
    )


def _unscored(region: ZoneRegion) -> ZoneScore:
    return ZoneScore(
        zone=region.id,
        load=None,
        severity=None,
        severity_sd=None,
        grade=None,
        smallest_line_mm=None,
        line_count=0,
        total_length_mm=0.0,
        mean_width_mm=None,
        mean_depth=None,
        max_depth=None,
        orientation_deg=None,
    )


def _severity_sd(
    region: ZoneRegion,
    severity: float,
    view: FaceView,
    frame: FaceFrame,
    quality: Quality,
) -> float:
    """Return the standard deviation that the photo itself brings in."""
    noise = load_knowledge("scoring")["noise"]
    coarse = max(1.0, noise["grid_px_per_mm"] / view.px_per_mm)
    headroom = severity * (100.0 - severity) / 100.0
    scale = scale_sd(region.id, severity, frame.scale)
    hidden = 1.0 / max(region.visible, 0.1)
    sd = sqrt((noise["points"] * coarse) ** 2 + (noise["share"] * headroom) ** 2)
    sd = sqrt(sd**2 * hidden + scale**2)
    for check in quality.checks:
        if not check.zones or region.id in check.zones:
            sd *= check.widens_sd
    return sd


def scale_sd(zone: str, severity: float, scale: Scale) -> float:
    r"""Return the part of a severity's standard deviation that is the scale's.

    The load is the mass of lines over the area: once off with the scale. The curve of
    severity :math:`s` rises by :math:`p\,(100 - s)\,x` points per share of the load,
    with the zone's exponent :math:`p` and :math:`x = -\ln(1 - s / 100)`.

    Examples
    --------
    >>> from facemap.types import ScaleSource
    >>> round(scale_sd("crow_feet_r", 50.0, Scale(0.2, 0.04, ScaleSource.IRIS)), 2)
    1.39
    """
    left = 1.0 - severity / 100.0
    if left <= 0:
        return 0.0
    steep = -100.0 * _curves()[zone].shape * left * log(left)
    return scale.relative_sd * steep


def _smallest_line_mm(view: FaceView, quality: Quality) -> float:
    """Width of the thinnest line that could have shown: by its pixels and its blur."""
    rule = load_knowledge("scoring")["resolution"]
    widths = [float(rule["pixels_across"]) / view.px_per_mm]
    for check in quality.checks:
        if check.id == "sharpness" and check.value is not None:
            widths.append(float(rule["blurs_across"]) * check.value)
    return max(widths)


def _mean_orientation_deg(lines: Sequence[WrinkleLine]) -> float | None:
    """Mean direction of undirected lines, weighted by mass and length."""
    if not lines:
        return None
    angles = 2 * np.radians([line.orientation_deg for line in lines])
    weights = np.array([line.mass * line.length_mm for line in lines])
    x, y = float(weights @ np.cos(angles)), float(weights @ np.sin(angles))
    return float(np.degrees(np.arctan2(y, x)) / 2 % 180.0) % 180.0


def overall_of(
    zones: Iterable[tuple[str, float | None, float | None, float | None]],
) -> Overall:
    """Mean over the zones of the face, weighted by area.

    Parameters
    ----------
    zones : iterable of (str, float or None, float or None, float or None)
        Zone, severity, its standard deviation, and measurable skin (mm2). The neck
        counts among the assessed zones only.

    Returns
    -------
    Overall

    Examples
    --------
    >>> overall_of([("chin", 10.0, 2.0, 300.0), ("neck", 90.0, 2.0, 900.0)])
    Overall(severity=10.0, severity_sd=2.0, assessed_zones=2)
    """
    zones = list(zones)
    assessed = sum(severity is not None for _, severity, _, _ in zones)
    judged = [
        values for zone, *values in zones if zone in FACE_ZONES and None not in values
    ]
    if not judged:
        return Overall(None, None, assessed)
    severity, sd, area = np.array(judged, np.float64).T
    weight = area / area.sum()
    return Overall(
        severity=float(weight @ severity),
        severity_sd=float(np.sqrt((weight**2) @ sd**2)),
        assessed_zones=assessed,
    )
