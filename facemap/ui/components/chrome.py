"""What every page wears: the stylesheet, the footer, and the last resort."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from facemap.ui.components.markup import text

__all__ = ["explain_bug", "footer", "page_style"]

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


def explain_bug(error: Exception) -> bool:
    """Show that facemap itself is at fault, in place of Streamlit's own message.

    Streamlit's message links to outside services; the log has the traceback already.

    Returns
    -------
    bool
        True: nothing else is to be shown.
    """
    kind = text(type(error).__name__)
    st.html(
        '<div class="fx-alert" role="alert">'
        "<strong>Something went wrong inside facemap</strong>"
        f"<p>{kind}: the details are in the window that facemap was started from.</p>"
        '<p class="fx-alert-hint">Reload the page to start again.</p></div>'
    )
    return True
