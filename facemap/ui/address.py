"""Where the app is, said once it can be opened."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit.web.server.server_util import get_url

__all__ = ["tell_address"]


@asynccontextmanager
async def tell_address(_: st.App) -> AsyncIterator[None]:
    """Write the address to standard output; for ``st.App``, around its life."""
    url = get_url(st.get_option("server.address") or "localhost")
    sys.stdout.write(f"facemap is open at {url} (Ctrl+C closes it)\n")
    sys.stdout.flush()
    yield
