"""Which pages there are, and in what order."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from facemap.ui.components.chrome import footer, page_style

__all__ = ["main"]

_HERE = Path(__file__).parent


def main() -> None:
    """Route to a page. Called once a rerun."""
    # A local picture: an icon by name would be fetched from the font's maker.
    st.set_page_config(
        page_title="facemap",
        page_icon=str(_HERE / "assets" / "icon.png"),
        layout="wide",
        menu_items={"about": None},
    )
    st.logo(str(_HERE / "assets" / "logo.svg"), size="large")
    page_style()
    pages = [
        st.Page(_HERE / "pages" / "analyze.py", title="Analyze", default=True),
        st.Page(_HERE / "pages" / "plan.py", title="Plan", url_path="plan"),
        st.Page(_HERE / "pages" / "compare.py", title="Compare", url_path="compare"),
        st.Page(_HERE / "pages" / "about.py", title="About", url_path="about"),
    ]
    st.navigation(pages, position="top").run()
    footer()
