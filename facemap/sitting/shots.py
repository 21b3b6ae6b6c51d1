"""What a sitting keeps of each of its photos."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from facemap.frame.expression import movement_of
from facemap.scoring import scale_sd
from facemap.types import Analysis, ExpressionLabel, Provenance, Scale, Verdict, View

__all__ = ["Shot", "ShotZone", "shot_of"]


@dataclass(frozen=True)
class ShotZone:
    """One zone on one photo.

    Attributes
    ----------
    severity : float or None
        0 to 100; None where it cannot be judged.
    own_sd : float
        The part of the severity's standard deviation that another shot would draw
        anew.
    shared_sd : float
        The part that all shots of this face share, because the scale does.
    area_mm2 : float
        Of the skin measured.
    length_mm : float
        Of all lines together.
    reason : str or None
        Why there is no severity.
    """

    zone: str
    severity: float | None
    own_sd: float
    shared_sd: float
    area_mm2: float
    length_mm: float
    reason: str | None = None


@dataclass(frozen=True)
class Shot:
    """One photo of a sitting, without its pixels.

    Attributes
    ----------
    movement : str
        The expression's label; for ``other`` the action that made it so.
    smile : float
        Activation, 0 to 1.
    zones : tuple of ShotZone
        All, in the order of `facemap.types.ZONE_IDS`.
    compared : bool
        Expression and movement come from comparing the photos of the sitting.
    """

    sha256: str
    file: str
    taken_at: datetime | None
    view: View
    expression: ExpressionLabel
    movement: str
    smile: float
    scale: Scale
    verdict: Verdict
    provenance: Provenance
    zones: tuple[ShotZone, ...]
    compared: bool = False


def shot_of(analysis: Analysis) -> Shot:
    """Keep of an analysis what its sitting needs.

    Notes
    -----
    The scale rests on the person's irises, so it is off the same way in every shot.
    """
    frame = analysis.frame
    zones = []
    for region, score in zip(analysis.face_map.regions, analysis.scores, strict=True):
        severity, sd = score.severity, score.severity_sd
        own = shared = 0.0
        if severity is not None and sd is not None:
            shared = min(scale_sd(region.id, severity, frame.scale), sd)
            own = (sd**2 - shared**2) ** 0.5
        zones.append(
            ShotZone(
                zone=region.id,
                severity=severity,
                own_sd=own,
                shared_sd=shared,
                area_mm2=region.area_mm2,
                length_mm=score.total_length_mm,
                reason=_reason(region.reason, severity),
            )
        )
    return Shot(
        sha256=analysis.photo.sha256,
        file=analysis.photo.file,
        taken_at=analysis.photo.taken_at,
        view=frame.view,
        expression=frame.expression.label,
        movement=movement_of(frame.expression),
        smile=frame.expression.activations["smile"],
        scale=frame.scale,
        verdict=analysis.quality.verdict,
        provenance=analysis.provenance,
        zones=tuple(zones),
    )


def _reason(reason: str | None, severity: float | None) -> str | None:
    if severity is not None:
        return None
    return reason or "The photo has too few pixels here"
