"""How the face was taken: pose, movement, scale, and how the numbers were made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from facemap.ui import words
from facemap.ui.components.markup import element, text

__all__ = ["facts", "notes"]


def notes(document: Mapping[str, Any]) -> None:
    """Show what belongs to no single zone or check."""
    said = [text(note["message"]) for note in document.get("notes", ())]
    if said:
        items = (element("li", "fx-note", note) for note in said)
        st.html(element("ul", "fx-notes", *items))


def facts(document: Mapping[str, Any]) -> None:
    """Show the facts of one photo.

    Parameters
    ----------
    document : mapping
        ``facemap.analysis/1``.
    """
    rows = [*_face(document["face"]), *_source(document)]
    items = (
        element("div", "fx-fact", f"<dt>{text(name)}</dt><dd>{text(value)}</dd>")
        for name, value in rows
    )
    st.html(
        element(
            "section",
            "fx-panel",
            element("div", "fx-panel-head", "<h3>Face and photo</h3>"),
            element("dl", "fx-facts", *items),
        )
    )


def _face(face: Mapping[str, Any]) -> list[tuple[str, str]]:
    scale, expression = face["scale"], face["expression"]
    distance_mm = face["camera_distance_mm"]
    return [
        ("View", words.VIEWS[face["view"]]),
        ("Head turn", words.angle(face["yaw_deg"], "to the left", "to the right")),
        ("Head nod", words.angle(face["pitch_deg"], "up", "down")),
        (
            "Head tilt",
            words.angle(
                face["roll_deg"], "to the left shoulder", "to the right shoulder"
            ),
        ),
        ("Movement", words.EXPRESSIONS[expression["label"]]),
        ("Strongest movements", words.activations(expression["activations"])),
        (
            "Scale",
            f"{words.number(scale['mm_per_px'], 3)} mm/px "
            f"± {words.number(100 * scale['relative_sd'], 1)} %, "
            f"{words.SCALE_SOURCES[scale['source']]}",
        ),
        (
            "Camera distance",
            f"about {words.number(distance_mm / 10, 0)} cm"
            if distance_mm
            else "Can't be judged",
        ),
    ]


def _source(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    photo, made = document["photo"], document["provenance"]
    taken_at = photo["taken_at"]
    return [
        ("Photo", f"{photo['width_px']} × {photo['height_px']} px"),
        ("Color profile", photo["color_profile"]),
        ("Taken", taken_at.replace("T", ", ") if taken_at else "Not recorded"),
        ("Mirrored", "Yes, flipped back" if photo.get("mirrored") else "No"),
        ("Measured by", f"facemap {made['facemap']}, {_detector(made['detector'])}"),
        ("Photo's hash", photo["sha256"][:16]),
    ]


def _detector(detector: Mapping[str, Any]) -> str:
    return f"detector {detector['id']} {detector['version']}"
