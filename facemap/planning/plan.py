"""The whole plan: stops first, then steps, with what is left out and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from facemap.planning.decisions import Decided
from facemap.planning.drawn import plan_drawn
from facemap.planning.keepouts import Keepout, keepouts_of
from facemap.planning.layout import Canvas
from facemap.planning.priority import picture_fault
from facemap.planning.remarks import intake_remarks, photo_remarks
from facemap.planning.steps import (
    Excluded,
    Gains,
    Step,
    Workbench,
    plan_dermal,
    plan_muscles,
)
from facemap.protocol import (
    Caution,
    Intake,
    Mode,
    Protocol,
    Stop,
    StopLevel,
    advise_intake,
    judge_intake,
    stopped_zones,
)
from facemap.sitting import Dynamics
from facemap.types import ZONE_IDS, Analysis

__all__ = ["PLANNED_BY", "Plan", "gains_of", "make_plan"]

#: Data files that a plan depends on, beside the protocol and what the analysis names.
PLANNED_BY: tuple[str, ...] = (
    "caps.toml",
    "contraindications.toml",
    "danger.toml",
    "evidence.toml",
    "muscles.toml",
    "planning.toml",
    "references.toml",
)


@dataclass(frozen=True, eq=False)
class Plan:
    """A proposal. A practitioner accepts, changes or rejects each step.

    Attributes
    ----------
    modes : tuple of Mode
        What was asked for.
    day : date
        On which the treatment would be.
    stops : tuple of Stop
        Those that the practitioner overrides are among them.
    steps : tuple of Step
        The neediest first.
    nothing_because : str
        Why there is no step; empty where there is one.
    decided : tuple of Decided
        What a practitioner decided, see `facemap.planning.decide`; steps that are
        rejected are here only.
    """

    analysis: Analysis
    intake: Intake
    protocol: Protocol
    modes: tuple[Mode, ...]
    day: date
    stops: tuple[Stop, ...]
    cautions: tuple[Caution, ...]
    steps: tuple[Step, ...]
    keepouts: tuple[Keepout, ...]
    excluded: tuple[Excluded, ...]
    nothing_because: str
    decided: tuple[Decided, ...] = ()

    @property
    def stopped(self) -> bool:
        """Whether stops alone leave nothing to plan."""
        return _all_stopped(self.stops, self.modes)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What must be said of photo and intake; of a stopped plan nothing more is."""
        if self.stopped:
            return ()
        zones = [step.zone for step in self.steps]
        zones += [one.step.zone for one in self.decided]
        asked = intake_remarks(self.intake, self.day, zones)
        return (*photo_remarks(self.analysis), *asked)


def make_plan(
    analysis: Analysis,
    intake: Intake,
    protocol: Protocol,
    day: date,
    *,
    modes: Iterable[Mode] = tuple(Mode),
    asked_for: Iterable[str] = (),
    gains: Gains | None = None,
) -> Plan:
    """Make a plan.

    Parameters
    ----------
    analysis : Analysis
    intake : Intake
    protocol : Protocol
    day : date
        On which the treatment would be.
    modes : iterable of Mode
    asked_for : iterable of str
        Ids of rows that are offered on demand only.
    gains : mapping, optional
        What movement adds, see `gains_of`.

    Returns
    -------
    Plan
        Without steps where the intake stops all, or where there is nothing to treat.
    """
    wanted = tuple(mode for mode in Mode if mode in set(modes))
    stops = judge_intake(intake, day)
    cautions = advise_intake(intake)
    keepouts: tuple[Keepout, ...] = ()
    steps: list[Step] = []
    excluded: list[Excluded] = []
    nothing = ""
    if _all_stopped(stops, wanted):
        messages = dict.fromkeys(stop.said for stop in stops if stop.holds)
        nothing = f"The intake stops the plan. {' '.join(messages)}"
    elif fault := picture_fault(analysis):
        nothing = f"Nothing is planned from this picture. {fault}"
    else:
        keepouts = keepouts_of(analysis.frame, intake.lesions)
        bench = Workbench(
            canvas=Canvas(analysis, keepouts),
            intake=intake,
            protocol=protocol,
            stops=stops,
            cautions=cautions,
            gains=gains or {},
            asked_for=frozenset(asked_for),
        )
        for mode, make in (
            (Mode.DERMAL, plan_dermal),
            (Mode.INTRAMUSCULAR, plan_muscles),
        ):
            if mode in wanted:
                found, left = make(bench)
                steps += found
                excluded += left
                found, left = plan_drawn(bench, mode, steps)
                steps += found
                excluded += left
        if not steps:
            nothing = "No zone has lines to treat where something may be planned."
    return Plan(
        analysis=analysis,
        intake=intake,
        protocol=protocol,
        modes=wanted,
        day=day,
        stops=stops,
        cautions=cautions,
        # Of equals the order of zones holds.
        steps=_numbered(sorted(steps, key=lambda step: -round(step.priority, 6))),
        keepouts=keepouts,
        excluded=tuple(excluded),
        nothing_because=nothing,
    )


def gains_of(dynamics: Iterable[Dynamics]) -> Gains:
    """Take from a sitting the largest rise of each zone, and the movement."""
    found: dict[str, tuple[float, str]] = {}
    for moved in dynamics:
        for zone in moved.zones:
            if zone.answer == "rises" and zone.gain is not None:
                before = found.get(zone.zone, (0.0, ""))
                found[zone.zone] = max(before, (zone.gain, moved.movement))
    return found


def _numbered(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Give steps and their points the numbers that they keep."""
    return tuple(
        replace(
            step,
            number=number,
            points=tuple(replace(p, number=n) for n, p in enumerate(step.points, 1)),
        )
        for number, step in enumerate(steps, 1)
    )


def _all_stopped(stops: Iterable[Stop], modes: Iterable[Mode]) -> bool:
    holding = [stop for stop in stops if stop.holds]
    if any(stop.level is StopLevel.STOP_ALL for stop in holding):
        return True
    return all(len(stopped_zones(holding, mode)) == len(ZONE_IDS) for mode in modes)
