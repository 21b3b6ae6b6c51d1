"""What Streamlit runs. Apart from ``pages/``, which it would else route on its own."""

from __future__ import annotations

__all__: list[str] = []
