"""What a plan must say at first sight: of its stops, its photo and its intake."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from facemap.chart import zone_names
from facemap.protocol import Intake, Mode, Stop
from facemap.resources import load_knowledge
from facemap.types import Analysis, Verdict

__all__ = ["intake_remarks", "override_remarks", "photo_remarks"]

_INTO = {Mode.DERMAL: "into skin", Mode.INTRAMUSCULAR: "into muscle"}


def override_remarks(stops: Iterable[Stop]) -> list[str]:
    """Say each stop that is overridden, why and by whom, a sentence or two a stop.

    Parameters
    ----------
    stops : iterable of Stop
        Those that hold are passed over.
    """
    said = []
    for stop in stops:
        if stop.overridden_because is not None:
            by = f" (by {stop.overridden_by})" if stop.overridden_by else ""
            message = stop.message.rstrip(".")
            because = " ".join(stop.overridden_because.split())
            only = ""
            if set(stop.override_opens) != set(Mode):
                opened = " and ".join(_INTO[mode] for mode in stop.override_opens)
                only = f", {opened} only"
            said.append(f"Overridden{by}{only}: {message}. Reason: {because}")
    return list(dict.fromkeys(said))


def photo_remarks(analysis: Analysis) -> list[str]:
    """Say where the photo is not at rest, not frontal, or not of the best.

    Returns
    -------
    list of str
        Empty for a photo of a face at rest that passes every check.
    """
    wording = load_knowledge("planning")["remarks"]
    said = []
    if shown := wording["expression"].get(str(analysis.frame.expression.label)):
        said.append(wording["not_at_rest"].format(shown=shown))
    quality = analysis.quality
    worst = [
        check
        for check in quality.checks
        if check.verdict is quality.verdict
        and check.verdict is not Verdict.PASS
        and not (said and check.id == "expression")
    ]
    if worst:
        # Of several the one that makes severities least sure.
        check = max(worst, key=lambda one: one.widens_sd)
        said.append(
            wording["quality"].format(verdict=check.verdict, advice=check.advice)
        )
    return said


def intake_remarks(
    intake: Intake, day: date, planned_zones: Iterable[str | None]
) -> list[str]:
    """Say where an intake is old or dated wrongly, and which wishes no step meets.

    Parameters
    ----------
    intake : Intake
    day : date
        Of the treatment.
    planned_zones : iterable of str or None
        Zones of the plan's steps.
    """
    wording = load_knowledge("planning")["remarks"]
    said = []
    if intake.filled_on is not None:
        days = (day - intake.filled_on).days
        told = {"filled": intake.filled_on.isoformat(), "days": days}
        if days < 0:
            said.append(wording["future"].format(**told))
        elif days > wording["stale_days"]:
            said.append(wording["stale"].format(**told))
    planned = set(planned_zones)
    unmet = [
        zone
        for wish in intake.wishes
        if not planned.intersection(wish.zones)
        for zone in wish.zones
    ]
    if unmet:
        said.append(wording["unmet"].format(zones=zone_names(unmet)))
    return said
