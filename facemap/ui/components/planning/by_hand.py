"""What the practitioner finds by hand: tender muscles, wishes, skin to keep out of."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from facemap.planning import Plan, muscle_spots
from facemap.protocol import load_muscles
from facemap.render import load_line_face
from facemap.types import ZONE_IDS
from facemap.ui import words
from facemap.ui.components.face_chart import face_chart, face_chart_payload
from facemap.ui.components.markup import alert, element, text
from facemap.ui.components.plan_map import Outlined, plan_map, plan_map_payload
from facemap.ui.desk import Desk
from facemap.ui.session import Reading, get_service

__all__ = ["by_hand"]

_BESIDE = "The outline leaves the face, where the plan could not find it again"


def by_hand(desk: Desk, reading: Reading, plan: Plan) -> None:
    """Take in what no photo tells."""
    chart, beside = st.columns([1, 1.05], gap="large")
    with chart:
        _head("Tenderness", "Found by hand: pick a spot, then 0 to 10.")
        _tenderness_chart(desk, plan)
    with beside:
        _tenderness_list(desk)
        _wishes(desk)
    _head("Skin to keep out of", "Moles, scars, lesions, devices: outline each.")
    _outlines(desk, reading, plan)


def _tenderness_chart(desk: Desk, plan: Plan) -> None:
    felt = {
        (row["muscle"], row["side"]): row["tenderness"]
        for row in desk.rows("palpation")
    }
    spots = muscle_spots(plan.protocol)
    payload = face_chart_payload(load_line_face(), spots, felt)
    noted = face_chart(payload, key="plan_face_chart")
    if noted is not None:
        desk.set_tenderness(noted.muscle, noted.side, noted.tenderness)
        st.rerun()


def _tenderness_list(desk: Desk) -> None:
    names = {muscle.id: muscle.name for muscle in load_muscles()}
    rows = desk.rows("palpation")
    _head("Noted", words.count(len(rows), "muscle") if rows else "Nothing yet")
    for row in list(rows):
        key = f"{row['muscle']}_{row['side']}"
        with st.container(horizontal=True, vertical_alignment="center"):
            name = f"{names[row['muscle']]}, {words.SIDES[row['side']]}"
            said = f"{row['tenderness']:g} of 10"
            st.html(
                element("p", "fx-question", text(name))
                + element("p", "fx-detail", text(said))
            )
            st.button(
                "Take back",
                key=f"plan_unfelt_{key}",
                on_click=desk.set_tenderness,
                args=(row["muscle"], row["side"], None),
                type="tertiary",
            )
    with st.expander("Enter without the chart"):
        muscle = st.selectbox(
            "Muscle",
            list(names),
            format_func=lambda key: names[key],
            key="plan_felt_muscle",
        )
        side = st.segmented_control(
            "Side, the patient's own",
            list(words.SIDES),
            default="r",
            required=True,
            format_func=lambda key: words.SIDES[key].capitalize(),
            key="plan_felt_side",
        )
        value = st.slider("Tenderness, 0 none to 10 worst", 0, 10, 0, key="plan_felt")
        st.button(
            "Note it",
            key="plan_note",
            on_click=desk.set_tenderness,
            args=(muscle, side, value),
        )


def _wishes(desk: Desk) -> None:
    _head("Wishes", "What the patient would like treated.")
    before = {row["zone"]: row["importance"] for row in desk.rows("wish")}
    zones = st.multiselect(
        "Zones the patient would like treated",
        ZONE_IDS,
        default=list(before),
        format_func=words.zone_name,
        key=f"plan_wishes_{desk.version}",
        placeholder="None chosen",
        label_visibility="collapsed",
    )
    rows = []
    for zone in zones:
        importance = st.slider(
            f"{words.zone_name(zone)}: how much, 0 to 10",
            0,
            10,
            int(before.get(zone, 5)),
            key=f"plan_wish_{zone}_{desk.version}",
        )
        rows.append({"zone": zone, "importance": importance})
    desk.filled["wish"] = rows


def _outlines(desk: Desk, reading: Reading, plan: Plan) -> None:
    photo, beside = st.columns([1.7, 1], gap="large")
    with photo:
        # What is known from anatomy would hide the skin that is to be looked at.
        outlined = tuple(k for k in plan.keepouts if not k.side)
        payload = plan_map_payload(
            replace(plan, steps=(), keepouts=outlined),
            {},
            reading.document,
            photo_id=reading.id,
            can_outline=True,
        )
        drawn = plan_map(payload, reading.display_jpeg, key="plan_outlines")
    if isinstance(drawn, Outlined):
        found = get_service().outline(reading.frame, drawn.outline_px)
        if found is None:
            with beside:
                st.html(alert(f"{_BESIDE}.", "Outline skin of the face only."))
        else:
            desk.add_outline(drawn.kind, found)
            st.rerun()
    with beside:
        rows = desk.rows("lesion")
        if not rows:
            said = "Nothing is outlined. Zoom in on the photo, then Outline."
            st.html(element("p", "fx-detail", text(said)))
        for index, row in enumerate(rows):
            with st.container(horizontal=True, vertical_alignment="center"):
                said = f"{index + 1}. {row['kind'].capitalize()}"
                st.html(element("p", "fx-question", text(said)))
                st.button(
                    "Take back",
                    key=f"plan_unoutline_{index}",
                    on_click=desk.remove_outline,
                    args=(index,),
                    type="tertiary",
                )


def _head(title: str, detail: str) -> None:
    inside = element("h3", "", text(title)) + element("span", "fx-detail", text(detail))
    st.html(element("div", "fx-form-head", inside))
