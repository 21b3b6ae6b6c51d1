"""Plan: intake, what is found by hand, and the proposal reviewed step by step."""

from __future__ import annotations

from pathlib import PurePath

import streamlit as st

from facemap.documents import (
    gains_in,
    plan_document,
    plan_notes,
    to_json,
    validate_document,
)
from facemap.errors import FacemapError
from facemap.planning import Gains, Plan, Verdict
from facemap.protocol import load_wording
from facemap.render import draw_face_chart, draw_plan, encode_png
from facemap.ui import stop_words, words
from facemap.ui.components.intake import run_analyses, show_refusals, take_photos
from facemap.ui.components.markup import alert, element, text
from facemap.ui.components.plan_map import Toggled, plan_map, plan_map_payload
from facemap.ui.components.planning.bar import (
    ask_options,
    ask_whose,
    choose_photo,
    choose_step,
)
from facemap.ui.components.planning.by_hand import by_hand
from facemap.ui.components.planning.cards import excluded_list, step_cards
from facemap.ui.components.planning.questions import intake_form
from facemap.ui.components.planning.rules import protocol_panel
from facemap.ui.components.planning.stops import stops_list, stops_panel
from facemap.ui.session import Case, Reading, Upload, get_case, get_service

__all__ = ["page"]

_NO_PLAN = (
    "No step is proposed, and nothing is drawn on the photo. What can be kept says the "
    "same: the plan is written with its stops and no steps."
)
_DEMO = "Or analyze photos first: they are planned on here too."
_INTRO = """
<header class="fx-intro">
  <h1>A plan to review, step by step</h1>
  <p>From a photo, the intake and the protocol: where fine needles might go, how deep at
  most, why, and how well that is known. You accept, change or reject each step.</p>
</header>"""


def page() -> None:
    """Lay the page out."""
    case = get_case()
    if case.uploads:
        run_analyses(case)
    if not case.readings():
        _ask_for_photo(case)
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="plan_bar"):
        chosen = choose_photo(case)
        agreed = case.sit_down(chosen)
        ask_options(case.desk)
    show_refusals(case)
    if not agreed:
        ask_whose(case, chosen)
        return
    reading = case.readings()[chosen.sha256]
    if doubt := words.doubt_of_photo(reading.document):
        st.html(element("p", "fx-note", text(doubt)))
    step = choose_step(case.desk)
    if step == "intake":
        _intake(case)
    elif step == "by_hand":
        by_hand(case.desk, reading, _propose(case, chosen, reading))
    else:
        _plan(case, chosen, reading)


def _ask_for_photo(case: Case) -> None:
    st.html(_INTRO)
    show_refusals(case)
    with st.container(key="plan_welcome", border=True):
        take_photos(case)
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button("Open the demo patient", key="plan_demo"):
                with st.spinner("Drawing the demo patient …"):
                    case.add_demo()
                st.rerun()
            st.html(element("p", "fx-detail", text(_DEMO)))


def _intake(case: Case) -> None:
    desk = case.desk
    form, stops = st.columns([1.7, 1], gap="large")
    with form:
        intake_form(desk)
    with stops, st.container(key="plan_stops"):
        stops_panel(desk, desk.intake())
        protocol_panel(desk)


def _propose(case: Case, upload: Upload, reading: Reading) -> Plan:
    with st.spinner("Planning …"):
        analysis = case.analysis(upload)
        return case.desk.proposal(
            get_service(), reading.id, analysis, _gains(case, upload)
        )


def _gains(case: Case, upload: Upload) -> Gains:
    """Take what movement adds from the sitting, where the photos are one."""
    sitting = case.sitting()
    if sitting is None:
        return {}
    try:
        return gains_in(dict(sitting), upload.sha256)
    except FacemapError:
        return {}


def _plan(case: Case, upload: Upload, reading: Reading) -> None:
    desk = case.desk
    proposal = _propose(case, upload, reading)
    decisions = desk.decisions(reading.id)
    plan = get_service().review(proposal, decisions)
    _say_first(case, proposal)
    if proposal.stopped:
        _stopped(case, upload, plan)
        return
    _summary(case, upload, proposal, plan)
    photo, cards = st.columns([1.08, 1], gap="medium")
    with photo:
        payload = plan_map_payload(
            proposal,
            decisions,
            reading.document,
            photo_id=reading.id,
            can_remove=True,
        )
        pressed = plan_map(payload, reading.display_jpeg, key="plan_map")
    if isinstance(pressed, Toggled):
        step = next((s for s in proposal.steps if s.number == pressed.step), None)
        if step is not None:
            desk.switch_point(reading.id, step, pressed.point)
            st.rerun()
    with cards:
        if proposal.steps:
            with st.container(height=820, border=False, key="plan_cards"):
                step_cards(desk, reading.id, proposal)
        else:
            st.html(alert(proposal.nothing_because, ""))
    excluded_list(proposal)
    _notes(plan)


def _say_first(case: Case, proposal: Plan) -> None:
    """Say what no one should have to look for."""
    if name := case.desk.rules.name:
        own = proposal.protocol
        said = f"By the clinic’s own protocol, {own.title} {own.version} ({name})."
        st.html(element("p", "fx-note", text(said)))
    if proposal.protocol.reviewed_by is None:
        said = load_wording()["unreviewed"]
        st.html(element("p", "fx-note fx-unreviewed", text(said)))
    overridden = {
        f"Overridden: {words.sentence(stop.message)} Reason: {stop.overridden_because}"
        for stop in proposal.stops
        if not stop.holds
    }
    for line in sorted(overridden):
        st.html(element("p", "fx-note", text(words.sentence(line))))
    if case.desk.undone:
        titles = ", ".join(case.desk.undone)
        said = f"The plan changed, so decide again: {titles}."
        st.html(element("p", "fx-note", text(said)))


def _stopped(case: Case, upload: Upload, plan: Plan) -> None:
    """Say why there is no plan, and what would have to be done.

    The photo is not shown: consent to it may be what is missing.
    """
    lifts = stop_words.what_lifts(plan.stops, plan.modes)
    why = alert(f"{stop_words.ALL_STOPPED}.", " ".join(lifts))
    none = element("p", "fx-detail", _NO_PLAN)
    with st.container(key="plan_stopped"):
        st.html(why + stops_list(plan.stops) + none)
    with st.container(horizontal=True, key="plan_downloads"):
        _downloads(case, upload, plan)
    _notes(plan)


def _summary(case: Case, upload: Upload, proposal: Plan, plan: Plan) -> None:
    of = [one.verdict for one in plan.decided]
    accepted, rejected = of.count(Verdict.ACCEPTED), of.count(Verdict.REJECTED)
    n_points = sum(len(step.points) for step in plan.steps)
    n_open = len(proposal.steps) - accepted - rejected
    cells = (
        ("Steps proposed", str(len(proposal.steps))),
        ("Accepted", str(accepted)),
        ("Rejected", str(rejected)),
        ("To decide", str(n_open)),
        ("Points left", str(n_points)),
    )
    boxes = "".join(
        element("div", "", f"<dt>{text(name)}</dt><dd>{text(value)}</dd>")
        for name, value in cells
    )
    with st.container(horizontal=True, vertical_alignment="center", key="plan_head"):
        st.html(element("dl", "fx-counts", boxes), width="content")
        with st.container(
            horizontal=True, horizontal_alignment="right", key="plan_downloads"
        ):
            _downloads(case, upload, plan)


def _downloads(case: Case, upload: Upload, plan: Plan) -> None:
    stem = PurePath(upload.name).stem
    # The intake is the patient's: it keeps the name of the photo it was given for.
    intake_stem = PurePath(next(iter(case.desk.meant_for.values()), upload.name)).stem

    def written() -> str:
        document = plan_document(plan)
        validate_document(document, source="the plan")
        return to_json(document)

    for label, data, suffix, mime, key in (
        ("Plan (JSON)", written, "plan.json", "application/json", "json"),
        (
            "Picture (PNG)",
            lambda: encode_png(draw_plan(plan)),
            "plan.png",
            "image/png",
            "png",
        ),
        (
            "Face chart (PNG)",
            lambda: encode_png(draw_face_chart(plan)),
            "chart.png",
            "image/png",
            "chart",
        ),
        (
            "Intake (JSON)",
            case.desk.intake_text(),
            "intake.json",
            "application/json",
            "intake",
        ),
    ):
        st.download_button(
            label,
            data,
            f"{intake_stem if key == 'intake' else stem}.{suffix}",
            mime,
            key=f"plan_{key}",
            on_click="ignore",
            icon=":material/download:",
        )


def _notes(plan: Plan) -> None:
    """Say what must be said with every plan, and with this one."""
    items = (element("li", "", text(note)) for note in plan_notes(plan))
    st.html(element("ul", "fx-said", *items))


if __name__ == "__main__":  # how Streamlit runs a page
    page()
