"""Mount the plan's map. Its script and style are packaged files."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import streamlit as st

__all__ = ["Outlined", "Toggled", "plan_map"]


@dataclass(frozen=True)
class Toggled:
    """A point that was clicked, by the numbers of its step and of its own."""

    step: int
    point: int


@dataclass(frozen=True)
class Outlined:
    """Skin that was outlined, in pixels of the upright photo."""

    kind: str
    outline_px: tuple[tuple[float, float], ...]


def _text(*names: str) -> str:
    folder = files("facemap.ui.components")
    parts = (folder.joinpath(*name.split("/")) for name in names)
    return "\n".join(part.read_text(encoding="utf-8") for part in parts)


_mount = st.components.v2.component(
    "facemap.plan_map",
    html=_text("plan_map/plan_map.html"),
    css=_text("face_map/face_map.css", "plan_map/plan_map.css"),
    # One module to the browser; `main.js` comes last and exports.
    js=_text("face_map/viewer.js", "plan_map/plan_viewer.js", "plan_map/main.js"),
)


def plan_map(
    payload: Mapping[str, Any], photo_jpeg: bytes, *, key: str
) -> Toggled | Outlined | None:
    """Show the plan's map.

    Parameters
    ----------
    payload : mapping
        From `plan_map_payload`.
    photo_jpeg : bytes
        The upright photo, at any resolution.
    key : str
        Of the widget.

    Returns
    -------
    Toggled, Outlined or None
        What was just done on it.
    """
    head = json.dumps(payload, ensure_ascii=False, allow_nan=False).encode()
    # Bytes travel as they are only at the top level of `data`: length, JSON, JPEG.
    told = _mount(
        key=key,
        data=struct.pack("<I", len(head)) + head + photo_jpeg,
        on_toggled_change=_heard,
        on_outlined_change=_heard,
    )
    if toggled := getattr(told, "toggled", None):
        return Toggled(int(toggled["step"]), int(toggled["point"]))
    if outlined := getattr(told, "outlined", None):
        corners = tuple((float(x), float(y)) for x, y in outlined["outline_px"])
        return Outlined(str(outlined["kind"]), corners)
    return None


def _heard() -> None:
    """Have the page run again; what was done is in the component's answer."""
