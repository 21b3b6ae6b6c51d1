"""Which zones a plan is made for, and which comes first."""

from __future__ import annotations

from dataclasses import dataclass

from facemap.protocol import Intake
from facemap.resources import load_knowledge
from facemap.types import Analysis, ZoneScore

__all__ = [
    "Need",
    "bearded",
    "need_of",
    "picture_fault",
    "tenderness_of",
    "wish_of",
]


@dataclass(frozen=True)
class Need:
    """Why a zone would be treated.

    Attributes
    ----------
    sure_severity : float
        What is left of the severity when its doubt is taken off, 0 or more.
    gain, movement : float or None, str
        Rise in severity beyond noise with a movement, where a sitting tells.
    wish, tenderness : float or None
        0 to 10; None where nobody said.
    """

    score: ZoneScore | None
    sure_severity: float
    gain: float | None = None
    movement: str = ""
    wish: float | None = None
    tenderness: float | None = None

    @property
    def has_lines(self) -> bool:
        """Whether there is something to treat that the photo shows."""
        least = float(load_knowledge("planning")["threshold"]["least_severity"])
        return self.sure_severity >= least

    @property
    def is_tender(self) -> bool:
        """Whether a muscle that folds no skin is worth a step."""
        least = float(load_knowledge("planning")["threshold"]["least_tenderness"])
        return self.tenderness is not None and self.tenderness >= least

    @property
    def priority(self) -> float:
        """How soon, 0 to 100; the weights are those of ``planning.toml``."""
        points = load_knowledge("planning")["priority"]
        gained = min((self.gain or 0.0) / points["full_gain"], 1.0)
        return float(
            points["severity_points"] * self.sure_severity / 100
            + points["gain_points"] * gained
            + points["wish_points"] * (self.wish or 0.0) / 10
            + points["tenderness_points"] * (self.tenderness or 0.0) / 10
        )


def need_of(
    score: ZoneScore | None,
    *,
    gain: tuple[float, str] | None = None,
    wish: float | None = None,
    tenderness: float | None = None,
) -> Need:
    """Put together what speaks for a zone.

    Parameters
    ----------
    score : ZoneScore or None
        None for what folds no skin.
    gain : tuple of float and str, optional
        Rise in severity, and the movement that brings it.
    wish, tenderness : float, optional
    """
    doubt = float(load_knowledge("planning")["threshold"]["doubt_sd"])
    sure = 0.0
    if score is not None and score.severity is not None:
        sure = max(0.0, score.severity - doubt * (score.severity_sd or 0.0))
    rise, movement = gain or (None, "")
    return Need(score, sure, rise, movement, wish, tenderness)


def picture_fault(analysis: Analysis) -> str | None:
    """Why the picture shows no skin to plan for; None where it does."""
    wanted = load_knowledge("planning")["photo"]["checks"]
    for check in analysis.quality.checks:
        if check.id in wanted and check.verdict != "pass":
            return check.advice
    return None


def bearded(analysis: Analysis, zone: str) -> str:
    """Why nothing is planned in a zone for a beard; empty where none is in the way."""
    rule = load_knowledge("planning")["beard"]
    if zone.removesuffix("_r").removesuffix("_l") in rule["zones"]:
        for check in analysis.quality.checks:
            if check.id == "beard" and (check.value or 0.0) >= rule["least_percent"]:
                return str(rule["said"].format(amount=check.value))
    return ""


def wish_of(intake: Intake, *zones: str) -> float | None:
    """Give the patient's strongest wish for some zones, 0 to 10."""
    found = [w.importance for w in intake.wishes if set(zones) & set(w.zones)]
    return max(found, default=None)


def tenderness_of(intake: Intake, muscle: str, sides: str) -> float | None:
    """Give the greatest tenderness found by hand in a muscle, 0 to 10.

    Parameters
    ----------
    intake : Intake
    muscle : str
    sides : str
        ``r``, ``l`` or both.
    """
    found = [
        p.tenderness for p in intake.palpation if p.muscle == muscle and p.side in sides
    ]
    return max(found, default=None)
