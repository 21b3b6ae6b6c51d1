"""Photos in: the upload field and the demo patient."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from facemap.resources import load_knowledge
from facemap.ui import words
from facemap.ui.components.markup import alert, element, text
from facemap.ui.session import Case, Upload

__all__ = ["run_analyses", "show_refusals", "show_repeats", "take_photos", "welcome"]

_SUFFIXES = ["jpg", "jpeg", "png", "tif", "tiff", "webp", "avif", "heic", "heif"]

_DEMO = "No photo at hand? The demo patient is drawn by the program: not a person."
_INTRO = """
<header class="fx-intro">
  <h1>From a photo to a measured face map</h1>
  <p>Drop in a photo of a face. You see whether it is good enough to measure on, the
  21 zones of the face, the wrinkle lines in each, and how severe they are.</p>
</header>"""
_TIPS = """
<section class="fx-tips" aria-label="How to take a good photo">
  <div><h3>Straight and still</h3><p>Face the camera at eye level, eyes open, face at
  rest, hair off the forehead, glasses off.</p></div>
  <div><h3>Even light</h3><p>A window or two lamps in front of the face. No flash from
  the side, no filter, no make-up.</p></div>
  <div><h3>Close enough</h3><p>Stand about one meter away and let the face fill the
  picture. Send the original file, not a copy from a chat.</p></div>
</section>"""


def welcome(case: Case) -> None:
    """Show the start: how to come by an answer, and how to take a good photo."""
    st.html(_INTRO)
    with st.container(key="analyze_welcome", border=True):
        take_photos(case)
        with st.container(horizontal=True, vertical_alignment="center"):
            _offer_demo(case)
            st.html(element("p", "fx-detail", text(_DEMO)))
    st.html(_TIPS)


def take_photos(case: Case) -> None:
    """Offer the upload field, and take in what is dropped on it."""
    files = st.file_uploader(
        "Photos of the face",
        type=_SUFFIXES,
        accept_multiple_files=True,
        max_upload_size=load_knowledge("photo")["limits"]["max_bytes"] // 1_000_000,
        key=f"analyze_photos_{case.batch}",
        label_visibility="collapsed",
    )
    if files:
        case.add_batch((file.name, file.getvalue()) for file in files)
        st.rerun()


def run_analyses(case: Case) -> None:
    """Analyze what waits, with progress by photo and stage."""
    # Of one sitting, photos from the side wait again for those from the front.
    while waiting := case.waiting():
        _run(case, waiting)


def _run(case: Case, waiting: Sequence[Upload]) -> None:
    bar = st.progress(0.0)
    for i, upload in enumerate(waiting):
        which = f"Photo {i + 1} of {len(waiting)}: " if len(waiting) > 1 else ""

        def show(stage: str, share: float, i: int = i, which: str = which) -> None:
            said = words.STAGES.get(stage, stage)
            bar.progress((i + min(share, 1.0)) / len(waiting), f"{which}{said} …")

        case.analyze(upload, show)
    bar.empty()


def show_refusals(case: Case) -> None:
    """Show, for each photo that could not be analyzed, why and what to do."""
    for upload, refusal in case.refusals():
        message = words.sentence(refusal.message)
        about = "" if upload.name in message else upload.name
        st.html(alert(message, refusal.hint, about=about))


def show_repeats(case: Case) -> None:
    """Say which files of the last batch were photos that are here already."""
    said = [
        f"{name} is here already."
        if name == known.name
        else f"{name} is the same photo as {known.name}, and is shown once."
        for name, known in case.repeats()
    ]
    if said:
        items = (element("li", "fx-note", text(line)) for line in said)
        st.html(element("ul", "fx-notes", *items))


def _offer_demo(case: Case) -> None:
    if st.button("Open the demo patient", key="analyze_demo"):
        with st.spinner("Drawing the demo patient …"):
            case.add_demo()
        st.rerun()
