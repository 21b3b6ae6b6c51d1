"""The server behind ``facemap app``; Streamlit looks for ``st.App`` in this file."""

from __future__ import annotations

import streamlit as st

from facemap.ui.address import tell_address
from facemap.ui.components.chrome import explain_error
from facemap.ui.privacy import MIDDLEWARE, SCRIPT

__all__ = ["app"]

app = st.App(
    SCRIPT,
    lifespan=tell_address,
    middleware=MIDDLEWARE,
    on_script_error=explain_error,
)
