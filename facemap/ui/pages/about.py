"""What facemap is, what it cannot see, and where photos go: nowhere."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from facemap import __version__
from facemap.ui.components.markup import text

__all__ = ["page"]

_TEXT = Path(__file__).parents[1] / "assets" / "about.html"


def page() -> None:
    """Lay the page out."""
    words = _TEXT.read_text(encoding="utf-8")
    st.html(words.replace("{version}", text(__version__)))


if __name__ == "__main__":  # how Streamlit runs a page
    page()
