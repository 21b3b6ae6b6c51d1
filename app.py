"""``streamlit run app.py``: the web app, as private as ``facemap app`` starts it."""

import streamlit as st

from facemap.ui.address import tell_address
from facemap.ui.components.chrome import explain_error
from facemap.ui.privacy import MIDDLEWARE, SCRIPT

app = st.App(
    SCRIPT,
    lifespan=tell_address,
    middleware=MIDDLEWARE,
    on_script_error=explain_error,
)
