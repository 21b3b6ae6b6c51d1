"""What several photos of one sitting say together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from facemap.documents import to_json
from facemap.ui import words
from facemap.ui.components.markup import element, text

__all__ = ["sitting_panel"]

_INTRO = (
    "Shots of one view and movement are averaged; more shots, less uncertainty. "
    "Severity is 0 to 100, with one standard deviation."
)
_POINTER = (
    "Where a zone rises, the muscles are named that this movement calls on there in "
    "people in general. That points to a muscle; it is no finding about this person, "
    "and no diagnosis."
)
_CHANGED = ("rises", "falls")


def sitting_panel(document: Mapping[str, Any]) -> None:
    """Show what movement adds to each zone, then the means of the shots.

    Parameters
    ----------
    document : mapping
        ``facemap.sitting/1``.
    """
    photos = words.count(len(document["photos"]), "photo")
    parts = [
        element(
            "div",
            "fx-panel-head",
            "<h3>This sitting</h3>",
            element("span", "fx-detail", text(f"{photos}. {_INTRO}")),
        ),
        _notes(document["notes"]),
        *(_movement(moved, document["muscles"]) for moved in document["dynamics"]),
        _muscles(document["muscles"]),
        _means(document["measurements"]),
    ]
    st.html(element("section", "fx-panel fx-sitting", *parts))
    st.download_button(
        "Sitting (JSON)",
        to_json(document),
        "sitting.analysis.json",
        "application/json",
        key="analyze_sitting_json",
        on_click="ignore",
        icon=":material/download:",
    )


def _notes(notes: Sequence[Mapping[str, str]]) -> str:
    items = (element("li", "fx-note", text(note["message"])) for note in notes)
    return element("ul", "fx-notes", *items) if notes else ""


def _movement(moved: Mapping[str, Any], muscles: Sequence[Mapping[str, Any]]) -> str:
    """Show the zones that change, and the others folded away."""
    names = {muscle["id"]: muscle["name"] for muscle in muscles}
    changed = [z for z in moved["zones"] if z["answer"] in _CHANGED]
    same = [z for z in moved["zones"] if z["answer"] not in _CHANGED]
    title = f"{words.movement(moved['movement'])}, against rest"
    parts = [
        element(
            "h4",
            "fx-sitting-title",
            text(title),
            element("span", "fx-detail", text(words.VIEWS[moved["view"]])),
        )
    ]
    if changed:
        changed.sort(key=lambda zone: -abs(zone["gain"]))
        parts.append(_gains(changed, names))
    else:
        parts.append(element("p", "fx-detail", "No zone changes beyond noise."))
    if same:
        # Those that cannot be compared say so in their row.
        folded = words.count(len(same), "other zone")
        parts.append(
            f"<details><summary>{text(folded)}</summary>{_gains(same, names)}</details>"
        )
    return "".join(parts)


def _gains(zones: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> str:
    head = ("Zone", "At rest", "In movement", "Change", "Verdict", "Points to")
    return _table(head, (_gain_row(zone, names) for zone in zones))


def _gain_row(zone: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    answer = words.ANSWERS[zone["answer"]]
    if zone["reason"]:
        answer = f"{answer}. {words.sentence(zone['reason'])}"
    return [
        text(words.zone_name(zone["id"])),
        text(words.number(zone["rest"], 0)),
        text(words.number(zone["moved"], 0)),
        text(words.gain(zone["gain"], zone["gain_sd"])),
        text(answer),
        text(", ".join(names[muscle] for muscle in zone["points_to"])),
    ]


def _muscles(muscles: Sequence[Mapping[str, Any]]) -> str:
    if not muscles:
        return ""
    items = (
        element(
            "li",
            "fx-muscle",
            element("strong", "fx-check-name", text(muscle["name"])),
            text(
                f": {'; '.join(muscle['sources'])} "
                f"({muscle['evidence']}: {muscle['evidence_means']})"
            ),
        )
        for muscle in muscles
    )
    return (
        element("p", "fx-detail", text(_POINTER))
        + "<details><summary>Sources on these muscles</summary>"
        + element("ul", "fx-muscles", *items)
        + "</details>"
    )


def _means(measurements: Sequence[Mapping[str, Any]]) -> str:
    """Show every zone's mean in every group of shots that are alike."""
    head = ["Zone", *(_group(measurement) for measurement in measurements)]
    rows = (
        [text(words.zone_name(same[0]["id"])), *(_mean(zone) for zone in same)]
        for same in zip(*(m["zones"] for m in measurements), strict=True)
    )
    title = element("h4", "fx-sitting-title", "Severity by view and movement")
    return title + _table(head, rows)


def _group(measurement: Mapping[str, Any]) -> str:
    shots = words.count(len(measurement["photos"]), "shot")
    said = words.movement(measurement["movement"])
    return f"{said}, {words.VIEWS[measurement['view']].lower()} ({shots})"


def _mean(zone: Mapping[str, Any]) -> str:
    if zone["severity"] is None:
        return element("span", "fx-detail", text(words.can_not_judge(zone["reason"])))
    said = text(words.severity(zone["severity"], zone["severity_sd"]))
    if zone["shots"] < zone["of_shots"]:
        missing = f" {zone['shots']} of {zone['of_shots']} shots"
        said += element("span", "fx-detail", text(missing))
    return said


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay a table out; cells are markup, its head is text."""
    top = "".join(f'<th scope="col">{text(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{first}</th>'
        + "".join(f"<td>{cell}</td>" for cell in others)
        + "</tr>"
        for first, *others in rows
    )
    table = f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    return element("div", "fx-table", table)
