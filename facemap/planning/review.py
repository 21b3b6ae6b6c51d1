"""A proposal reviewed: a practitioner's decisions make a new plan of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from facemap.planning.decisions import (
    Decided,
    Decision,
    Decisions,
    StepKey,
    Verdict,
    point_name,
    step_key,
)
from facemap.planning.plan import Plan
from facemap.planning.steps import Step

__all__ = ["NOTHING_LEFT", "REMOVED", "decide", "still_meant"]

#: What a point became that a practitioner took out; beside `OFF_SKIN` and `MERGED`.
REMOVED = "removed_by_hand"
NOTHING_LEFT = "The practitioner rejected every step."


def decide(plan: Plan, decisions: Decisions) -> Plan:
    """Make the plan that is left when a practitioner has decided.

    Parameters
    ----------
    plan : Plan
        As proposed by `make_plan`.
    decisions : mapping of StepKey to Decision
        For steps that the plan does not have they are passed over.

    Returns
    -------
    Plan
        Without rejected steps and removed points; both are in `Plan.decided`. A step
        whose every point is removed is rejected. Numbers of steps and points stay.

    Raises
    ------
    ValueError
        The plan was decided on before: decide on the proposal.
    """
    if plan.decided:
        raise ValueError("this plan was decided on before")
    decided = tuple(_decided(plan, decisions))
    gone = {one.step.number for one in decided if one.verdict is Verdict.REJECTED}
    of_number = {one.step.number: one for one in decided}
    steps = tuple(
        _left(step, of_number[step.number]) if step.number in of_number else step
        for step in plan.steps
        if step.number not in gone
    )
    nothing = plan.nothing_because if plan.nothing_because or steps else NOTHING_LEFT
    return replace(plan, steps=steps, decided=decided, nothing_because=nothing)


def still_meant(
    before: Iterable[Step], after: Iterable[Step], decisions: Decisions
) -> dict[StepKey, Decision]:
    """Carry decisions to a plan that was made anew.

    Parameters
    ----------
    before, after : iterable of Step
        As proposed, on the same photo.
    decisions : mapping of StepKey to Decision
        On the former.

    Returns
    -------
    dict of StepKey to Decision
        Only those of steps that have the same points, depth and needle in both:
        nobody has decided on anything else.
    """
    known = {step_key(step): step for step in before}
    new = {step_key(step): step for step in after}
    return {
        key: decision
        for key, decision in decisions.items()
        if key in known and key in new and _same(known[key], new[key])
    }


def _decided(plan: Plan, decisions: Decisions) -> Iterator[Decided]:
    for step in plan.steps:
        decision = decisions.get(step_key(step), Decision())
        removed = tuple(p for p in step.points if p.number in decision.removed)
        verdict = decision.verdict
        because = decision.because if verdict is Verdict.REJECTED else ""
        if removed and len(removed) == len(step.points):
            verdict = Verdict.REJECTED
            because = because or "Every point was removed."
        if removed or verdict is not Verdict.OPEN:
            yield Decided(step, verdict, because.strip(), removed)


def _left(step: Step, decided: Decided) -> Step:
    gone = {point.number for point in decided.removed}
    if not gone:
        return step
    points = tuple(point for point in step.points if point.number not in gone)
    left_out = {**step.left_out, REMOVED: len(gone)}
    names = ", ".join(point_name(step, number) for number in sorted(gone))
    said = f"Removed by the practitioner: {_points(len(gone))} ({names})."
    return replace(step, points=points, left_out=left_out, why=(*step.why, said))


def _same(one: Step, other: Step) -> bool:
    return (
        one.points == other.points
        and one.depth_mm == other.depth_mm
        and one.technique == other.technique
    )


def _points(n: int) -> str:
    return "1 point" if n == 1 else f"{n} points"
