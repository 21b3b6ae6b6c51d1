"""Mount the face chart. Its script and style are packaged files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import streamlit as st

__all__ = ["Noted", "face_chart"]


@dataclass(frozen=True)
class Noted:
    """What was noted of a muscle; None takes it back."""

    muscle: str
    side: str
    tenderness: float | None


def _text(name: str) -> str:
    folder = files("facemap.ui.components.face_chart")
    return (folder / name).read_text(encoding="utf-8")


_mount = st.components.v2.component(
    "facemap.face_chart",
    html=_text("face_chart.html"),
    css=_text("face_chart.css"),
    js=_text("main.js"),
)


def face_chart(payload: Mapping[str, Any], *, key: str) -> Noted | None:
    """Show the chart.

    Parameters
    ----------
    payload : mapping
        From `face_chart_payload`.
    key : str
        Of the widget.

    Returns
    -------
    Noted or None
        What was just noted on it.
    """
    told = _mount(key=key, data=dict(payload), on_noted_change=_heard)
    if noted := getattr(told, "noted", None):
        return Noted(noted["muscle"], noted["side"], noted["tenderness"])
    return None


def _heard() -> None:
    """Have the page run again; what was noted is in the component's answer."""
