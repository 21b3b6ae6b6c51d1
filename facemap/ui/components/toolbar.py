"""Choose a photo, add more, start over; say what it is; take the results away."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import streamlit as st

from facemap.documents import to_json
from facemap.ui.components.intake import take_photos
from facemap.ui.components.markup import element, text
from facemap.ui.session import Case, Reading, Upload

__all__ = ["case_bar", "photo_bar"]

_RIGHT: dict[str, Any] = {"horizontal": True, "horizontal_alignment": "right"}


def case_bar(case: Case) -> Upload:
    """Show the photos of the case, of which there is at least one.

    Returns
    -------
    Upload
        The chosen photo, whatever came of it.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = _choose(case)
        if len(case.uploads) > 1:
            _ask_sitting(case)
        with st.container(**_RIGHT, key="analyze_actions"):
            with st.popover("Add photos", icon=":material/add_a_photo:"):
                take_photos(case)
            st.button("Start over", key="analyze_clear", on_click=case.clear)
    return chosen


def photo_bar(case: Case, upload: Upload, reading: Reading | None) -> None:
    """Show what can be said about a photo, and the downloads of its reading.

    A photo that was refused can still be said to be mirrored, or to be about another
    face: what was said may be why it was refused.
    """
    n_faces = case.n_faces(upload)
    with st.container(horizontal=True, vertical_alignment="center"):
        _ask_mirrored(case, upload)
        if n_faces > 1:
            _ask_face(case, upload, n_faces)
        if reading is not None:
            with st.container(**_RIGHT, key="analyze_downloads"):
                _offer_downloads(case, upload, reading)


def _offer_downloads(case: Case, upload: Upload, reading: Reading) -> None:
    stem = PurePath(upload.name).stem
    st.download_button(
        "Numbers (JSON)",
        to_json(reading.document),
        f"{stem}.analysis.json",
        "application/json",
        key="analyze_json",
        on_click="ignore",
        icon=":material/download:",
    )
    st.download_button(
        "Picture (PNG)",
        lambda: case.picture_png(upload),
        f"{stem}.overlay.png",
        "image/png",
        key="analyze_png",
        on_click="ignore",
        icon=":material/download:",
    )


def _choose(case: Case) -> Upload:
    photos = list(case.uploads)
    # A photo with an answer goes before one without.
    chosen = next(iter(case.readings()), photos[0])
    if len(photos) > 1:
        chosen = st.segmented_control(
            "Photo",
            photos,
            default=chosen,
            required=True,
            format_func=lambda sha256: case.uploads[sha256].name,
            key="analyze_chosen",
            label_visibility="collapsed",
        )
    else:
        st.html(element("h2", "fx-photo-name", text(case.uploads[chosen].name)))
    return case.uploads[chosen]


def _ask_sitting(case: Case) -> None:
    one_sitting = st.toggle(
        "One sitting",
        value=case.one_sitting,
        key=f"analyze_sitting_{case.batch}",
        help="The photos show one person, in one sitting: shots that are alike are "
        "averaged, and movement is held against rest. facemap knows no one and cannot "
        "check that.",
    )
    if one_sitting != case.one_sitting:
        case.one_sitting = one_sitting
        st.rerun()


def _ask_mirrored(case: Case, upload: Upload) -> None:
    known = case.options(upload).mirrored
    mirrored = st.toggle(
        "Mirrored (selfie)",
        value=known,
        key=f"analyze_mirrored_{upload.sha256}",
        help="Front cameras often save a mirror image. Left and right are the "
        "patient's own: a mirrored photo must be flipped back.",
    )
    if mirrored != known:
        case.set_options(upload, mirrored=mirrored)
        st.rerun()


def _ask_face(case: Case, upload: Upload, n_faces: int) -> None:
    known = case.options(upload).face or 0
    face = st.selectbox(
        "Face",
        range(n_faces),
        index=known,
        format_func=lambda i: f"Face {i + 1} of {n_faces}" + (", largest" * (i == 0)),
        key=f"analyze_face_{upload.sha256}",
        label_visibility="collapsed",
        width=200,
    )
    if face != known:
        case.set_options(upload, face=face)
        st.rerun()
