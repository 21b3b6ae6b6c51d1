"""Mount the pair of photos. Its script and style are packaged files."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import streamlit as st

__all__ = ["pair_view"]


def _text(*names: str) -> str:
    folder = files("facemap.ui.components.pair_view")
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


_mount = st.components.v2.component(
    "facemap.pair_view",
    html=_text("pair_view.html"),
    css=_text("pair_view.css"),
    # One module to the browser; `main.js` comes last and exports.
    js=_text("panes.js", "changes.js", "main.js"),
)


def pair_view(
    payload: Mapping[str, Any], pictures: Sequence[bytes | None], *, key: str
) -> None:
    """Show two photos of one size, in which the same skin lies at the same place.

    Parameters
    ----------
    payload : mapping
        From `pair_payload` or `blind_payload`.
    pictures : sequence of bytes or None
        JPEG: the first, the second, and the second matched in light, if there is one.
    key : str
        Of the widget.
    """
    given = [picture or b"" for picture in pictures]
    table = {**payload, "sizes": [len(picture) for picture in given]}
    head = json.dumps(table, ensure_ascii=False, allow_nan=False).encode()
    # Bytes travel as they are only at the top level of `data`: length, JSON, JPEGs.
    _mount(key=key, data=struct.pack("<I", len(head)) + head + b"".join(given))
