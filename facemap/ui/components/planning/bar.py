"""The head of the plan page: which photo, which modes, which day."""

from __future__ import annotations

from datetime import date

import streamlit as st

from facemap.protocol import Mode, Offer, Protocol, load_muscles
from facemap.ui.components.markup import element, text
from facemap.ui.desk import Desk
from facemap.ui.session import Case, Upload

__all__ = ["STEPS", "ask_options", "ask_whose", "choose_photo", "choose_step"]

#: Of the work, in their order.
STEPS = {"intake": "1 Intake", "by_hand": "2 By hand", "plan": "3 Plan"}

_CHOICES = {
    "Skin and muscles": tuple(Mode),
    "Skin": (Mode.DERMAL,),
    "Muscles": (Mode.INTRAMUSCULAR,),
}


def choose_photo(case: Case) -> Upload:
    """Let a photo that was analyzed be chosen, of which there is at least one."""
    photos = list(case.readings())
    if len(photos) == 1:
        st.html(element("h1", "fx-photo-name", text(case.uploads[photos[0]].name)))
        return case.uploads[photos[0]]
    st.html(element("h1", "fx-photo-name", "Plan on"))
    chosen = st.segmented_control(
        "Photo to plan on",
        photos,
        default=case.planned_on if case.planned_on in photos else photos[0],
        required=True,
        format_func=lambda sha256: case.uploads[sha256].name,
        key="plan_photo",
        label_visibility="collapsed",
    )
    case.planned_on = chosen
    return case.uploads[chosen]


_WHOSE = (
    "The answers decide what is stopped, so nobody else's may stand here. A new intake "
    "starts blank, and these answers stay with their photo."
)


def ask_whose(case: Case, upload: Upload) -> None:
    """Ask whether the answers, given for another photo, hold for this one."""
    said = (
        f"These answers were given for {case.given_for(upload)}. Are they of the same "
        "patient?"
    )
    st.html(
        element(
            "div",
            "fx-verdict fx-warn",
            element("strong", "", text(said)),
            element("p", "fx-detail", text(_WHOSE)),
        )
    )
    readings = case.readings()
    with st.container(horizontal=True, key="plan_whose_photos"):
        for sha256 in dict.fromkeys((case.answered_on(), upload.sha256)):
            if sha256 in readings:
                st.image(
                    readings[sha256].display_jpeg,
                    caption=case.uploads[sha256].name,
                    width=150,
                )
    with st.container(horizontal=True, key="plan_whose"):
        for label, key, take in (
            ("Same patient", "same", case.same_patient),
            ("Start a new intake", "new", case.new_intake),
        ):
            st.button(label, key=f"plan_whose_{key}", on_click=take, args=(upload,))


def ask_options(desk: Desk) -> None:
    """Ask for the modes, the day, and rows that are offered on demand only."""
    chosen = st.segmented_control(
        "Needle",
        list(_CHOICES),
        default=next(key for key, modes in _CHOICES.items() if modes == desk.modes),
        required=True,
        key="plan_modes",
    )
    desk.modes = _CHOICES[chosen]
    day = st.date_input(
        "Day of the treatment", value=desk.day, format="YYYY-MM-DD", key="plan_day"
    )
    desk.day = day if isinstance(day, date) else desk.day
    if Mode.INTRAMUSCULAR not in desk.modes:
        return
    offered = _on_demand(desk.rules.protocol)
    asked = st.multiselect(
        "Also, on demand only",
        list(offered),
        default=[row for row in desk.asked_for if row in offered],
        format_func=lambda row: offered[row],
        key="plan_also",
        placeholder="Muscles offered only where asked for",
    )
    desk.asked_for = tuple(asked)


def choose_step(desk: Desk) -> str:
    """Let the part of the work be chosen that is shown."""
    desk.step = st.segmented_control(
        "Part of the plan",
        list(STEPS),
        default=desk.step,
        required=True,
        format_func=lambda key: STEPS[key],
        key="plan_step",
        label_visibility="collapsed",
    )
    return desk.step


def _on_demand(protocol: Protocol) -> dict[str, str]:
    """Name rows that are offered only where they are asked for."""
    names = {muscle.id: muscle.name for muscle in load_muscles()}
    return {
        row.id: names[row.muscle or ""] + (f", {row.part} part" if row.part else "")
        for row in protocol.rows
        if row.offer is Offer.FLAG and row.mode is Mode.INTRAMUSCULAR
    }
