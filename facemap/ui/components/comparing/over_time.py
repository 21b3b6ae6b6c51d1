"""Three photos and more: each zone over time, by view and movement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import streamlit as st

from facemap.comparison import Change, ZoneVerdict
from facemap.comparison.series import (
    Series,
    Step,
    Timeline,
    Treatment,
    Visit,
    arrange,
    series_table,
)
from facemap.types import ZONE_IDS
from facemap.ui import change_words, words
from facemap.ui.components.comparing.choose import (
    ask_day,
    day_of,
    days_entered,
    in_order,
)
from facemap.ui.components.comparing.noise import noise_panel
from facemap.ui.components.comparing.verdict import show_copies
from facemap.ui.components.comparing.work import compare_pairs
from facemap.ui.components.markup import element, text
from facemap.ui.session import Case

__all__ = ["over_time"]

_INTRO = (
    "Photos of one view and movement follow each other by date. Each is laid over the "
    "one before it, and the last over the first."
)
_BAND = (
    "The band holds what one photo by itself may be off by, 95 times of 100. Photos "
    "that are laid over each other tell smaller changes apart: those are in the table."
)
_UNDATED = "Without a date, and so left out: {names}."
_ALL_UNDATED = "No photo has a date: they follow each other as they were added."
# A few points are not blown up to a mountain.
_LEAST_TOP = 20.0
_AXIS_LINES = 5
_CHANGED = (ZoneVerdict.BETTER, ZoneVerdict.WORSE)


def over_time(case: Case) -> None:
    """Show the photos with their dates, treatments, and every series."""
    st.html(element("p", "fx-detail fx-lead", text(_INTRO)))
    _ask_days(case)
    _ask_treatments(case)
    visits = _visits(case)
    series = arrange(visits)
    measured = _measure(case, series)
    arranged = arrange(visits, case.light_table.treatments, measured)
    for one in arranged:
        _series(one)
    noise_panel(case.light_table)
    st.html(element("div", "fx-panel-head fx-series-head", "<h3>Downloads</h3>"))
    st.download_button(
        "Course (CSV)",
        series_table(arranged),
        "course.csv",
        "text/csv",
        key="compare_course_csv",
        on_click="ignore",
        icon=":material/download:",
    )


def _ask_days(case: Case) -> None:
    photos = in_order(case)
    readings = case.readings()
    with st.container(key="compare_days"):
        for start in range(0, len(photos), 4):
            row = photos[start : start + 4]
            for column, sha256 in zip(st.columns(4), row, strict=False):
                with column:
                    st.image(readings[sha256].display_jpeg, width=96)
                    ask_day(case, sha256, case.uploads[sha256].name, where="course")


def _ask_treatments(case: Case) -> None:
    table = case.light_table
    with st.expander("Treatments between the photos", expanded=bool(table.treatments)):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            day = st.date_input(
                "Day",
                value=None,
                max_value=date.today(),
                format="YYYY-MM-DD",
                key=f"compare_treated_on_{len(table.treatments)}",
                width=170,
            )
            name = st.text_input(
                "What was done",
                max_chars=60,
                key=f"compare_treated_with_{len(table.treatments)}",
            )
            add = st.button("Note it", key="compare_treated")
        if add and isinstance(day, date) and name.strip():
            table.treatments.append(Treatment(day, name.strip()))
            st.rerun()
        for k, treatment in enumerate(table.treatments):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.html(
                    element("span", "fx-fact-line", f"{treatment.day}: ")
                    + text(treatment.name)
                )
                if st.button("Remove", key=f"compare_untreat_{k}"):
                    table.treatments.pop(k)
                    st.rerun()


def _visits(case: Case) -> list[Visit]:
    """Take what was read of each photo, in the order shown."""
    readings = case.readings()
    entered = days_entered(case)
    return [
        replace(
            readings[sha256].visit,
            name=case.uploads[sha256].name,
            day=day_of(case, sha256),
            day_entered=sha256 in entered,
        )
        for sha256 in in_order(case)
    ]


def _measure(
    case: Case, series: Iterable[Series]
) -> Mapping[tuple[str, str], Sequence[Change]]:
    """Lay photos of each series over each other, and give what changed."""
    pairs: list[tuple[str, str]] = []
    for one in series:
        ids = [visit.id for visit in one.visits]
        pairs += pairwise(ids)
        pairs += [(ids[0], ids[-1])] if len(ids) > 2 else []
    found = compare_pairs(case, pairs)
    show_copies(case, pairs, found)
    return {
        pair: compared.changes
        for pair, compared in zip(pairs, found, strict=True)
        if compared is not None
    }


def _series(series: Series) -> None:
    kind = f"{words.VIEWS[series.view]}, {words.movement(series.movement).lower()}"
    count = words.count(len(series.visits), "photo")
    st.html(
        element(
            "div",
            "fx-panel-head fx-series-head",
            f"<h3>{text(kind)}</h3>",
            element("span", "fx-detail", text(f"{count}{_span(series)}")),
        )
    )
    notes = []
    if series.undated:
        names = ", ".join(visit.name for visit in series.undated)
        notes.append(_UNDATED.format(names=names))
    if not series.dated and len(series.visits) > 1:
        notes.append(_ALL_UNDATED)
    if notes:
        items = (element("li", "fx-note", text(note)) for note in notes)
        st.html(element("ul", "fx-notes", *items))
    if len(series.visits) < 2:
        st.html(
            element(
                "p", "fx-detail", "One photo of this view and movement: no course yet."
            )
        )
        return
    zones = _zones_in_order(series)
    zone = st.selectbox(
        "Zone",
        zones,
        format_func=words.zone_name,
        key=f"compare_zone_{series.view}_{series.movement}",
        width=320,
    )
    line = series.timeline(zone)
    st.vega_lite_chart(_chart(series, line), width="stretch", theme="streamlit")
    st.html(element("p", "fx-detail", text(_BAND)) + _steps(series, line))
    st.html(_ends(series, zones))


def _span(series: Series) -> str:
    if not series.dated or len(series.visits) < 2:
        return ""
    return f", {series.visits[0].day} to {series.visits[-1].day}"


def _zones_in_order(series: Series) -> list[str]:
    """Those that changed most certainly come first."""

    def worth(zone: str) -> tuple[bool, float]:
        step = series.timeline(zone).first_to_last
        if step is None or step.delta is None:
            return True, 1.0
        return step.verdict not in _CHANGED, -abs(step.delta) / (step.sd or 1.0)

    return sorted(ZONE_IDS, key=worth)


def _chart(series: Series, line: Timeline) -> dict[str, Any]:
    names = {visit.id: visit.name for visit in series.visits}
    rows = [
        {
            "when": str(point.day or f"{k}: {names[point.visit]}"),
            "photo": names[point.visit],
            "severity": round(point.severity, 1),
            "low": round(point.low or 0.0, 1),
            "high": round(point.high or 0.0, 1),
            "run": line.runs[k - 1],
        }
        for k, point in enumerate(line.points, start=1)
        if point.severity is not None
    ]
    highest = max([_LEAST_TOP, *(p.high for p in line.points if p.high is not None)])
    x = {
        "field": "when",
        "type": "temporal" if series.dated else "ordinal",
        "title": None,
        # The first and the last photo stand off the edges.
        "scale": {"padding": 24} if series.dated else {},
        "axis": {
            "format": "%Y-%m-%d",
            "labelOverlap": "greedy",
            "labelSeparation": 8,
            # Where the photos are, not where months begin.
            "values": sorted({str(row["when"]) for row in rows}),
        }
        if series.dated
        else {"labelAngle": 0, "labelLimit": 160},
    }
    y = {
        "field": "severity",
        "type": "quantitative",
        "title": "Severity, 0 to 100",
        # The band ends below a line of the axis, not beyond its last one.
        "scale": {"domain": [0, highest], "nice": _AXIS_LINES},
        "axis": {"tickCount": _AXIS_LINES},
    }
    tips = [
        {"field": "photo", "title": "Photo"},
        {"field": "severity", "title": "Severity"},
        {"field": "low", "title": "from"},
        {"field": "high", "title": "to"},
    ]
    band = {**y, "field": "low"}
    # No line leads from one photo to another that it cannot be compared with.
    run = {"field": "run"}
    color = "#1f7a6d"
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "area", "opacity": 0.16, "color": color},
            "encoding": {"x": x, "y": band, "y2": {"field": "high"}, "detail": run},
        },
        {
            "mark": {"type": "rule", "color": color, "opacity": 0.7},
            "encoding": {"x": x, "y": band, "y2": {"field": "high"}},
        },
        {
            "mark": {"type": "line", "color": color, "strokeWidth": 2},
            "encoding": {"x": x, "y": y, "detail": run},
        },
        {
            "mark": {"type": "point", "color": color, "filled": True, "size": 70},
            "encoding": {"x": x, "y": y, "tooltip": tips},
        },
    ]
    if series.dated and line.treatments:
        done = [
            {"when": treatment.day.isoformat(), "name": treatment.name}
            for treatment in line.treatments
        ]
        at = {"field": "when", "type": "temporal"}
        layers += [
            {
                "data": {"values": done},
                "mark": {"type": "rule", "strokeDash": [4, 4], "color": "#7a828a"},
                "encoding": {"x": at, "tooltip": [{"field": "name", "title": "Done"}]},
            },
            {
                "data": {"values": done},
                "mark": {
                    "type": "text",
                    "align": "left",
                    "dx": 5,
                    "baseline": "top",
                    "color": "#7a828a",
                },
                "encoding": {"x": at, "y": {"value": 4}, "text": {"field": "name"}},
            },
        ]
    return {
        "data": {"values": rows},
        "layer": layers,
        "height": 280,
        "usermeta": {"zone": line.zone},
    }


def _steps(series: Series, line: Timeline) -> str:
    names = {v.id: str(v.day) if v.day else v.name for v in series.visits}
    rows = [
        (step, f"{names[step.before]} to {names[step.after]}") for step in line.steps
    ]
    if line.first_to_last is not None and len(line.steps) > 1:
        rows.append((line.first_to_last, "First to last"))
    return _table(
        ("From, to", "Change", "Would show from", "Verdict"),
        ([text(name), *_cells(step)] for step, name in rows),
    )


def _ends(series: Series, zones: Sequence[str]) -> str:
    rows = []
    for zone in zones:
        step = series.timeline(zone).first_to_last
        if step is not None:
            told = step.verdict is not ZoneVerdict.NO_DETECTABLE_CHANGE
            rows.append([text(words.zone_name(zone)), *_cells(step, told=told)])
    inside = _table(("Zone", "Change", "Would show from", "Verdict"), rows)
    return f"<details><summary>All zones, first to last</summary>{inside}</details>"


def _cells(step: Step, *, told: bool = True) -> list[str]:
    verdict = change_words.SHORT[step.verdict]
    said = text(change_words.change_sentence(step)) if told else ""
    said = "<br>" + element("span", "fx-detail", said) if said else ""
    mark = change_words.MARKS[step.verdict]
    return [
        text(change_words.points(step.delta, step.sd)),
        text(words.number(step.smallest_detectable)),
        f"{text(mark)} {text(verdict)}{said}",
    ]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay a table out; cells are markup, its head is text."""
    top = "".join(f'<th scope="col">{text(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{first}</th>'
        # On a phone, where each row is a card, a cell says what it is.
        + "".join(
            f'<td data-label="{text(name)}">{cell}</td>'
            for name, cell in zip(head[1:], others, strict=True)
        )
        + "</tr>"
        for first, *others in rows
    )
    table = f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    return element("div", "fx-table fx-course", table)
