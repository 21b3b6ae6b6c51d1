"""Analyze photos: quality, face map, zones."""

from __future__ import annotations

import streamlit as st

from facemap.ui.components.face_map import face_map, face_map_payload
from facemap.ui.components.facts import facts, notes
from facemap.ui.components.intake import (
    run_analyses,
    show_refusals,
    show_repeats,
    welcome,
)
from facemap.ui.components.quality_panel import quality_panel
from facemap.ui.components.sitting_panel import sitting_panel
from facemap.ui.components.summary import summary
from facemap.ui.components.toolbar import case_bar, photo_bar
from facemap.ui.session import Case, Reading, Upload, get_case

__all__ = ["page"]


def page() -> None:
    """Lay the page out."""
    case = get_case()
    if not case.uploads:
        welcome(case)
        return
    run_analyses(case)
    chosen = case_bar(case)
    show_repeats(case)
    show_refusals(case)
    reading = case.readings().get(chosen.sha256)
    if reading is None:
        photo_bar(case, chosen, None)
    else:
        _result(case, chosen, reading)
    if (sitting := case.sitting()) is not None:
        sitting_panel(sitting)


def _result(case: Case, upload: Upload, reading: Reading) -> None:
    summary(reading.document)
    photo_bar(case, upload, reading)
    payload = face_map_payload(reading.document, photo_id=reading.id)
    face_map(payload, reading.display_jpeg, key="analyze_map")
    notes(reading.document)
    left, right = st.columns([1.3, 1], gap="large")
    with left:
        quality_panel(reading.document["quality"])
    with right:
        facts(reading.document)


if __name__ == "__main__":  # how Streamlit runs a page
    page()
