"""The web app: thin pages over `facemap.service`."""

from __future__ import annotations

__all__: list[str] = []
