"""The intake form: who the patient is, consents, questions, recent treatments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from facemap.protocol import (
    Answer,
    Item,
    QuestionGroup,
    load_question_groups,
    load_washouts,
)
from facemap.types import ZONE_IDS
from facemap.ui import words
from facemap.ui.components.markup import element, text
from facemap.ui.desk import Desk, Filled

__all__ = ["intake_form"]

_SEXES: Mapping[str, str] = {
    "unknown": "Unknown",
    "female": "Female",
    "male": "Male",
}
_SKIN_TYPES: Mapping[str, str] = {
    "unknown": "Unknown",
    **{kind: kind for kind in ("I", "II", "III", "IV", "V", "VI")},
}
_CONSENTS: Mapping[str, str] = {
    "treatment": "To the treatment",
    "photo": "To the photo that the plan is drawn on",
    "marketing": "To the use of photos for marketing (separate; stops nothing)",
}
_COLUMNS = [2.1, 1]


def intake_form(desk: Desk) -> None:
    """Ask everything that a plan needs to know, as far as it is not answered yet."""
    with st.container(gap="xsmall"):
        _basics(desk)
        for group in load_question_groups():
            _group(desk, group)
        _treatments(desk)


def _basics(desk: Desk) -> None:
    _head("Patient", "Nothing of this is ever told from the photo.")
    age, sex, skin = st.columns([0.8, 1.6, 2.3])
    with age:
        years = st.number_input(
            "Age, years",
            min_value=0,
            max_value=130,
            value=desk.get("age_years"),
            step=1,
            key=f"plan_age_{desk.version}",
            placeholder="–",
        )
        desk.put(years, "age_years")
    with sex:
        _choose(desk, "Sex, as the patient says", _SEXES, "sex")
    with skin:
        _choose(desk, "Skin type (Fitzpatrick)", _SKIN_TYPES, "skin_type")
    _head("Consent", "Each by itself.")
    for key, title in _CONSENTS.items():
        _ask(desk, title, "consent", key)


def _group(desk: Desk, group: QuestionGroup) -> None:
    answered = sum(desk.answer(i.id) is not Answer.UNKNOWN for i in group.items)
    n = len(group.items)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _head(group.title, f"{answered} of {n} answered")
        if answered < n:
            st.button(
                "The rest: no",
                key=f"plan_rest_{group.id}",
                help="Answers the open questions of this group with no.",
                on_click=desk.say_no_to_rest,
                args=(group,),
                type="tertiary",
            )
    for item in group.items:
        _question(desk, item)


def _question(desk: Desk, item: Item) -> None:
    answer = _ask(desk, item.question, "answers", item.id)
    desk.set_answer(item.id, answer)
    if item.where and answer is Answer.YES:
        zones = _pick_zones(
            desk, "In which zones? None named: in all.", f"where_{item.id}",
            desk.get("where", item.id) or [],
        )  # fmt: skip
        desk.put(zones, "where", item.id)


def _treatments(desk: Desk) -> None:
    _head("Recent treatments", "The last of each kind, with its day.")
    washouts = load_washouts()
    before = {row["kind"]: row for row in desk.rows("treatment")}
    kinds = st.multiselect(
        "Which of these were there, or are still going on?",
        list(washouts),
        default=list(before),
        format_func=lambda kind: washouts[kind].name,
        key=f"plan_treatments_{desk.version}",
        placeholder="None chosen",
    )
    for kind in before.keys() - set(kinds):
        desk.override(kind, "")
    rows: list[Filled] = []
    for kind in kinds:
        known = before.get(kind, {"kind": kind})
        when, where = st.columns(_COLUMNS[::-1])
        with when:
            day = st.date_input(
                f"{washouts[kind].name}: when last?",
                value=date.fromisoformat(known["date"]) if known.get("date") else None,
                max_value=max(date.today(), desk.day),
                key=f"plan_when_{kind}_{desk.version}",
                help="Without a day it counts as today. For a drug still taken: today.",
            )
        row: Filled = {"kind": kind, "date": day.isoformat() if day else ""}
        if washouts[kind].where:
            with where:
                row["zones"] = _pick_zones(
                    desk, "Where? None named: everywhere.", f"treated_{kind}",
                    known.get("zones", []),
                )  # fmt: skip
        if kind in before and row != before[kind]:
            # The reason was given for another day or other zones.
            desk.override(kind, "")
        rows.append(row)
    desk.filled["treatment"] = rows
    known = desk.get("treatments_complete")
    if _ask(desk, "Is this list complete?", "treatments_complete") != known:
        desk.override("treatments_unknown", "")


def _head(title: str, detail: str) -> None:
    st.html(
        element(
            "div",
            "fx-form-head",
            element("h3", "", text(title)),
            element("span", "fx-detail", text(detail)),
        )
    )


def _ask(desk: Desk, question: str, *path: str) -> Answer:
    """Ask for yes, no or unknown."""
    said, answer = st.columns(_COLUMNS, vertical_alignment="center")
    with said:
        st.html(element("p", "fx-question", text(question)))
    with answer:
        known = desk.get(*path) or Answer.UNKNOWN.value
        chosen = st.segmented_control(
            question,
            list(words.ANSWER_NAMES),
            default=known,
            required=True,
            format_func=lambda key: words.ANSWER_NAMES[key],
            key=f"plan_{'_'.join(path)}_{desk.version}",
            label_visibility="collapsed",
        )
    if path[0] != "answers":
        desk.put(chosen, *path)
    return Answer(chosen)


def _choose(desk: Desk, label: str, names: Mapping[str, str], key: str) -> None:
    chosen = st.segmented_control(
        label,
        list(names),
        default=desk.get(key) or "unknown",
        required=True,
        format_func=lambda value: names[value],
        key=f"plan_{key}_{desk.version}",
    )
    desk.put(chosen, key)


def _pick_zones(desk: Desk, label: str, key: str, known: Sequence[str]) -> list[str]:
    return st.multiselect(
        label,
        ZONE_IDS,
        default=known,
        format_func=words.zone_name,
        key=f"plan_{key}_{desk.version}",
        placeholder="All zones",
    )
