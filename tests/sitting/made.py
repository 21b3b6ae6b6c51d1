"""Shots of known severities, without a photo behind them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from facemap.sitting import Shot, ShotZone
from facemap.types import (
    ZONE_IDS,
    ExpressionLabel,
    Provenance,
    Scale,
    ScaleSource,
    Verdict,
    View,
)

__all__ = ["PROVENANCE", "make_shot", "make_zone"]

PROVENANCE = Provenance("0.1.0", "ridge", "1", (), "0" * 64)


def make_zone(
    zone: str = "forehead",
    severity: float | None = 30.0,
    own_sd: float = 4.0,
    shared_sd: float = 0.0,
) -> ShotZone:
    reason = "Hidden by hair" if severity is None else None
    return ShotZone(zone, severity, own_sd, shared_sd, 500.0, 20.0, reason)


def make_shot(
    number: int = 1,
    severities: Mapping[str, float | None] | None = None,
    *,
    movement: str = "rest",
    view: View = View.FRONTAL,
    own_sd: float = 4.0,
    shared_sd: float = 1.0,
    taken_at: datetime | None = None,
    **changes: Any,
) -> Shot:
    """Make a shot; zones that are not named read 20."""
    read = dict.fromkeys(ZONE_IDS, 20.0) | dict(severities or {})
    is_label = movement in set(ExpressionLabel)
    return Shot(
        **{
            "sha256": f"{number:064x}",
            "file": f"{number}.jpg",
            "taken_at": taken_at,
            "view": view,
            "expression": ExpressionLabel(movement if is_label else "other"),
            "movement": movement,
            "smile": 0.9 if movement == "smile" else 0.1,
            "scale": Scale(0.25, 0.03, ScaleSource.IRIS_IPD),
            "verdict": Verdict.PASS,
            "provenance": PROVENANCE,
            "zones": tuple(
                make_zone(zone, read[zone], own_sd, shared_sd) for zone in ZONE_IDS
            ),
            **changes,
        }
    )
