"""Before and after: slider, blink and side by side, linked with what changed."""

from __future__ import annotations

from facemap.ui.components.pair_view.payload import blind_payload, pair_payload
from facemap.ui.components.pair_view.widget import pair_view

__all__ = ["blind_payload", "pair_payload", "pair_view"]
