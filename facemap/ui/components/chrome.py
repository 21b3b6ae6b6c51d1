"""What every page wears: the stylesheet, the footer, and the last resort."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from facemap.errors import FacemapError
from facemap.ui.components.markup import alert

__all__ = ["explain_error", "footer", "page_style"]

_STYLE = Path(__file__).parents[1] / "assets" / "page.css"


def page_style() -> None:
    """Put the stylesheet into the page."""
    st.html(f"<style>{_STYLE.read_text(encoding='utf-8')}</style>")


def footer() -> None:
    """Say what this is not, on every page."""
    st.html(
        '<footer class="fx-footer"><span>Not a medical device. Decision support for '
        "licensed practitioners; severity is a measurement, not a diagnosis.</span>"
        "<span>Photos stay on this machine.</span></footer>"
    )


def explain_error(error: Exception) -> bool:
    """Show what no page has caught, in place of Streamlit's own message.

    Streamlit's message links to outside services; the log has the traceback already.

    Returns
    -------
    bool
        True: nothing else is to be shown.
    """
    if isinstance(error, FacemapError):
        st.html(alert(str(error), error.hint))
    else:
        st.html(
            alert(
                "Something went wrong inside facemap.",
                f"{type(error).__name__}: the details are in the window that facemap "
                "was started from. Reload the page to start again.",
            )
        )
    return True
