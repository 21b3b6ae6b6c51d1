"""The plan on the photo, in layers; points are removed and skin is outlined on it."""

from __future__ import annotations

from facemap.ui.components.plan_map.payload import plan_map_payload
from facemap.ui.components.plan_map.widget import Outlined, Toggled, plan_map

__all__ = ["Outlined", "Toggled", "plan_map", "plan_map_payload"]
