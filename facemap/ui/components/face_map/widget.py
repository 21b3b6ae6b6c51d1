"""Mount the face map. Its script and style are packaged files."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import streamlit as st

__all__ = ["face_map"]


def _text(*names: str) -> str:
    folder = files("facemap.ui.components.face_map")
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


_mount = st.components.v2.component(
    "facemap.face_map",
    html=_text("face_map.html"),
    css=_text("face_map.css"),
    # One module to the browser; `main.js` comes last and exports.
    js=_text("viewer.js", "table.js", "main.js"),
)


def face_map(payload: Mapping[str, Any], photo_jpeg: bytes, *, key: str) -> None:
    """Show the face map and its zone table.

    Parameters
    ----------
    payload : mapping
        From `face_map_payload`.
    photo_jpeg : bytes
        The upright photo, at any resolution.
    key : str
        Of the widget.
    """
    head = json.dumps(payload, ensure_ascii=False, allow_nan=False).encode()
    # Bytes travel as they are only at the top level of `data`: length, JSON, JPEG.
    _mount(key=key, data=struct.pack("<I", len(head)) + head + photo_jpeg)
