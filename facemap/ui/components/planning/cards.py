"""The steps of a plan, zone by zone: why, how, how well known; accept or reject."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

import streamlit as st

from facemap.planning import Plan, Step, Verdict, point_name
from facemap.protocol import Mode, Span
from facemap.ui import words
from facemap.ui.components.markup import element, text
from facemap.ui.components.planning.stops import sources_markup
from facemap.ui.desk import Desk
from facemap.ui.session import said_in

__all__ = ["excluded_list", "step_cards"]

_VERDICTS = {Verdict.ACCEPTED: "Accept", Verdict.REJECTED: "Reject"}


def step_cards(desk: Desk, photo_id: str, plan: Plan) -> None:
    """Show every step with what can be decided of it.

    Parameters
    ----------
    desk : Desk
    photo_id : str
    plan : Plan
        As proposed.
    """
    for zone, steps in _by_zone(plan.steps):
        with st.container(
            border=True, gap="xsmall", key=f"plan_zone_{zone or 'drawn'}"
        ):
            if len(steps) > 1:
                _zone_head(desk, photo_id, zone, steps)
            for step in steps:
                _card(desk, photo_id, plan, step)


def excluded_list(plan: Plan) -> None:
    """Say what is not proposed, and why."""
    rows = [
        element(
            "li",
            "",
            element("strong", "", text(_place(left.zone, left.target))),
            element("span", "fx-detail", text(left.reason)),
        )
        for left in plan.excluded
    ]
    if rows:
        with st.expander(f"Not proposed: {len(rows)}, and why"):
            st.html(element("ul", "fx-excluded", *rows))


def _place(zone: str | None, target: str) -> str:
    name = words.zone_name(zone) if zone else "No zone"
    return f"{name}: {target.replace('_', ' ')}"


def _by_zone(steps: Sequence[Step]) -> list[tuple[str | None, list[Step]]]:
    """Group steps by zone; the zone of the neediest step comes first."""
    order = list(dict.fromkeys(step.zone for step in steps))
    ranked = sorted(steps, key=lambda step: (order.index(step.zone), step.number))
    return [(zone, list(of)) for zone, of in groupby(ranked, lambda step: step.zone)]


def _zone_head(
    desk: Desk, photo_id: str, zone: str | None, steps: Iterable[Step]
) -> None:
    name = words.zone_name(zone) if zone else "Drawn by hand"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(element("h3", "fx-zone-name", text(name)))
        for verdict, label in (
            (Verdict.ACCEPTED, "Accept zone"),
            (Verdict.REJECTED, "Reject zone"),
        ):
            st.button(
                label,
                key=f"plan_{verdict}_{zone or 'drawn'}",
                on_click=desk.decide_all,
                args=(photo_id, tuple(steps), verdict),
                type="tertiary",
            )


def _card(desk: Desk, photo_id: str, plan: Plan, step: Step) -> None:
    decision = desk.decision(photo_id, step)
    st.html(_markup(plan, step, decision.verdict))
    # What was decided for one photo never stands in the fields of another.
    about = f"{step.number}_{desk.round_of(step)}_{desk.version}_{photo_id}"

    def take(name: str, key: str) -> None:
        value = said_in(key)
        if name == "verdict":
            value = Verdict(value or Verdict.OPEN)
        elif name == "removed":
            value = frozenset(value)
        desk.decide(photo_id, step, **{name: value})

    verdict, points = st.columns([1, 1.25], vertical_alignment="center")
    with verdict:
        key = f"plan_verdict_{about}"
        st.segmented_control(
            f"Decision on step {step.number}",
            list(_VERDICTS),
            default=None if decision.verdict is Verdict.OPEN else decision.verdict,
            format_func=lambda key: _VERDICTS[key],
            key=key,
            on_change=take,
            args=("verdict", key),
            label_visibility="collapsed",
        )
    with points:
        if decision.verdict is Verdict.REJECTED:
            key = f"plan_because_{about}"
            st.text_input(
                f"Why step {step.number} is rejected",
                value=decision.because,
                key=key,
                on_change=take,
                args=("because", key),
                placeholder="Why; kept in the plan",
                label_visibility="collapsed",
            )
            return
        key = f"plan_points_{about}"
        st.multiselect(
            f"Points of step {step.number} to remove, by number",
            [point.number for point in step.points],
            default=sorted(decision.removed),
            format_func=lambda number: point_name(step, number),
            key=key,
            on_change=take,
            args=("removed", key),
            placeholder="Remove points, by number",
            label_visibility="collapsed",
        )


def _markup(plan: Plan, step: Step, verdict: Verdict) -> str:
    row = next((row for row in plan.protocol.rows if row.id == step.row), None)
    number = element("span", f"fx-number fx-{step.mode}", text(step.number))
    title = element("strong", "", text(step.title))
    mode = element("span", "fx-detail", text(words.MODES[step.mode]))
    state = ""
    if verdict is not Verdict.OPEN:
        kind = "pass" if verdict is Verdict.ACCEPTED else "reject"
        state = element("span", f"fx-state fx-{kind}", text(verdict.capitalize()))
    why = element("ul", "fx-why", *(element("li", "", text(s)) for s in step.why))
    facts = "".join(
        element("div", "", f"<dt>{text(name)}</dt><dd>{text(value)}</dd>")
        for name, value in _facts(step)
    )
    cautions = "".join(element("li", "", text(c)) for c in step.cautions)
    parts = [
        element("div", "fx-step-head", number, title, mode, state),
        element("dl", "fx-step-facts", facts),
        why,
        element("p", "fx-evidence", f"<b>Evidence</b> {text(step.evidence)}"),
    ]
    if cautions:
        count = words.count(len(step.cautions), "caution")
        listed = element("ul", "fx-cautions", cautions)
        # Open: what may happen is not to be looked for.
        parts.append(
            f"<details open><summary>{text(count)}</summary>{listed}</details>"
        )
    tags = [row.evidence, step.technique.evidence] if row else []
    parts.append(sources_markup(step.sources, tags, plan.protocol.references))
    if step.reviewed_by is None:
        said = "This row is not yet clinically reviewed."
        parts.append(element("p", "fx-detail", text(said)))
    faded = " fx-rejected" if verdict is Verdict.REJECTED else ""
    return element("article", f"fx-step{faded}", *parts)


def _facts(step: Step) -> list[tuple[str, str]]:
    technique = step.technique
    needle = technique.needle
    sessions = _range(technique.sessions)
    where = "along the lines" if step.mode is Mode.DERMAL else "apart"
    return [
        ("Depth", f"{step.depth_mm.low:g} mm, at most {step.depth_mm.high:g} mm"),
        ("Needle", f"{needle.diameter_mm.low:g} × {needle.length_mm.low:g} mm"),
        ("Points", f"{len(step.points)}, {step.spacing_mm:g} mm {where}"),
        ("Passes", _range(technique.passes)),
        ("Sessions", f"{sessions}, {technique.interval_days} days apart"),
        ("Priority", f"{step.priority:.0f} of 100"),
    ]


def _range(span: Span) -> str:
    low, high = f"{span.low:g}", f"{span.high:g}"
    return low if low == high else f"{low} to {high}"
